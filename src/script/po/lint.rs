//! What a translation can lose on its way: bars, numbers, placeholders, lines and forms. Needs no course.

use super::extract::is_optional;
use super::file::{Message, PoFile};
use super::plural::PluralForms;
use crate::diag::{Code, Diagnostic, Sink, Span, nearest};
use crate::script::language::Language;
use crate::script::marks::{text_marks, without_marks};
use crate::script::signs::{RefusedSign, is_unwritable};
use crate::toml::table::is_reversing;

/// The comment by which a text that is never left out is known in a PO file.
pub const SAFETY: &str = "Safety: never left out.";

/// Up to this many texts of a kind are named one by one.
const FEW: usize = 5;

/// A mistake in one translation: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Its kind.
    pub code: Code,
    pub message: String,
    pub help: String,
    /// Whether a course with it is refused.
    pub is_error: bool,
}

impl Slip {
    fn new(message: String, help: &str) -> Self {
        Self { code: Code::BadTranslation, message, help: help.to_owned(), is_error: false }
    }
}

/// The fields of a header that programs write.
const FIELDS: [&str; 11] = [
    "Project-Id-Version",
    "Report-Msgid-Bugs-To",
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Last-Translator",
    "Language-Team",
    "Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Plural-Forms",
];

/// Checks every translation of a file and its header; `language` is that of its name, if it is known. More bars than the text
/// has, which a course refuses, and what is not done are told by [`alone`].
pub fn lint(file: &PoFile, language: Option<&Language>, sink: &Sink) {
    let header = file.messages.iter().find(|message| message.is_header());
    let plurals = file.messages.iter().any(|message| message.plural.is_some() && !message.obsolete);
    let forms = match header {
        Some(header) => check_header(header, language, plurals, sink),
        None => None,
    };
    let rule = header.and_then(|header| {
        let field = header.text().lines().find_map(|line| line.strip_prefix("Plural-Forms:"));
        PluralForms::parse(field?).ok()
    });
    for message in entries(file).filter(|message| message.is_translated()) {
        check_message(message, forms, rule.as_ref(), sink);
    }
}

/// Checks a file that is looked at without its course: as [`lint`], and what a course would tell.
pub fn alone(file: &PoFile, language: Option<&Language>, sink: &Sink) {
    lint(file, language, sink);
    let header = file.messages.iter().find(|message| message.is_header());
    if let (None, Some(span)) = (header, file.messages.iter().find_map(|message| message.span)) {
        let lacking = Diagnostic::warning(Code::PoHeader, span, "this file has no header");
        sink.emit(lacking.help(
            "begin it with msgid \"\" and msgstr \"Language: …\\n\"; `adem translate update` writes one",
        ));
    }
    if let Some((header, span)) = header.and_then(|header| Some((header, header.span?))) {
        let named = header.text().lines().filter_map(|line| line.trim().strip_prefix("Language:"));
        if named.map(str::trim).all(str::is_empty) {
            let tag = language.map_or("…".to_owned(), |language| language.as_str().replace('-', "_"));
            let lacking = Diagnostic::warning(Code::PoHeader, span, "the header names no language");
            sink.emit(lacking.help(format!("write `Language: {tag}\\n`")));
        }
    }
    for message in entries(file).filter(|message| message.is_translated() && message.plural.is_none()) {
        let many = slips(&message.source, message.text()).into_iter();
        let many = many.filter(|slip| slip.code == Code::TooManyBeats);
        tell_of(message, sink, many);
    }
    progress(file, sink);
}

