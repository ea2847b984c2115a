//! The interface for front ends: open a course, plan a version of an exercise, render it. The command line and the
//! tests use it too.
//!
//! ```
//! use std::sync::Arc;
//!
//! use adem::asset::Cache;
//! use adem::delivery::format::Format;
//! use adem::engine::{Engine, PlanJob, RenderJob};
//! use adem::event::Task;
//! # use adem::engine::Error;
//! # use adem::files::MemoryFiles;
//! # use adem::script::{exercise::Guidance, session::Variant};
//! #
//! # fn main() -> Result<(), Error> {
//! # let script = "language = \"en\"\ntitle = \"Sit\"\nlevels = [\"full\", \"bells\"]\n[[part]]\n\
//! #     steps = [{ bell = \"bowl\" }, { say = \"You may stop.\", id = \"stop\", safety = true, pause = 2 }]\n";
//! # let bowl = "title = \"Bowl\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\nbowl = { pitch = 220, ring = 3 }\n";
//! # let voice = "name = \"A\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\n";
//! # let files = MemoryFiles::new()
//! #     .with("course.toml", "title = \"C\"\nlanguages = [\"en\"]\nvoices = { en = \"a\" }\n")
//! #     .with("voice/en/a/voice.toml", voice)
//! #     .with("ambience/bells/bowl.toml", bowl)
//! #     .with("scripts/sit.toml", script);
//! let engine = Engine::open(Arc::new(files), Cache::off())?;
//! let mut job = PlanJob::of("sit");
//! # job.variant = Variant { guidance: Some(Guidance::Bells), ..Variant::default() };
//! let plan = engine.plan(&job, &Task::silent())?;
//! let mut flac = Vec::new();
//! engine.render_to(&plan, &RenderJob::default(), Format::Flac, &mut flac, &Task::silent())?;
//! assert!(flac.starts_with(b"fLaC"));
//! # Ok(())
//! # }
//! ```

mod beside;
mod check;
mod credits;
mod editor;
mod error;
mod excerpt;
mod generation;
mod ingredients;
mod inputs;
mod job;
mod letters;
mod listen;
mod listening;
mod locks;
mod made_again;
mod measure;
mod name;
mod new_course;
mod output;
mod propose;
mod qc;
mod reading;
mod render;
mod spared;
mod stream;
mod trust_store;
mod verify;
mod voices;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use check::{Checked, check_course};
pub use error::{Error, Request, World};
pub use ingredients::{IngredientChange, Ingredients};
pub use job::{AskedLength, LengthOptions, Lock, PlanJob, RenderJob, TrackFile, length_of};
pub use listening::{Listening, ListeningJob, PieceState, WavPiece};
pub use locks::{LockedTimes, LockedVersion, PartMisfit};
pub use measure::{Measured, measure_file};
pub use new_course::{begin_course, has_no_course};
pub use output::{OutputName, possible};
pub use qc::{QcJob, qc_file};
pub use reading::{
    HeardReading, ReadingCut, ReadingFault, ReadingFile, cut_reading, hear_reading, other_voices,
};
pub use render::{Rendered, STEM_NAMES};
pub use spared::ClosedScripts;
pub use stream::STREAM;
pub use trust_store::{TrustError, TrustStore};
pub use verify::{EncodedFault, Verified};
pub use voices::{NewClip, judge_take, no_sound};

use crate::asset::{Cache, Catalogue, DraftError, Drafts, SpeechEngines, Store, gather};
use crate::decode::DecodeError;
use crate::diag::{Code, Diagnostic, Remedy, Severity, Sink, Sources, Span};
use crate::event::Task;
use crate::facts::Facts;
use crate::facts::pace::Pace;
use crate::files::{Files, Trust};
use crate::layout::{
    Fit, LayoutTarget, Length, LengthCheck, Levels, PartFit, PartLock, Timeline, check_length, fit,
    fit_locked, lay_out, too_many_steps,
};
use crate::script::check::known_tracks;
use crate::script::exercise::{Guidance, Script};
use crate::script::language::Language;
use crate::script::session::{Session, Variant};
use crate::script::{Course, KnownCourse, check as check_texts, wording};
use crate::toml::foreign;
use crate::toml::table::{bare_name, list};
use crate::unit::literal::print_duration;
use crate::unit::{Frames, SampleRate};

