//! `adem voice status`.

use std::fmt::Write as _;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::super::table::columns;
use super::super::{CommandContext, Outcome, exit, report};
use super::{WhichVoice, progress};
use crate::recording::status::{ClipFault, FileProgress, PhraseProgress, PhraseState, VoiceProgress};
use crate::script::takes_file::TakeState;
use crate::script::voice::{Voice, VoiceKind};
use crate::unit::Seconds;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct VoiceStatusArgs {
    #[command(flatten)]
    which: WhichVoice,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: &CommandContext, args: &VoiceStatusArgs) -> Outcome {
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let progress = progress(&engine, voice)?;
    if args.json {
        report::out(&format!("{:#}\n", document(voice, &progress)))?;
    } else {
        report::out(&shown(voice, &progress))?;
    }
    Ok(exit::DONE)
}

/// The voice, a table of its scripts, and what is wrong with its recordings.
fn shown(voice: &Voice, progress: &VoiceProgress) -> String {
    let mut text = about(voice);
    let mut rows =
        vec![["script", "phrases", "recorded", "missing", "stale", "flagged", "minutes"].map(str::to_owned)];
    let (files, silent): (Vec<_>, Vec<_>) = progress
        .files()
        .into_iter()
        .partition(|(_, counts)| counts.untranslated < counts.phrases || counts.takes.recorded > 0);
    let mut total = FileProgress::default();
    for (file, counts) in &files {
        rows.push(row(file, counts));
        total.add_all(counts);
    }
    if files.len() > 1 {
        rows.push(row("together", &total));
    }
    let _ = write!(text, "\n{}", columns(&rows, 1));
    if total.untranslated > 0 {
        let them = report::count(total.untranslated, "phrase");
        let _ = writeln!(text, "{them} of these: no words in {} yet", voice.language.name());
    }
    if !silent.is_empty() {
        let files = report::count(silent.len(), "file");
        let phrases: usize = silent.iter().map(|(_, counts)| counts.phrases).sum();
        let phrases = report::count(phrases, "phrase");
        let name = voice.language.name();
        let _ = writeln!(text, "not shown: {files} with {phrases}, which have no words in {name} yet");
    }
    let told: String = progress.phrases.values().map(told).collect();
    if !told.is_empty() {
        let _ = write!(text, "\n{told}");
    }
    text
}

/// Who speaks, what they agreed to, and the licence.
pub(super) fn about(voice: &Voice) -> String {
    let kind = match voice.kind {
        VoiceKind::Human => "a person",
        VoiceKind::Synthetic => "synthetic",
    };
    let consent = match (voice.kind, &voice.consent) {
        (_, Some(consent)) => consent.clone(),
        (VoiceKind::Human, None) => {
            "none yet: no build delivers the voice; see `adem voice consent`".to_owned()
        }
        (VoiceKind::Synthetic, None) => "none needed".to_owned(),
    };
    let head = format!("{} · {} ({}) · {kind}\n", voice.folder(), voice.name, voice.language.name());
    let lines = [
        ["credit", voice.credit.as_str()],
        ["licence", voice.licence.value.as_str()],
        ["consent", consent.as_str()],
    ];
    format!("{head}{}", columns(&lines.map(|line| line.map(str::to_owned)), 2))
}

fn row(file: &str, counts: &FileProgress) -> [String; 7] {
    let number = |count: usize| count.to_string();
    [
        file.to_owned(),
        number(counts.phrases),
        number(counts.takes.recorded),
        number(counts.missing),
        number(counts.takes.stale),
        number(counts.flagged),
        minutes(counts.takes.length),
    ]
}

fn minutes(length: Seconds) -> String {
    format!("{:.1}", length.as_f64() / 60.0)
}

