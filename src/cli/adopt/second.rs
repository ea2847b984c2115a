//! A recording of an exercise that the course has, in another language: its phrases are matched to those of the script, and its
//! words become translations.

use std::path::Path;

use super::AdoptArgs;
use crate::adopt::{PhrasePlace, TimedPhrase, TranscribedPhrase, matched};
use crate::cli::progress::Progress;
use crate::cli::{CommandContext, Failure, report};
use crate::diag::{Code, Sink, Sources};
use crate::engine::{Checked, Engine, check_course};
use crate::export::write_whole;
use crate::facts::pace::Pace;
use crate::files::Files;
use crate::script::exercise::Script;
use crate::script::language::Language;
use crate::script::mixed::CutSound;
use crate::script::po::encoding::{ByteForm, read_bytes};
use crate::script::po::extract::extract;
use crate::script::po::file::PoFile;
use crate::script::po::file_of;
use crate::script::po::merge::update;
use crate::script::po::syntax;
use crate::script::step::{StepKind, all_steps};
use crate::unit::Seconds;
use crate::unit::literal::print_duration;

/// The phrases and bells of a script, in order.
pub(super) struct KnownScript {
    pub id: String,
    phrases: Vec<KnownPhrase>,
    pub bells: Vec<String>,
}

struct KnownPhrase {
    id: String,
    text: String,
    timed: TimedPhrase,
}

/// The pause after a phrase of which nothing is known but its words, in seconds.
const PAUSE: f64 = 3.0;

impl KnownScript {
    /// The script that is named, which has to be in another language than the recording.
    pub(super) fn of(
        context: &CommandContext,
        engine: &Engine,
        wanted: &str,
        language: &Language,
    ) -> Result<Self, Failure> {
        let script = engine.script(&context.script(wanted)?)?;
        if script.language.as_ref().is_some_and(|own| own.value == *language) {
            return Err(Failure::Usage(format!(
                "the script `{}` is written in `{language}` itself; name another language, or adopt the recording as a script of its own",
                script.id
            )));
        }
        let steps: Vec<_> = script.parts.iter().flat_map(|part| all_steps(&part.steps)).collect();
        let bells = steps.iter().filter_map(|step| {
            if let StepKind::Bell(bell) = &step.kind { Some(bell.name.value.clone()) } else { None }
        });
        Ok(Self { id: script.id.clone(), bells: bells.collect(), phrases: phrases(engine, script, language) })
    }

    /// The phrases of a recording, each as the phrase of the script that it says, and what has no match.
    pub(super) fn matched(&self, found: &[PhrasePlace], seconds: f64) -> (Vec<PhrasePlace>, Vec<String>) {
        let own: Vec<TimedPhrase> = self.phrases.iter().map(|phrase| phrase.timed).collect();
        let timed =
            |place: &PhrasePlace| TimedPhrase { seconds: place.to - place.from, place: place.from / seconds };
        let other: Vec<TimedPhrase> = found.iter().map(timed).collect();
        let (mut places, mut unmatched) = (Vec::new(), Vec::new());
        let mut used = vec![false; found.len()];
        for (phrase, range) in self.phrases.iter().zip(matched(&own, &other)) {
            let Some(range) = range else {
                unmatched.push(format!("`{}/{}` (\"{}\") is not said", self.id, phrase.id, phrase.text));
                continue;
            };
            used[range.clone()].fill(true);
            let parts = &found[range];
            let texts: Vec<&str> = parts.iter().map(|place| place.phrase.text.as_str()).collect();
            let sure = parts.iter().map(|place| place.confidence).fold(1.0, f64::min);
            let flag = parts.iter().find_map(|place| place.flag.clone());
            places.push(PhrasePlace {
                phrase: TranscribedPhrase { text: texts.join(" "), shown: None, part: None },
                id: Some(phrase.id.clone()),
                from: parts[0].from,
                to: parts[parts.len() - 1].to,
                confidence: sure,
                flag,
            });
        }
        for (place, _) in found.iter().zip(&used).filter(|(_, used)| !**used) {
            unmatched.push(format!("\"{}\" is no phrase of `{}`", place.phrase.text, self.id));
        }
        (places, unmatched)
    }
}

