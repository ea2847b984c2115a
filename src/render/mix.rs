//! The mix: stems summed in a fixed order, (voice + cues) + bed, window by window.

use std::ops::Range;

use super::bed::{BedScratch, BedTrack};
use super::cue::CueTrack;
use super::mixed::{MixedSounds, MixedTrack};
use super::voice::VoiceTrack;
use crate::asset::bed::WINDOW;
use crate::asset::{ClipShelf, SoundError, Store};
use crate::delivery::mix::Mix;
use crate::layout::Timeline;
use crate::script::course::Course;
use crate::script::voice::Chain;
use crate::unit::{Frames, Gain, Position};

/// Frames per block of a window: small enough for a thread's buffers to stay in its cache, here and through limiter
/// and encoder.
const BLOCK: usize = 8_192;

/// One window of a track. Its buffers are reused for later windows.
#[derive(Default)]
pub struct MixWindow {
    /// Left and right: the whole mix, or only the bed where the stems are kept separate.
    base: [Vec<f32>; 2],
    /// The other stems, where they are kept separate.
    separate: Option<SeparateStems>,
}

/// Voice and cues, kept separate from the bed. The voice is centred, so one plane holds it.
#[derive(Default)]
struct SeparateStems {
    voice: Vec<f32>,
    cues: [Vec<f32>; 2],
    /// For each block, whether the voice and the cues sound in it.
    sounds: Vec<[bool; 2]>,
}

/// A block of a window.
pub struct MixBlock<'a> {
    pub mix: [&'a [f32]; 2],
    /// The summed stems, if they were requested.
    pub stems: Option<StemBlock<'a>>,
}

