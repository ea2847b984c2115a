//! The plan of a file, read from the timeline document beside it.

use crate::delivery::mix::Mix;
use crate::layout::document::TimelineSound;
use crate::layout::{Chapter, DocumentError, Duck, LeftOut, SoundKind, SoundType, TimelineDocument};

/// The parts of a timeline document that the rows use. Times are frames at `rate`.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedTrack {
    /// Frames a second.
    pub rate: u32,
    /// The total length.
    pub frames: u64,
    /// The end of the last step and its pause.
    pub tail_start: u64,
    /// The stems in the file: full, voice or bed.
    pub mix: Mix,
    /// The name of its preset.
    pub preset: Option<String>,
    /// The loudness of the speech where it is that of a finished recording.
    pub recorded_level: Option<f64>,
    /// What its sound was made of, as a short hash that the file has in its tags.
    pub generation: Option<String>,
    pub guidance: &'static str,
    /// The phrases left out.
    pub left_out: Vec<LeftOut>,
    pub chapters: Vec<Opening>,
    /// The sounds, in order of start.
    pub events: Vec<PlannedSound>,
}

/// The start of a titled part.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    pub title: String,
    pub start: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSound {
    pub kind: SoundType,
    pub id: String,
    pub start: u64,
    pub frames: u64,
    /// Whether it is meant to be softer than the others.
    pub soft: bool,
    /// The onset of the voice in a phrase.
    pub onset: Option<u64>,
    /// The beats of a phrase that is cut into beats.
    pub beats: Vec<BeatSpan>,
    /// The fade-in of a bed.
    pub fade_in: u64,
    /// The fade-out of a bed.
    pub fade_out: u64,
    /// The duck of a bed.
    pub duck: Option<Duck>,
}

/// A beat of a phrase, in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeatSpan {
    pub start: u64,
    pub frames: u64,
}

impl From<&TimelineSound> for PlannedSound {
    fn from(sound: &TimelineSound) -> Self {
        let plain = Self {
            kind: sound.kind.sound_type(),
            id: sound.kind.id(),
            start: sound.start.0,
            frames: sound.frames.0,
            soft: false,
            onset: None,
            beats: Vec::new(),
            fade_in: 0,
            fade_out: 0,
            duck: None,
        };
        if let SoundKind::Phrase { soft, onset, beats, .. } = &sound.kind {
            let beats = beats.iter().map(|beat| BeatSpan { start: beat.start.0, frames: beat.frames.0 });
            Self { soft: *soft, onset: Some(onset.0), beats: beats.collect(), ..plain }
        } else if let SoundKind::Bed { fade_in, fade_out, duck, .. } = &sound.kind {
            Self { fade_in: fade_in.0, fade_out: fade_out.0, duck: Some(*duck), ..plain }
        } else {
            plain
        }
    }
}

impl From<&TimelineDocument> for PlannedTrack {
    fn from(document: &TimelineDocument) -> Self {
        let opening = |chapter: &Chapter| Opening { title: chapter.title.clone(), start: chapter.start.0 };
        Self {
            rate: document.rate.hz(),
            frames: document.frames.0,
            tail_start: document.tail_start.0,
            mix: document.mix.unwrap_or(Mix::Full),
            preset: document.preset.clone(),
            recorded_level: document.recorded_level,
            generation: document.generation.clone(),
            guidance: document.guidance.name(),
            left_out: document.left_out.clone(),
            chapters: document.chapters.iter().map(opening).collect(),
            events: document.events.iter().map(PlannedSound::from).collect(),
        }
    }
}

impl PlannedSound {
    /// Its start and end in seconds.
    pub fn span(&self, rate: u32) -> (f64, f64) {
        seconds(self.start, self.frames, rate)
    }

    /// The ranges in which it sounds, in seconds: the whole, or its beats.
    pub fn stretches(&self, rate: u32) -> Vec<(f64, f64)> {
        match self.beats.as_slice() {
            [] => vec![self.span(rate)],
            beats => beats.iter().map(|beat| seconds(beat.start, beat.frames, rate)).collect(),
        }
    }
}