/// The phrases of a script with their lengths: those of a recording they were cut from, else guesses from their letters, in
/// the language of the script, or in another where it names none.
fn phrases(engine: &Engine, script: &Script, other: &Language) -> Vec<KnownPhrase> {
    let course = engine.course();
    let written: Vec<_> =
        script.parts.iter().flat_map(|part| crate::script::step::phrases(&part.steps)).collect();
    let cut = |id: &str| -> Option<(Seconds, Seconds)> {
        let ending = format!("/{}/{id}.flac", script.id);
        course.recordings.values().flat_map(|recording| &recording.cuts).find_map(|cut| {
            match &cut.sound.value {
                CutSound::Clip(path) if path.ends_with(&ending) => Some((cut.from, cut.to)),
                CutSound::Clip(_) | CutSound::Bell(_) => None,
            }
        })
    };
    let pace = Pace::usual(script.language.as_ref().map_or(other, |own| &own.value));
    let guess = |text: &str| pace.length(text).as_f64();
    let named = |phrase: &&crate::script::step::PhraseText| {
        Some((phrase.id.as_ref()?.value.clone(), phrase.text.value.clone()))
    };
    let named: Vec<(String, String)> = written.iter().filter_map(named).collect();
    let cuts: Option<Vec<(Seconds, Seconds)>> = named.iter().map(|(id, _)| cut(id)).collect();
    let whole = match &cuts {
        Some(cuts) => cuts.last().map_or(1.0, |last| last.1.as_f64() + PAUSE),
        None => named.iter().map(|(_, text)| guess(text) + PAUSE).sum(),
    };
    let mut at = 0.0;
    let timed = |(number, (id, text)): (usize, (String, String))| {
        let (from, seconds) = match &cuts {
            Some(cuts) => (cuts[number].0.as_f64(), cuts[number].1.as_f64() - cuts[number].0.as_f64()),
            None => (at, guess(&text)),
        };
        at += seconds + PAUSE;
        KnownPhrase { id, text, timed: TimedPhrase { seconds, place: from / whole } }
    };
    named.into_iter().enumerate().map(timed).collect()
}

/// The path and the bytes of the PO file of a language with the words of a recording. A text that is translated already stays.
pub(super) fn translations(
    context: &CommandContext,
    engine: &Engine,
    args: &AdoptArgs,
    (script, title): (&str, &str),
    found: &[PhrasePlace],
) -> Result<(String, Vec<u8>), Failure> {
    const FOLDER: &str = "scripts/po";
    let course = engine.course();
    let entries = context.files.list(Path::new(FOLDER))?;
    let names: Vec<String> =
        entries.into_iter().filter(|entry| !entry.is_folder).map(|entry| entry.name).collect();
    let name = file_of(&args.lang, names.iter().map(String::as_str));
    let path = format!("{FOLDER}/{}", name.map_or_else(|| format!("{}.po", args.lang), str::to_owned));
    let old = if context.files.exists(Path::new(&path)) {
        context.files.read(Path::new(&path))?
    } else {
        Vec::new()
    };
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let read = if old.is_empty() {
        Some(PoFile::default())
    } else {
        let file = read_bytes(&path, &old, &mut sources, &sink);
        file.and_then(|file| syntax::read(file, &sources.get(file).text, &sink))
    };
    let Some(read) = read else {
        return Err(Failure::Usage(format!("{path} has errors; `adem check` shows them")));
    };
    let texts = extract(course);
    let (mut file, _) = update(read, &texts, &course.sources, &args.lang, &course.header.title.value);
    for message in file.messages.iter_mut().filter(|message| !message.obsolete && !message.is_translated()) {
        let Some(context) = &message.context else { continue };
        let said = found
            .iter()
            .find(|place| place.id.as_ref().is_some_and(|id| *context == format!("{script}/{id}")));
        let words = match said {
            Some(place) => Some(place.phrase.text.clone()),
            None => (*context == format!("{script}:title")).then(|| title.to_owned()),
        };
        if let (Some(words), None) = (words, &message.plural) {
            message.texts = vec![words];
        }
    }
    Ok((path, ByteForm::of(&old).bytes(&file.print())))
}

/// Writes other limits into the length of a script where a new language, which takes more or less time to say, cannot have them.
/// The usual length is that of the recording, and stays.
pub(super) fn suit(context: &CommandContext, script: &str) -> Result<(), Failure> {
    let progress = Progress::on_terminal();
    let checked = check_course(&context.files, context.cache.clone(), &progress.task());
    progress.finish();
    let Checked { course, found } = checked?;
    let Some(usual) = course.scripts.get(script).and_then(|script| script.length).map(|own| own.usual) else {
        return Ok(());
    };
    let path = format!("scripts/{script}.toml");
    let usual = format!("usual = \"{}\"", print_duration(usual));
    let patches = found.iter().filter(|one| one.code == Code::NoLength).filter_map(|one| one.patch.as_ref());
    let of_length = patches
        .flat_map(|patch| &patch.edits)
        .find(|edit| course.sources.get(edit.span.file).path == path && edit.replacement.contains(&usual));
    if let Some(edit) = of_length {
        let mut text = course.sources.get(edit.span.file).text.clone();
        text.replace_range(course.sources.range(edit.span), &edit.replacement);
        write_whole(context.files.root().join(&path), text.as_bytes())?;
        report::note(&format!("{path} has limits of its length that every language can have"));
    }
    Ok(())
}