/// Tells what is not done in a file: one question for all that is missing, one for all that is fuzzy, and safety phrases by
/// name.
fn progress(file: &PoFile, sink: &Sink) {
    let is_needed = |message: &&Message| !is_optional(message.context.as_deref().unwrap_or_default());
    let all = entries(file).filter(is_needed).count();
    let missing: Vec<_> =
        entries(file).filter(is_needed).filter(|message| !message.is_translated()).collect();
    let fuzzy: Vec<_> = entries(file).filter(|message| message.is_translated() && message.fuzzy()).collect();
    let (safety, rest): (Vec<&Message>, Vec<&Message>) =
        missing.iter().copied().partition(|message| is_safety(message));
    let name = |message: &Message| message.context.clone().unwrap_or_else(|| message.source.clone());
    let names = |messages: &[&Message]| {
        // Titles share a context.
        let mut groups: Vec<(String, usize)> = Vec::new();
        for message in messages {
            let name = name(message);
            match groups.iter_mut().find(|(own, _)| *own == name) {
                Some((_, count)) => *count += 1,
                None => groups.push((name, 1)),
            }
        }
        let first: Vec<_> = groups
            .iter()
            .take(FEW)
            .map(|(name, count)| if *count > 1 { format!("`{name}` ({count})") } else { format!("`{name}`") })
            .collect();
        let told: usize = groups.iter().take(FEW).map(|(_, count)| count).sum();
        let more = messages.len() - told;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", first.join(", "))
    };
    if safety.len() > FEW {
        if let Some(span) = safety[0].span {
            let message = format!("{} safety phrases are not translated", safety.len());
            sink.emit(of_safety(span, message).note(names(&safety)));
        }
    } else {
        for (message, span) in safety.iter().filter_map(|message| Some((message, message.span?))) {
            let text = format!("the safety phrase `{}` is not translated", name(message));
            sink.emit(of_safety(span, text).note(format!("it says: {}", message.source)));
        }
    }
    if let Some(span) = rest.first().and_then(|message| message.span) {
        let message =
            format!("{} of {all} texts have no translation; are they still to come?", missing.len());
        let open = Diagnostic::warning(Code::NotTranslated, span, message).label("the first of them");
        let open = match safety.len() {
            0 => open,
            1 => open.note("1 of them is a safety phrase"),
            count => open.note(format!("{count} of them are safety phrases")),
        };
        sink.emit(open.note(names(&rest)).help("an empty text is no mistake: it is work still to do"));
    }
    if let Some(span) = fuzzy.first().and_then(|message| message.span) {
        let message = format!("{} of {all} translations are marked fuzzy; are they right?", fuzzy.len());
        let open = Diagnostic::warning(Code::FuzzyTranslation, span, message).label("the first of them");
        sink.emit(open.note(names(&fuzzy)).help(
            "compare each with its text, then remove `fuzzy` from the line that begins with `#,` above it",
        ));
    }
}

fn of_safety(span: Span, message: String) -> Diagnostic {
    Diagnostic::warning(Code::NotTranslated, span, message)
        .help("translate it first, and say exactly what it says: no version can do without it")
}

/// The entries that are in use, without the header.
fn entries(file: &PoFile) -> impl Iterator<Item = &Message> {
    file.messages.iter().filter(|message| !message.obsolete && !message.is_header())
}

/// Whether a text is never left out.
pub fn is_safety(message: &Message) -> bool {
    message.extracted.iter().any(|comment| comment == SAFETY)
}

