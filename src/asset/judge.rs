//! What is said of recordings that can be used but will not sound well: every one is named.

use crate::diag::{Code, Diagnostic, Span};
use crate::facts::clip_checks::{ClipCheck, JudgedClip, judge_clip};
use crate::facts::pace::Pace;
use crate::facts::{Complaint, Take};
use crate::unit::{Lufs, SampleRate};

/// From so many recordings with the same fault on they share one message.
const MANY: usize = 4;

/// A phrase and its recording.
pub struct JudgedPhrase<'a> {
    /// Where the phrase is written.
    pub span: Span,
    /// Whether it is to be softer than the others.
    pub soft: bool,
    pub text: &'a str,
    pub take: &'a Take,
}

/// Judges recordings of one voice. A fault that many have is one message that names each of them.
pub fn judge<'a>(
    phrases: impl Iterator<Item = JudgedPhrase<'a>>,
    rate: SampleRate,
    voice: Option<Lufs>,
    pace: Pace,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut faults: Vec<(&'static ClipCheck, Span, &str, String)> = Vec::new();
    for JudgedPhrase { span, soft, text, take } in phrases {
        found.extend(take.facts.complaints.iter().map(|complaint| damaged(span, &take.path, complaint)));
        let expected = Some(pace.length(text));
        for verdict in judge_clip(&JudgedClip { take, rate, voice, soft, expected }) {
            faults.extend(verdict.wrong.map(|wrong| (verdict.check, span, take.path.as_str(), wrong)));
        }
    }
    faults.sort_by_key(|(check, ..)| check.id);
    for kind in faults.chunk_by(|a, b| a.0.id == b.0.id) {
        let (check, span, ..) = &kind[0];
        let warning = |span: Span, message: String| {
            Diagnostic::warning(Code::PoorClip, span, message).help(check.advice)
        };
        if kind.len() < MANY {
            found.extend(kind.iter().map(|(_, span, path, wrong)| warning(*span, format!("{path} {wrong}"))));
            continue;
        }
        let mut all =
            warning(*span, format!("{} recordings {}", kind.len(), check.many)).label("this one first");
        for (.., path, wrong) in kind {
            all = all.note(format!("{path} {wrong}"));
        }
        found.push(all);
    }
    found
}

/// Damage of a recording, at the place that asks for it.
pub(super) fn damaged(span: Span, path: &str, complaint: &Complaint) -> Diagnostic {
    let (message, help) = match complaint {
        Complaint::Cut { seconds, of: Some(of) } => {
            (format!("{path} is cut off: it has only {seconds:.2} s of the {of:.2} s that it declares"), COPY)
        }
        Complaint::Cut { seconds, of: None } => {
            (format!("{path} is cut off or damaged: nothing after {seconds:.2} s can be read"), COPY)
        }
        Complaint::Lost { at, seconds } => (
            format!("{path} is damaged: {seconds:.2} s from {at:.2} s on cannot be read and are silent"),
            COPY,
        ),
        Complaint::Checksum => (format!("{path} is damaged: its sound does not match its checksum"), COPY),
        Complaint::Wild { at, samples, level } => (
            format!(
                "{path} has {samples} sample{} at up to {level:+.0} dBFS, first at {at:.3} s, {} replaced",
                if *samples == 1 { "" } else { "s" },
                if *samples == 1 { "which was" } else { "which were" },
            ),
            "listen to it there, and export it again as 24-bit",
        ),
    };
    Diagnostic::warning(Code::DamagedSound, span, message).help(help)
}

const COPY: &str = "copy it again from its source, or export it again";
