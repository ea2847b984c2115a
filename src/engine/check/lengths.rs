//! Whether every script can be as long as its author says, in every language and at every level.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{CourseSounds, FaultyTexts, Voices, following, pauses};
use crate::asset::{CacheKey, CacheKeyBuilder, Store};
use crate::diag::{Code, Diagnostic, Remedy, Severity, Sink};
use crate::facts::{BellFacts, Facts};
use crate::layout::{LayoutTarget, Length, LengthCheck, Timeline, check_length, fit, lay_out_one_of};
use crate::script::Course;
use crate::script::exercise::{Guidance, LengthLimits, Script};
use crate::script::language::Language;
use crate::script::session::{Session, Variant};
use crate::unit::literal::print_duration;
use crate::unit::{Frames, Rounding, SampleRate, Seconds, TENTH, told_range};

/// Raised when layout can refuse what it accepted before, or the other way round.
const VERSION: u64 = 3;
/// Lengths up to this may have been written in seconds where minutes were meant.
const SHORT: Seconds = Seconds::whole(180);
/// No more changes than this are shown with an error; `fit` lists all.
const FEW_CHANGES: usize = 3;

/// Lays out every version at the least, the usual and the most length of its script, or at its natural length where none
/// is written. A course without faults is not laid out again until its texts or recordings change.
pub(super) fn check_lengths(
    store: &Store<'_>,
    course: &Course,
    voices: &Voices,
    bells: &BTreeMap<String, BellFacts>,
    faulty: &FaultyTexts,
) -> Vec<Diagnostic> {
    let sounds = CourseSounds { store, course, voices, bells };
    let key = key(store, course, voices);
    if store.cache.get("lengths", &key).is_some() {
        return Vec::new();
    }
    let scripts: Vec<&Script> = course.scripts.values().filter(|script| faulty.spare(script)).collect();
    let mut found: Vec<Diagnostic> =
        scripts.into_par_iter().flat_map_iter(|script| check_script(sounds, script)).collect();
    found.extend(check_locks(sounds, faulty));
    if found.is_empty() && faulty.is_none() {
        store.cache.put("lengths", &key, &[]);
    }
    found
}

/// The hash of all that lengths depend on.
fn key(store: &Store<'_>, course: &Course, voices: &Voices) -> CacheKey {
    let mut key = CacheKeyBuilder::new("lengths")
        .number("version", VERSION)
        .field("adem", env!("CARGO_PKG_VERSION"))
        .number("rate", u64::from(store.rate.hz()));
    for file in course.sources.all() {
        key = key.field("path", &file.path).field("text", &file.text);
    }
    for survey in voices.values() {
        for (phrase, take) in survey.takes() {
            key = key.field("phrase", phrase.to_string()).field("source", &take.facts.source);
        }
    }
    key.cpu().finish()
}

/// A version of a script, ready to be laid out.
struct ScriptVersion {
    session: Session,
    facts: Facts,
    /// How many layouts of the script share the work.
    layouts: usize,
}

impl ScriptVersion {
    fn name(&self) -> String {
        format!("{} {}", self.session.language, self.session.guidance.name())
    }

    fn rate(&self) -> SampleRate {
        self.facts.rate
    }

    /// The version at a length, and what stands in the way of it; nothing where it can be.
    fn lay_out(&self, length: Length) -> (Option<Timeline>, Vec<Diagnostic>) {
        let sink = Sink::new();
        let target = LayoutTarget::Length(length);
        let timeline = lay_out_one_of(self.layouts, &self.session, &self.facts, target, &sink);
        (timeline, sink.into_sorted())
    }

    fn can_last(&self, length: Seconds) -> bool {
        let (_, found) = self.lay_out(Length::Exactly(length));
        found.iter().all(|found| found.severity != Severity::Error)
    }
}

/// One of the three lengths of a script.
#[derive(Clone, Copy)]
struct Named {
    key: &'static str,
    length: Seconds,
}

/// A length that a version cannot have.
struct LengthFault<'a> {
    named: Named,
    version: &'a ScriptVersion,
    checked: LengthCheck,
}

