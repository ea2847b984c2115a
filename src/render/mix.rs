//! The mix: stems summed in one order, (voice + cues) + bed, window by window.

use std::ops::Range;

use super::bed::{BedScratch, BedTrack};
use super::cue::CueTrack;
use super::voice::VoiceTrack;
use crate::asset::bed::WINDOW;
use crate::asset::{ClipShelf, SoundError, Store};
use crate::delivery::mix::Mix;
use crate::layout::Timeline;
use crate::script::course::Course;
use crate::script::voice::Chain;
use crate::unit::{Frames, Gain, Position};

/// Blocks within a window: small enough for the scratch of a thread to stay near its core, here and on the way through
/// limiter and encoder.
const BLOCK: usize = 8_192;

/// One window of a track. Its buffers are used again for a later one.
#[derive(Default)]
pub struct Window {
    /// Left and right: the mix, or, where the stems are kept apart, the bed alone.
    base: [Vec<f32>; 2],
    /// What is kept apart.
    apart: Option<Apart>,
}

/// What sounds before the bed, where it is kept apart. The voice is in the middle, so one plane holds it.
#[derive(Default)]
struct Apart {
    voice: Vec<f32>,
    cues: [Vec<f32>; 2],
    /// Whether voice and cues sound in each block.
    sounds: Vec<[bool; 2]>,
}

/// A part of a window.
pub struct Block<'a> {
    /// Left and right of the sum.
    pub mix: [&'a [f32]; 2],
    /// What was summed, where it was asked for.
    pub stems: Option<Stems<'a>>,
}

