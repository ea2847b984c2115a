//! The mix: stems summed in one order, (voice + cues) + bed, window by window.

use super::bed::BedTrack;
use super::cue::CueTrack;
use super::voice::VoiceTrack;
use crate::asset::bed::WINDOW;
use crate::asset::{ClipShelf, SoundError, Store};
use crate::layout::Timeline;
use crate::script::load::Course;
use crate::script::voice::Chain;
use crate::unit::{Frames, Gain, Position};

/// Blocks within a window: small enough for the scratch of a thread to stay near its core.
const BLOCK: usize = 8_192;

/// Which stems a mix has. It changes nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mix {
    /// All of them.
    #[default]
    Full,
    /// The voice alone.
    Voice,
    /// The bed alone.
    Bed,
}

impl Mix {
    /// The names of the mixes.
    pub const NAMES: [&'static str; 3] = ["full", "voice", "bed"];

    /// The mix of a name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "full" => Some(Self::Full),
            "voice" => Some(Self::Voice),
            "bed" => Some(Self::Bed),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// One window of a track.
pub struct Window {
    /// Left and right of the sum.
    pub mix: [Vec<f32>; 2],
    /// The stems, where they were asked for.
    pub stems: Option<Stems>,
}

/// The stems of a window, each left and right, with the final gain in them: their sum, (voice + cues) + bed, is the mix.
pub struct Stems {
    /// The voice.
    pub voice: [Vec<f32>; 2],
    /// Bells and breath.
    pub cues: [Vec<f32>; 2],
    /// The bed.
    pub bed: [Vec<f32>; 2],
}

/// A timeline with its sounds, ready to be rendered.
pub struct Mixdown<'a> {
    frames: Frames,
    voice: VoiceTrack<'a>,
    cues: CueTrack,
    bed: BedTrack,
    mix: Mix,
}

/// Buffers of one thread, used again for every block.
struct Scratch {
    voice: Vec<f32>,
    cues: [Vec<f32>; 2],
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
            voice: VoiceTrack::new(timeline, ClipShelf::new(store, chain)),
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
    pub fn window(&self, index: u64, gain: Gain, with_stems: bool) -> Result<Window, SoundError> {
        let frames = (self.frames.0 - index * WINDOW).min(WINDOW) as usize;
        let silence = || [vec![0.0; frames], vec![0.0; frames]];
        // The bed fills the buffers that become the mix, so that a window needs no more than them.
        let mut mix = silence();
        if self.mix != Mix::Voice {
            let [left, right] = &mut mix;
            self.bed.window(index, left, right)?;
            amplify(left, gain);
            amplify(right, gain);
        }
        let mut stems = with_stems.then(|| Stems { voice: silence(), cues: silence(), bed: mix.clone() });
        let mut scratch = Scratch { voice: vec![0.0; BLOCK], cues: [vec![0.0; BLOCK], vec![0.0; BLOCK]] };
        for start in (0..frames).step_by(BLOCK) {
            let range = start..(start + BLOCK).min(frames);
            let from = Position(index * WINDOW + start as u64);
            let (voice, cues) = self.foreground(from, range.len(), gain, &mut scratch)?;
            if let Some(stems) = &mut stems {
                for channel in 0..2 {
                    copy(voice, &scratch.voice, &mut stems.voice[channel][range.clone()]);
                    copy(cues, &scratch.cues[channel], &mut stems.cues[channel][range.clone()]);
                }
            }
            for (plane, cue) in mix.iter_mut().zip(&scratch.cues) {
                let bed = &mut plane[range.clone()];
                match (voice, cues) {
                    (true, true) => {
                        bed.iter_mut()
                            .zip(scratch.voice.iter().zip(cue))
                            .for_each(|(sum, (v, c))| *sum += v + c);
                    }
                    (true, false) => {
                        bed.iter_mut().zip(&scratch.voice).for_each(|(sum, voice)| *sum += voice);
                    }
                    (false, true) => bed.iter_mut().zip(cue).for_each(|(sum, cue)| *sum += cue),
                    (false, false) => {}
                }
            }
        }
        Ok(Window { mix, stems })
    }

    /// Voice and cues of one block into the scratch, and whether each sounds.
    fn foreground(
        &self,
        from: Position,
        frames: usize,
        gain: Gain,
        scratch: &mut Scratch,
    ) -> Result<(bool, bool), SoundError> {
        let voice = self.mix != Mix::Bed && self.voice.write(from, &mut scratch.voice[..frames])?;
        let [left, right] = &mut scratch.cues;
        let cues = self.mix == Mix::Full && self.cues.write(from, &mut left[..frames], &mut right[..frames]);
        if voice {
            amplify(&mut scratch.voice[..frames], gain);
        }
        if cues {
            scratch.cues.iter_mut().for_each(|plane| amplify(&mut plane[..frames], gain));
        }
        Ok((voice, cues))
    }
}

/// Copies what sounds; what does not stays silent.
fn copy(sounds: bool, from: &[f32], to: &mut [f32]) {
    if sounds {
        let frames = to.len();
        to.copy_from_slice(&from[..frames]);
    }
}

fn amplify(samples: &mut [f32], gain: Gain) {
    if gain != Gain::UNITY {
        let factor = gain.factor();
        samples.iter_mut().for_each(|sample| *sample *= factor);
    }
}
