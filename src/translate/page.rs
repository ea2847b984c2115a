//! The page of a pack: every text with its notes, its recording and a field to type in. It is one file that works without a
//! server, keeps what was typed in the browser, and saves a PO file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::json;

use super::back::{mark, marked};
use crate::script::language::Language;
use crate::script::po::extract::is_optional;
use crate::script::po::file::{Message, PoFile};
use crate::script::po::lint::is_safety;
use crate::script::po::plural::PluralForms;
use crate::script::step::PhraseTime;
use crate::script::words::is_english_word;

const STYLE: &str = include_str!("../../web/translate/page.css");
const SCRIPT: &str = include_str!("../../web/translate/page.js");

static ENGLISH: LazyLock<Language> = LazyLock::new(|| Language::parse("en").expect("a tag"));

/// What a page is made of.
pub struct PageContent<'a> {
    /// The title of the course.
    pub title: &'a str,
    /// The language it is written in.
    pub source: &'a Language,
    pub language: &'a Language,
    pub file: &'a PoFile,
    /// The recording of each phrase of the source, relative to the page, by context.
    pub sounds: &'a BTreeMap<String, String>,
    /// The time that a phrase has, where it is bound, by context.
    pub times: &'a BTreeMap<String, PhraseTime>,
    /// The titles of files, by id.
    pub titles: &'a BTreeMap<String, String>,
    /// What is said of the parts of a script that do not fit their time, by its id.
    pub misfits: &'a BTreeMap<String, Vec<String>>,
}

/// The page as HTML.
pub fn page(content: &PageContent<'_>) -> String {
    let file = marked(content.file);
    let entries: Vec<&Message> =
        file.messages.iter().filter(|message| !message.is_header() && !message.obsolete).collect();
    let rule = file.plural_forms().and_then(Result::ok);
    let title = format!("{}: {}", content.title, content.language.name());
    let mut groups: Vec<(String, Vec<(usize, &Message)>)> = Vec::new();
    for (at, message) in entries.iter().enumerate() {
        let file = file_of(message);
        match groups.last_mut() {
            Some((group, own)) if *group == file => own.push((at, message)),
            Some(_) | None => groups.push((file, vec![(at, message)])),
        }
    }
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { bdi lang=(content.source) { (content.title) } ": " (content.language.name()) }
                    p { "Translate from " (content.source.name()) " (" bdi lang=(content.source) { (content.source.own_name()) } ") into "
                        (content.language.name()) " (" bdi lang=(content.language) { (content.language.own_name()) } "). What you type is kept in this browser on this computer. "
                        "Save at the end of each day, and send the file that is saved when you are done." }
                    p { "An empty field is no mistake. Keep each bar (|) and each word in braces ({n}) as it is." }
                    noscript { p.told { "This page needs JavaScript to keep and save what you type. The PO file beside it can be translated with Poedit." } }
                }
                nav #contents aria-label="Contents" {
                    ol {
                        @for (group, (file, own)) in groups.iter().enumerate() {
                            li { a href={ "#group-" (group) } { (group_title(content, file)) } " " span.done { (own.len()) } }
                        }
                    }
                }
                main {
                    "\n"
                    @for (group, (file, own)) in groups.iter().enumerate() {
                        section id={ "group-" (group) } {
                            h2 { (group_title(content, file)) } "\n"
                            @for misfit in content.misfits.get(file).into_iter().flatten() {
                                p.misfit { (misfit) } "\n"
                            }
                            @for (at, message) in own { (entry(content, rule.as_ref(), *at, message)) "\n" }
                        }
                    }
                }
                div #bar role="region" aria-label="Progress" {
                    span #state role="status" {}
                    button #next.plain type="button" { "Next open text" }
                    button #save type="button" { "Save the PO file" }
                }
                script #data type="application/json" { (PreEscaped(data(content, &file, &entries))) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
        "\n"
    };
    page.into_string()
}

