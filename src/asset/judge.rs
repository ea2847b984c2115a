//! What is said of recordings that can be used but will not sound well: every one is named.

use crate::diag::{Code, Diagnostic, Span};
use crate::facts::Take;
use crate::facts::clip_checks::{ClipCheck, JudgedClip, judge_clip};
use crate::facts::pace::Pace;
use crate::unit::{Lufs, SampleRate};

/// From so many recordings with the same fault on they share one message.
const MANY: usize = 4;

/// A phrase and its recording.
pub struct JudgedPhrase<'a> {
    /// Where the phrase is written.
    pub span: Span,
    /// Whether it is to be softer than the others.
    pub soft: bool,
    /// Its words.
    pub text: &'a str,
    /// Its recording.
    pub take: &'a Take,
}

/// Judges recordings of one voice. A fault that many have is one message that names each of them.
pub fn judge<'a>(
    phrases: impl Iterator<Item = JudgedPhrase<'a>>,
    rate: SampleRate,
    voice: Option<Lufs>,
    pace: Pace,
) -> Vec<Diagnostic> {
    let mut faults: Vec<(&'static ClipCheck, Span, &str, String)> = Vec::new();
    for JudgedPhrase { span, soft, text, take } in phrases {
        let expected = Some(pace.length(text));
        for verdict in judge_clip(&JudgedClip { take, rate, voice, soft, expected }) {
            faults.extend(verdict.wrong.map(|wrong| (verdict.check, span, take.path.as_str(), wrong)));
        }
    }
    faults.sort_by_key(|(check, ..)| check.id);
    let mut found = Vec::new();
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
