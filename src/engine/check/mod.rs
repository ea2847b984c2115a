//! The check of a whole course: its texts, how it speaks, whether its lengths can be, and whether its sounds can be used.

mod beds;
mod lengths;
mod pauses;
mod sounds;
mod strays;
mod useless;

use std::collections::BTreeSet;
use std::path::Path;

use super::generation::check_generations;
use super::locks::{CourseSounds, Voices, following};
use super::{Engine, Error, examine, review};
use crate::asset::{Cache, Catalogue, Store, VoiceSurvey, survey_bells, survey_recordings};
use crate::delivery::preset::Preset;
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::event::Task;
use crate::files::Files;
use crate::script::Course;
use crate::script::exercise::{PartText, Script};
use crate::unit::SampleRate;

/// A course and everything that was found in it.
pub struct Checked {
    /// The course, as far as it can be understood.
    pub course: Course,
    /// What was found, in the order of files.
    pub found: Vec<Diagnostic>,
}

/// Checks a course. Where a text has errors, what depends on it is left out, as its meaning is not known: the lengths of its
/// script, the names of its recordings, and the wording of all.
///
/// # Errors
/// [`Error::Request`] if there is no course, [`Error::World`] if a file cannot be read, [`Error::Stopped`].
pub fn check_course(files: &dyn Files, cache: Cache, task: &Task<'_>) -> Result<Checked, Error> {
    let (mut course, mut found) = examine(files)?;
    // A build leaves the track out, so that other commands go on.
    let unsafe_texts = found.iter_mut().filter(|found| found.code == Code::UntranslatedSafety);
    unsafe_texts.for_each(|found| found.severity = Severity::Error);
    let faulty = FaultyTexts::of(&course, &found);
    if faulty.is_none() {
        found.extend(review(&course));
    }
    let catalogue = Catalogue::default();
    let store = Store::new(files, &catalogue, cache, rate(&course));
    let sink = Sink::new();
    let mut voices = Voices::new();
    for (name, voice) in &course.voices {
        voices.insert(name.clone(), VoiceSurvey::of(&store, &course, voice, task)?);
    }
    let bells = survey_bells(&store, &course, &sink);
    survey_recordings(&store, &course, &sink)?;
    if task.is_cancelled() {
        return Err(Error::Stopped);
    }
    found.extend(lengths::check_lengths(&store, &course, &voices, &bells, &faulty));
    found.extend(sounds::check_clips(&store, &course, &voices));
    found.extend(sounds::check_cover(&store, &course));
    found.extend(beds::check_beds(&store, &course));
    found.extend(sink.into_sorted());
    let mut strays = strays::check_strays(files, &mut course, &faulty)?;
    found.retain(|one| !strays::explain(files, &mut strays, one, &course.sources));
    found.extend(strays);
    if faulty.is_none() {
        let useless = useless::check_translations(&course, &mut found);
        found.extend(useless);
    }
    found.extend(check_generations(files, &mut course.sources));
    found.sort_by_key(Diagnostic::span);
    Ok(Checked { course, found })
}

impl Engine {
    /// Checks the course as it is on disk now, as [`check_course`] does.
    ///
    /// # Errors
    /// As [`check_course`].
    pub fn check(&self, task: &Task<'_>) -> Result<Checked, Error> {
        check_course(&*self.files, self.cache.clone(), task)
    }
}

/// The text files with errors.
struct FaultyTexts(BTreeSet<String>);

impl FaultyTexts {
    fn of(course: &Course, found: &[Diagnostic]) -> Self {
        let errors = found.iter().filter(|found| found.severity == Severity::Error);
        Self(errors.map(|found| course.sources.get(found.span().file).path.clone()).collect())
    }

    fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a script or fragment of this name has errors.
    fn has(&self, name: &str) -> bool {
        ["scripts", "scripts/fragments"]
            .iter()
            .any(|folder| self.0.contains(&format!("{folder}/{name}.toml")))
    }

    /// Whether what a script consists of is known: itself, its fragments, and all that is no script.
    fn spare(&self, script: &Script) -> bool {
        let is_script = |path: &String| {
            path.starts_with("scripts/") && Path::new(path).extension().is_some_and(|ending| ending == "toml")
        };
        let parts = script.parts.iter().filter_map(PartText::fragment);
        self.0.iter().all(is_script) && !std::iter::once(&*script.id).chain(parts).any(|name| self.has(name))
    }
}

/// The rate of what the course renders unless another preset is asked for.
fn rate(course: &Course) -> SampleRate {
    let name = course.header.preset.as_ref().map_or("stream", |name| &name.value);
    Preset::find(&course.header.presets, name).map_or(SampleRate::DEFAULT, |preset| preset.rate)
}
