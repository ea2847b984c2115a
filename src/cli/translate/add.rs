//! `adem translate add`: makes all that a language needs.

use std::path::Path;

use clap::Args as ClapArgs;

use super::super::known::{parse_language, parse_licence};
use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::Translation;
use crate::asset::{draft_voice, has_recordings};
use crate::engine::Error;
use crate::files::Files;
use crate::script::language::Language;
use crate::script::po::encoding::ByteForm;
use crate::script::po::merge::update;
use crate::toml::table::{as_name, is_name};
use crate::translate::add::{NewVoice, Person, capital, course_with, voice_file};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct AddArgs {
    /// The language to add, such as de, pt-BR or zh-Hant-TW
    #[arg(value_name = "LANG", value_parser = parse_language)]
    lang: Language,
    /// The name of its voice: the draft voice of a machine, or a person beside it. Default: `draft`
    #[arg(long, value_name = "NAME")]
    voice: Option<String>,
    /// The person who speaks, as in credits. Default: a machine, or the name of a second voice
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,
    /// The licence of a person's recordings, such as CC-BY-4.0
    #[arg(long, value_name = "LICENCE", value_parser = parse_licence)]
    licence: Option<String>,
    /// The day on which a person agreed to the use in this course, such as 2026-11-03
    #[arg(long, value_name = "DATE")]
    consent: Option<String>,
}

pub(super) fn run(context: &CommandContext, args: &AddArgs) -> Outcome {
    let _alone = context.alone()?;
    let translation = Translation::open(context)?;
    let course = &translation.course;
    let (language, header) = (&args.lang, &course.header);
    translation.languages(Some(language))?;
    let own = |id: &str| course.voices.contains_key(&(language.clone(), id.to_owned()));
    let named = header.voices.get(language).map(|voice| voice.value.clone());
    let id = args.voice.clone().or(named.clone()).unwrap_or_else(|| "draft".to_owned());
    if !is_name(&id) {
        let near = as_name(&id);
        let help =
            if near.is_empty() { "write one such as `anna`".to_owned() } else { format!("write `{near}`") };
        return Err(Failure::Usage(format!(
            "`{id}` is no name for a voice: names are folders, of a-z, 0-9 and hyphens; {help}"
        )));
    }
    let voice_path = format!("voice/{language}/{id}/voice.toml");
    let voice_is_there = own(&id) || context.files.exists(Path::new(&voice_path));
    // The voice that speaks the language gives way only while it has no recordings.
    let other = named.filter(|named| *named != id);
    let replaces = match &other {
        Some(other) => !has_recordings(&context.files, language, other)?,
        None => false,
    };
    let has_machine = course.voices.keys().any(|(tag, other)| tag == language && *other != id);
    let is_person = has_machine || args.speaker.is_some() || args.licence.is_some() || args.consent.is_some();
    let person = is_person.then(|| Person {
        name: args.speaker.clone().unwrap_or_else(|| capital(&id)),
        licence: args.licence.clone(),
        agreed: args.consent.clone(),
    });

    let course_bytes = context.files.read(Path::new("course.toml"))?;
    let course_text = &course.sources.get(header.file).text;
    let Some(new_course) = course_with(course_text, header, language, &id, replaces) else {
        return Err(Failure::Usage(format!(
            "course.toml is written in a way that cannot be changed safely; write \"{language}\" into `languages` and {language} = \"{id}\" into `voices` there, and do this again"
        )));
    };
    let po_path = translation.path(language)?;
    let old = translation.bytes(&po_path)?;
    let (mut sources, has_po) = (crate::diag::Sources::default(), !old.is_empty());
    let (file, found) = super::read(&po_path, &old, &mut sources);
    let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
    let title = &header.title.value;
    let is_listed = header.languages.iter().any(|listed| listed.value == *language);
    let texts = translation.texts_for(&translation.times(&translation.locked(language, None)?));
    let (file, changes) = update(file, &texts, &course.sources, language, title);
    let new_po = ByteForm::of(&old).bytes(&file.print());

    // course.toml comes last: what it names is there then.
    let mut made = Vec::new();
    if !voice_is_there {
        let engine_voice = draft_voice(language);
        let text = voice_file(
            &NewVoice { id: id.clone(), person: person.clone() },
            language,
            engine_voice.as_deref(),
        );
        translation.write(&voice_path, text.as_bytes())?;
        made.push(voice_path.clone());
    }
    // Of a language that is there, the texts are left to `translate update`.
    if new_po != old && !(has_po && is_listed) {
        translation.write(&po_path, &new_po)?;
        made.push(if has_po {
            format!("{po_path} (what was there stays; {} new texts)", changes.new)
        } else {
            format!("{po_path} ({} texts, with those that may stay empty)", changes.new)
        });
    }
    if new_course != *course_text {
        let has_mark = course_bytes.starts_with(b"\xef\xbb\xbf");
        let mark: &[u8] = if has_mark { b"\xef\xbb\xbf" } else { b"" };
        translation.write("course.toml", &[mark, new_course.as_bytes()].concat())?;
        made.push("course.toml".to_owned());
    }
    let name = language.name();
    if made.is_empty() {
        report::note(&format!(
            "{name} (`{language}`) with the voice {id} is in the course already; nothing was changed"
        ));
    } else {
        report::note(&format!("{name} (`{language}`): {}", made.join(", ")));
    }
    match &other {
        Some(other) if replaces => {
            report::note(&format!("{name} is now spoken by {id}; {other} had no recordings"));
        }
        Some(other) => report::note(&format!(
            "{name} is still spoken by {other}, which has recordings; `--voice {id}` makes tracks with the new voice"
        )),
        None => {}
    }
    if !voice_is_there {
        describe_voice(language, &id, &voice_path, person.as_ref());
    }
    if !made.is_empty() {
        // A voice with recordings stays the one that speaks.
        let which = if other.is_some() && !replaces { format!(" --voice {id}") } else { String::new() };
        let next = format!(
            "\nnext:\n  adem translate pack {language}      a zip for the translator\n  adem translate check {language}.po      when a PO file comes back\n  adem translate status\n  adem render 1 --lang {language}{which} --draft      once track 1 is translated\n  adem voice sheet --lang {language}{which}      for the voice\n"
        );
        report::note(&next);
    }
    Ok(exit::DONE)
}

fn describe_voice(language: &Language, id: &str, path: &str, person: Option<&Person>) {
    match person {
        Some(person) if person.licence.is_none() || person.agreed.is_none() => report::note(&format!(
            "no build delivers {}'s voice without a licence and a consent; write both down with: adem voice consent --lang {language} --voice {id} --who '{}' --for 'this course' --licence CC-BY-4.0",
            person.name, person.name
        )),
        None if draft_voice(language).is_none() => report::warning(format!(
            "espeak-ng has no voice for {}; name a program that speaks it as `draft` in {path}",
            language.name()
        )),
        Some(_) | None => {}
    }
}
