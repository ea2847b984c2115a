//! The facade: open a course, plan a version of an exercise, render it. Command line, tests and other front ends all
//! come through here.

mod beside;
mod credits;
mod editor;
mod failure;
mod measure;
mod name;
mod output;
mod qc;
mod render;
mod verify;

use std::path::Path;

pub use editor::{export_audacity, export_reaper};
pub use failure::Failure;
pub use measure::{Measured, measure_file};
pub use output::{Destination, OutputName, possible};
pub use qc::{QcJob, qc_file};
pub use render::{Output, RenderJob, Rendered, STEM_NAMES, render};
pub use verify::Verified;

use crate::asset::{Cache, Drafts, Store, gather};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::event::Listener;
use crate::facts::Facts;
use crate::facts::pace::Pace;
use crate::files::{Files, Trust};
use crate::layout::{Aim, Fit, Length, PartLock, Timeline, Wish, aim, fit, lay_out};
use crate::script::check::known_tracks;
use crate::script::exercise::Script;
use crate::script::language::Language;
use crate::script::session::{Session, Variant};
use crate::script::{Course, CourseError, check, wording};
use crate::unit::literal::print_duration;
use crate::unit::{SampleRate, Seconds};

/// An open course: its files, what they say, and where made things are kept.
pub struct Workshop<'a> {
    files: &'a dyn Files,
    cache: Cache,
    drafts: Drafts,
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

impl<'a> Workshop<'a> {
    /// Opens a course and checks all of it. With mistakes there is no workshop, only all of them at once.
    ///
    /// # Errors
    /// [`Failure::Mistakes`] with every mistake in every file, [`Failure::World`] if files cannot be read.
    pub fn open(files: &'a dyn Files, cache: Cache) -> Result<Self, Failure> {
        let (course, found) = examine(files)?;
        if found.iter().any(|found| found.severity == Severity::Error) {
            return Err(Failure::Mistakes { found, sources: course.sources });
        }
        Ok(Self { files, cache, drafts: Drafts::default(), course, warnings: found })
    }

    /// The same, with programs that its voices name run as far as the course is trusted; else none are.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { drafts: Drafts::trusting(trust), ..self }
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
    /// [`Failure::Usage`] with the nearest names.
    pub fn script(&self, wanted: &str) -> Result<&Script, Failure> {
        find_script(&self.course, wanted)
    }

    /// Lays out a version of a script. Missing recordings get predicted lengths.
    ///
    /// # Errors
    /// [`Failure::Mistakes`] if it cannot be laid out, [`Failure::Usage`] if there is no such version,
    /// [`Failure::World`] if files cannot be read, [`Failure::Stopped`].
    pub fn plan(
        &self,
        script: &Script,
        variant: &Variant,
        wish: LengthWish,
        listener: &dyn Listener,
    ) -> Result<Plan, Failure> {
        let lock = self.lock(script, variant, &wish, listener)?;
        let sink = Sink::new();
        let length = match &lock {
            Some(lock) => LengthWish { length: Some(Length::Exactly(lock.frames.time(lock.rate))), ..wish },
            None => wish,
        };
        let session = self.session(script, variant, &sink)?;
        let length = choose_length(script, &length, &sink);
        if sink.has_errors() {
            return Err(self.mistakes(&sink));
        }
        let facts = self.facts(&session, listener, &sink)?;
        let wish = lock.as_ref().map_or(Wish::Length(length), Wish::Locked);
        match lay_out(&session, &facts, wish, &sink) {
            Some(timeline) if !sink.has_errors() => {
                Ok(Plan { session, facts, timeline, warnings: sink.into_sorted() })
            }
            _ => Err(self.mistakes(&sink)),
        }
    }

    /// How long a version of a script can be, and whether it can be so long as is wished.
    ///
    /// # Errors
    /// As [`Workshop::plan`], but for lengths that cannot be.
    pub fn fit(
        &self,
        script: &Script,
        variant: &Variant,
        target: Option<Seconds>,
        listener: &dyn Listener,
    ) -> Result<Fitting, Failure> {
        let sink = Sink::new();
        let session = self.session(script, variant, &sink)?;
        let facts = self.facts(&session, listener, &sink)?;
        let fit = fit(&session, &facts);
        let aim = target.map(|target| aim(&session, &facts, target.frames(facts.rate)));
        Ok(Fitting { fit, aim, session, rate: facts.rate })
    }

