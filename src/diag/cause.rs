//! One message for one cause: many errors that one command or one thought corrects are told as one.

use std::collections::BTreeSet;

use super::{Code, Diagnostic, FileId, Help, Label, Patch, Remedy, Span};

/// Texts without a translation are named one by one up to this many.
const FEW: usize = 3;

/// How messages begin that are about a phrase without which there is no version.
pub const SAFETY: &str = "this safety phrase";

/// Merges errors with the same cause, at the place of the first.
#[expect(clippy::needless_pass_by_value, reason = "what comes back takes its place")]
pub fn one_for_each_cause(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<Diagnostic> = Vec::new();
    // What a value with a typing error names cannot be known.
    let is_typo = |one: &Diagnostic| {
        let (file, start) = (one.span().file, one.span().start);
        let same = |other: &Diagnostic| other.span().file == file && other.span().start == start;
        found
            .iter()
            .any(|other| same(other) && other.code == Code::Syntax && other.span().start < other.span().end)
    };
    for diagnostic in found.iter().filter(|one| !(is_unknown(one.code) && is_typo(one))) {
        let same: Vec<_> = found.iter().filter(|other| is_one_cause(diagnostic, other)).collect();
        let few = if is_untranslated(diagnostic.code) { FEW } else { 1 };
        if same.len() <= few {
            kept.push(diagnostic.clone());
        } else if std::ptr::eq(same[0], diagnostic) {
            kept.push(together(&same));
        }
    }
    // What is not there cannot be opened either.
    let missing: Vec<Span> =
        kept.iter().filter(|one| one.code == Code::MissingFile).map(Diagnostic::span).collect();
    kept.retain(|one| one.code != Code::BadBed || !missing.contains(&one.span()));
    with_their_damage(kept)
}

/// A damaged recording that cannot be cut at its beats is one error: what mends the file mends both.
fn with_their_damage(mut kept: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let damages: Vec<Diagnostic> =
        kept.iter().filter(|one| one.code == Code::DamagedSound).cloned().collect();
    let mut told: Vec<Span> = Vec::new();
    for uncut in kept.iter_mut().filter(|one| one.code == Code::NoBeatPause) {
        let Some(damage) = damages.iter().find(|damage| damage.span() == uncut.span()) else { continue };
        uncut.notes.push(damage.message.clone());
        uncut.helps.clone_from(&damage.helps);
        told.push(uncut.span());
    }
    kept.retain(|one| one.code != Code::DamagedSound || !told.contains(&one.span()));
    kept
}

fn is_untranslated(code: Code) -> bool {
    matches!(code, Code::NotTranslated | Code::UntranslatedSafety)
}

/// Whether it is an error of a name that nothing has.
fn is_unknown(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownBed
            | Code::UnknownBell
            | Code::UnknownVoice
            | Code::UnknownPreset
            | Code::UnknownFragment
            | Code::UnknownScript
            | Code::UnknownPhrase
            | Code::UnknownLanguage
            | Code::UnknownTrack
    )
}

/// Whether two errors are corrected by one thing to do. A diagnostic has its own cause at least.
fn is_one_cause(one: &Diagnostic, other: &Diagnostic) -> bool {
    let alike = one.code == other.code && one.severity == other.severity;
    if one.code == Code::MissingId {
        alike
    } else if is_untranslated(one.code) {
        alike && one.message == other.message
    } else if is_unknown(one.code) && one.patch.is_none() {
        // What several places name is to be made once; a name with a typing error is corrected at each of them.
        alike && one.message == other.message && one.helps == other.helps && other.patch.is_none()
    } else {
        std::ptr::eq(one, other)
    }
}

fn together(same: &[&Diagnostic]) -> Diagnostic {
    let first = same[0];
    let mut files: Vec<FileId> = same.iter().map(|found| found.span().file).collect();
    files.dedup();
    let mut merged = first.clone();
    let count = same.len();
    if is_unknown(first.code) {
        let others = same.iter().skip(1).map(|other| other.span());
        merged.labels.extend(others.take(FEW).map(|span| Label { span, text: "and here".to_owned() }));
        if count > FEW + 1 {
            merged.notes.push(format!("it is named in {count} places"));
        }
        return merged;
    }
    let place = if files.len() > 1 { format!(", in {} files", files.len()) } else { String::new() };
    if first.code == Code::MissingId {
        merged.message = format!("{count} phrases have no id{place}");
        merged.helps = vec![Help::Remedy(Remedy::Format)];
    } else {
        let language = first.message.split('`').nth(1).unwrap_or_default();
        let what = if first.message.starts_with(SAFETY) { "safety phrases" } else { "texts" };
        merged.message = format!("{count} {what} are not translated into `{language}`{place}");
        merged.helps = vec![Help::Remedy(Remedy::Translate(language.to_owned()))];
    }
    merged.labels.truncate(1);
    "the first of them".clone_into(&mut merged.labels[0].text);
    // Edits of one file only, as a patch is.
    let in_first = same.iter().filter(|found| found.span().file == first.span().file);
    let patches: Vec<&Patch> = in_first.filter_map(|found| found.patch.as_ref()).collect();
    merged.patch = None;
    if files.len() == 1 && patches.len() == count {
        let edits: Vec<_> = patches.iter().flat_map(|patch| patch.edits.clone()).collect();
        let names: BTreeSet<_> = edits.iter().map(|edit| edit.replacement.as_str()).collect();
        // Two phrases that begin alike get ids that differ from `fmt` alone.
        let differ = names.len() == edits.len();
        let title = "the ids that it writes".to_owned();
        merged.patch = differ.then_some(Patch { title, edits, certain: true });
    }
    merged
}