/// What is wrong with the recording of a phrase; nothing where nothing is.
fn told(progress: &PhraseProgress) -> String {
    let mut text = String::new();
    let fault = |text: &mut String, path: &str, fault: &ClipFault| {
        let _ = writeln!(text, "{path} {}", fault.wrong);
        if !fault.advice.is_empty() {
            let _ = writeln!(text, "  {}", fault.advice);
        }
    };
    match &progress.state {
        PhraseState::Missing { unusable: Some((path, wrong)) } => fault(&mut text, path, wrong),
        PhraseState::Missing { unusable: None } => {}
        PhraseState::Recorded(clip) => {
            if let Some(was) = &clip.stale {
                let _ = writeln!(text, "{} is stale: it was recorded for other words", clip.path);
                let _ = writeln!(text, "  then: {was}");
                let _ = writeln!(text, "  now:  {}", progress.phrase.text.as_deref().unwrap_or_default());
            }
            clip.faults.iter().for_each(|wrong| fault(&mut text, &clip.path, wrong));
        }
    }
    if let Some(take) = progress.unheard() {
        let (key, number) = (&progress.phrase.key, take.number);
        let _ = writeln!(text, "{} was cut short or joined, and nobody has heard it", take.path);
        let _ = writeln!(
            text,
            "  hear it; `adem voice accept {key} --take {number}` keeps it, `adem voice reject {key} --take {number}` does not"
        );
    }
    text
}

fn document(voice: &Voice, progress: &VoiceProgress) -> Value {
    let files: Vec<Value> = progress.files().iter().map(|(file, counts)| file_json(file, counts)).collect();
    let phrases: Vec<Value> = progress.phrases.values().map(phrase_json).collect();
    json!({
        "voice": voice.id,
        "language": voice.language.as_str(),
        "name": voice.name,
        "kind": match voice.kind { VoiceKind::Human => "human", VoiceKind::Synthetic => "synthetic" },
        "credit": voice.credit,
        "licence": voice.licence.value,
        "consent": voice.consent,
        "level_lufs": progress.survey.level.map(|level| level.0),
        "scripts": files,
        "phrases": phrases,
    })
}

fn file_json(file: &str, counts: &FileProgress) -> Value {
    json!({
        "script": file,
        "phrases": counts.phrases,
        "untranslated": counts.untranslated,
        "recorded": counts.takes.recorded,
        "missing": counts.missing,
        "stale": counts.takes.stale,
        "flagged": counts.flagged,
        "seconds": (counts.takes.length.as_f64() * 100.0).round() / 100.0,
    })
}

fn phrase_json(progress: &PhraseProgress) -> Value {
    let fault =
        |fault: &ClipFault| json!({ "check": fault.check, "wrong": fault.wrong, "advice": fault.advice });
    let (file, stale, faults): (Option<&str>, Option<&str>, Vec<Value>) = match &progress.state {
        PhraseState::Missing { unusable: Some((path, wrong)) } => (Some(path), None, vec![fault(wrong)]),
        PhraseState::Missing { unusable: None } => (None, None, Vec::new()),
        PhraseState::Recorded(clip) => {
            (Some(&clip.path), clip.stale.as_deref(), clip.faults.iter().map(fault).collect())
        }
    };
    let takes: Vec<Value> = progress
        .takes
        .iter()
        .map(|take| {
            let state = if take.record.is_some() { take.state().word() } else { "no record" };
            json!({
                "file": take.path,
                "take": take.number,
                "state": state,
                "text": take.record.as_ref().map(|record| &record.text),
                "date": take.record.as_ref().and_then(|record| record.date.as_ref()),
            })
        })
        .collect();
    let used = matches!(&progress.state, PhraseState::Recorded(_));
    json!({
        "phrase": progress.phrase.key.to_string(),
        "text": progress.phrase.text,
        "recorded": used,
        "file": file,
        "recorded_for": stale,
        "faults": faults,
        "takes": takes,
        "rejected": progress.takes.iter().filter(|take| take.state() == TakeState::Rejected).count(),
    })
}