fn check_script(sounds: CourseSounds<'_>, script: &Script) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = pauses::short_pauses(script);
    // Where lengths were written in seconds for minutes, the pauses are right.
    if let Some(limits) = script.length.filter(|limits| minutes_question(*limits).is_none()) {
        let long = pauses::long_pauses(&sounds.course.sources, script, limits.most);
        // What its lengths are with the pauses that were meant is not known.
        if !long.is_empty() {
            found.extend(long);
            return found;
        }
    }
    let mut versions = versions(sounds, script);
    let mut faults = Vec::new();
    let wanted: Vec<_> = match script.length {
        None => vec![(Length::Natural, None)],
        Some(limits) => lengths(limits)
            .into_iter()
            // What cannot be at the most length can be at none.
            .rev()
            .map(|named| (Length::Exactly(named.length), Some(named)))
            .collect(),
    };
    let layouts = versions.len() * wanted.len();
    versions.iter_mut().for_each(|version| version.layouts = layouts);
    for version in &versions {
        for (length, named) in &wanted {
            let (timeline, others) = version.lay_out(*length);
            let is_usual =
                named.is_some_and(|named| script.length.is_some_and(|own| own.usual == named.length));
            if let Some(timeline) =
                timeline.filter(|_| is_usual && version.session.guidance == Guidance::Full)
            {
                found.extend(pauses::left_out(&version.session, &timeline, &found));
            }
            for mut other in others {
                let whole = |named: &Named| {
                    other.code == Code::NoLength
                        && other.span() == version.session.place_of_length(named.length)
                };
                if let Some(named) = named.filter(whole) {
                    let target = named.length.frames(version.rate());
                    let checked = check_length(layouts, &version.session, &version.facts, target);
                    // A search that ended early may have missed a row.
                    if checked.fits {
                        continue;
                    }
                    faults.push(LengthFault { named, version, checked });
                } else if !found.iter().any(|one| one.code == other.code && one.span() == other.span()) {
                    // What is wrong at one length or level is mostly wrong at others too: it is told once.
                    let at = named.map_or_else(String::new, |named| {
                        format!(" at its `{}`, {}", named.key, print_duration(named.length))
                    });
                    other.notes.insert(0, format!("laid out as {}{at}", version.name()));
                    found.push(other);
                }
            }
        }
    }
    if let Some(limits) = script.length.filter(|_| !faults.is_empty()) {
        found.push(refuse(sounds.course, script, limits, &versions, &faults));
    }
    found
}

/// What stands in the way of the parts of a language that deliveries lock to those of another. Each part is told once, at the
/// first version that is too long or too short.
fn check_locks(sounds: CourseSounds<'_>, faulty: &FaultyTexts) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for language in &sounds.course.header.languages {
        for version in following(sounds.course, &language.value) {
            if !faulty.spare(version.script) {
                continue;
            }
            for mut refused in version.refused(sounds, &language.value) {
                let is_same = |one: &Diagnostic| one.span() == refused.span() && one.code == refused.code;
                if found.iter().any(is_same) {
                    continue;
                }
                let (language, guidance) = (&language.value, version.guidance.name());
                refused.notes.insert(0, format!("laid out as {language} {guidance}"));
                let text = format!("this delivery starts each part where `{}` does", version.followed);
                found.push(match version.delivery {
                    Some((_, span)) => refused.related(span, text),
                    None => refused,
                });
            }
        }
    }
    found
}

/// The three lengths of a script, each once.
fn lengths(limits: LengthLimits) -> Vec<Named> {
    let LengthLimits { usual, least, most, .. } = limits;
    let mut named = vec![
        Named { key: "least", length: least },
        Named { key: "usual", length: usual },
        Named { key: "most", length: most },
    ];
    named.dedup_by_key(|named| named.length);
    named
}

/// Every language and level of a script that can be resolved; what cannot be has been told already.
fn versions(sounds: CourseSounds<'_>, script: &Script) -> Vec<ScriptVersion> {
    let own = script.language.iter().map(|own| &own.value);
    let all = own.chain(sounds.course.header.languages.iter().map(|one| &one.value));
    let mut seen = BTreeSet::new();
    let languages: Vec<_> = all.filter(|language| seen.insert(language.as_str())).collect();
    let mut versions = Vec::new();
    for language in languages {
        for &guidance in &script.levels {
            versions.extend(version(sounds, script, language, guidance));
        }
    }
    versions
}

fn version(
    sounds: CourseSounds<'_>,
    script: &Script,
    language: &Language,
    guidance: Guidance,
) -> Option<ScriptVersion> {
    let variant =
        Variant { language: Some(language.clone()), guidance: Some(guidance), ..Variant::default() };
    let (session, facts) = sounds.version(script, &variant, false)?;
    Some(ScriptVersion { session, facts, layouts: 1 })
}