/// The stems of a block, left and right, with the final gain applied: (voice + cues) + bed is the mix.
#[derive(Clone, Copy)]
pub struct StemBlock<'a> {
    pub voice: [&'a [f32]; 2],
    /// Bells, breath swells and ticks.
    pub cues: [&'a [f32]; 2],
    pub bed: [&'a [f32]; 2],
}

impl MixWindow {
    /// Sets the length of all buffers.
    fn resize(&mut self, frames: usize, with_stems: bool) {
        self.separate = with_stems.then(|| self.separate.take().unwrap_or_default());
        self.base.iter_mut().for_each(|plane| plane.resize(frames, 0.0));
        if let Some(SeparateStems { voice, cues: [left, right], sounds }) = &mut self.separate {
            for plane in [voice, left, right] {
                plane.resize(frames, 0.0);
            }
            sounds.clear();
        }
    }

    pub fn blocks(&self) -> usize {
        self.base[0].len().div_ceil(BLOCK)
    }

    /// Block `index` of the window. Where the stems are kept separate, their sum is written to `sum`.
    pub fn block<'a>(&'a self, index: usize, sum: &'a mut [Vec<f32>; 2]) -> MixBlock<'a> {
        let range = index * BLOCK..self.base[0].len().min((index + 1) * BLOCK);
        let base = self.base.each_ref().map(|plane| &plane[range.clone()]);
        let Some(SeparateStems { voice, cues, sounds }) = &self.separate else {
            return MixBlock { mix: base, stems: None };
        };
        let (voice, cues) = (&voice[range.clone()], cues.each_ref().map(|plane| &plane[range.clone()]));
        let [speaks, rings] = sounds[index];
        for (sum, base) in sum.iter_mut().zip(base) {
            sum.clear();
            sum.extend_from_slice(base);
        }
        let foreground = Foreground { voice: speaks.then_some(voice), cues: rings.then_some(cues) };
        foreground.add_to(sum.each_mut().map(Vec::as_mut_slice));
        let stems = StemBlock { voice: [voice, voice], cues, bed: base };
        MixBlock { mix: [&sum[0], &sum[1]], stems: Some(stems) }
    }
}

/// A timeline with its sounds opened, ready to be rendered. It borrows nothing; what is prepared later comes from the store that
/// each window is rendered with, which has to be of the same course.
pub struct Mixdown {
    frames: Frames,
    voice: VoiceTrack,
    cues: CueTrack,
    bed: BedTrack,
    /// Finished recordings. As their voice and their bed are one, they are in the stem of the bed.
    mixed: MixedTrack,
    mix: Mix,
}

/// Buffers for one block of voice and cues.
struct Scratch {
    voice: Vec<f32>,
    cues: [Vec<f32>; 2],
}

/// Voice and cues of one block; `None` is silence.
struct Foreground<'s> {
    voice: Option<&'s [f32]>,
    cues: Option<[&'s [f32]; 2]>,
}

impl Mixdown {
    /// Opens every sound of a timeline. Clips are prepared later, when they are needed.
    ///
    /// # Errors
    /// [`SoundError`] if a bell or a bed cannot be opened.
    pub fn open(
        timeline: &Timeline,
        store: &Store<'_>,
        course: &Course,
        chain: Chain,
        mix: Mix,
    ) -> Result<Self, SoundError> {
        let mixed = MixedSounds::of(timeline, course);
        let bed = BedTrack::new(timeline, store, course, &mixed)?;
        Ok(Self {
            frames: timeline.frames,
            voice: VoiceTrack::new(timeline, ClipShelf::new(chain), store, &mixed)?,
            cues: CueTrack::new(timeline, store, course, &mixed)?,
            mixed: if mix == Mix::Full {
                MixedTrack::new(&mixed, timeline, store, &bed)?
            } else {
                MixedTrack::default()
            },
            bed,
            mix,
        })
    }

    pub fn frames(&self) -> Frames {
        self.frames
    }

    /// The number of windows; the last may be shorter.
    pub fn windows(&self) -> u64 {
        self.frames.0.div_ceil(WINDOW)
    }

    /// Renders window `index` with a constant gain on every stem.
    ///
    /// # Errors
    /// [`SoundError`] if a recording has disappeared or changed.
    pub fn window(
        &self,
        store: &Store<'_>,
        index: u64,
        gain: Gain,
        with_stems: bool,
        window: &mut MixWindow,
    ) -> Result<(), SoundError> {
        let frames = (self.frames.0 - index * WINDOW).min(WINDOW) as usize;
        window.resize(frames, with_stems);
        let mut scratch = Scratch { voice: vec![0.0; BLOCK], cues: [vec![0.0; BLOCK], vec![0.0; BLOCK]] };
        let mut bed = BedScratch::default();
        for start in (0..frames).step_by(BLOCK) {
            let range = start..(start + BLOCK).min(frames);
            let from = Position(index * WINDOW + start as u64);
            // The bed is written straight into the buffers of the mix.
            let mut base = window.base.each_mut().map(|plane| &mut plane[range.clone()]);
            let [left, right] = &mut base;
            if self.mix == Mix::Voice || !self.bed.write(from, gain, left, right, &mut bed)? {
                base.iter_mut().for_each(|plane| plane.fill(0.0));
            }
            let [left, right] = &mut base;
            self.mixed.write(from, gain, left, right)?;
            let foreground = self.foreground(store, from, range.len(), gain, &mut scratch)?;
            match &mut window.separate {
                Some(separate) => foreground.copy_to(separate, range),
                None => foreground.add_to(base),
            }
        }
        Ok(())
    }

    /// Forgets what was held for the next window, where that is not rendered soon.
    pub fn rest(&self) {
        self.voice.rest();
        self.cues.rest();
    }

    /// Renders voice and cues of one block.
    fn foreground<'s>(
        &self,
        store: &Store<'_>,
        from: Position,
        frames: usize,
        gain: Gain,
        scratch: &'s mut Scratch,
    ) -> Result<Foreground<'s>, SoundError> {
        let voice = &mut scratch.voice[..frames];
        let [left, right] = scratch.cues.each_mut().map(|plane| &mut plane[..frames]);
        let speaks = self.mix != Mix::Bed && self.voice.write(store, from, voice)?;
        let rings = self.mix == Mix::Full && self.cues.write(store, from, left, right)?;
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
    /// Stores a block separately from the bed.
    fn copy_to(&self, separate: &mut SeparateStems, range: Range<usize>) {
        copy(self.voice, &mut separate.voice[range.clone()]);
        for (channel, plane) in separate.cues.iter_mut().enumerate() {
            copy(self.cues.map(|cues| cues[channel]), &mut plane[range.clone()]);
        }
        separate.sounds.push([self.voice.is_some(), self.cues.is_some()]);
    }

    /// Adds voice and cues to the bed; the two are summed first.
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