/// Checks the fields of a header. Returns the number of plural forms that it names.
fn check_header(header: &Message, language: Option<&Language>, plurals: bool, sink: &Sink) -> Option<usize> {
    let span = header.span?;
    let warn = |message: String, help: String| {
        sink.emit(Diagnostic::warning(Code::PoHeader, span, message).help(help));
    };
    let fields: Vec<(&str, &str)> = header.text().lines().filter_map(|line| line.split_once(':')).collect();
    let field = |wanted: &str| {
        let found = fields.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim())
    };
    for line in header.text().lines().filter(|line| !line.trim().is_empty() && !line.contains(':')) {
        warn(
            format!("the header has a line that is no field: {line:?}"),
            "each line of the header is a name, a colon and a value, with \\n at its end".to_owned(),
        );
    }
    for (name, value) in &fields {
        let name = name.trim();
        let glued = FIELDS.iter().find(|field| {
            let before = name.strip_suffix(**field).filter(|before| !before.is_empty());
            before.is_some_and(|before| !before.ends_with('-')) || value.contains(&format!("{field}:"))
        });
        if let Some(field) = glued {
            warn(
                format!("the header has two fields in one line: {:?}", format!("{name}:{value}")),
                format!("write \\n before `{field}`, at the end of the field that stands there"),
            );
        }
    }
    let known = ["Language", "Plural-Forms", "Content-Type"];
    for wanted in known {
        let own = fields.iter().filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        let own: Vec<_> = own.map(|(_, value)| value.trim()).collect();
        if own.len() > 1 {
            warn(
                format!("the header has `{wanted}` more than once: {}", own.join(" and ")),
                "keep the line that is right".to_owned(),
            );
        }
    }
    for (name, _) in fields.iter().filter(|(name, _)| !known.contains(&name.trim())) {
        let near = nearest(name.trim(), known).filter(|near| field(near).is_none());
        if let Some(near) = near.filter(|near| !near.eq_ignore_ascii_case("Language") || !name.contains('-'))
        {
            warn(format!("the header has a field `{}`", name.trim()), format!("did you mean `{near}`?"));
        }
    }
    let own = field("Language")
        .filter(|own| !own.is_empty() && !own.contains(':'))
        .map(|own| (own, language_of(own)));
    match (own.clone(), language) {
        (Some((own, None)), _) => {
            warn(
                format!("the header names the language `{own}`, which is no tag"),
                "write a tag such as de or pt_BR".to_owned(),
            );
        }
        (Some((own, Some(named))), Some(wanted)) if !fits(&named, wanted) => warn(
            format!(
                "the header names {} (`{own}`), and this file is {} (`{wanted}`)",
                named.name(),
                wanted.name()
            ),
            format!(
                "is it the file of another language? If it is right, write `Language: {}`; if the header is, call the file {named}.po",
                wanted.as_str().replace('-', "_")
            ),
        ),
        (Some(_) | None, _) => {}
    }
    let spoken = language.cloned().or_else(|| own.and_then(|(_, own)| own));
    let usual = spoken.as_ref().and_then(usual_forms);
    let forms = field("Plural-Forms");
    let read = forms.map(PluralForms::parse);
    let count = read.as_ref().and_then(|read| read.as_ref().ok()).map(PluralForms::count);
    let line = spoken.as_ref().map(|spoken| format!("`Plural-Forms: {}\\n`", PluralForms::of(spoken)));
    match (&read, count) {
        (Some(Err(why)), _) => warn(
            format!("the plural forms cannot be read: {why}"),
            match line {
                Some(line) => format!("write {line}"),
                None => "first write the language, as `Language: de\\n`: its rule is told then".to_owned(),
            },
        ),
        (Some(_), Some(count)) => {
            let other = usual.as_ref().filter(|usual| usual.count() != count);
            if let Some(((usual, spoken), line)) = other.zip(spoken).zip(line) {
                let usual = usual.count();
                warn(
                    format!("the header has {count} plural forms, and {} has {usual}", spoken.name()),
                    format!("write {line}"),
                );
            }
        }
        (None, _) if plurals => warn(
            "this file has texts for one and for several, and its header no plural forms".to_owned(),
            format!(
                "add the line {}",
                line.unwrap_or_else(|| "`Plural-Forms: nplurals=2; plural=(n != 1);\\n`".to_owned())
            ),
        ),
        (Some(Ok(_)) | None, _) => {}
    }
    count.or(usual.map(|usual| usual.count()))
}

/// A language as headers write it: `pt_BR`, `sr@latin`.
pub fn language_of(written: &str) -> Option<Language> {
    let (tag, modifier) = written.split_once('@').map_or((written, None), |(tag, more)| (tag, Some(more)));
    // A locale may have a charset after it.
    let tag = tag.split('.').next().unwrap_or(tag).trim().replace('_', "-");
    let script = match modifier.map(str::to_ascii_lowercase).as_deref() {
        Some("latin") => "-Latn",
        Some("cyrillic") => "-Cyrl",
        Some(_) | None => "",
    };
    match tag.split_once('-') {
        Some((first, rest)) if !script.is_empty() => Language::parse(&format!("{first}{script}-{rest}")),
        Some(_) | None => Language::parse(&format!("{tag}{script}")),
    }
}

/// Whether a header's language can be that of a file: the same, or one of the two without region and script.
pub fn fits(named: &Language, wanted: &Language) -> bool {
    let first = |language: &Language| language.as_str().split('-').next().unwrap_or_default().to_owned();
    let bare = |language: &Language| !language.as_str().contains('-');
    named == wanted
        || (first(named) == first(wanted)
            && (bare(named) || bare(wanted) || is_part(named, wanted) || is_part(wanted, named)))
}

/// Whether every subtag of one language is one of the other, as `zh-TW` is of `zh-Hant-TW`.
fn is_part(one: &Language, other: &Language) -> bool {
    one.as_str().split('-').all(|part| other.as_str().split('-').any(|own| own == part))
}

/// The plural forms of a language, where nobody who knows better uses others.
fn usual_forms(language: &Language) -> Option<PluralForms> {
    const SETTLED: [&str; 48] = [
        "ja", "ko", "zh", "vi", "th", "id", "ms", "lo", "my", "km", "nl", "en", "de", "da", "sv", "nb", "nn",
        "no", "fi", "et", "hu", "tr", "el", "bg", "eo", "fy", "af", "ca", "gl", "eu", "sq", "hi", "fa", "ru",
        "uk", "be", "sr", "hr", "bs", "pl", "cs", "sk", "lt", "lv", "ro", "sl", "ar", "mt",
    ];
    let first = language.as_str().split('-').next()?;
    SETTLED.contains(&first).then(|| PluralForms::of(language))
}