/// An open course: its files, their parsed contents, the facts of its sounds and the cache.
///
/// It owns all of these; put it in an [`Arc`] to share it between threads. Text files are read once, when it is opened;
/// a recording that changes later is noticed by the next plan.
pub struct Engine {
    files: Arc<dyn Files>,
    cache: Cache,
    catalogue: Arc<Catalogue>,
    course: Course,
    warnings: Vec<Diagnostic>,
    closed: ClosedScripts,
}

/// A version of an exercise, laid out.
pub struct Plan {
    /// What was asked for, with the id of its script.
    pub asked: PlanJob,
    /// The session it was laid out from.
    pub session: Session,
    /// The facts of its sounds.
    pub facts: Facts,
    pub timeline: Timeline,
    /// How each part fits its length in the version it is locked to; none without a lock.
    pub locked: Vec<PartFit>,
    /// Warnings, none of which prevents a render.
    pub warnings: Vec<Diagnostic>,
}

impl Engine {
    /// Opens a course and checks all of it.
    ///
    /// # Errors
    /// [`Error::Diagnostics`] with every error in every file, [`Error::World`] if files cannot be read.
    pub fn open(files: Arc<dyn Files>, cache: Cache) -> Result<Self, Error> {
        Self::open_after(files, cache, None)
    }

    fn open_after(
        files: Arc<dyn Files>,
        cache: Cache,
        before: Option<KnownCourse<'_>>,
    ) -> Result<Self, Error> {
        let (course, found) = examine_after(&*files, before)?;
        if found.iter().any(|found| found.severity == Severity::Error) {
            return Err(Error::Diagnostics { found, sources: course.sources });
        }
        let (catalogue, closed) = (Arc::default(), ClosedScripts::default());
        Ok(Self { files, cache, catalogue, course, warnings: found, closed })
    }

