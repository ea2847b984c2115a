//! `adem voice accept` and `adem voice reject`.

use clap::Args as ClapArgs;

use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::{WhichVoice, progress, remember, today, unknown};
use crate::asset::takes::TakeFile;
use crate::engine::Engine;
use crate::recording::status::{PhraseProgress, PhraseState, VoiceProgress, faults_of_take, is_decided};
use crate::script::session::PhraseKey;
use crate::script::takes_file::{TakeRecord, TakeState};
use crate::script::voice::Voice;
use crate::toml::foreign;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct AcceptArgs {
    /// Phrases: script/id, or an id that only one script has
    #[arg(value_name = "PHRASE", required_unless_present = "all")]
    phrases: Vec<String>,
    /// All takes that are used and that nobody has accepted yet. Stale ones, and those that were cut short or joined, are left: name those that are good
    #[arg(long, conflicts_with_all = ["phrases", "take"])]
    all: bool,
    /// Use this take of the phrase, even if a higher one is accepted
    #[arg(long, value_name = "NUMBER")]
    take: Option<u32>,
    #[command(flatten)]
    which: WhichVoice,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct RejectArgs {
    /// Phrases: script/id, or an id that only one script has
    #[arg(value_name = "PHRASE", required = true)]
    phrases: Vec<String>,
    /// The take. Default: the one that is used
    #[arg(long, value_name = "NUMBER")]
    take: Option<u32>,
    #[command(flatten)]
    which: WhichVoice,
}

pub(super) fn accept(context: &CommandContext, args: &AcceptArgs) -> Outcome {
    let alone = context.alone()?;
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let known = progress(&engine, voice)?;
    let mut records = Vec::new();
    if args.all {
        let (mut stale, mut unheard) = (0, 0);
        for phrase in known.phrases.values() {
            let PhraseState::Recorded(clip) = &phrase.state else { continue };
            let Some(take) = phrase.takes.first() else { continue };
            if clip.stale.is_some() {
                stale += 1;
            } else if take.state() == TakeState::Unheard {
                unheard += 1;
            } else if !is_decided(phrase) || !clip.faults.is_empty() {
                let state =
                    if take.state() == TakeState::Chosen { TakeState::Chosen } else { TakeState::Accepted };
                records.push(record(&engine, voice, &known, phrase, take, state)?);
            }
        }
        if stale > 0 {
            report::note(&format!(
                "{} for other words and not accepted; name those that still fit",
                if stale == 1 {
                    "1 take was recorded".to_owned()
                } else {
                    format!("{stale} takes were recorded")
                }
            ));
        }
        if unheard > 0 {
            report::note(&format!(
                "{} cut short or joined and not accepted; hear and name those that are good",
                if unheard == 1 { "1 take was".to_owned() } else { format!("{unheard} takes were") }
            ));
        }
    } else {
        for phrase in named(&known, &args.phrases)? {
            let take = take_of(voice, phrase, args.take)?;
            let state = if args.take.is_some() { TakeState::Chosen } else { TakeState::Accepted };
            for other in phrase.takes.iter().filter(|other| other.path != take.path) {
                // Only one take of a phrase is chosen.
                let chosen = other.record.as_ref().filter(|record| record.state == TakeState::Chosen);
                records
                    .extend(chosen.map(|record| TakeRecord { state: TakeState::Accepted, ..record.clone() }));
            }
            records.push(record(&engine, voice, &known, phrase, take, state)?);
        }
    }
    remember(context, voice, &records, &alone)?;
    let count = records.iter().filter(|record| record.state != TakeState::Rejected).count();
    report::note(&format!("{} accepted", report::count(count, "take")));
    for record in records.iter().filter(|record| !record.despite.is_empty()) {
        report::note(&format!("  {} despite {}", record.file, record.despite.join(", ")));
    }
    Ok(exit::DONE)
}

pub(super) fn reject(context: &CommandContext, args: &RejectArgs) -> Outcome {
    let alone = context.alone()?;
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let known = progress(&engine, voice)?;
    let mut records = Vec::new();
    for phrase in named(&known, &args.phrases)? {
        let take = take_of(voice, phrase, args.take)?;
        records.push(record(&engine, voice, &known, phrase, take, TakeState::Rejected)?);
        let next =
            phrase.takes.iter().find(|other| other.path != take.path && other.state() != TakeState::Rejected);
        let used = next.map_or("no take is left".to_owned(), |next| format!("{} is used", next.path));
        report::note(&format!("rejected {}; {used}", take.path));
    }
    remember(context, voice, &records, &alone)?;
    Ok(exit::DONE)
}

/// The phrases that are named, each once.
fn named<'a>(known: &'a VoiceProgress, names: &[String]) -> Result<Vec<&'a PhraseProgress>, Failure> {
    let one = |name: &String| {
        let fits = |key: &&PhraseKey| key.to_string() == *name || key.id == *name;
        let keys: Vec<&PhraseKey> = known.phrases.keys().filter(fits).collect();
        match &keys[..] {
            [key] => Ok(&known.phrases[*key]),
            [] => {
                let all: Vec<String> = known.phrases.keys().map(ToString::to_string).collect();
                let ids = known.phrases.keys().map(|key| key.id.as_str());
                let near = foreign::meant(name, all.iter().map(String::as_str).chain(ids)).map(str::to_owned);
                let help = "a phrase is named as on the sheet: script/id".to_owned();
                Err(unknown("phrase", name, near, help))
            }
            several => {
                let keys: Vec<_> = several.iter().map(ToString::to_string).collect();
                Err(Failure::Usage(format!(
                    "several scripts have a phrase `{name}`; name one: {}",
                    keys.join(", ")
                )))
            }
        }
    };
    let mut found: Vec<&PhraseProgress> = Vec::new();
    for name in names {
        let phrase = one(name)?;
        if found.iter().all(|other| other.phrase.key != phrase.phrase.key) {
            found.push(phrase);
        }
    }
    Ok(found)
}

