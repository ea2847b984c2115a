//! What deliveries with `lock_parts` ask of a language: whether each part fits its length in the language that is followed, and
//! the time that this leaves its phrases.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Engine, Error, length_of};
use crate::asset::{Store, VoiceSurvey, survey_bells};
use crate::diag::{Code, Diagnostic, Severity, Sink, Span, Spanned};
use crate::event::Task;
use crate::facts::{BellFacts, Facts};
use crate::files::FileError;
use crate::layout::{LayoutTarget, Length, PartFit, PartLock, fit_locked, lay_out};
use crate::script::Course;
use crate::script::delivery::{Delivery, DeliveryLength};
use crate::script::exercise::{Guidance, Script};
use crate::script::language::Language;
use crate::script::session::{PhraseKey, Session, Variant};
use crate::script::track::untranslated;
use crate::unit::{Frames, SampleRate, Seconds};

/// What is known of voices, by language and name.
pub(super) type Voices = BTreeMap<(Language, String), VoiceSurvey>;

/// A part binds its phrases where it has no room for them all to be longer by this much. Single phrases are up to 40 % longer
/// in another language.
const LONGER: f64 = 1.4;

/// A course and what is known of its sounds.
#[derive(Clone, Copy)]
pub(super) struct CourseSounds<'a> {
    pub store: &'a Store<'a>,
    pub course: &'a Course,
    pub voices: &'a Voices,
    pub bells: &'a BTreeMap<String, BellFacts>,
}

impl CourseSounds<'_> {
    /// A version of a script, ready to be laid out; `None` if it cannot be resolved. Texts of `unfinished` languages may be
    /// missing; then they are those of the script.
    pub(super) fn version(
        &self,
        script: &Script,
        variant: &Variant,
        unfinished: bool,
    ) -> Option<(Session, Facts)> {
        let sink = Sink::new();
        let session = Session::build(self.course, script, variant, &sink)?;
        let is_unfinished =
            |code: Code| unfinished && matches!(code, Code::NotTranslated | Code::FuzzyTranslation);
        let found = sink.into_sorted();
        if found.iter().any(|found| found.severity == Severity::Error && !is_unfinished(found.code)) {
            return None;
        }
        let survey = self.voices.get(&(session.language.clone(), session.voice.id.clone()))?;
        let facts = survey.facts(self.store, &session, self.bells);
        Some((session, facts))
    }
}

/// A version of a script that follows another language.
#[derive(Clone, Copy)]
pub(super) struct FollowingVersion<'a> {
    /// The delivery.
    pub delivery: &'a Delivery,
    /// Where the language that it follows is written.
    pub span: Span,
    pub script: &'a Script,
    /// The language that it follows.
    pub followed: &'a Language,
    pub guidance: Guidance,
    pub length: DeliveryLength,
    /// As [`length_of`] has it.
    time: Option<Length>,
}

impl FollowingVersion<'_> {
    fn variant(&self, language: &Language) -> Variant {
        Variant { language: Some(language.clone()), guidance: Some(self.guidance), ..Variant::default() }
    }

    /// The lengths of the parts that it takes over; `None` if the language that it follows cannot have this version itself.
    fn lock(&self, sounds: CourseSounds<'_>) -> Option<(PartLock, Session, Facts)> {
        let (session, facts) = sounds.version(self.script, &self.variant(self.followed), false)?;
        let usual = self.script.length.map_or(Length::Natural, |limits| Length::Exactly(limits.usual));
        let target = LayoutTarget::Length(self.time.unwrap_or(usual));
        let timeline = lay_out(&session, &facts, target, &Sink::new())?;
        let lock = PartLock::of(&timeline, &format!("`{}`", self.followed)).ok()?;
        Some((lock, session, facts))
    }

    /// What stands in the way of this version in a language; nothing where it can be made, or where something else is wrong
    /// with it.
    pub(super) fn refused(&self, sounds: CourseSounds<'_>, language: &Language) -> Vec<Diagnostic> {
        let Some((lock, ..)) = self.lock(sounds) else { return Vec::new() };
        let version = sounds.version(self.script, &self.variant(language), false);
        let Some((session, facts)) = version else { return Vec::new() };
        let sink = Sink::new();
        let _ = lay_out(&session, &facts, LayoutTarget::Locked(&lock), &sink);
        let mut found = sink.into_sorted();
        found.retain(|found| found.code == Code::LockedPart);
        found
    }
}

