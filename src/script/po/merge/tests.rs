use proptest::prelude::*;

use super::*;
use crate::diag::{FileId, Sink};
use crate::files::MemoryFiles;
use crate::script::Course;
use crate::script::po::extract::{SourceText, extract};
use crate::script::po::status::Status;
use crate::script::po::syntax;
use crate::script::po::{TranslationState, Translations};

/// A course with one script of these phrases (id, text).
fn course(title: &str, phrases: &[(String, String)]) -> Course {
    let steps: Vec<_> = phrases
        .iter()
        .map(|(id, text)| format!("{{ say = {}, id = \"{id}\" }},", toml::Value::from(text.as_str())))
        .collect();
    let script = format!(
        "language = \"nl\"\ntitle = {}\n[[part]]\ntitle = \"Deel\"\nsteps = [\n{}\n{{ pause = 1 }},\n]\n",
        toml::Value::from(title),
        steps.join("\n")
    );
    let files = MemoryFiles::new()
        .with("course.toml", "title = \"Cursus\"\nlanguages = [\"nl\", \"en\"]\n")
        .with("scripts/plek.toml", script);
    let sink = Sink::new();
    let course = Course::open(&files, &sink).unwrap();
    let found = sink.into_sorted();
    assert!(found.is_empty(), "{found:?}");
    course
}

fn phrases(texts: &[(&str, &str)]) -> Vec<(String, String)> {
    texts.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
}

fn english() -> Language {
    Language::parse("en").unwrap()
}

/// The texts that may stay empty.
fn optional(course: &Course) -> impl Iterator<Item = SourceText> {
    let texts = extract(course);
    texts.into_iter().filter(|text| text.is_needed_in(&english()) && text.is_optional())
}

fn read(text: &str) -> PoFile {
    let sink = Sink::new();
    syntax::read(FileId(0), text, &sink).unwrap_or_else(|| panic!("{:?}\n{text}", sink.into_sorted()))
}

/// The file as it is after an update, as a translator would find it, and what the update did.
fn updated(file: PoFile, course: &Course) -> (PoFile, Changes) {
    let title = &course.header.title.value;
    let (file, changes) = update(file, &extract(course), &course.sources, &english(), title);
    (read(&file.print()), changes)
}

fn translate_all(mut file: PoFile) -> PoFile {
    for message in file.messages.iter_mut().skip(1) {
        message.texts = vec![format!("<{}>", message.source)];
    }
    file
}

fn find<'a>(file: &'a PoFile, context: &str) -> &'a Message {
    let wanted = |message: &&Message| message.context.as_deref() == Some(context) && !message.obsolete;
    file.messages.iter().find(wanted).unwrap_or_else(|| panic!("{context} is not there"))
}

#[test]
fn a_new_language_has_every_text_once_in_order_with_its_places() {
    let course = course("De plek", &phrases(&[("a", "Adem in."), ("b", "Adem uit.")]));
    let (file, changes) = updated(PoFile::default(), &course);
    let contexts: Vec<_> =
        file.messages[1..].iter().filter_map(|message| message.context.as_deref()).collect();
    assert_eq!(contexts, ["course:title", "plek:title", "plek:slug", "plek:part", "plek/a", "plek/b"]);
    assert_eq!(changes, Changes { new: 6, changed: 0, obsolete: 0 });
    let phrase = find(&file, "plek/b");
    assert_eq!(
        (&phrase.extracted[..], &phrase.references[..]),
        (&["Part: Deel".to_owned()][..], &["scripts/plek.toml:7".to_owned()][..])
    );
    assert!(file.messages[0].text().contains("Language: en\n"));
}

#[test]
fn a_changed_text_keeps_its_translation_as_fuzzy_with_the_oldest_source() {
    let old = course("De plek", &phrases(&[("a", "Adem in.")]));
    let (file, _) = updated(translate_all(updated(PoFile::default(), &old).0), &old);
    assert!(!find(&file, "plek/a").fuzzy());
    let (file, changes) = updated(file, &course("De plek", &phrases(&[("a", "Adem nu in.")])));
    assert_eq!(changes, Changes { new: 0, changed: 1, obsolete: 0 });
    let (file, _) = updated(file, &course("De plek", &phrases(&[("a", "Adem nu rustig in.")])));
    let phrase = find(&file, "plek/a");
    assert_eq!(phrase.text(), "<Adem in.>");
    assert_eq!(phrase.previous.source.as_deref(), Some("Adem in."));
    assert_eq!((phrase.flags.join(","), phrase.source.as_str()), ("fuzzy".to_owned(), "Adem nu rustig in."));
}