    fn session(&self, script: &Script, variant: &Variant, sink: &Sink) -> Result<Session, Failure> {
        if let Some(bed) = variant.bed.as_deref().filter(|bed| *bed != "none") {
            self.bed_exists(bed)?;
        }
        let session = Session::build(&self.course, script, variant, sink);
        session.filter(|_| !sink.has_errors()).ok_or_else(|| self.mistyped(variant, sink))
    }

    fn facts(&self, session: &Session, listener: &dyn Listener, sink: &Sink) -> Result<Facts, Failure> {
        let store = self.store(session.preset.rate);
        let facts = gather(&store, &self.course, session, listener, sink).map_err(Failure::world)?;
        if listener.wants_stop() {
            return Err(Failure::Stopped);
        }
        if sink.has_errors() { Err(self.mistakes(sink)) } else { Ok(facts) }
    }

    /// The version whose parts this one starts with, if that is wished.
    fn lock(
        &self,
        script: &Script,
        variant: &Variant,
        wish: &LengthWish,
        listener: &dyn Listener,
    ) -> Result<Option<PartLock>, Failure> {
        match &wish.lock {
            None => Ok(None),
            Some(Lock::Language(language)) => {
                let own = script.language.as_ref().map(|own| &own.value);
                if variant.language.as_ref().or(own) == Some(language) {
                    let message =
                        format!("--lock-parts {language} follows the same language; name another one");
                    return Err(Failure::Usage(message));
                }
                let other = Variant { language: Some(language.clone()), voice: None, ..variant.clone() };
                let plan = self.plan(script, &other, LengthWish { lock: None, ..wish.clone() }, listener)?;
                Ok(Some(PartLock::of(&plan.timeline, &format!("`{language}`"))))
            }
            Some(Lock::Timeline { name, text }) => {
                let usage = |why: String| {
                    Failure::Usage(format!("{name} {why}; name the timeline.json beside an output"))
                };
                let lock = PartLock::read(text, name).map_err(usage)?;
                if lock.script != script.id {
                    return Err(usage(format!("is a timeline of `{}`, not of `{}`", lock.script, script.id)));
                }
                let own = variant.guidance.unwrap_or(script.levels[0]).name();
                if lock.guidance != own {
                    let wanted = &lock.guidance;
                    let message = format!(
                        "{name} has {wanted} guidance and this version {own}; add --guidance {wanted}"
                    );
                    return Err(Failure::Usage(message));
                }
                match wish.length {
                    Some(Length::Exactly(length)) if length.frames(lock.rate) != lock.frames => {
                        Err(Failure::Usage(format!(
                            "{name} lasts {:.3} s and --length asks for {}; leave --length out",
                            lock.frames.seconds(lock.rate),
                            print_duration(length)
                        )))
                    }
                    _ => Ok(Some(lock)),
                }
            }
        }
    }