    /// The course as it is now, with everything that is known of its sounds: facts are kept by content, and a recording that
    /// has changed is read again. Text files that are as they were are not parsed again.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn reopen(&self) -> Result<Self, Error> {
        self.reopen_at(Arc::clone(&self.files))
    }

    /// The same, of a new version of the course in another folder.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn reopen_at(&self, files: Arc<dyn Files>) -> Result<Self, Error> {
        let known = KnownCourse { course: &self.course, found: &self.warnings };
        let fresh = Self::open_after(files, self.cache.clone(), Some(known))?;
        Ok(Self { catalogue: Arc::clone(&self.catalogue), ..fresh })
    }

    /// The same engine, whose files are read from here from now on: for a course that was opened with a text that has been
    /// written since.
    #[must_use]
    pub fn on(self, files: Arc<dyn Files>) -> Self {
        Self { files, ..self }
    }

    /// The same engine, allowed to run the programs that its voices name as far as `trust` covers them, and to speak drafts
    /// with these engines for speech. Without this it runs no program of a course, and espeak-ng speaks.
    #[must_use]
    pub fn trusting(self, trust: Trust, speech: SpeechEngines) -> Self {
        Self { catalogue: Arc::new(Catalogue::new(Drafts::trusting(trust, speech))), ..self }
    }

    /// Holds the recording of a listener for [`OwnWords::Recording`](crate::script::own::OwnWords), and returns its path.
    ///
    /// # Errors
    /// [`DecodeError`] if it is no whole recording, or longer than own words may be.
    pub fn hold_own(&self, recording: Vec<u8>) -> Result<String, DecodeError> {
        self.catalogue.drafts.hold_own(recording, &self.cache)
    }

    /// Why no own words can be spoken in a language of the course, if its engine is not installed or may not be run: an
    /// error for each such language.
    pub fn unspoken(&self) -> Vec<(&Language, DraftError)> {
        let languages = self.course().header.languages.iter().map(|language| &language.value);
        let of = |language| {
            let voice = self.voice(language, None).ok()?;
            Some((language, self.catalogue.drafts.unspoken(voice)?))
        };
        languages.filter_map(of).collect()
    }

    /// What the drafts of a language sound like depends on their words and on this: who speaks them.
    pub fn draft_recipe(&self, language: &Language) -> Vec<String> {
        let voice = self.voice(language, None);
        voice.map_or_else(|_| Vec::new(), |voice| self.catalogue.drafts.recipe(voice))
    }

    /// Shares the windows of generated beds among the renders of this engine from now on, in a temporary file of at most
    /// so many bytes. The renders keep their bytes.
    pub fn share_beds(&self, bytes: u64) {
        self.catalogue.bed_windows.share(bytes);
    }

    /// How many windows of generated beds were made, and how many were found instead.
    pub fn bed_windows(&self) -> [u64; 2] {
        self.catalogue.bed_windows.counts()
    }

    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The warnings about its files.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Finds a script by its id, track number or path.
    ///
    /// # Errors
    /// [`Error::Request`] with the nearest names.
    pub fn script(&self, wanted: &str) -> Result<&Script, Error> {
        find_script(&self.course, wanted)
    }

    /// Lays out a version of a script. A phrase without a recording gets a predicted length.
    ///
    /// # Errors
    /// [`Error::Diagnostics`] if it cannot be laid out, [`Error::Request`] if there is no such version,
    /// [`Error::World`] if files cannot be read, [`Error::Stopped`].
    pub fn plan(&self, job: &PlanJob, task: &Task<'_>) -> Result<Plan, Error> {
        let script = self.script(&job.script)?;
        let PlanJob { variant, length: options, .. } = job;
        let lock = self.lock(script, job, task)?;
        let sink = Sink::new();
        let length = match &lock {
            Some(lock) => Some(Length::Exactly(lock.frames.time(lock.rate))),
            None => self.length(script, job, task)?,
        };
        let mut session = self.session(script, variant, &sink)?;
        let fixed = session.mixed.as_ref().and_then(|mixed| mixed.fixed.as_deref());
        let length = choose_length(script, length, fixed, options.ignore_limits, &sink);
        if sink.has_errors() {
            return Err(self.diagnostics(&sink));
        }
        let facts = self.facts(&session, task, &sink)?;
        if session.keeps_level() {
            session.preset.target = Levels::new(&session, &facts).reference();
        }
        let target = lock.as_ref().map_or(LayoutTarget::Length(length), LayoutTarget::Locked);
        match lay_out(&session, &facts, target, &sink) {
            Some(timeline) if !sink.has_errors() => {
                let locked = lock.as_ref().and_then(|lock| fit_locked(&session, &facts, lock));
                let locked = locked.unwrap_or_default();
                let asked = PlanJob { script: script.id.clone(), ..job.clone() };
                Ok(Plan { asked, session, facts, timeline, locked, warnings: sink.into_sorted() })
            }
            _ => Err(self.diagnostics(&sink)),
        }
    }

    /// How long the own words of a version last, in seconds, all together.
    ///
    /// # Errors
    /// As [`Engine::plan`], if they cannot be spoken.
    pub fn own_seconds(&self, job: &PlanJob, task: &Task<'_>) -> Result<f64, Error> {
        let sink = Sink::new();
        let script = self.script(&job.script)?;
        let guidance = script.levels.iter().copied().find(|level| *level != Guidance::Bells);
        let variant = Variant { guidance: job.variant.guidance.or(guidance), ..job.variant.clone() };
        let session = self.session(script, &variant, &sink)?;
        let facts = self.facts(&session, task, &sink)?;
        let own = session.all_phrases.iter().filter(|phrase| phrase.own.is_taken());
        let frames: Frames = own.filter_map(|phrase| Some(facts.clips.get(&phrase.key)?.facts.frames)).sum();
        Ok(frames.seconds(facts.rate))
    }

    /// How long a version of a script can be, and whether it can have the length of the job. Several versions that are asked
    /// for together share the work of their searches.
    ///
    /// # Errors
    /// As [`Engine::plan`], except that a length that cannot be reached is no error.
    pub fn fit(&self, job: &PlanJob, versions: usize, task: &Task<'_>) -> Result<FitReport, Error> {
        let sink = Sink::new();
        let session = self.session(self.script(&job.script)?, &job.variant, &sink)?;
        let facts = self.facts(&session, task, &sink)?;
        let fit = fit(&session, &facts);
        if fit.overflows {
            sink.emit(too_many_steps(&session));
            return Err(self.diagnostics(&sink));
        }
        let aim = match self.length(self.script(&job.script)?, job, task)? {
            Some(Length::Exactly(target)) => {
                Some(check_length(versions, &session, &facts, target.frames(facts.rate)))
            }
            Some(Length::Natural) | None => None,
        };
        Ok(FitReport { fit, aim, session, rate: facts.rate })
    }

    fn session(&self, script: &Script, variant: &Variant, sink: &Sink) -> Result<Session, Error> {
        if let Some(bed) = variant.bed.as_deref().filter(|bed| *bed != "none") {
            self.bed_exists(bed)?;
        }
        let session = Session::build(&self.course, script, variant, sink);
        session.filter(|_| !sink.has_errors()).ok_or_else(|| self.version_error(variant, sink))
    }

    fn facts(&self, session: &Session, task: &Task<'_>, sink: &Sink) -> Result<Facts, Error> {
        let store = self.store(session.preset.rate);
        let facts = gather(&store, &self.course, session, task, sink)?;
        if task.is_cancelled() {
            return Err(Error::Stopped);
        }
        if sink.has_errors() { Err(self.diagnostics(sink)) } else { Ok(facts) }
    }

    /// The length that a job asks for; `None` for the usual one.
    ///
    /// # Errors
    /// As [`Engine::plan`], of the version that it has to be as long as.
    pub fn length(&self, script: &Script, job: &PlanJob, task: &Task<'_>) -> Result<Option<Length>, Error> {
        match job.length.length {
            None => Ok(None),
            Some(AskedLength::Natural) => Ok(Some(Length::Natural)),
            Some(AskedLength::Exactly(time)) => Ok(Some(Length::Exactly(time))),
            Some(AskedLength::Source) => {
                let source = script.language.as_ref().map(|source| &source.value);
                if job.variant.language.as_ref().or(source) == source {
                    return Ok(None);
                }
                let variant = Variant { language: source.cloned(), voice: None, ..job.variant.clone() };
                let length = LengthOptions { length: None, lock: None, ..job.length.clone() };
                let plan = self.plan(&PlanJob { script: job.script.clone(), variant, length }, task)?;
                Ok(Some(Length::Exactly(plan.timeline.frames.time(plan.timeline.rate))))
            }
        }
    }

    /// The version whose parts this one is locked to, if any.
    fn lock(&self, script: &Script, job: &PlanJob, task: &Task<'_>) -> Result<Option<PartLock>, Error> {
        let PlanJob { variant, length: options, .. } = job;
        match &options.lock {
            None => Ok(None),
            Some(Lock::Language(language)) => {
                let own = script.language.as_ref().map(|own| &own.value);
                if variant.language.as_ref().or(own) == Some(language) {
                    return Err(Request::OwnLanguage(language.clone()).into());
                }
                let other = Variant { language: Some(language.clone()), voice: None, ..variant.clone() };
                let length = LengthOptions { lock: None, ..options.clone() };
                let plan =
                    self.plan(&PlanJob { script: job.script.clone(), variant: other, length }, task)?;
                let name = format!("`{language}`");
                let lock = PartLock::of(&plan.timeline, &name);
                Ok(Some(lock.map_err(|why| Request::Lock { name, why })?))
            }
            Some(Lock::Timeline { name, document }) => {
                let name = name.clone();
                let lock = match PartLock::read(document, &name) {
                    Ok(lock) => lock,
                    Err(why) => return Err(Request::Lock { name, why }.into()),
                };
                if lock.script != script.id {
                    let wanted = script.id.clone();
                    return Err(Request::OtherScript { name, of: lock.script, wanted }.into());
                }
                let own = variant.guidance.unwrap_or(script.levels[0]);
                if lock.guidance != own {
                    return Err(Request::OtherGuidance { name, of: lock.guidance, wanted: own }.into());
                }
                match self.length(script, job, task)? {
                    Some(Length::Exactly(wanted)) if wanted.frames(lock.rate) != lock.frames => {
                        let (frames, rate) = (lock.frames, lock.rate);
                        Err(Request::OtherLength { name, frames, rate, wanted }.into())
                    }
                    _ => Ok(Some(lock)),
                }
            }
        }
    }

    fn store(&self, rate: SampleRate) -> Store<'_> {
        Store::new(&*self.files, &self.catalogue, self.cache.clone(), rate)
    }

    fn diagnostics(&self, sink: &Sink) -> Error {
        Error::Diagnostics { found: sink.sorted(), sources: self.course.sources.clone() }
    }

    /// A name that does not exist is a wrong request if the caller gave it, and an error of the course if a file did.
    fn version_error(&self, variant: &Variant, sink: &Sink) -> Error {
        let found = sink.sorted();
        let given = [
            (Code::UnknownLanguage, variant.language.is_some()),
            (Code::UnknownVoice, variant.voice.is_some()),
            (Code::UnknownLevel, variant.guidance.is_some()),
            (Code::UnknownPreset, variant.preset.is_some()),
            (Code::UnknownChoice, !variant.choices.is_empty()),
            (Code::OwnWords, !variant.own.is_empty()),
        ];
        let asked = found.iter().find(|found| given.contains(&(found.code, true)));
        match asked {
            Some(asked) => Request::Version(Box::new(asked.clone())).into(),
            None => Error::Diagnostics { found, sources: self.course.sources.clone() },
        }
    }

    fn bed_exists(&self, bed: &str) -> Result<(), Error> {
        if self.course.ambiences.contains_key(bed) {
            return Ok(());
        }
        let known = self.course.ambiences.keys().map(String::as_str);
        let near = foreign::meant(bare_name(bed), known.clone().chain(["none"])).map(str::to_owned);
        let known = format!("available: {}", list(known.chain(["none"])));
        Err(Request::Unknown { kind: "bed", name: bed.to_owned(), near, known }.into())
    }

    /// Whether no recording of this plan is cut off or damaged.
    ///
    /// # Errors
    /// [`Error::Diagnostics`] with each that is.
    pub fn require_whole(&self, plan: &Plan) -> Result<(), Error> {
        self.require_none(plan, Code::DamagedSound)
    }

    /// Whether every recording of this plan was made for the words it stands for.
    ///
    /// # Errors
    /// [`Error::Diagnostics`] with those that were not.
    pub fn require_current(&self, plan: &Plan) -> Result<(), Error> {
        self.require_none(plan, Code::StaleTake)
    }

    /// Whether no recording of this plan has a fault that is heard in every track and is not repaired.
    ///
    /// # Errors
    /// [`Error::Diagnostics`] with those that have.
    pub fn require_sound(&self, plan: &Plan) -> Result<(), Error> {
        self.require_none(plan, Code::SpoiltClip)
    }

    /// Refuses a plan with warnings of this kind.
    fn require_none(&self, plan: &Plan, code: Code) -> Result<(), Error> {
        let sink = Sink::new();
        for warning in plan.warnings.iter().filter(|warning| warning.code == code) {
            sink.emit(Diagnostic { severity: Severity::Error, ..warning.clone() });
        }
        if sink.has_errors() { Err(self.diagnostics(&sink)) } else { Ok(()) }
    }

    /// Checks that every phrase this plan speaks has a recording.
    ///
    /// # Errors
    /// [`Error::Diagnostics`] with one diagnostic that lists the missing files.
    pub fn require_clips(&self, plan: &Plan) -> Result<(), Error> {
        let spoken = &plan.session.all_phrases;
        let missing: Vec<_> = spoken
            .iter()
            .filter(|phrase| {
                plan.timeline.phrases().any(|spoken| spoken.clip.is_none() && spoken.key == phrase.key)
            })
            .collect();
        let Some(first) = missing.first() else { return Ok(()) };
        let (voice, count) = (&plan.session.voice, missing.len());
        let message = if count == 1 {
            format!("a phrase has no recording in the voice `{}`", voice.id)
        } else {
            format!("{count} phrases have no recording in the voice `{}`", voice.id)
        };
        let paths: Vec<_> = missing.iter().map(|phrase| format!("{}.wav", phrase.key)).collect();
        let them = if count == 1 { "it under this name" } else { "them under these names" };
        let error = Diagnostic::error(Code::MissingClip, first.span, message)
            .label(if count == 1 { "this one" } else { "this one first" })
            .note(format!("missing in {}/: {}", voice.folder(), paths.join(", ")))
            .help(format!("record {them} (wav, flac, aiff, caf, ogg, opus, webm, mp3 or m4a)"))
            .help(Remedy::Voice)
            .help(Remedy::Draft);
        let sink = Sink::new();
        sink.emit(error);
        Err(self.diagnostics(&sink))
    }
}