fn check_message(message: &Message, forms: Option<usize>, rule: Option<&PluralForms>, sink: &Sink) {
    let mut told = match message.plural {
        Some(_) => forms_slips(message, forms, rule),
        None => slips(&message.source, message.text()),
    };
    told.extend(unfinished(message));
    let seen = |slip: &Slip| matches!(slip.code, Code::BadTranslation | Code::FuzzyTranslation);
    tell_of(message, sink, told.into_iter().filter(seen));
}

/// The mistakes in the forms of a text for one and for several, in a file with this rule.
pub fn plural_slips(message: &Message, rule: Option<&PluralForms>) -> Vec<Slip> {
    forms_slips(message, rule.map(PluralForms::count), rule)
}

fn forms_slips(message: &Message, forms: Option<usize>, rule: Option<&PluralForms>) -> Vec<Slip> {
    let mut told = Vec::new();
    let Some(plural) = &message.plural else { return told };
    if let Some(forms) = forms.filter(|forms| *forms != message.texts.len()) {
        let help = match forms.saturating_sub(1) {
            0 => "write msgstr[0], and no other".to_owned(),
            last => format!("write msgstr[0] to msgstr[{last}]"),
        };
        told.push(Slip::new(
            format!("it has {} plural forms, and the language has {forms}", message.texts.len()),
            &help,
        ));
    }
    for (form, text) in message.texts.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        // A form of a single number may say it in a word, so each is compared with the nearest source.
        let one_number = rule.is_some_and(|rule| rule.is_of_one_number(form));
        let without = one_number.then(|| message.source.replace("{n}", ""));
        let sources = [&message.source, plural].into_iter().chain(&without);
        told.extend(sources.map(|source| slips(source, text)).min_by_key(Vec::len).unwrap_or_default());
    }
    if message.texts.iter().any(|text| text.trim().is_empty()) {
        told.push(Slip::new(
            "one of its plural forms is empty".to_owned(),
            "fill in all of them, also where they are the same",
        ));
    }
    told
}

/// So many words of a text are the same in no two languages.
const WORDS_ALIKE: usize = 4;

/// What an entry has that looks as if its work were not done.
fn unfinished(message: &Message) -> Vec<Slip> {
    let mut found = Vec::new();
    let near = |flag: &&String| *flag != "fuzzy" && nearest(flag, ["fuzzy"]).is_some();
    if let Some(flag) = message.flags.iter().find(near) {
        found.push(Slip {
            code: Code::FuzzyTranslation,
            message: format!("`{flag}` is no flag of a PO file, so its translation is used as it is"),
            help: "write `#, fuzzy` if somebody has to look at it, or take the line out".to_owned(),
            is_error: false,
        });
    }
    if message.comments.iter().any(|comment| comment.trim().eq_ignore_ascii_case("fuzzy")) {
        found.push(Slip {
            code: Code::FuzzyTranslation,
            message: "`# fuzzy` is a comment, so its translation is used as it is".to_owned(),
            help: "write `#, fuzzy` if somebody has to look at it, or take the line out".to_owned(),
            is_error: false,
        });
    }
    if let Some(meant) = misread(message.text()).filter(|_| misread(&message.source).is_none()) {
        found.push(Slip {
            code: Code::BadTranslation,
            message: "its letters were read in the wrong charset when the file was saved".to_owned(),
            help: format!("save the file as UTF-8 again, or write {meant:?}"),
            is_error: false,
        });
    }
    let is_copy =
        message.text() == message.source && message.source.split_whitespace().count() >= WORDS_ALIKE;
    if is_copy && !message.fuzzy() {
        found.push(Slip {
            code: Code::BadTranslation,
            message: "its translation is the original itself".to_owned(),
            help: "translate it, or leave it empty until somebody does".to_owned(),
            is_error: false,
        });
    }
    let text = message.text();
    let marks = text_marks(text);
    let mut of_its_own = marks.iter().map(|mark| &text[mark.at.clone()]);
    if let Some(mark) = of_its_own.find(|mark| !message.source.contains(mark)) {
        let plain = without_marks(text, &marks);
        found.push(Slip {
            code: Code::BadTranslation,
            message: format!("`{mark}` would be spoken, and is not in the original"),
            help: plain.map_or_else(
                || "take it out: a text has no marks for how it is spoken or looks".to_owned(),
                |plain| format!("take it out: write {plain:?}"),
            ),
            is_error: false,
        });
    }
    found
}