/// The file of a text: `plek` of `plek/vrij` and of `plek:title`.
fn file_of(message: &Message) -> String {
    let context = message.context.as_deref().unwrap_or_default();
    context.split(['/', ':']).next().unwrap_or_default().to_owned()
}

fn direction(language: &Language) -> &'static str {
    if language.is_right_to_left() { "rtl" } else { "ltr" }
}

/// The title of a file of the course, in the language of the course unless it is ours.
fn group_title(content: &PageContent<'_>, file: &str) -> Markup {
    match (content.titles.get(file), file) {
        (Some(title), _) => html! { bdi lang=(content.source) { (title) } },
        (None, "course") => html! { "The course" },
        (None, "ambience") => html! { "Sounds in the background" },
        (None, "bells") => html! { "Bells" },
        (None, "adem") => html! { "Words that adem adds" },
        (None, _) => html! { bdi { (file) } },
    }
}

/// A comment of the file: what stands after these words is of the course.
fn note(source: &Language, comment: &str) -> Markup {
    let quoted = ["Part: ", "After: ", "Before: ", "Note: "]
        .into_iter()
        .find_map(|start| Some((start, comment.strip_prefix(start)?)));
    html! {
        p.notes {
            @match quoted {
                Some((start, text)) => { (start) bdi lang=(source) { (text) } }
                None => (comment)
            }
        }
    }
}

/// The numbers that a plural form is for: `, for 1`, `, for 0, 2, 3 …`.
fn numbers_of(rule: Option<&PluralForms>, form: usize) -> String {
    const SHOWN: usize = 3;
    let Some(rule) = rule else { return String::new() };
    let mut numbers = (0..1_000).filter(|n| rule.form(*n) == form);
    let first: Vec<_> = numbers.by_ref().take(SHOWN).map(|n| n.to_string()).collect();
    let more = if numbers.next().is_some() { " …" } else { "" };
    if first.is_empty() { String::new() } else { format!(", for {}{more}", first.join(", ")) }
}

fn entry(content: &PageContent<'_>, rule: Option<&PluralForms>, at: usize, message: &Message) -> Markup {
    let context = message.context.as_deref().unwrap_or_default();
    let language = content.language;
    // A word that adem adds is in English where the language of the course has no other.
    let is_english = is_english_word(context, &message.source);
    let source = if is_english { &*ENGLISH } else { content.source };
    let hidden = |comment: &&String| {
        !["Sent: ", "Safety:", "Time: ", "Heard in: "].iter().any(|start| comment.starts_with(start))
    };
    let forms = message.texts.len().max(1);
    html! {
        article id={ "text-" (at) } {
            p.place { (context) }
            @if is_safety(message) { p.safety { "Safety: say exactly what it says. No version is without it." } }
            p.source #{ "source-" (at) } lang=(source) dir=(direction(source)) { (message.source) }
            @if let Some(plural) = &message.plural {
                p.source lang=(source) dir=(direction(source)) { (plural) }
            }
            @if let Some(sound) = content.sounds.get(context) {
                audio controls preload="none" src=(sound) aria-label={ "The recording of: " (message.source) } {}
            }
            @for comment in message.extracted.iter().filter(hidden) { (note(source, comment)) }
            @if let Some(time) = content.times.get(context) {
                p.notes { "It has " (time.told(":")) "." }
            }
            @if let Some(previous) = message.previous.source.as_ref().filter(|_| message.fuzzy()) {
                p.notes { "The original was: " bdi lang=(source) { (previous) } }
            }
            @for form in 0..forms {
                label for={ "field-" (at) "-" (form) } {
                    (language.name())
                    @if forms > 1 { ", form " (form + 1) " of " (forms) (numbers_of(rule, form)) }
                    span.hidden { ": " bdi lang=(source) { (message.source) } }
                }
                textarea id={ "field-" (at) "-" (form) } data-at=(at) data-form=(form) rows="2" lang=(language)
                    dir=(direction(language)) spellcheck="true" aria-describedby={ "told-" (at) } {
                    (message.texts.get(form).map_or("", String::as_str))
                }
            }
            @if message.fuzzy() {
                label.confirm { input type="checkbox" data-at=(at); "I have checked it: it is right" }
            }
            p.told id={ "told-" (at) } aria-live="polite" {}
        }
    }
}