fn seconds(start: u64, frames: u64, rate: u32) -> (f64, f64) {
    let rate = f64::from(rate);
    (start as f64 / rate, (start + frames) as f64 / rate)
}

impl PlannedTrack {
    /// Reads a timeline document.
    ///
    /// # Errors
    /// Those of [`TimelineDocument::read`].
    pub fn read(json: &[u8]) -> Result<Self, DocumentError> {
        Ok(Self::from(&TimelineDocument::read(json)?))
    }

    /// The events of a kind.
    pub fn events(&self, kind: SoundType) -> impl Iterator<Item = &PlannedSound> {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    /// Whether any event of a kind is audible in this file.
    pub fn has(&self, kind: SoundType) -> bool {
        self.mix_has(kind) && self.events(kind).next().is_some()
    }

    /// Whether the mix of this file includes a kind of event.
    pub fn mix_has(&self, kind: SoundType) -> bool {
        match self.mix {
            Mix::Voice => kind == SoundType::Phrase,
            Mix::Bed => kind == SoundType::Bed,
            Mix::Full => true,
        }
    }

    /// The bells, swells and ticks in the mix of this file.
    pub fn cues(&self) -> impl Iterator<Item = &PlannedSound> {
        self.events.iter().filter(|event| event.kind.is_cue() && self.mix_has(event.kind))
    }

    /// The ranges of speech in seconds, in order.
    pub fn speech(&self) -> Vec<(f64, f64)> {
        if !self.mix_has(SoundType::Phrase) {
            return Vec::new();
        }
        self.events(SoundType::Phrase).flat_map(|phrase| phrase.stretches(self.rate)).collect()
    }

    /// The ranges of speech from which the anchor is computed: of phrases that are not meant to be soft, or of all where all are.
    pub fn anchored_speech(&self) -> Vec<(f64, f64)> {
        let usual = self.events(SoundType::Phrase).filter(|phrase| !phrase.soft);
        let spans: Vec<_> = usual.flat_map(|phrase| phrase.stretches(self.rate)).collect();
        if spans.is_empty() { self.speech() } else { spans }
    }

    /// The gaps in speech of at least `least` seconds, in seconds, including those at the start and the end.
    pub fn pauses(&self, least: f64) -> Vec<(f64, f64)> {
        let speech = self.speech();
        let end = self.frames as f64 / f64::from(self.rate);
        let starts = std::iter::once(0.0).chain(speech.iter().map(|span| span.1));
        let ends = speech.iter().map(|span| span.0).chain([end]);
        starts.zip(ends).filter(|(from, to)| to - from >= least).collect()
    }

    /// The phrase, or else the cue, at a time.
    pub fn sound_at(&self, seconds: f64) -> Option<String> {
        let here = |event: &&PlannedSound| {
            let (from, to) = event.span(self.rate);
            event.kind != SoundType::Bed && self.mix_has(event.kind) && from <= seconds && seconds < to
        };
        let mut found: Vec<_> = self.events.iter().filter(here).collect();
        found.sort_by_key(|event| event.kind != SoundType::Phrase);
        found.first().map(|event| event.id.clone())
    }

    /// The ranges with a bed, without its fades, in seconds.
    pub fn beds(&self) -> Vec<(f64, f64)> {
        let rate = f64::from(self.rate);
        let span = |bed: &PlannedSound| {
            let (from, to) = bed.span(self.rate);
            (from + bed.fade_in as f64 / rate, to - bed.fade_out as f64 / rate)
        };
        self.events(SoundType::Bed).map(span).filter(|(from, to)| from < to).collect()
    }

    /// The start of the first and the end of the last sound that is not a bed. A bell counts only with its strike, as
    /// its ring decays.
    pub fn foreground(&self) -> Option<(f64, f64)> {
        let foreground =
            || self.events.iter().filter(|event| event.kind != SoundType::Bed && self.mix_has(event.kind));
        let first = foreground().map(|event| event.span(self.rate).0).reduce(f64::min)?;
        let end = |event: &PlannedSound| {
            let (from, to) = event.span(self.rate);
            if event.kind == SoundType::BELL { from } else { to }
        };
        Some((first, foreground().map(end).fold(0.0, f64::max)))
    }
}
