//! What is asked of a language whose parts start where those of another do, by deliveries or by a request: whether each part fits
//! its length there, and the time that this leaves its phrases.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{AskedLength, Engine, Error, Request, length_of};
use crate::asset::{Store, VoiceSurvey, survey_bells};
use crate::diag::{Code, Diagnostic, Severity, Sink, Span, Spanned};
use crate::event::Task;
use crate::facts::{BellFacts, Facts};
use crate::layout::{LayoutTarget, Length, PartFit, PartLock, fit_locked, lay_out};
use crate::script::Course;
use crate::script::delivery::DeliveryLength;
use crate::script::exercise::{Guidance, Script};
use crate::script::language::Language;
use crate::script::session::{PhraseKey, Session, Variant};
use crate::script::track::{track_phrases, untranslated};
use crate::toml::table::list;
use crate::unit::{Frames, Rounding, SampleRate, Seconds, TENTH};

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
    /// The name of the delivery that asks for it, and where it says what it follows.
    pub delivery: Option<(&'a str, Span)>,
    pub script: &'a Script,
    /// The language that it follows.
    pub followed: &'a Language,
    pub guidance: Guidance,
    pub length: DeliveryLength,
    /// As [`length_of`] has it.
    time: Option<AskedLength>,
}

impl FollowingVersion<'_> {
    fn variant(&self, language: &Language) -> Variant {
        Variant { language: Some(language.clone()), guidance: Some(self.guidance), ..Variant::default() }
    }

    /// The lengths of the parts that it takes over; `None` if the language that it follows cannot have this version itself.
    fn lock(&self, sounds: CourseSounds<'_>) -> Option<(PartLock, Session, Facts)> {
        let (session, facts) = sounds.version(self.script, &self.variant(self.followed), false)?;
        let usual = self.script.length.map_or(Length::Natural, |limits| Length::Exactly(limits.usual));
        let length = match self.time {
            None => usual,
            Some(AskedLength::Natural) => Length::Natural,
            Some(AskedLength::Exactly(time)) => Length::Exactly(time),
            Some(AskedLength::Source) => self.source_length(sounds, usual)?,
        };
        let timeline = lay_out(&session, &facts, LayoutTarget::Length(length), &Sink::new())?;
        let lock = PartLock::of(&timeline, &format!("`{}`", self.followed)).ok()?;
        Some((lock, session, facts))
    }

    /// The length of the version in the language of its script; `usual` where that is the language that it follows.
    fn source_length(&self, sounds: CourseSounds<'_>, usual: Length) -> Option<Length> {
        let Some(source) = self.script.language.as_ref().filter(|source| source.value != *self.followed)
        else {
            return Some(usual);
        };
        let (session, facts) = sounds.version(self.script, &self.variant(&source.value), false)?;
        let timeline = lay_out(&session, &facts, LayoutTarget::Length(Length::Natural), &Sink::new())?;
        Some(Length::Exactly(timeline.frames.time(timeline.rate)))
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
                        let delivery = Some((delivery.name.value.as_str(), followed.span));
                        let followed = &followed.value;
                        versions.push(FollowingVersion {
                            delivery,
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

/// The usual version of every script, where it can follow a language.
fn usual_versions<'a>(course: &'a Course, followed: &'a Language) -> Vec<FollowingVersion<'a>> {
    let mut scripts: Vec<_> =
        course.scripts.values().filter(|script| untranslated(course, script, followed) == 0).collect();
    scripts.sort_by_key(|script| script.track.as_ref().map_or(u32::MAX, |track| track.value));
    let version = |script: &'a Script| FollowingVersion {
        delivery: None,
        script,
        followed,
        guidance: script.levels[0],
        length: DeliveryLength::Usual,
        time: None,
    };
    scripts.into_iter().map(version).collect()
}

/// How the parts of a version fit their lengths in the language that it follows.
#[derive(Clone, Debug)]
pub struct LockedVersion {
    /// The delivery that asks for it; `None` where it was asked for by itself.
    pub delivery: Option<String>,
    /// The script.
    pub script: String,
    /// Whether any of it is translated.
    pub is_begun: bool,
    pub followed: Language,
    pub guidance: Guidance,
    pub length: DeliveryLength,
    pub rate: SampleRate,
    pub parts: Vec<PartFit>,
}

/// A part that cannot be as long as in the language that it follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartMisfit {
    /// Its title, or else its number.
    pub part: String,
    pub followed: Language,
    /// By how much it is too long (`Ok`) or too short, to a tenth of a second.
    pub over: Result<Seconds, Seconds>,
    /// The phrases to shorten.
    pub shorten: Vec<PhraseKey>,
}

impl PartMisfit {
    fn amount(&self) -> Seconds {
        self.over.unwrap_or_else(|short| short)
    }
}

/// What is asked of a language that follows another one; empty where nothing is.
#[derive(Clone, Debug, Default)]
pub struct LockedTimes {
    /// The time of each phrase whose part leaves it little room.
    pub phrases: BTreeMap<PhraseKey, Seconds>,
    /// How the versions of the language fit, as far as it is translated; what is not counts with the words of the script.
    pub versions: Vec<LockedVersion>,
}

impl LockedTimes {
    /// What deliveries ask of a language, or else what follows if it is laid out as `followed`. Reads what is needed of the
    /// recordings of both languages.
    ///
    /// # Errors
    /// [`Error::Request`] if `followed` is the same language or none of the course, [`Error::World`] if a folder cannot be
    /// listed.
    pub fn of(
        store: &Store<'_>,
        course: &Course,
        language: &Language,
        followed: Option<&Language>,
        task: &Task<'_>,
    ) -> Result<Self, Error> {
        let following = match followed {
            None => following(course, language),
            Some(followed) if followed == language => {
                return Err(Request::OwnLanguage(language.clone()).into());
            }
            Some(followed) => {
                let known = course.header.languages.iter().map(|known| known.value.as_str());
                if !known.clone().any(|known| known == followed.as_str()) {
                    let known = format!("available: {}", list(known));
                    let name = followed.to_string();
                    return Err(Request::Unknown { kind: "language", name, near: None, known }.into());
                }
                usual_versions(course, followed)
            }
        };
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
                let open = untranslated(course, version.script, language);
                let fits = parts.map(|parts| LockedVersion {
                    delivery: version.delivery.map(|(name, _)| name.to_owned()),
                    script: version.script.id.clone(),
                    is_begun: open < track_phrases(course, version.script).len(),
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

    /// The parts that do not fit, by script; of those that are not translated at all nothing is known.
    pub fn misfits(&self) -> BTreeMap<String, Vec<PartMisfit>> {
        let mut all: BTreeMap<String, Vec<PartMisfit>> = BTreeMap::new();
        for version in self.versions.iter().filter(|version| version.is_begun) {
            let own = all.entry(version.script.clone()).or_default();
            for part in &version.parts {
                let time = |frames: Frames| frames.told(version.rate, TENTH, Rounding::Up);
                let over = match (part.slack(), part.short()) {
                    (Err(over), _) => Ok(time(over)),
                    (Ok(_), Some(short)) => Err(time(short)),
                    (Ok(_), None) => continue,
                };
                let misfit = PartMisfit {
                    part: part.title.clone(),
                    followed: version.followed.clone(),
                    over,
                    shorten: part.to_shorten().iter().map(|phrase| phrase.key.clone()).collect(),
                };
                // Of several versions the one that is farthest off is told.
                match own.iter_mut().find(|known| known.part == misfit.part) {
                    Some(known) if known.amount() < misfit.amount() => *known = misfit,
                    Some(_) => {}
                    None => own.push(misfit),
                }
            }
        }
        all.retain(|_, parts| !parts.is_empty());
        all
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
    /// As [`LockedTimes::of`].
    ///
    /// # Errors
    /// As [`LockedTimes::of`], and [`Error::Stopped`].
    pub fn locked_times(
        &self,
        language: &Language,
        followed: Option<&Language>,
        task: &Task<'_>,
    ) -> Result<LockedTimes, Error> {
        let store = self.store(SampleRate::DEFAULT);
        let times = LockedTimes::of(&store, &self.course, language, followed, task)?;
        if task.is_cancelled() { Err(Error::Stopped) } else { Ok(times) }
    }
}