/// The lengths a version can have.
pub struct FitReport {
    pub session: Session,
    /// Its least, natural and most length.
    pub fit: Fit,
    /// The requested length, if any.
    pub aim: Option<LengthCheck>,
    /// Frames a second.
    pub rate: SampleRate,
}

/// The length of a version. A length outside the author's limits is an error unless the limits are ignored.
fn choose_length(
    script: &Script,
    length: Option<Length>,
    fixed: Option<&str>,
    ignore_limits: bool,
    sink: &Sink,
) -> Length {
    let Some(limits) = script.length else { return length.unwrap_or(Length::Natural) };
    let length = length.unwrap_or(Length::Exactly(limits.usual));
    if let Length::Exactly(wanted) = length {
        let nearest = wanted.clamp(limits.least, limits.most);
        if nearest != wanted && !ignore_limits {
            let message = format!(
                "{} is outside the author's limits ({} to {})",
                print_duration(wanted),
                print_duration(limits.least),
                print_duration(limits.most)
            );
            let outside = Diagnostic::error(Code::NoLength, limits.span, message);
            let minutes =
                wanted.times_sixty().filter(|minutes| (limits.least..=limits.most).contains(minutes));
            let outside = match minutes {
                Some(minutes) => outside.help(Remedy::Minutes(minutes)),
                None => outside,
            };
            sink.emit(match fixed {
                Some(why) => outside
                    .note(format!("the pauses of this recording cannot change: {why}"))
                    .help(Remedy::Length(nearest)),
                None => outside.help(Remedy::Length(nearest)).help(Remedy::IgnoreLimits),
            });
        }
    }
    length
}

