//! The facade: open a course, plan a version of an exercise, render it. Command line, tests and other front ends all
//! come through here.
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
mod credits;
mod editor;
mod error;
mod job;
mod measure;
mod name;
mod output;
mod qc;
mod render;
mod stream;
mod trust_store;
mod verify;

use std::path::Path;
use std::sync::Arc;

pub use error::{Error, Request, World};
pub use job::{LengthWish, Lock, PlanJob, RenderJob, TrackFile};
pub use measure::{Measured, measure_file};
pub use output::{OutputName, possible};
pub use qc::{QcJob, qc_file};
pub use render::{Rendered, STEM_NAMES};
pub use stream::STREAM;
pub use trust_store::{TrustError, TrustStore};
pub use verify::{EncodedFault, Verified};

use crate::asset::{Cache, Catalogue, Drafts, Store, gather};
use crate::diag::{Code, Diagnostic, Remedy, Severity, Sink};
use crate::event::Task;
use crate::facts::Facts;
use crate::facts::pace::Pace;
use crate::files::{Files, Trust};
use crate::layout::{Aim, Fit, Length, PartLock, Timeline, Wish, aim, fit, lay_out};
use crate::script::check::known_tracks;
use crate::script::exercise::Script;
use crate::script::language::Language;
use crate::script::session::{Session, Variant};
use crate::script::{Course, check, wording};
use crate::toml::table::list;
use crate::unit::SampleRate;
use crate::unit::literal::print_duration;

/// An open course: its files, what they say, what is known of its sounds, and where made things are kept.
///
/// It owns all of that, and is shared between threads behind an [`Arc`]. Its texts are those of the moment it was
/// opened; a recording that changes is seen by the next plan.
pub struct Engine {
    files: Arc<dyn Files>,
    cache: Cache,
    catalogue: Catalogue,
    course: Course,
    warnings: Vec<Diagnostic>,
}

/// A version of an exercise, laid out.
pub struct Plan {
    /// The session it was laid out from.
    pub session: Session,
    /// What is known of its sounds.
    pub facts: Facts,
    /// The timeline.
    pub timeline: Timeline,
    /// Things to look at; nothing that stops the work.
    pub warnings: Vec<Diagnostic>,
}

impl Engine {
    /// Opens a course and checks all of it. With mistakes there is no engine, only all of them at once.
    ///
    /// # Errors
    /// [`Error::Mistakes`] with every mistake in every file, [`Error::World`] if files cannot be read.
    pub fn open(files: Arc<dyn Files>, cache: Cache) -> Result<Self, Error> {
        let (course, found) = examine(&*files)?;
        if found.iter().any(|found| found.severity == Severity::Error) {
            return Err(Error::Mistakes { found, sources: course.sources });
        }
        Ok(Self { files, cache, catalogue: Catalogue::default(), course, warnings: found })
    }