/// A course whose texts to read first are these.
fn with_before(general: [&str; 2], special: &str) -> Course {
    let general = toml::Value::from(general.to_vec());
    let special = toml::Value::from(vec![special]);
    let files = MemoryFiles::new()
        .with("course.toml", format!("title = \"Cursus\"\nlanguages = [\"nl\", \"en\"]\nbefore = {general}\n"))
        .with("scripts/plek.toml", format!("language = \"nl\"\ntitle = \"De plek\"\nbefore = {special}\n[[part]]\nsteps = [{{ pause = 1 }}]\n"));
    Course::open(&files, &Sink::new()).unwrap()
}

#[test]
fn what_is_read_before_a_track_keeps_its_own_translations() {
    let old = with_before(["Zet het geluid zacht.", "Luister niet onderweg."], "Ga zitten.");
    let (file, changes) = updated(translate_all(updated(PoFile::default(), &old).0), &old);
    assert_eq!(changes, Changes::default());
    let contexts: Vec<_> =
        file.messages[1..].iter().filter_map(|message| message.context.as_deref()).collect();
    assert_eq!(
        contexts,
        ["course:before", "course:before", "course:title", "plek:before", "plek:title", "plek:slug"]
    );
    // In another order, and one changed: each keeps the translation that was made for it.
    let new = with_before(["Luister nooit onderweg.", "Zet het geluid zacht."], "Ga zitten.");
    let (file, changes) = updated(file, &new);
    assert_eq!(changes, Changes { new: 0, changed: 1, obsolete: 0 });
    let told: Vec<_> = file.messages[1..3].iter().map(|message| (message.text(), message.fuzzy())).collect();
    assert_eq!(told, [("<Luister niet onderweg.>", true), ("<Zet het geluid zacht.>", false)]);
    // Another text altogether takes over no translation.
    let (_, changes) = updated(file, &with_before(["Rijd je?", "Zet het geluid zacht."], "Ga zitten."));
    assert_eq!(changes, Changes { new: 1, changed: 0, obsolete: 1 });
}

#[test]
fn a_text_that_is_gone_waits_as_obsolete_and_comes_back() {
    let both = course("De plek", &phrases(&[("a", "Adem in."), ("b", "Adem uit.")]));
    let mut file = translate_all(updated(PoFile::default(), &both).0);
    file.messages.iter_mut().for_each(|message| message.comments.push(" mine".to_owned()));
    let (file, changes) = updated(file, &course("De plek", &phrases(&[("b", "Adem uit.")])));
    assert_eq!(changes, Changes { new: 0, changed: 0, obsolete: 1 });
    let gone = file.messages.last().unwrap();
    assert!(gone.obsolete && gone.text() == "<Adem in.>" && gone.comments == [" mine"]);
    let (file, changes) = updated(file, &both);
    assert_eq!(changes, Changes::default());
    assert_eq!(find(&file, "plek/a").text(), "<Adem in.>");
    assert!(!find(&file, "plek/a").fuzzy());
}

#[test]
fn a_phrase_with_a_new_id_takes_its_translation_along() {
    let old = course("De plek", &phrases(&[("a", "Adem in."), ("b", "Adem uit.")]));
    let file = translate_all(updated(PoFile::default(), &old).0);
    let (file, changes) =
        updated(file, &course("De plek", &phrases(&[("adem-in", "Adem in."), ("b", "Adem uit.")])));
    assert_eq!(changes, Changes { new: 0, changed: 1, obsolete: 0 });
    let phrase = find(&file, "plek/adem-in");
    assert_eq!(phrase.text(), "<Adem in.>");
    assert!(phrase.fuzzy());
    assert_eq!(phrase.previous.context.as_deref(), Some("plek/a"));
}