/// Reads and checks a whole course. Returns what could be read of it, and all errors and warnings.
///
/// # Errors
/// [`Error::Request`] if there is no course, [`Error::World`] if a file cannot be read.
pub fn examine(files: &dyn Files) -> Result<(Course, Vec<Diagnostic>), Error> {
    examine_after(files, None)
}

fn examine_after(
    files: &dyn Files,
    before: Option<KnownCourse<'_>>,
) -> Result<(Course, Vec<Diagnostic>), Error> {
    let sink = Sink::new();
    let course = Course::open_after(files, before, &sink)?;
    check_texts(&course, &|path| files.exists(Path::new(path)), &sink);
    let mut found = sink.into_sorted();
    propose::names(&course, &mut found);
    found.extend(letters::missing_letters(&course));
    found.sort_by_key(Diagnostic::span);
    Ok((course, found))
}

/// The warnings of a plan that a strict render refuses.
pub const STRICT: [Code; 3] = [Code::DamagedSound, Code::StaleTake, Code::SpoiltClip];

/// Checks the texts of a course against the rules of wording (docs/craft.md) and returns the warnings in file order.
pub fn review(course: &Course) -> Vec<Diagnostic> {
    let sink = Sink::new();
    let length = |language: &Language, text: &str| Pace::usual(language).length(text);
    wording::review(course, &length, &sink);
    sink.into_sorted()
}