    /// The same, with programs that its voices name run as far as the course is trusted; else none are.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { catalogue: Catalogue::new(Drafts::trusting(trust)), ..self }
    }

    /// The course.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// What should be looked at in its files.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The script of an id, a track number or a path.
    ///
    /// # Errors
    /// [`Error::Request`] with the nearest names.
    pub fn script(&self, wanted: &str) -> Result<&Script, Error> {
        find_script(&self.course, wanted)
    }

    /// Lays out a version of a script. Missing recordings get predicted lengths.
    ///
    /// # Errors
    /// [`Error::Mistakes`] if it cannot be laid out, [`Error::Request`] if there is no such version, [`Error::World`] if
    /// files cannot be read, [`Error::Stopped`].
    pub fn plan(&self, job: &PlanJob, task: &Task<'_>) -> Result<Plan, Error> {
        let script = self.script(&job.script)?;
        let PlanJob { variant, wish, .. } = job;
        let lock = self.lock(script, job, task)?;
        let sink = Sink::new();
        let length = match &lock {
            Some(lock) => Some(Length::Exactly(lock.frames.time(lock.rate))),
            None => wish.length,
        };
        let session = self.session(script, variant, &sink)?;
        let length = choose_length(script, length, wish.anyway, &sink);
        if sink.has_errors() {
            return Err(self.mistakes(&sink));
        }
        let facts = self.facts(&session, task, &sink)?;
        let wish = lock.as_ref().map_or(Wish::Length(length), Wish::Locked);
        match lay_out(&session, &facts, wish, &sink) {
            Some(timeline) if !sink.has_errors() => {
                Ok(Plan { session, facts, timeline, warnings: sink.into_sorted() })
            }
            _ => Err(self.mistakes(&sink)),
        }
    }

    /// How long a version of a script can be, and whether it can be so long as the job asks for.
    ///
    /// # Errors
    /// As [`Engine::plan`], but for lengths that cannot be.
    pub fn fit(&self, job: &PlanJob, task: &Task<'_>) -> Result<Fitting, Error> {
        let sink = Sink::new();
        let session = self.session(self.script(&job.script)?, &job.variant, &sink)?;
        let facts = self.facts(&session, task, &sink)?;
        let fit = fit(&session, &facts);
        let aim = match job.wish.length {
            Some(Length::Exactly(target)) => Some(aim(&session, &facts, target.frames(facts.rate))),
            Some(Length::Natural) | None => None,
        };
        Ok(Fitting { fit, aim, session, rate: facts.rate })
    }

    fn session(&self, script: &Script, variant: &Variant, sink: &Sink) -> Result<Session, Error> {
        if let Some(bed) = variant.bed.as_deref().filter(|bed| *bed != "none") {
            self.bed_exists(bed)?;
        }
        let session = Session::build(&self.course, script, variant, sink);
        session.filter(|_| !sink.has_errors()).ok_or_else(|| self.mistyped(variant, sink))
    }

    fn facts(&self, session: &Session, task: &Task<'_>, sink: &Sink) -> Result<Facts, Error> {
        let store = self.store(session.preset.rate);
        let facts = gather(&store, &self.course, session, task, sink)?;
        if task.is_cancelled() {
            return Err(Error::Stopped);
        }
        if sink.has_errors() { Err(self.mistakes(sink)) } else { Ok(facts) }
    }

    /// The version whose parts this one starts with, if that is wished.
    fn lock(&self, script: &Script, job: &PlanJob, task: &Task<'_>) -> Result<Option<PartLock>, Error> {
        let PlanJob { variant, wish, .. } = job;
        match &wish.lock {
            None => Ok(None),
            Some(Lock::Language(language)) => {
                let own = script.language.as_ref().map(|own| &own.value);
                if variant.language.as_ref().or(own) == Some(language) {
                    return Err(Request::OwnLanguage(language.clone()).into());
                }
                let other = Variant { language: Some(language.clone()), voice: None, ..variant.clone() };
                let wish = LengthWish { lock: None, ..wish.clone() };
                let plan = self.plan(&PlanJob { script: job.script.clone(), variant: other, wish }, task)?;
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
                match wish.length {
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

    fn mistakes(&self, sink: &Sink) -> Error {
        Error::Mistakes { found: sink.sorted(), sources: self.course.sources.clone() }
    }

    /// A version that does not exist is wrong usage where somebody asked for it, and a mistake where a file did.
    fn mistyped(&self, variant: &Variant, sink: &Sink) -> Error {
        let found = sink.sorted();
        let asked = found.iter().find(|found| match found.code {
            Code::UnknownLanguage => variant.language.is_some(),
            Code::UnknownVoice => variant.voice.is_some(),
            Code::UnknownLevel => variant.guidance.is_some(),
            Code::UnknownPreset => variant.preset.is_some(),
            Code::UnknownChoice => !variant.choices.is_empty(),
            _ => false,
        });
        match asked {
            Some(asked) => Request::Version(Box::new(asked.clone())).into(),
            None => Error::Mistakes { found, sources: self.course.sources.clone() },
        }
    }

    fn bed_exists(&self, bed: &str) -> Result<(), Error> {
        if self.course.ambiences.contains_key(bed) {
            return Ok(());
        }
        let known = self.course.ambiences.keys().map(String::as_str);
        let near = crate::diag::nearest(bed, known.clone()).map(str::to_owned);
        let known = format!("there is {}", list(known.chain(["none"])));
        Err(Request::Unknown { kind: "bed", name: bed.to_owned(), near, known }.into())
    }

    /// Whether no recording of this plan is cut off or damaged.
    ///
    /// # Errors
    /// [`Error::Mistakes`] with each that is.
    pub fn require_whole(&self, plan: &Plan) -> Result<(), Error> {
        let sink = Sink::new();
        for warning in plan.warnings.iter().filter(|warning| warning.code == Code::DamagedSound) {
            sink.emit(Diagnostic { severity: Severity::Error, ..warning.clone() });
        }
        if sink.has_errors() { Err(self.mistakes(&sink)) } else { Ok(()) }
    }

    /// Whether every phrase this plan speaks has a recording; if not, one mistake that lists what is missing.
    ///
    /// # Errors
    /// [`Error::Mistakes`].
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
        let mistake = Diagnostic::error(Code::MissingClip, first.span, message)
            .label(if count == 1 { "this one" } else { "this one first" })
            .note(format!("missing below {}/: {}", voice.folder(), paths.join(", ")))
            .help("record them under these names (wav, flac, aiff, caf, ogg, opus, mp3 or m4a)")
            .help(Remedy::Voice)
            .help(Remedy::Draft);
        let sink = Sink::new();
        sink.emit(mistake);
        Err(self.mistakes(&sink))
    }
}

/// How long a version can be.
pub struct Fitting {
    /// The session.
    pub session: Session,
    /// Its least, natural and most length.
    pub fit: Fit,
    /// The length that was asked for, if one was.
    pub aim: Option<Aim>,
    /// Frames a second.
    pub rate: SampleRate,
}

/// The length of a version. Outside the author's limits it is refused, unless it is wanted anyway.
fn choose_length(script: &Script, length: Option<Length>, anyway: bool, sink: &Sink) -> Length {
    let Some(limits) = script.length else { return length.unwrap_or(Length::Natural) };
    let length = length.unwrap_or(Length::Exactly(limits.usual));
    if let Length::Exactly(wanted) = length {
        let nearest = wanted.clamp(limits.least, limits.most);
        if nearest != wanted && !anyway {
            let message =
                format!("its author does not mean this exercise to last {}", print_duration(wanted));
            let outside = Diagnostic::error(Code::NoLength, limits.span, message).label(format!(
                "from {} to {}",
                print_duration(limits.least),
                print_duration(limits.most)
            ));
            sink.emit(outside.help(Remedy::Length(nearest)).help(Remedy::Anyway));
        }
    }
    length
}

/// Reads and checks a whole course: the course as far as it can be understood, and everything that was found.
///
/// # Errors
/// [`Error::Request`] if there is no course, [`Error::World`] if a file cannot be read.
pub fn examine(files: &dyn Files) -> Result<(Course, Vec<Diagnostic>), Error> {
    let sink = Sink::new();
    let course = Course::open(files, &sink)?;
    check(&course, &|path| files.exists(Path::new(path)), &sink);
    Ok((course, sink.into_sorted()))
}

/// Reviews how a checked course speaks: warnings by the rules of wording (docs/craft.md), in the order of files.
pub fn review(course: &Course) -> Vec<Diagnostic> {
    let sink = Sink::new();
    let length = |language: &Language, text: &str| Pace::usual(language).length(text);
    wording::review(course, &length, &sink);
    sink.into_sorted()
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
        let near = crate::diag::nearest(id, known.clone()).map(str::to_owned);
        let known = if course.scripts.is_empty() {
            "scripts/ holds none yet".to_owned()
        } else {
            format!("there is {}", list(known))
        };
        Request::Unknown { kind: "script", name: id.to_owned(), near, known }.into()
    })
}