/// The text that was meant, if it is UTF-8 that a program took for Windows-1252, such as `SchÃ¶n` for `Schön`.
fn misread(text: &str) -> Option<String> {
    let mut meant = String::new();
    let mut is_misread = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|other: char| other.is_ascii() != c.is_ascii()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let (bytes, _, is_lossy) = encoding_rs::WINDOWS_1252.encode(run);
        match std::str::from_utf8(&bytes) {
            Ok(read) if !is_lossy && !c.is_ascii() => {
                // A quotation mark behind a capital letter is one.
                is_misread |= !run.ends_with(['«', '»', '”', '“', '’']) || run.starts_with('â');
                meant.push_str(read);
            }
            Ok(_) | Err(_) => meant.push_str(run),
        }
        rest = after;
    }
    is_misread.then_some(meant)
}

fn tell_of(message: &Message, sink: &Sink, slips: impl Iterator<Item = Slip>) {
    let Some(span) = message.span else { return };
    let name =
        message.context.as_ref().map_or_else(|| format!("{:?}", message.source), |own| format!("`{own}`"));
    for slip in slips {
        let what = format!("{name}: {}", slip.message);
        let what = if slip.is_error {
            Diagnostic::error(slip.code, span, what)
        } else {
            Diagnostic::warning(slip.code, span, what)
        };
        let what = what.note(format!("the original: {}", message.source.trim_end().replace('\n', "\\n")));
        sink.emit(what.help(slip.help));
    }
}

/// The mistakes of one translation of a text.
pub fn slips(source: &str, text: &str) -> Vec<Slip> {
    if let Some(slip) = no_words(source, text) {
        return vec![slip];
    }
    let mut found = Vec::new();
    found.extend(bars(source, text));
    if let Some(sign) = text.chars().find(|c| is_reversing(*c)).map(RefusedSign::Reversing) {
        found.push(Slip::new(sign.to_string(), sign.advice()));
    }
    let mut add = |message: String, help: &str| found.push(Slip::new(message, help));
    if has_question_in_word(text) && !has_question_in_word(source) {
        add(
            "it has a question mark within a word".to_owned(),
            "write the letter that belongs there; a program that has not all letters puts such marks",
        );
    }
    let inner = |text: &str| text.trim_matches('\n').contains('\n');
    if inner(text) && !inner(source) {
        add("it has a line break, and the original has none".to_owned(), "write it as one line");
    } else if text.ends_with('\n') != source.ends_with('\n')
        || text.starts_with('\n') != source.starts_with('\n')
    {
        add(
            "it begins or ends with a line break where the original does not".to_owned(),
            "write it as the original has it",
        );
    }
    for mark in placeholders(source) {
        let count = |text: &str| placeholders(text).iter().filter(|own| **own == mark).count();
        if count(text) < count(source) {
            add(format!("`{mark}` is lost, where adem puts a value"), "keep it as it is in the original");
            break;
        }
    }
    for mark in placeholders(text) {
        if !placeholders(source).contains(&mark) {
            add(format!("`{mark}` is not in the original"), "remove it, or write it as the original has it");
            break;
        }
    }
    let lost = numbers(source).into_iter().find(|number| !numbers(text).contains(number));
    // Other digits, and numbers in words where there is none at all, may be meant.
    let has_own_digits = text.chars().any(|c| c.is_numeric() && !c.is_ascii());
    if let Some(number) = lost.filter(|_| !has_own_digits) {
        add(
            format!("the number {number} of the original is not in it"),
            "write it in, or leave it if it is there in words",
        );
    }
    let (curly_start, curly_end) = (['“', '„', '‟', '”'], ['”', '“', '‟']);
    let quoted = |text: &str| {
        let text = text.trim();
        text.starts_with(curly_start) && text.ends_with(curly_end) && text.chars().count() > 1
    };
    let is_quote = |c: char| matches!(c, '“' | '”' | '„' | '"' | '«' | '»' | '‘' | '’' | '\'' | '‟');
    if quoted(text) && !source.trim().starts_with(is_quote) {
        add(
            "it is in curly quotation marks, and the original in none".to_owned(),
            "remove them; the straight quotes of the PO file (\") stand around every text",
        );
    }
    found
}