/// The take of a phrase that is named by its number, or else the one that is used.
fn take_of<'a>(
    voice: &Voice,
    phrase: &'a PhraseProgress,
    number: Option<u32>,
) -> Result<&'a TakeFile, Failure> {
    let found = match number {
        Some(number) => phrase.takes.iter().find(|take| take.number == number),
        None => phrase.takes.first(),
    };
    found.ok_or_else(|| {
        let key = &phrase.phrase.key;
        let numbers: Vec<_> = phrase.takes.iter().map(|take| take.number.to_string()).collect();
        Failure::Usage(match (number, numbers.is_empty()) {
            (Some(number), false) => format!("{key} has no take {number}; it has {}", numbers.join(", ")),
            (Some(_) | None, _) => format!("{key} has no recording in {}; record it first", voice.folder()),
        })
    })
}

/// The record of a take for the words of its phrase as they are now.
fn record(
    engine: &Engine,
    voice: &Voice,
    known: &VoiceProgress,
    phrase: &PhraseProgress,
    take: &TakeFile,
    state: TakeState,
) -> Result<TakeRecord, Failure> {
    let old = take.record.as_ref();
    let words = phrase.phrase.text.clone().or_else(|| old.map(|record| record.text.clone()));
    let Some(text) = words else {
        return Err(Failure::Usage(format!(
            "{} has no words in {} yet; translate it first",
            phrase.phrase.key,
            voice.language.name()
        )));
    };
    let folder = format!("{}/", voice.folder());
    let file = take.path.strip_prefix(&folder).unwrap_or(&take.path).to_owned();
    // A rejected take keeps the words it was recorded for.
    let rejected = state == TakeState::Rejected;
    let text = old.filter(|_| rejected).map_or(text, |record| record.text.clone());
    let despite = if rejected {
        old.map_or_else(Vec::new, |record| record.despite.clone())
    } else {
        let checks = faults_of_take(engine, voice, known, phrase, take);
        let own = old.into_iter().flat_map(|record| record.despite.clone());
        let mut despite: Vec<String> = own.chain(checks.into_iter().map(str::to_owned)).collect();
        despite.sort();
        despite.dedup();
        despite
    };
    Ok(TakeRecord {
        hash: engine.hash_of(&take.path)?,
        date: old.and_then(|record| record.date.clone()).or_else(|| Some(today())),
        file,
        text,
        state,
        despite,
    })
}