    fn store(&self, rate: SampleRate) -> Store<'_> {
        Store::new(self.files, &self.drafts, self.cache.clone(), rate)
    }

    fn mistakes(&self, sink: &Sink) -> Failure {
        Failure::Mistakes { found: sink.sorted(), sources: self.course.sources.clone() }
    }

    /// A version that does not exist is wrong usage where somebody asked for it, and a mistake where a file did.
    fn mistyped(&self, variant: &Variant, sink: &Sink) -> Failure {
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
            Some(asked) => Failure::Usage(format!("{}; {}", asked.message, asked.helps.join("; "))),
            None => Failure::Mistakes { found, sources: self.course.sources.clone() },
        }
    }

    fn bed_exists(&self, bed: &str) -> Result<(), Failure> {
        if self.course.ambiences.contains_key(bed) {
            return Ok(());
        }
        let known = self.course.ambiences.keys().map(String::as_str);
        Err(Failure::Usage(match crate::diag::nearest(bed, known.clone()) {
            Some(near) => format!("there is no bed `{bed}`; did you mean `{near}`?"),
            None => format!(
                "there is no bed `{bed}`; there is {}",
                crate::toml::table::list(known.chain(["none"]))
            ),
        }))
    }

    /// Whether every phrase this plan speaks has a recording; if not, one mistake that lists what is missing.
    ///
    /// # Errors
    /// [`Failure::Mistakes`].
    pub fn require_clips(&self, plan: &Plan) -> Result<(), Failure> {
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
            .help("record them under these names (wav, flac, ogg, opus, mp3 or m4a), choose another --voice, or hear them spoken by a machine with --draft");
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

/// How long somebody wants a version to be.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LengthWish {
    /// The length; `None` for the usual one of the script, or its natural one where it names none.
    pub length: Option<Length>,
    /// Whatever the author allows.
    pub anyway: bool,
    /// The version whose parts it starts with.
    pub lock: Option<Lock>,
}

/// A version whose parts another one starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// The same version in another language.
    Language(Language),
    /// The timeline of an output.
    Timeline {
        /// What it is called in messages.
        name: String,
        /// The JSON document.
        text: String,
    },
}

/// The length of a version. Outside the author's limits it is refused, unless it is wanted anyway.
fn choose_length(script: &Script, wish: &LengthWish, sink: &Sink) -> Length {
    let Some(limits) = script.length else { return wish.length.unwrap_or(Length::Natural) };
    let length = wish.length.unwrap_or(Length::Exactly(limits.usual));
    if let Length::Exactly(wanted) = length {
        let nearest = wanted.clamp(limits.least, limits.most);
        if nearest != wanted && !wish.anyway {
            let message =
                format!("its author does not mean this exercise to last {}", print_duration(wanted));
            let outside = Diagnostic::error(Code::NoLength, limits.span, message).label(format!(
                "from {} to {}",
                print_duration(limits.least),
                print_duration(limits.most)
            ));
            let nearest = print_duration(nearest);
            sink.emit(outside.help(format!(
                "the nearest is --length {nearest}; --anyway makes it all the same and marks the file"
            )));
        }
    }
    length
}

/// Reads and checks a whole course: the course as far as it can be understood, and everything that was found.
///
/// # Errors
/// [`Failure::Usage`] if there is no course, [`Failure::World`] if a file cannot be read.
pub fn examine(files: &dyn Files) -> Result<(Course, Vec<Diagnostic>), Failure> {
    let sink = Sink::new();
    let course = Course::open(files, &sink).map_err(|error| match error {
        CourseError::NoCourse => Failure::Usage(error.to_string()),
        CourseError::File(error) => Failure::world(error),
    })?;
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
/// [`Failure::Usage`] with the nearest names.
pub fn find_script<'c>(course: &'c Course, wanted: &str) -> Result<&'c Script, Failure> {
    if let Ok(track) = wanted.parse::<u32>() {
        let found = course
            .scripts
            .values()
            .find(|script| script.track.as_ref().is_some_and(|own| own.value == track));
        return found.ok_or_else(|| {
            let tracks = course.scripts.values().filter_map(|script| Some(script.track.as_ref()?.value));
            Failure::Usage(format!("there is no track {track}; {}", known_tracks(tracks)))
        });
    }
    let name = Path::new(wanted).file_name().and_then(|name| name.to_str()).unwrap_or(wanted);
    let id = name.strip_suffix(".toml").unwrap_or(name);
    course.scripts.get(id).ok_or_else(|| {
        let known = course.scripts.keys().map(String::as_str);
        Failure::Usage(match crate::diag::nearest(id, known.clone()) {
            Some(near) => format!("there is no script `{id}`; did you mean `{near}`?"),
            None if course.scripts.is_empty() => {
                format!("there is no script `{id}`; scripts/ holds none yet")
            }
            None => format!("there is no script `{id}`; there is {}", crate::toml::table::list(known)),
        })
    })
}