/// Checks words that somebody is typing against the same rules, in the place of the phrase of this context, such as `plek/vrij`.
pub fn review_words(course: &Course, language: &Language, context: &str, words: &str) -> Vec<Diagnostic> {
    let sink = Sink::new();
    let length = |language: &Language, text: &str| Pace::usual(language).length(text);
    wording::review_words(course, (language, context), words, &length, &sink);
    sink.into_sorted()
}

/// The links out of the course folder that a plan or a render of these files would refuse: one error for each, at the link
/// itself, which is added to `sources`. Links that are not read, such as `out`, are not among them. `cover` is the path of
/// the cover of the course, if it has one of its own.
pub fn refused_links(files: &dyn Files, cover: Option<&str>, sources: &mut Sources) -> Vec<Diagnostic> {
    let is_read = |link: &PathBuf| {
        is_course_text_or_sound(link) || cover.is_some_and(|cover| Path::new(cover).starts_with(link))
    };
    let refused = |link: PathBuf| {
        let place = Span::new(sources.add(link.to_string_lossy(), ""), 0..0);
        let message = "this link leads out of the course folder and is not trusted";
        let found = Diagnostic::error(Code::UntrustedLink, place, message);
        found.help("copy into the course what it leads to").help(Remedy::Trust)
    };
    files.refused_links().into_iter().filter(is_read).map(refused).collect()
}