/// Why a text is no translation at all: what a spreadsheet or a broken file leaves in place of words.
pub fn no_words(source: &str, text: &str) -> Option<Slip> {
    let inner = text.trim();
    if let Some(sign) = text.chars().find(|c| is_unwritable(*c) && !source.contains(*c)) {
        let sign = RefusedSign::Unwritable(sign);
        return Some(Slip { is_error: true, ..Slip::new(sign.to_string(), sign.advice()) });
    }
    let words = "write the words as text";
    if is_error_of_a_cell(inner) && !is_error_of_a_cell(source.trim()) {
        return Some(Slip::new(format!("`{inner}` is an error of a spreadsheet"), words));
    }
    if inner.starts_with('=') && !source.trim().starts_with('=') {
        return Some(Slip::new("it is a formula of a spreadsheet".to_owned(), words));
    }
    let has_letters = |text: &str| text.chars().any(char::is_alphanumeric);
    let is_empty = !inner.is_empty() && inner.is_ascii() && !has_letters(inner) && has_letters(source);
    is_empty.then(|| Slip::new(format!("`{inner}` has no letters, and the original has"), words))
}

/// `#REF!`, `#NAME?`, `#BEZUG!`, `#N/A`, `Err:508`: what a spreadsheet shows in place of a value, in any language.
fn is_error_of_a_cell(text: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|digit| digit.is_ascii_digit());
    let is_word = |rest: &str| {
        let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
        let fits = |c: char| c.is_uppercase() || c.is_ascii_digit() || "/!?¡¿._#".contains(c);
        letters >= 2 && rest.chars().all(fits)
    };
    text.strip_prefix('#').is_some_and(is_word) || text.strip_prefix("Err:").is_some_and(is_number)
}

fn has_question_in_word(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(3).any(|three| three[1] == '?' && three[0].is_alphabetic() && three[2].is_alphabetic())
}