/// The versions of a language that follow another one, each once.
pub(super) fn following<'a>(course: &'a Course, language: &Language) -> Vec<FollowingVersion<'a>> {
    let mut seen = BTreeSet::new();
    let mut versions = Vec::new();
    for delivery in &course.header.deliveries {
        let Some(followed) = delivery.followed_by(language) else { continue };
        let of_it = |languages: &Vec<Spanned<Language>>| languages.iter().any(|own| own.value == *language);
        if !delivery.languages.as_ref().is_none_or(of_it) {
            continue;
        }
        for script in course.scripts.values() {
            let Some(track) = &script.track else { continue };
            let is_of_it = delivery
                .tracks
                .as_ref()
                .is_none_or(|tracks| tracks.iter().any(|wanted| wanted.value == track.value));
            if !is_of_it || untranslated(course, script, &followed.value) > 0 {
                continue;
            }
            let levels = delivery.levels.clone().unwrap_or_else(|| vec![script.levels[0]]);
            for guidance in levels.into_iter().filter(|level| script.levels.contains(level)) {
                for &length in &delivery.lengths {
                    let Ok(time) = length_of(length, script) else { continue };
                    let name = format!(
                        "{} {followed:?} {guidance:?} {time:?}",
                        script.id,
                        followed = followed.value
                    );
                    if seen.insert(name) {
                        let (span, followed) = (followed.span, &followed.value);
                        versions.push(FollowingVersion {
                            delivery,
                            span,
                            script,
                            followed,
                            guidance,
                            length,
                            time,
                        });
                    }
                }
            }
        }
    }
    versions.sort_by_key(|version| version.script.track.as_ref().map(|track| track.value));
    versions
}

/// How the parts of a version fit their lengths in the language that it follows.
#[derive(Clone, Debug)]
pub struct LockedVersion {
    /// The delivery.
    pub delivery: String,
    /// The script.
    pub script: String,
    pub followed: Language,
    pub guidance: Guidance,
    pub length: DeliveryLength,
    pub rate: SampleRate,
    pub parts: Vec<PartFit>,
}

/// What deliveries ask of a language that follows another one; empty where none does.
#[derive(Clone, Debug, Default)]
pub struct LockedTimes {
    /// The time of each phrase whose part leaves it little room.
    pub phrases: BTreeMap<PhraseKey, Seconds>,
    /// How the versions of the language fit, as far as it is translated; what is not counts with the words of the script.
    pub versions: Vec<LockedVersion>,
}

impl LockedTimes {
    /// Reads what is needed of the recordings of both languages.
    ///
    /// # Errors
    /// [`FileError`] if a folder cannot be listed.
    pub fn of(
        store: &Store<'_>,
        course: &Course,
        language: &Language,
        task: &Task<'_>,
    ) -> Result<Self, FileError> {
        let following = following(course, language);
        if following.is_empty() {
            return Ok(Self::default());
        }
        let mut voices = Voices::new();
        for (name, voice) in &course.voices {
            if name.0 == *language || following.iter().any(|version| *version.followed == name.0) {
                voices.insert(name.clone(), VoiceSurvey::of(store, course, voice, task)?);
            }
        }
        let bells = survey_bells(store, course, &Sink::new());
        let sounds = CourseSounds { store, course, voices: &voices, bells: &bells };
        let found: Vec<_> = following
            .par_iter()
            .filter_map(|version| {
                let (lock, session, facts) = version.lock(sounds)?;
                let source = fit_locked(&session, &facts, &lock)?;
                let rate = facts.rate;
                let times: Vec<_> = source.iter().flat_map(|part| times(part, rate)).collect();
                let own = sounds.version(
                    version.script,
                    &Variant { draft: true, ..version.variant(language) },
                    true,
                );
                let parts = own.and_then(|(session, facts)| fit_locked(&session, &facts, &lock));
                let fits = parts.map(|parts| LockedVersion {
                    delivery: version.delivery.name.value.clone(),
                    script: version.script.id.clone(),
                    followed: version.followed.clone(),
                    guidance: version.guidance,
                    length: version.length,
                    rate,
                    parts,
                });
                Some((times, fits))
            })
            .collect();
        let mut all = Self::default();
        for (times, fits) in found {
            for (key, time) in times {
                all.phrases.entry(key).and_modify(|known| *known = time.min(*known)).or_insert(time);
            }
            all.versions.extend(fits);
        }
        Ok(all)
    }

    /// The time of each phrase, by its context in a PO file.
    pub fn by_context(&self) -> BTreeMap<String, Seconds> {
        self.phrases.iter().map(|(key, time)| (key.to_string(), *time)).collect()
    }
}

/// The time of each phrase of a part, as it is in the language that is followed: its length there with its share of what the
/// pauses can give. None where they can give enough for any translation.
fn times(part: &PartFit, rate: SampleRate) -> Vec<(PhraseKey, Seconds)> {
    let slack = part.slack().unwrap_or_default();
    let room = (part.spoken + slack).seconds(rate) / part.spoken.seconds(rate).max(f64::MIN_POSITIVE);
    if part.phrases.is_empty() || room >= LONGER {
        return Vec::new();
    }
    let time = |frames: &Frames| Seconds::from_nanos((frames.seconds(rate) * room * 1e9) as u64);
    part.phrases.iter().map(|(key, frames)| (key.clone(), time(frames))).collect()
}

impl Engine {
    /// What deliveries ask of a language that follows another one.
    ///
    /// # Errors
    /// [`Error::World`] if a folder cannot be listed, [`Error::Stopped`].
    pub fn locked_times(&self, language: &Language, task: &Task<'_>) -> Result<LockedTimes, Error> {
        let times = LockedTimes::of(&self.store(SampleRate::DEFAULT), &self.course, language, task)?;
        if task.is_cancelled() { Err(Error::Stopped) } else { Ok(times) }
    }
}