/// Whether a path is of what is read of a course folder, besides the cover.
fn is_course_text_or_sound(path: &Path) -> bool {
    ["course.toml", "scripts", "voice", "ambience"].iter().any(|read| path.starts_with(read))
}

/// The numbers of the tracks that a text names in another form: `1,2`, `1-3`, `#1`, `track 1`, `all`.
fn meant_tracks(course: &Course, wanted: &str) -> Option<String> {
    let tracks: BTreeSet<u32> =
        course.scripts.values().filter_map(|script| Some(script.track.as_ref()?.value)).collect();
    let lower = wanted.to_lowercase();
    let meant: BTreeSet<u32> = if ["all", "alle", "alles", "*"].contains(&&*lower) {
        tracks.clone()
    } else {
        let bare = ["track", "script", "no.", "nr.", "#"].iter().find_map(|word| lower.strip_prefix(word));
        let numbers = bare.unwrap_or(&lower).trim_matches(|c: char| c.is_whitespace() || "_-.".contains(c));
        let range = numbers.split_once('-').or_else(|| numbers.split_once(".."));
        match range.map(|(from, to)| (from.trim().parse::<u32>(), to.trim().parse::<u32>())) {
            Some((Ok(from), Ok(to))) => tracks.range(from..=to.max(from)).copied().collect(),
            Some(_) => return None,
            None => {
                let apart = numbers.split([',', ';', '+', '&']).map(|number| number.trim().parse::<u32>());
                apart.collect::<Result<_, _>>().ok()?
            }
        }
    };
    let known: Vec<String> = meant.intersection(&tracks).map(u32::to_string).collect();
    (!known.is_empty() && known.len() == meant.len()).then(|| known.join(" "))
}

/// The script of an id, a track number or a path.
///
/// # Errors
/// [`Error::Request`] with the nearest names.
pub fn find_script<'c>(course: &'c Course, wanted: &str) -> Result<&'c Script, Error> {
    if let Ok(track) = wanted.parse::<u32>() {
        let found = course
            .scripts
            .values()
            .find(|script| script.track.as_ref().is_some_and(|own| own.value == track));
        return found.ok_or_else(|| {
            let tracks = course.scripts.values().filter_map(|script| Some(script.track.as_ref()?.value));
            Request::NoTrack { track, known: known_tracks(tracks) }.into()
        });
    }
    let name = Path::new(wanted).file_name().and_then(|name| name.to_str()).unwrap_or(wanted);
    let id = name.strip_suffix(".toml").unwrap_or(name);
    course.scripts.get(id).ok_or_else(|| {
        let known = course.scripts.keys().map(String::as_str);
        let near = meant_tracks(course, wanted)
            .or_else(|| foreign::meant(bare_name(id), known.clone()).map(str::to_owned));
        let known = if course.scripts.is_empty() {
            "scripts/ is empty".to_owned()
        } else {
            format!("available: {}", list(known))
        };
        Request::Unknown { kind: "script", name: id.to_owned(), near, known }.into()
    })
}
