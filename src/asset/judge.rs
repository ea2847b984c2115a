//! What is said of recordings that can be used but will not sound well: every one is named.

use super::store::complaint;
use crate::decode::Flaw;
use crate::diag::{Code, Diagnostic, Remedy, Span};
use crate::facts::clip_checks::{ClipCheck, JudgedClip, judge_clip};
use crate::facts::pace::Pace;
use crate::facts::{Complaint, Take};
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::voice::VoiceKind;
use crate::unit::literal::print_measured;
use crate::unit::{HUNDREDTH, Lufs, SampleRate, THOUSANDTH};

/// From so many recordings with the same fault on they share one message.
const MANY: usize = 4;

/// A phrase and its recording.
pub struct JudgedPhrase<'a> {
    pub key: &'a PhraseKey,
    /// Where the phrase is written.
    pub span: Span,
    /// Whether it is to be softer than the others.
    pub soft: bool,
    pub text: &'a str,
    pub take: &'a Take,
}

/// A recording with everything that is wrong with it, the first of which heads its message.
struct FaultyClip<'a> {
    span: Span,
    path: &'a str,
    take: &'a Take,
    damage: &'a [Complaint],
    /// Whether one of its faults is heard in every track and is not repaired.
    spoilt: bool,
    faults: Vec<(&'static ClipCheck, String)>,
}

/// Judges recordings of one voice: one message for each, or for several whose first fault is the same, which names each of
/// them.
pub fn judge<'a>(
    phrases: impl Iterator<Item = JudgedPhrase<'a>>,
    (language, name, kind): (&Language, &str, VoiceKind),
    rate: SampleRate,
    voice: Option<Lufs>,
    pace: Pace,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut stale: Vec<StaleTake<'_>> = Vec::new();
    let mut poor: Vec<FaultyClip<'_>> = Vec::new();
    for JudgedPhrase { key, span, soft, text, take } in phrases {
        stale.extend(take.stale.as_deref().map(|was| StaleTake { key, span, path: &take.path, was }));
        let expected = Some(pace.length(text));
        let verdicts = judge_clip(&JudgedClip { take, rate, voice, soft, expected, kind });
        let faults = verdicts.into_iter().filter_map(|verdict| Some((verdict.check, verdict.wrong?)));
        let (path, damage) = (take.path.as_str(), &take.facts.complaints[..]);
        let faults: Vec<_> = faults.collect();
        let spoilt = faults.iter().any(|(check, _)| check.is_past_repair(take));
        let clip = FaultyClip { span, path, take, damage, spoilt, faults };
        if !damage.is_empty() {
            found.push(clip.told());
        } else if !clip.faults.is_empty() {
            poor.push(clip);
        }
    }
    found.extend(told_stale(&stale, language, name));
    let kind = |clip: &FaultyClip<'_>| (clip.faults[0].0.id, clip.spoilt);
    poor.sort_by_key(kind);
    for kind in poor.chunk_by(|a, b| kind(a) == kind(b)) {
        if kind.len() < MANY {
            found.extend(kind.iter().map(FaultyClip::told));
            continue;
        }
        let check = kind[0].faults[0].0;
        let message = format!("{} recordings {}", kind.len(), check.many);
        let mut all = Diagnostic::warning(kind[0].code(), kind[0].span, message).label("this one first");
        let mut advice: Vec<&str> = Vec::new();
        for clip in kind {
            let wrong: Vec<&str> = clip.faults.iter().map(|(_, wrong)| wrong.as_str()).collect();
            all = all.note(format!("{} {}", clip.path, wrong.join("; it also ")));
            for (check, _) in &clip.faults {
                let own = check.advice_for(clip.take);
                if !advice.contains(&own) {
                    advice.push(own);
                }
            }
        }
        found.push(advice.into_iter().fold(all, Diagnostic::help));
    }
    found
}