/// What is said of the lengths of a script that cannot be: one error, with what each version can be.
fn refuse(
    course: &Course,
    script: &Script,
    limits: LengthLimits,
    versions: &[ScriptVersion],
    faults: &[LengthFault<'_>],
) -> Diagnostic {
    let impossible: Vec<Named> = lengths(limits)
        .into_iter()
        .filter(|named| faults.iter().any(|fault| fault.named.key == named.key))
        .collect();
    let message = match &impossible[..] {
        [only] => format!("this exercise cannot last {}, its `{}`", print_duration(only.length), only.key),
        several => {
            let words =
                several.iter().map(|named| format!("{} (`{}`)", print_duration(named.length), named.key));
            format!("this exercise cannot last {}", words.collect::<Vec<_>>().join(" or "))
        }
    };
    let mut refused = Diagnostic::error(Code::NoLength, limits.place_of(impossible[0].length), message);
    for other in &impossible[1..] {
        refused = refused.related(limits.place_of(other.length), "");
    }
    for block in versions.iter().take(1).flat_map(|version| &version.session.blocks) {
        if let Some(own) = block.length.filter(|own| *own > limits.most) {
            refused = refused.related(block.span, format!("this part alone lasts {}", print_duration(own)));
        }
    }
    // Versions that can be equally long are named together.
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    for version in versions {
        let own: Vec<_> = faults.iter().filter(|fault| std::ptr::eq(fault.version, version)).collect();
        let Some(note) = note(version, &own) else { continue };
        match notes.iter_mut().find(|(other, _)| *other == note) {
            Some((_, names)) => names.push(version.name()),
            None => notes.push((note, vec![version.name()])),
        }
    }
    for (note, names) in notes {
        refused = refused.note(format!("{} {note}", names.join(", ")));
    }
    let number = script.track.as_ref().map_or_else(|| script.id.clone(), |track| track.value.to_string());
    // Only a length for which `fit` finds changes.
    let helped = faults.iter().find(|fault| !fault.checked.changes.is_empty());
    let remedy = helped.map(|fault| Remedy::Fit { script: number, length: fault.named.length });
    let is_exact = faults.iter().all(|fault| fault.checked.is_exact);
    refused = if !is_exact {
        refused.help(
            "there are too many choices of rounds to try them all: use fewer rounds, or a smaller range",
        )
    } else if let Some((title, corrected)) = corrected(limits, versions) {
        let text = written(corrected);
        // A table of its own cannot be replaced by one on a line.
        if course.sources.text(limits.span).starts_with('{') {
            refused.patch(title, limits.span, text)
        } else {
            refused.help(format!("{title}: length = {text}"))
        }
    } else {
        let question = minutes_question(limits).map_or(String::new(), |question| format!("{question}; "));
        refused.help(format!("{question}no lengths suit every language and level: change the script"))
    };
    if let Some(help) = changes(course, faults) {
        refused = refused.help(help);
    }
    match remedy {
        Some(remedy) => refused.help(remedy),
        None => refused,
    }
}

/// How long a version can be, or the lengths around the one it cannot have.
fn note(version: &ScriptVersion, faults: &[&LengthFault<'_>]) -> Option<String> {
    let first = faults.first()?;
    let (fit, rate) = (fit(&version.session, &version.facts), version.rate());
    if fit.overflows {
        return None;
    }
    let inside = |target: Frames| target >= fit.least && fit.most.is_none_or(|most| target <= most);
    let range = if faults.iter().any(|fault| inside(fault.checked.target)) {
        let near: Vec<_> = [(first.checked.below, Rounding::Down), (first.checked.above, Rounding::Up)]
            .into_iter()
            .filter_map(|(frames, rounding)| Some(print_duration(frames?.told(rate, TENTH, rounding))))
            .collect();
        format!("can last {}, and nothing between", near.join(" or "))
    } else {
        let (least, most) = told_range(fit.least, fit.most, rate);
        let least = print_duration(least);
        match most.map(print_duration) {
            Some(most) => format!("can last from {least} to {most}"),
            None => format!("can last {least} or longer"),
        }
    };
    let predicted = match fit.predicted {
        0 => "",
        _ if version.session.guidance == Guidance::Bells => "",
        _ => ", as far as lengths are predicted where nothing is recorded",
    };
    Some(format!("{range}{predicted}"))
}

/// What is asked of lengths that were all written without a unit, and are as short as if minutes had been meant.
fn minutes_question(limits: LengthLimits) -> Option<String> {
    let (seconds, minutes) = (limits.usual.as_f64(), limits.usual.times_sixty()?);
    (limits.bare && limits.most <= SHORT)
        .then(|| format!("did you mean {}? written so, it is {seconds} seconds", print_duration(minutes)))
}

/// Lengths that every version can have, as near to the author's as they come.
fn corrected(limits: LengthLimits, versions: &[ScriptVersion]) -> Option<(String, LengthLimits)> {
    let fits = |limits: &LengthLimits| {
        lengths(*limits).iter().all(|named| versions.iter().all(|version| version.can_last(named.length)))
    };
    let map = |limits: LengthLimits, change: &dyn Fn(Seconds) -> Seconds| LengthLimits {
        usual: change(limits.usual),
        least: change(limits.least),
        most: change(limits.most),
        ..limits
    };
    let minutes = map(limits, &|length| length.times(60).min(Seconds::MOST));
    let question = minutes_question(limits);
    if let Some(question) = question.clone().filter(|_| fits(&minutes)) {
        return Some((question, minutes));
    }
    let (mut least, mut most) = (Seconds::ZERO, Seconds::MOST);
    for version in versions {
        let (fit, rate) = (fit(&version.session, &version.facts), version.rate());
        if fit.overflows {
            return None;
        }
        least = least.max(Seconds::whole(fit.least.0.div_ceil(u64::from(rate.hz()))));
        if let Some(longest) = fit.most {
            most = most.min(Seconds::whole(longest.0 / u64::from(rate.hz())));
        }
    }
    if least > most {
        return None;
    }
    let first = versions.first()?;
    let natural = fit(&first.session, &first.facts).natural.map(|natural| natural.time(first.rate()));
    let usual = Seconds::whole(natural.unwrap_or(least).nanos() / 1_000_000_000);
    let overlaps = minutes.least <= most && minutes.most >= least;
    if let Some(question) = question.as_ref().filter(|_| overlaps) {
        let (nearest, is_nearest) = within(minutes, least, most, usual);
        if fits(&nearest) {
            let title = if is_nearest {
                format!("{question}; these are the nearest lengths that can be")
            } else {
                format!("{question}, and not all of it can be: write lengths that can")
            };
            return Some((title, nearest));
        }
    }
    let (corrected, _) = within(limits, least, most, usual);
    let title = match question {
        Some(question) => format!("{question}, and neither can be: write lengths that can"),
        None => "write lengths that can be".to_owned(),
    };
    fits(&corrected).then_some((title, corrected))
}

/// Lengths within what a script can do, and whether they are those nearest to the author's: not where lengths that differ
/// would then be one, so that no choice is left, nor where nothing that is written can be.
fn within(limits: LengthLimits, least: Seconds, most: Seconds, natural: Seconds) -> (LengthLimits, bool) {
    let nearest = LengthLimits {
        usual: limits.usual.clamp(least, most),
        least: limits.least.clamp(least, most),
        most: limits.most.clamp(least, most),
        ..limits
    };
    let keeps_choice = |new: &LengthLimits| {
        (new.usual != new.least || limits.usual == limits.least)
            && (new.usual != new.most || limits.usual == limits.most)
    };
    let overlaps = limits.least <= most && limits.most >= least;
    if overlaps && keeps_choice(&nearest) {
        return (nearest, true);
    }
    let usual_in = |least: Seconds, most: Seconds| LengthLimits {
        usual: natural.clamp(least, most),
        least,
        most,
        ..limits
    };
    let narrow = Some(usual_in(nearest.least, nearest.most)).filter(|new| overlaps && keeps_choice(new));
    (narrow.unwrap_or_else(|| usual_in(least, most)), false)
}

fn written(limits: LengthLimits) -> String {
    let [usual, least, most] = [limits.usual, limits.least, limits.most].map(print_duration);
    format!("{{ usual = \"{usual}\", least = \"{least}\", most = \"{most}\" }}")
}

/// The changes to the script that would make the only length fit that does not.
fn changes(course: &Course, faults: &[LengthFault<'_>]) -> Option<String> {
    let first = faults.first()?;
    let alone = faults.iter().all(|fault| fault.named.key == first.named.key);
    let changes = &first.checked.changes;
    if !alone || changes.is_empty() || changes.len() > FEW_CHANGES {
        return None;
    }
    let sources = &course.sources;
    let places: Vec<_> = changes
        .iter()
        .map(|change| {
            let (path, line) = (&sources.get(change.span.file).path, sources.line_column(change.span).line);
            format!("{} at {path}:{line}", change.text)
        })
        .collect();
    Some(format!("or make {} fit: write {}", first.version.name(), places.join(", and ")))
}