#[test]
fn a_title_is_recognised_by_its_likeness_and_texts_of_the_language_itself_are_left_out() {
    let files = |first: &str, second: &str| {
        MemoryFiles::new()
            .with("course.toml", "title = \"Cursus\"\nlanguages = [\"nl\", \"en\"]\n")
            .with("scripts/own.toml", "language = \"en\"\ntitle = \"English\"\n[[part]]\nsteps = [{ pause = 1 }]\n")
            .with(
                "scripts/plek.toml",
                format!(
                    "language = \"nl\"\ntitle = \"De plek\"\n[[part]]\ntitle = \"{first}\"\nsteps = [{{ pause = 1 }}]\n\
                     [[part]]\ntitle = \"{second}\"\nsteps = [{{ pause = 1 }}]\n"
                ),
            )
    };
    let open = |files: MemoryFiles| Course::open(&files, &Sink::new()).unwrap();
    let old = open(files("Een rustige adem", "Wat er nu is"));
    let file = translate_all(updated(PoFile::default(), &old).0);
    assert!(file.messages.iter().all(|message| message.context.as_deref() != Some("own:title")));
    let new = open(files("Iets heel anders", "Een rustige ademhaling"));
    let (file, changes) = updated(file, &new);
    assert_eq!(changes, Changes { new: 1, changed: 1, obsolete: 1 });
    let wanted = |message: &&Message| message.source == "Een rustige ademhaling";
    assert_eq!(file.messages.iter().find(wanted).unwrap().text(), "<Een rustige adem>");
}

#[test]
fn a_template_has_no_translations_and_says_so() {
    let course = course("De plek", &phrases(&[("a", "Adem in.")]));
    let template = read(&template(&extract(&course), &course.sources, "Cursus").print());
    assert!(template.messages[0].fuzzy());
    assert!(template.messages[1..].iter().all(|message| !message.is_translated()));
}

proptest! {
    #[test]
    fn no_update_ever_loses_a_translation_or_a_comment(
        before in prop::collection::btree_map("[a-f]", "[ab \"\\\\\n\t🌿]{0,6}x", 0..6),
        after in prop::collection::btree_map("[a-f]", "[ab \"\\\\\n\t🌿]{0,6}x", 0..6),
    ) {
        let (before, after): (Vec<_>, Vec<_>) = (before.into_iter().collect(), after.into_iter().collect());
        let old = course("Een", &before);
        let mut file = updated(PoFile::default(), &old).0;
        for (number, message) in file.messages.iter_mut().enumerate().skip(1) {
            message.texts = vec![format!("#{number} \"{}\"", message.source)];
            message.comments = vec![format!(" remark {number}")];
        }
        let work: Vec<_> = file.messages[1..].iter().map(|message| (message.texts.clone(), message.comments.clone())).collect();
        let (file, _) = updated(file, &old);
        prop_assert_eq!(Status::of(&file, &extract(&old), &english()).translated, work.len() - optional(&old).count());

        let new = course("Twee", &after);
        let (file, changes) = updated(file, &new);
        for (texts, comments) in &work {
            let kept = file.messages.iter().filter(|message| message.texts == *texts && message.comments == *comments);
            prop_assert_eq!(kept.count(), 1);
        }
        // Only what is not fuzzy counts as translated, and only what has not changed is not fuzzy.
        for message in file.messages.iter().filter(|message| !message.obsolete && message.is_translated()).skip(1) {
            let same = work.iter().any(|(texts, _)| *texts == message.texts && message.text().ends_with(&format!(" \"{}\"", message.source)));
            prop_assert!(message.fuzzy() || same);
        }
        let status = Status::of(&file, &extract(&new), &english());
        let translations = Translations::of(&file);
        let is_missing =
            |text: &SourceText| translations.find(&text.context, &text.text) == TranslationState::Missing;
        let left_empty = optional(&new).filter(is_missing).count();
        prop_assert_eq!(status.missing + left_empty, changes.new);
        prop_assert_eq!(status.obsolete, changes.obsolete);
        prop_assert_eq!(status.outdated, 0);
        let (updated_twice, changes) = updated(file.clone(), &new);
        prop_assert_eq!(changes, Changes::default());
        prop_assert_eq!(updated_twice.print(), file.print());
    }
}