fn bars(source: &str, text: &str) -> Option<Slip> {
    let halves: Vec<_> = source.split('|').collect();
    let own: Vec<_> = text.split('|').collect();
    let bars = |count: usize| match count {
        0 => "no bar".to_owned(),
        1 => "1 bar".to_owned(),
        _ => format!("{count} bars"),
    };
    let (wanted, there) = (halves.len() - 1, own.len() - 1);
    let placed = "put `|` where the breath turns, as often as in the original";
    let slip = |message: &str, help: &str| Slip::new(message.to_owned(), help);
    if there < wanted {
        let wide = text.contains(['｜', '¦', '│', 'ǀ']);
        let help = if wide { "write the bar as |, not as another sign that looks like it" } else { placed };
        let lost = format!("a bar is lost: it has {}, and the original {}", bars(there), bars(wanted));
        return Some(slip(&lost, help));
    }
    if there > wanted {
        let many = format!("it has {}, and the original {}", bars(there), bars(wanted));
        return Some(Slip { code: Code::TooManyBeats, ..slip(&many, placed) });
    }
    if wanted == 0 {
        return None;
    }
    if own.iter().zip(&halves).any(|(own, half)| own.trim().is_empty() && !half.trim().is_empty()) {
        return Some(slip("a bar has moved: nothing is left on one side of it", placed));
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() as f64;
    let share = |parts: &[&str]| {
        let whole: f64 = parts.iter().map(|part| letters(part)).sum();
        if whole == 0.0 { 0.5 } else { letters(parts[0]) / whole }
    };
    let is_far = (share(&own) - share(&halves)).abs() > MOVED;
    is_far.then(|| slip("a bar has moved: its halves are far from those of the original", placed))
}

/// A bar has moved if the share of the letters before it differs by more than this. In the English and German texts of this
/// course none differs by 0.3.
const MOVED: f64 = 0.45;

/// `%d`, `%1$s`, `{n}`: what a program fills in.
fn placeholders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        match letters[at] {
            '{' => {
                let end = letters[at..].iter().position(|c| *c == '}').map(|length| at + length);
                let inside = end.map(|end| letters[at + 1..end].iter().collect::<String>());
                let is_name = |name: &String| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
                };
                if let Some((end, name)) = end.zip(inside.filter(is_name)) {
                    found.push(format!("{{{name}}}"));
                    at = end;
                }
            }
            '%' if letters.get(at + 1) == Some(&'%') => at += 1,
            '%' => {
                let rest = &letters[at + 1..];
                let flags = rest.iter().take_while(|c| c.is_ascii_digit() || "$.-+".contains(**c)).count();
                // `50 % of` and `100%.` are percentages.
                if let Some(kind) = rest.get(flags).filter(|kind| "sdiufxXc".contains(**kind)) {
                    let ends = rest.get(flags + 1).is_none_or(|next| !next.is_alphabetic());
                    if ends {
                        let flags: String = rest[..flags].iter().collect();
                        found.push(format!("%{flags}{kind}"));
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The numbers of a text in digits.
fn numbers(text: &str) -> Vec<String> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let plain = |digits: &str| match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        number => number.to_owned(),
    };
    digits.map(plain).collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::diag::FileId;
    use crate::script::po::syntax;

    fn found(text: &str, language: &str, all: bool) -> Vec<(usize, String)> {
        let sink = Sink::new();
        let file = syntax::read(FileId(0), text, &sink).unwrap_or_else(|| panic!("{:?}", sink.sorted()));
        let check = if all { alone } else { lint };
        check(&file, Language::parse(language).as_ref(), &sink);
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        sink.into_sorted().into_iter().map(|found| (line(found.span().start), found.message)).collect()
    }

    #[test]
    fn letters_in_the_wrong_charset_are_known_from_others() {
        for (text, meant) in [
            ("SchÃ¶n, dass du da bist.", Some("Schön, dass du da bist.")),
            ("Câ€™est lÃ\u{a0}.", Some("C’est là.")),
            ("Schön, daß Ärger „é“ Ñandú", None),
            ("«CAFÉ» und «Ã»", None),
            ("Привет, 你好", None),
        ] {
            assert_eq!(misread(text).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn each_slip_is_told() {
        for (source, text, told) in [
            ("Moge ik | veilig zijn", "Möge ich geborgen sein", "a bar is lost"),
            ("Moge ik | veilig zijn", "Möge ich ｜ geborgen sein", "a bar is lost"),
            ("Moge ik | veilig zijn", "Möge ich geborgen sein |", "a bar has moved"),
            ("In en dan | en uit en dan", "Ein und dann und aus und | so", "a bar has moved"),
            ("Adem in.", "Atme | ein.", "it has 1 bar"),
            ("Adem in.", "Atme\nein.", "it has a line break"),
            ("Adem in.", "Atme ein.\n", "it begins or ends"),
            ("{n} seconden", "Sekunden", "`{n}` is lost"),
            ("%d keer", "%s Mal", "`%d` is lost"),
            ("Tel tot 10.", "Zähle.", "the number 10"),
            ("Adem in.", "“Atme ein.”", "it is in curly"),
            ("Wacht 0 tellen.", "Warte.", "the number 0 "),
            ("Wacht 10 tellen.", "Warte 0.", "the number 10 "),
            ("Adem in.", "#REF!", "`#REF!` is an error"),
            ("Adem in.", "#NAME?", "`#NAME?` is an error"),
            ("Adem in.", "#BEZUG!", "`#BEZUG!` is an error"),
            ("Adem in.", "#N/A", "`#N/A` is an error"),
            ("Adem in.", "#DIV/0!", "`#DIV/0!` is an error"),
            ("Adem in.", "Err:508", "`Err:508` is an error"),
            ("Adem in.", "=1+1", "it is a formula"),
            ("Adem in.", "\"", "`\"` has no letters"),
            ("Adem in.", "?????", "`?????` has no letters"),
            ("Adem in.", "Atme\u{0} ein.", "it has the character U+0000"),
            ("Adem in.", "\u{1b}[31mAtme ein.", "it has the character U+001B"),
            ("Adem in.", "Atme f\u{fffd}r dich.", "it has the character U+FFFD"),
            ("Adem in.", "Atme f?r dich.", "it has a question mark within"),
            ("Adem in.", "Atme\u{202e} ein.", "it has the character U+202E"),
        ] {
            let found = slips(source, text);
            assert!(found[0].message.starts_with(told), "{source} {text} {found:?}");
        }
        for (source, text) in [
            ("Moge ik | veilig zijn", "Möge ich | geborgen sein"),
            ("Tel tot 10.", "عد حتى ١٠."),
            ("Zeg „ja“.", "„Ja“, sag das."),
            ("100 % adem", "100 % Atem"),
            ("Eén", "Eins"),
            ("Wacht 0 tellen.", "Warte 00 Schläge."),
            ("= a", "= b"),
            ("…", "…"),
            ("Bel nu.", "Ruf an: #1."),
            ("Adem\tin.", "Atme\tein."),
        ] {
            assert_eq!(slips(source, text), [], "{text}");
        }
    }

    #[test]
    fn a_header_is_of_its_language() {
        let file = |header: &str| {
            format!("msgid \"\"\nmsgstr \"{header}\"\n\nmsgctxt \"a/b\"\nmsgid \"a\"\nmsgstr \"b\"\n")
        };
        for (header, language, told) in [
            ("Language: fr\\n", "de", Some("the header names French (`fr`), and this file is German (`de`)")),
            ("Language: pt_PT\\n", "pt-BR", Some("the header names Portuguese")),
            ("Language: xx yy\\n", "de", Some("the header names the language `xx yy`")),
            ("MIME-Version: 1.0\\n", "de", None),
            ("Language: pt_BR\\n", "pt-BR", None),
            ("Language: zh_TW\\n", "zh-Hant-TW", None),
            ("Language: sr@latin\\n", "sr-Latn", None),
            ("Language: de\\nnonsense\\n", "de", Some("the header has a line that is no field")),
            (
                "Language: pl\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n",
                "pl",
                Some("the header has 2 plural forms"),
            ),
            ("Language: de\\nPlural-Forms: two\\n", "de", Some("the plural forms cannot be read")),
            (
                "Language: de\\nLanguage: fr\\n",
                "de",
                Some("the header has `Language` more than once: de and fr"),
            ),
            ("Language: deMIME-Version: 1.0\\n", "", Some("the header has two fields in one line")),
            ("Language deMIME-Version: 1.0\\n", "de", Some("the header has two fields in one line")),
            ("Language: de\\nX-Language: x\\nLanguage-Team: German <x@y>\\n", "de", None),
            ("Language: de\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n", "de", None),
        ] {
            let found = found(&file(header), language, false);
            match told {
                Some(told) => assert!(
                    found.len() == 1 && found[0].0 == 2 && found[0].1.starts_with(told),
                    "{header} {found:?}"
                ),
                None => assert_eq!(found, [], "{header}"),
            }
        }
    }

    #[test]
    fn advice_on_plural_forms_is_right_once_it_is_typed() {
        for (language, wrong) in [
            ("pl", "nplurals=0; plural=0;"),
            ("pl", "nplurals=2; plural=(n != 1);"),
            ("ar", "nplurals=INTEGER; plural=EXPRESSION;"),
            ("ja", "nplurals=2; plural=(n != 1);"),
        ] {
            let text = |forms: &str| {
                format!(
                    "msgid \"\"\nmsgstr \"Language: {language}\\n{forms}\"\n\nmsgid \"a\"\nmsgstr \"b\"\n"
                )
            };
            let sink = Sink::new();
            let read = |text: &str| syntax::read(FileId(0), text, &sink).unwrap();
            lint(&read(&text(&format!("Plural-Forms: {wrong}\\n"))), None, &sink);
            let told = sink.into_sorted();
            let help = told[0].helps[0].to_string();
            let line = help.split('`').nth(1).unwrap();
            assert_eq!(found(&text(line), language, false), [], "{help}");
        }
    }

    #[test]
    fn what_is_missing_is_one_question_and_a_safety_phrase_is_named() {
        let mut text = "msgid \"\"\nmsgstr \"Language: de\\n\"\n".to_owned();
        for at in 0..40 {
            let _ = write!(text, "\nmsgctxt \"a/p{at}\"\nmsgid \"t{at}\"\nmsgstr \"\"\n");
        }
        text.push_str("\n#. Safety: never left out.\nmsgctxt \"a/stop\"\nmsgid \"Stop.\"\nmsgstr \"\"\n");
        text.push_str("\n#, fuzzy\nmsgctxt \"a/f\"\nmsgid \"f\"\nmsgstr \"F\"\n");
        let found = found(&text, "de", true);
        let messages: Vec<_> = found.iter().map(|(_, message)| message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "41 of 42 texts have no translation; are they still to come?",
                "the safety phrase `a/stop` is not translated",
                "1 of 42 translations are marked fuzzy; are they right?"
            ]
        );
        assert_eq!(found[1].0, text.lines().position(|line| line == "msgid \"Stop.\"").unwrap() + 2);
    }

    #[test]
    fn plural_forms_are_counted() {
        let text = "msgid \"\"\nmsgstr \"Language: pl\\nPlural-Forms: nplurals=3; plural=(n==1 ? 0 : 1);\\n\"\n\n\
            msgid \"{n} second\"\nmsgid_plural \"{n} seconds\"\nmsgstr[0] \"{n} sekunda\"\nmsgstr[1] \"{n} sekundy\"\n";
        let found = found(text, "pl", false);
        assert!(found[0].1.contains("it has 2 plural forms, and the language has 3"), "{found:?}");
    }
}
