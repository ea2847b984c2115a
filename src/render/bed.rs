//! The bed stem: each bed under its stretch of the track, faded at its ends and ducked under the voice.

use std::collections::BTreeMap;

use crate::asset::bed::{BedSound, WINDOW};
use crate::asset::{SoundError, Store};
use crate::dsp::duck::{Duck, DuckCurve, Shape};
use crate::dsp::fade::equal_power;
use crate::layout::{BedSpan, Timeline};
use crate::script::bed::{DuckSettings, DuckShape};
use crate::script::load::Course;
use crate::unit::{Position, SampleRate};

/// Gains are worked out for so many frames at a time; where they stand still, once for all of them.
const RUN: usize = 4_096;

/// All beds of a track, in order.
pub(super) struct BedTrack {
    sounds: BTreeMap<String, BedSound>,
    beds: Vec<Placed>,
}

struct Placed {
    span: BedSpan,
    curve: DuckCurve,
}

impl BedTrack {
    /// The beds of a timeline; each sound is opened once.
    pub(super) fn new(timeline: &Timeline, store: &Store<'_>, course: &Course) -> Result<Self, SoundError> {
        let speech = timeline.speech();
        let mut sounds = BTreeMap::new();
        let mut beds = Vec::new();
        for span in &timeline.beds {
            let Some(ambience) = course.ambiences.get(&span.name) else { continue };
            if !sounds.contains_key(&span.name) {
                sounds.insert(span.name.clone(), BedSound::open(store, ambience, timeline.seed)?);
            }
            let curve = DuckCurve::new(&duck(span.duck, timeline.rate), &speech);
            beds.push(Placed { span: span.clone(), curve });
        }
        Ok(Self { sounds, beds })
    }

    /// Fills left and right with the beds of window `index`; `false`, and nothing written, where there is none.
    pub(super) fn window(&self, index: u64, left: &mut [f32], right: &mut [f32]) -> Result<bool, SoundError> {
        let first = Position(index * WINDOW);
        let last = first.0 + left.len() as u64;
        let under = |bed: &&Placed| bed.span.start.0 < last && (bed.span.start + bed.span.frames).0 > first.0;
        let mut beds = self.beds.iter().filter(under);
        let Some(only) = beds.next() else { return Ok(false) };
        self.sounds[&only.span.name].window(index, left, right)?;
        only.shape(first, left, right);
        let (mut other_left, mut other_right) = (Vec::new(), Vec::new());
        for bed in beds {
            other_left.resize(left.len(), 0.0);
            other_right.resize(right.len(), 0.0);
            self.sounds[&bed.span.name].window(index, &mut other_left, &mut other_right)?;
            bed.shape(first, &mut other_left, &mut other_right);
            left.iter_mut().zip(&other_left).for_each(|(sum, sample)| *sum += sample);
            right.iter_mut().zip(&other_right).for_each(|(sum, sample)| *sum += sample);
        }
        Ok(true)
    }
}

impl Placed {
    /// Multiplies a window of the bed with its gain, its duck and its fades.
    fn shape(&self, first: Position, left: &mut [f32], right: &mut [f32]) {
        let gain = self.span.gain.factor();
        let mut gains = vec![0.0; RUN];
        for (run, (left, right)) in left.chunks_mut(RUN).zip(right.chunks_mut(RUN)).enumerate() {
            let from = Position(first.0 + (run * RUN) as u64);
            let frames = crate::unit::Frames(left.len() as u64);
            if let (Some(duck), true) = (self.curve.steady(from, frames), self.is_plain(from, left.len())) {
                scale(left, duck * gain);
                scale(right, duck * gain);
                continue;
            }
            let gains = &mut gains[..left.len()];
            self.curve.fill(from, gains);
            for (frame, value) in (from.0..).zip(gains.iter_mut()) {
                *value *= self.fade(frame) * gain;
            }
            for plane in [left, right] {
                plane.iter_mut().zip(&*gains).for_each(|(sample, gain)| *sample *= gain);
            }
        }
    }

    /// Whether no fade and no end of the bed lies in a run.
    fn is_plain(&self, from: Position, frames: usize) -> bool {
        let span = &self.span;
        let (start, end) = (span.start + span.fade_in, span.start.0 + span.frames.0 - span.fade_out.0);
        from >= start && from.0 + frames as u64 <= end
    }

    /// The factor of the fades at a frame. Equal power both at the ends and between two beds: where one goes as the
    /// other comes, the level stays put, as beds are not correlated.
    fn fade(&self, frame: u64) -> f32 {
        let span = &self.span;
        let end = (span.start + span.frames).0;
        if frame < span.start.0 || frame >= end {
            return 0.0;
        }
        let part =
            |done: u64, whole: u64| if done >= whole { 1.0 } else { equal_power(done as f64 / whole as f64) };
        (part(frame - span.start.0, span.fade_in.0) * part(end - frame, span.fade_out.0)) as f32
    }
}

fn scale(samples: &mut [f32], gain: f32) {
    samples.iter_mut().for_each(|sample| *sample *= gain);
}

fn duck(settings: DuckSettings, rate: SampleRate) -> Duck {
    Duck {
        lead: settings.lead.frames(rate),
        fall: settings.fall.frames(rate),
        hold: settings.hold.frames(rate),
        rise: settings.rise.frames(rate),
        depth: settings.depth,
        shape: match settings.shape {
            DuckShape::Linear => Shape::Linear,
            DuckShape::Cosine => Shape::Cosine,
        },
    }
}
