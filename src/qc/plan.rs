//! The plan of a file as the timeline document beside it tells it: what should sound where.

use crate::delivery::mix::Mix;
use crate::layout::document::{Duck, SoundKind, TimelineSound};
use crate::layout::{Chapter, DocumentError, LeftOut, TimelineDocument};

/// What the rows ask of a timeline document. Times are frames at `rate`.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedTrack {
    /// Frames a second.
    pub rate: u32,
    /// The whole length.
    pub frames: u64,
    /// Where the last step is over, with the silence it asks for.
    pub tail_start: u64,
    /// Which stems the file has: full, voice or bed.
    pub mix: &'static str,
    /// The name of the preset it was made by.
    pub preset: Option<String>,
    /// The guidance level.
    pub guidance: &'static str,
    /// The phrases that were omitted.
    pub left_out: Vec<LeftOut>,
    /// The titled parts.
    pub chapters: Vec<Opening>,
    /// What sounds, in order of start.
    pub events: Vec<PlannedSound>,
}

/// Where a titled part begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The title.
    pub title: String,
    /// The frame.
    pub start: u64,
}

/// One sound.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSound {
    /// phrase, bell, breath, step or bed.
    pub kind: &'static str,
    /// Which one.
    pub id: String,
    /// Where it begins.
    pub start: u64,
    /// How long it lasts.
    pub frames: u64,
    /// Left alone by levelling.
    pub soft: bool,
    /// Where the voice begins in a phrase.
    pub onset: Option<u64>,
    /// The stretches of a phrase that is cut into beats.
    pub beats: Vec<BeatSpan>,
    /// How a bed comes.
    pub fade_in: u64,
    /// How it goes.
    pub fade_out: u64,
    /// How a bed makes way for the voice.
    pub duck: Option<Duck>,
}

/// A stretch, in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeatSpan {
    /// Where it begins.
    pub start: u64,
    /// How long it is.
    pub frames: u64,
}

impl From<&TimelineSound> for PlannedSound {
    fn from(sound: &TimelineSound) -> Self {
        let plain = Self {
            kind: sound.kind.name(),
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
        match &sound.kind {
            SoundKind::Phrase { soft, onset, beats, .. } => {
                let beats = beats.iter().map(|beat| BeatSpan { start: beat.start.0, frames: beat.frames.0 });
                Self { soft: *soft, onset: Some(onset.0), beats: beats.collect(), ..plain }
            }
            SoundKind::Bed { fade_in, fade_out, duck, .. } => {
                Self { fade_in: fade_in.0, fade_out: fade_out.0, duck: Some(*duck), ..plain }
            }
            SoundKind::Bell { .. } | SoundKind::Breath { .. } | SoundKind::Step { .. } => plain,
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
            mix: document.mix.unwrap_or(Mix::Full).name(),
            preset: document.preset.clone(),
            guidance: document.guidance.name(),
            left_out: document.left_out.clone(),
            chapters: document.chapters.iter().map(opening).collect(),
            events: document.events.iter().map(PlannedSound::from).collect(),
        }
    }
}

impl PlannedSound {
    fn is_cue(&self) -> bool {
        self.kind != "phrase" && self.kind != "bed"
    }

    /// Where it begins and ends, in seconds.
    pub fn span(&self, rate: u32) -> (f64, f64) {
        seconds(self.start, self.frames, rate)
    }

    /// The stretches in which it sounds, in seconds: all of it, or its beats.
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
    /// Reads the document beside a file.
    ///
    /// # Errors
    /// Those of [`TimelineDocument::read`].
    pub fn read(json: &[u8]) -> Result<Self, DocumentError> {
        Ok(Self::from(&TimelineDocument::read(json)?))
    }

    /// The events of a kind.
    pub fn events(&self, kind: &str) -> impl Iterator<Item = &PlannedSound> {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    /// Whether anything of a kind sounds in this file.
    pub fn has(&self, kind: &str) -> bool {
        self.mix_has(kind) && self.events(kind).next().is_some()
    }

    /// Whether the mix of this file has sounds of a kind.
    pub fn mix_has(&self, kind: &str) -> bool {
        match self.mix {
            "voice" => kind == "phrase",
            "bed" => kind == "bed",
            _ => true,
        }
    }

    /// What the mix of this file has beside the voice and the bed: bells, swells, ticks.
    pub fn cues(&self) -> impl Iterator<Item = &PlannedSound> {
        self.events.iter().filter(|event| event.is_cue() && self.mix_has(event.kind))
    }

    /// Where the voice sounds, in seconds, in order.
    pub fn speech(&self) -> Vec<(f64, f64)> {
        if !self.mix_has("phrase") {
            return Vec::new();
        }
        self.events("phrase").flat_map(|phrase| phrase.stretches(self.rate)).collect()
    }

    /// The stretches between speech of at least `least` seconds, in seconds, from the start to the end.
    pub fn pauses(&self, least: f64) -> Vec<(f64, f64)> {
        let speech = self.speech();
        let end = self.frames as f64 / f64::from(self.rate);
        let starts = std::iter::once(0.0).chain(speech.iter().map(|span| span.1));
        let ends = speech.iter().map(|span| span.0).chain([end]);
        starts.zip(ends).filter(|(from, to)| to - from >= least).collect()
    }

    /// The phrase, or else the cue, that sounds at a time.
    pub fn sound_at(&self, seconds: f64) -> Option<String> {
        let here = |event: &&PlannedSound| {
            let (from, to) = event.span(self.rate);
            event.kind != "bed" && self.mix_has(event.kind) && from <= seconds && seconds < to
        };
        let mut found: Vec<_> = self.events.iter().filter(here).collect();
        found.sort_by_key(|event| event.kind != "phrase");
        found.first().map(|event| event.id.clone())
    }

    /// The stretches in which a bed is heard, without the time in which it comes and goes, in seconds.
    pub fn beds(&self) -> Vec<(f64, f64)> {
        let rate = f64::from(self.rate);
        let span = |bed: &PlannedSound| {
            let (from, to) = bed.span(self.rate);
            (from + bed.fade_in as f64 / rate, to - bed.fade_out as f64 / rate)
        };
        self.events("bed").map(span).filter(|(from, to)| from < to).collect()
    }

    /// When the first sound that is no bed begins, and the last ends; a bell ends when it is struck, as its ring dies
    /// away by itself.
    pub fn foreground(&self) -> Option<(f64, f64)> {
        let heard = || self.events.iter().filter(|event| event.kind != "bed" && self.mix_has(event.kind));
        let first = heard().map(|event| event.span(self.rate).0).reduce(f64::min)?;
        let end = |event: &PlannedSound| {
            let (from, to) = event.span(self.rate);
            if event.kind == "bell" { from } else { to }
        };
        Some((first, heard().map(end).fold(0.0, f64::max)))
    }
}