/// The data of the script.
fn data(content: &PageContent<'_>, file: &PoFile, entries: &[&Message]) -> String {
    let header = file.messages.iter().find(|message| message.is_header()).map_or("", Message::text);
    let rows: Vec<_> = entries
        .iter()
        .map(|message| {
            let texts = if message.texts.is_empty() { vec![String::new()] } else { message.texts.clone() };
            let time = message.context.as_ref().and_then(|context| content.times.get(context));
            json!({
                "context": message.context,
                "source": message.source,
                "plural": message.plural,
                "texts": texts,
                "fuzzy": message.fuzzy(),
                "previous": message.previous.source,
                "comments": message.comments,
                "extracted": message.extracted,
                "sent": mark(&message.texts, message.fuzzy()),
                "syllables": time.map(PhraseTime::most_syllables),
                "optional": message.context.as_deref().is_some_and(is_optional),
            })
        })
        .collect();
    let document = json!({
        "key": format!("adem-translate:{}:{}", content.title, content.language),
        "file": format!("{}.po", content.language),
        "header": header,
        "entries": rows,
        "words": {
            "count": "{done} of {all} texts are done",
            "saved": "Saved as {file}. Send this file.",
            "done": "Every text is done.",
            "full": "The browser has no room to keep more. Save the PO file now.",
            "unkept": "This browser keeps nothing for this page. Save the PO file before you close it.",
            "bars": "Bars (|) in the original: {n}.",
            "places": "Keep {places} as it is.",
            "lines": "A phrase is one line.",
            "syllables": "About {n} syllables; {most} fit.",
        },
    });
    // Nothing in it can end the script element.
    document.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Seconds;

    #[test]
    fn a_page_escapes_what_would_be_markup_and_has_the_direction_of_its_language() {
        let hostile = "</script><script>alert(1)</script>";
        let message = Message {
            context: Some("a/b".to_owned()),
            source: hostile.to_owned(),
            texts: vec!["<b>".to_owned()],
            ..Message::default()
        };
        let file = PoFile { messages: vec![message], end: Vec::new() };
        let (source, language) = (Language::parse("nl").unwrap(), Language::parse("ar").unwrap());
        let times = BTreeMap::from([("a/b".to_owned(), PhraseTime::whole(Seconds::whole(4)))]);
        let page = page(&PageContent {
            title: "C",
            source: &source,
            language: &language,
            file: &file,
            sounds: &BTreeMap::new(),
            times: &times,
            titles: &BTreeMap::new(),
            misfits: &BTreeMap::new(),
        });
        assert!(!page.contains("<script>alert") && page.contains("dir=\"rtl\""));
        assert!(page.contains("at most 12 syllables"));
        assert_eq!(page.matches("</script>").count(), 2);
    }

    #[test]
    fn what_is_no_script_has_a_heading_that_says_what_it_is() {
        let message = |context: &str| Message { context: Some(context.to_owned()), ..Message::default() };
        let messages = ["course:title", "ambience/regen:title", "bells/tik:title", "adem:bell"];
        let file = PoFile { messages: messages.map(message).to_vec(), end: Vec::new() };
        let language = Language::parse("de").unwrap();
        let none = BTreeMap::new();
        let page = page(&PageContent {
            title: "C",
            source: &language,
            language: &language,
            file: &file,
            sounds: &none,
            times: &BTreeMap::new(),
            titles: &none,
            misfits: &BTreeMap::new(),
        });
        for head in ["The course", "Sounds in the background", "Bells", "Words that adem adds"] {
            assert!(page.contains(&format!("<h2>{head}</h2>")), "{head}");
        }
    }
}