/// The stems of a block, each left and right, with the final gain in them: their sum, (voice + cues) + bed, is the mix.
#[derive(Clone, Copy)]
pub struct Stems<'a> {
    /// The voice.
    pub voice: [&'a [f32]; 2],
    /// Bells and breath.
    pub cues: [&'a [f32]; 2],
    /// The bed.
    pub bed: [&'a [f32]; 2],
}

impl Window {
    /// Makes room for so many frames.
    fn resize(&mut self, frames: usize, with_stems: bool) {
        self.apart = with_stems.then(|| self.apart.take().unwrap_or_default());
        self.base.iter_mut().for_each(|plane| plane.resize(frames, 0.0));
        if let Some(Apart { voice, cues: [left, right], sounds }) = &mut self.apart {
            for plane in [voice, left, right] {
                plane.resize(frames, 0.0);
            }
            sounds.clear();
        }
    }

    /// How many blocks it has.
    pub fn blocks(&self) -> usize {
        self.base[0].len().div_ceil(BLOCK)
    }

    /// Block `index`; `room` holds the sum where the stems are apart.
    pub fn block<'a>(&'a self, index: usize, room: &'a mut [Vec<f32>; 2]) -> Block<'a> {
        let range = index * BLOCK..self.base[0].len().min((index + 1) * BLOCK);
        let base = self.base.each_ref().map(|plane| &plane[range.clone()]);
        let Some(Apart { voice, cues, sounds }) = &self.apart else {
            return Block { mix: base, stems: None };
        };
        let (voice, cues) = (&voice[range.clone()], cues.each_ref().map(|plane| &plane[range.clone()]));
        let [speaks, rings] = sounds[index];
        for (room, base) in room.iter_mut().zip(base) {
            room.clear();
            room.extend_from_slice(base);
        }
        let foreground = Foreground { voice: speaks.then_some(voice), cues: rings.then_some(cues) };
        foreground.add_to(room.each_mut().map(Vec::as_mut_slice));
        let stems = Stems { voice: [voice, voice], cues, bed: base };
        Block { mix: [&room[0], &room[1]], stems: Some(stems) }
    }
}

/// A timeline with its sounds, ready to be rendered.
pub struct Mixdown<'a> {
    frames: Frames,
    voice: VoiceTrack<'a>,
    cues: CueTrack<'a>,
    bed: BedTrack,
    mix: Mix,
}

/// Room for one block of voice and cues.
struct Scratch {
    voice: Vec<f32>,
    cues: [Vec<f32>; 2],
}

/// What sounds before the bed in one block; `None` is silence.
struct Foreground<'s> {
    voice: Option<&'s [f32]>,
    cues: Option<[&'s [f32]; 2]>,
}

impl<'a> Mixdown<'a> {
    /// Opens every sound of a timeline.
    ///
    /// # Errors
    /// [`SoundError`] if a bell or a bed cannot be opened; clips are fetched when they are needed.
    pub fn open(
        timeline: &Timeline,
        store: &'a Store<'a>,
        course: &Course,
        chain: Chain,
        mix: Mix,
    ) -> Result<Self, SoundError> {
        Ok(Self {
            frames: timeline.frames,
            voice: VoiceTrack::new(timeline, ClipShelf::new(store, chain), store)?,
            cues: CueTrack::new(timeline, store, course)?,
            bed: BedTrack::new(timeline, store, course)?,
            mix,
        })
    }

    /// The length of the whole.
    pub fn frames(&self) -> Frames {
        self.frames
    }

    /// How many windows there are; the last may be short.
    pub fn windows(&self) -> u64 {
        self.frames.0.div_ceil(WINDOW)
    }

    /// Renders window `index` with a constant gain on every stem.
    ///
    /// # Errors
    /// [`SoundError`] if a recording has gone or changed.
    pub fn window(
        &self,
        index: u64,
        gain: Gain,
        with_stems: bool,
        window: &mut Window,
    ) -> Result<(), SoundError> {
        let frames = (self.frames.0 - index * WINDOW).min(WINDOW) as usize;
        window.resize(frames, with_stems);
        let mut scratch = Scratch { voice: vec![0.0; BLOCK], cues: [vec![0.0; BLOCK], vec![0.0; BLOCK]] };
        let mut bed = BedScratch::default();
        for start in (0..frames).step_by(BLOCK) {
            let range = start..(start + BLOCK).min(frames);
            let from = Position(index * WINDOW + start as u64);
            // The bed fills the buffers that become the mix.
            let mut base = window.base.each_mut().map(|plane| &mut plane[range.clone()]);
            let [left, right] = &mut base;
            if self.mix == Mix::Voice || !self.bed.write(from, gain, left, right, &mut bed)? {
                base.iter_mut().for_each(|plane| plane.fill(0.0));
            }
            let foreground = self.foreground(from, range.len(), gain, &mut scratch)?;
            match &mut window.apart {
                Some(apart) => foreground.copy_to(apart, range),
                None => foreground.add_to(base),
            }
        }
        Ok(())
    }

    /// Voice and cues of one block.
    fn foreground<'s>(
        &self,
        from: Position,
        frames: usize,
        gain: Gain,
        scratch: &'s mut Scratch,
    ) -> Result<Foreground<'s>, SoundError> {
        let voice = &mut scratch.voice[..frames];
        let [left, right] = scratch.cues.each_mut().map(|plane| &mut plane[..frames]);
        let speaks = self.mix != Mix::Bed && self.voice.write(from, voice)?;
        let rings = self.mix == Mix::Full && self.cues.write(from, left, right)?;
        if speaks {
            amplify(voice, gain);
        }
        if rings {
            amplify(left, gain);
            amplify(right, gain);
        }
        Ok(Foreground { voice: speaks.then_some(voice), cues: rings.then_some([left, right]) })
    }
}

impl Foreground<'_> {
    /// Keeps a block apart from the bed.
    fn copy_to(&self, apart: &mut Apart, range: Range<usize>) {
        copy(self.voice, &mut apart.voice[range.clone()]);
        for (channel, plane) in apart.cues.iter_mut().enumerate() {
            copy(self.cues.map(|cues| cues[channel]), &mut plane[range.clone()]);
        }
        apart.sounds.push([self.voice.is_some(), self.cues.is_some()]);
    }

    /// Adds voice and cues, summed first, to the bed.
    fn add_to(&self, beds: [&mut [f32]; 2]) {
        for (channel, bed) in beds.into_iter().enumerate() {
            match (self.voice, self.cues.map(|cues| cues[channel])) {
                (Some(voice), Some(cue)) => {
                    bed.iter_mut().zip(voice.iter().zip(cue)).for_each(|(sum, (v, c))| *sum += v + c);
                }
                (Some(alone), None) | (None, Some(alone)) => {
                    bed.iter_mut().zip(alone).for_each(|(sum, sample)| *sum += sample);
                }
                (None, None) => {}
            }
        }
    }
}

fn copy(from: Option<&[f32]>, to: &mut [f32]) {
    match from {
        Some(samples) => to.copy_from_slice(samples),
        None => to.fill(0.0),
    }
}

fn amplify(samples: &mut [f32], gain: Gain) {
    if gain != Gain::UNITY {
        let factor = gain.factor();
        samples.iter_mut().for_each(|sample| *sample *= factor);
    }
}