/// One message for each recording of other words, or one for all where they are many.
fn told_stale(stale: &[StaleTake<'_>], language: &Language, voice: &str) -> Vec<Diagnostic> {
    let again = |takes: &[StaleTake<'_>]| Remedy::AcceptTakes {
        phrases: takes.iter().map(|take| take.key.to_string()).collect(),
        language: language.to_string(),
        voice: voice.to_owned(),
    };
    if stale.len() >= MANY {
        let message = format!("{} recordings were made for other words", stale.len());
        let all = Diagnostic::warning(Code::StaleTake, stale[0].span, message).label("this one first");
        let all = stale.iter().fold(all, |all, take| all.note(format!("{}: {}", take.path, take.was)));
        return vec![all.help(again(stale))];
    }
    let one = |take: &StaleTake<'_>| {
        let message = format!("{} was recorded for other words", take.path);
        let told = Diagnostic::warning(Code::StaleTake, take.span, message);
        told.note(format!("it was: {}", take.was)).help(again(std::slice::from_ref(take)))
    };
    stale.iter().map(one).collect()
}

/// A recording of other words.
struct StaleTake<'a> {
    key: &'a PhraseKey,
    span: Span,
    path: &'a str,
    /// The words it was recorded for.
    was: &'a str,
}

impl FaultyClip<'_> {
    fn code(&self) -> Code {
        if self.spoilt { Code::SpoiltClip } else { Code::PoorClip }
    }

    /// One message: its first fault, and the others as lines of it.
    fn told(&self) -> Diagnostic {
        let mut rest = self.faults.iter();
        let mut told = if let Some((first, others)) = self.damage.split_first() {
            let also = |told: Diagnostic, complaint: &Complaint| {
                let (message, help) = words(self.path, complaint);
                let told = told.note(message);
                if help == COPY { told } else { told.help(help) }
            };
            others.iter().fold(damaged(self.span, self.path, first), also)
        } else {
            let first = rest.next();
            let message = first.map_or(String::new(), |(_, wrong)| format!("{} {wrong}", self.path));
            let poor = Diagnostic::warning(self.code(), self.span, message);
            first.map_or(poor.clone(), |(check, _)| poor.help(check.advice_for(self.take)))
        };
        for (check, wrong) in rest {
            told = told.note(format!("it also {wrong}")).help(check.advice_for(self.take));
        }
        told
    }
}

/// Damage of a recording, at the place that asks for it.
pub(super) fn damaged(span: Span, path: &str, complaint: &Complaint) -> Diagnostic {
    let (message, help) = words(path, complaint);
    Diagnostic::warning(Code::DamagedSound, span, message).help(help)
}

/// What is wrong with a file that is not of a course, and what to do, as one sentence.
pub fn told_flaw(path: &str, flaw: Flaw, rate: SampleRate) -> String {
    let (message, help) = words(path, &complaint(flaw, rate));
    format!("{message}; {help}")
}

/// What is wrong with a damaged recording of a course, and what to do.
pub fn told_damage(path: &str, complaint: &Complaint) -> (String, &'static str) {
    words(path, complaint)
}

/// What is wrong with a damaged recording, and what to do.
fn words(path: &str, complaint: &Complaint) -> (String, &'static str) {
    let hundredths = |seconds: f64| print_measured(seconds, HUNDREDTH);
    match complaint {
        Complaint::Cut { seconds, of: Some(of) } => {
            let (has, of) = (hundredths(*seconds), hundredths(*of));
            (format!("{path} is cut off: only {has} of its {of} can be read"), COPY)
        }
        Complaint::Cut { seconds, of: None } => {
            let last = hundredths(*seconds);
            (format!("{path} is cut off or damaged: nothing after {last} can be read"), COPY)
        }
        Complaint::Lost { at, seconds } => {
            let (at, lost) = (hundredths(*at), hundredths(*seconds));
            (format!("{path} is damaged: {lost} from {at} on cannot be read and are silent"), COPY)
        }
        Complaint::Checksum => (format!("{path} is damaged: its sound does not match its checksum"), COPY),
        Complaint::Wild { at, samples, level } => (
            format!(
                "{path} has {samples} sample{} at up to {level:+.0} dBFS, first at {}, {} replaced",
                if *samples == 1 { "" } else { "s" },
                print_measured(*at, THOUSANDTH),
                if *samples == 1 { "which was" } else { "which were" },
            ),
            "listen to it there, and export it again as 24-bit",
        ),
    }
}

const COPY: &str = "copy it again from its source, or export it again";
