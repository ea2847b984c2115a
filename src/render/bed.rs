//! The bed stem: each bed over its span of the track, faded at its ends and ducked under the voice.

use std::collections::BTreeMap;

use super::mixed::MixedSounds;
use crate::asset::bed::{BedReader, BedSound};
use crate::asset::{SoundError, Store};
use crate::dsp::duck::{DuckCurve, DuckedPhrase, Ducking, RampShape};
use crate::dsp::fade::{equal_power, raised_cosine};
use crate::layout::{BedSpan, Event, Timeline};
use crate::script::bed::{DuckSettings, DuckShape};
use crate::script::course::Course;
use crate::unit::{Db, Frames, Gain, Position, SampleRate, Seconds};

/// Gains are computed for this many frames at a time, and only once where they are constant.
const RUN: usize = 4_096;
/// The silence at the end of a track (docs/sound.md, section 6); at most a quarter of the final fade.
const REST: Seconds = Seconds::from_millis(500);

pub(super) struct BedTrack {
    sounds: Vec<BedSound>,
    beds: Vec<PlacedBed>,
}

struct PlacedBed {
    span: BedSpan,
    curve: DuckCurve,
    sound: usize,
    /// The length of silence at the end of a bed that ends with the track; `None` for one that ends before.
    rest: Option<Frames>,
}

/// State shared by the blocks of one window: partly used grains, and buffers for a second bed.
#[derive(Default)]
pub(super) struct BedScratch {
    readers: Vec<BedReader>,
    other: [Vec<f32>; 2],
    gains: Vec<f32>,
}

impl BedTrack {
    /// Collects the beds of a timeline; each sound is opened once. A finished recording has its own, which is not ducked.
    pub(super) fn new(
        timeline: &Timeline,
        store: &Store<'_>,
        course: &Course,
        mixed: &MixedSounds<'_>,
    ) -> Result<Self, SoundError> {
        let own = mixed.bed(timeline);
        let spans = own.as_ref().map_or(&timeline.beds[..], std::slice::from_ref);
        let mut known = BTreeMap::new();
        let mut track = Self { sounds: Vec::new(), beds: Vec::new() };
        for span in spans {
            let Some(ambience) = course.ambiences.get(&span.name) else { continue };
            let sound = if let Some(sound) = known.get(&span.name) {
                *sound
            } else {
                track.sounds.push(BedSound::open(store, ambience, timeline.seed)?);
                known.insert(&span.name, track.sounds.len() - 1);
                track.sounds.len() - 1
            };
            let curve = DuckCurve::new(&ducked(timeline, span.duck, &span.depths, |event| !mixed.has(event)));
            let rest = rest_of(span, timeline);
            track.beds.push(PlacedBed { span: span.clone(), curve, sound, rest });
        }
        Ok(track)
    }

    /// Fills left and right with the beds from `from` on, multiplied by `gain`. Returns `false` and leaves them
    /// unchanged if there is no bed. The range must lie within one window.
    pub(super) fn write(
        &self,
        from: Position,
        gain: Gain,
        left: &mut [f32],
        right: &mut [f32],
        scratch: &mut BedScratch,
    ) -> Result<bool, SoundError> {
        let last = from + Frames(left.len() as u64);
        let sounds = |bed: &&PlacedBed| bed.span.start < last && bed.span.start + bed.span.frames > from;
        let mut beds = self.beds.iter().filter(sounds);
        let Some(first) = beds.next() else { return Ok(false) };
        let BedScratch { readers, other: [other_left, other_right], gains } = scratch;
        readers.resize_with(self.sounds.len(), BedReader::default);
        self.sounds[first.sound].read(from, left, right, &mut readers[first.sound])?;
        first.shape(from, gain, left, right, gains);
        for bed in beds {
            other_left.resize(left.len(), 0.0);
            other_right.resize(right.len(), 0.0);
            self.sounds[bed.sound].read(from, other_left, other_right, &mut readers[bed.sound])?;
            bed.shape(from, gain, other_left, other_right, gains);
            left.iter_mut().zip(&*other_left).for_each(|(sum, sample)| *sum += sample);
            right.iter_mut().zip(&*other_right).for_each(|(sum, sample)| *sum += sample);
        }
        Ok(true)
    }
}

impl PlacedBed {
    /// Multiplies a part of the bed by its gain, ducking and fades.
    fn shape(&self, from: Position, gain: Gain, left: &mut [f32], right: &mut [f32], gains: &mut Vec<f32>) {
        let gain = self.span.gain.factor() * gain.factor();
        gains.resize(RUN, 0.0);
        for (run, (left, right)) in left.chunks_mut(RUN).zip(right.chunks_mut(RUN)).enumerate() {
            let from = from + Frames((run * RUN) as u64);
            let frames = Frames(left.len() as u64);
            if let (Some(duck), true) = (self.curve.steady(from, frames), self.is_plain(from, left.len())) {
                scale(left, duck * gain);
                scale(right, duck * gain);
                continue;
            }
            let gains = &mut gains[..left.len()];
            self.curve.fill(from, gains);
            if !self.is_plain(from, left.len()) {
                gains.iter_mut().zip(from.0..).for_each(|(value, frame)| *value *= self.fade(frame));
            }
            for plane in [left, right] {
                plane.iter_mut().zip(&*gains).for_each(|(sample, duck)| *sample *= duck * gain);
            }
        }
    }

    /// Whether a run contains no fade and no end of the bed.
    fn is_plain(&self, from: Position, frames: usize) -> bool {
        let span = &self.span;
        let (start, end) = (span.start + span.fade_in, span.start.0 + span.frames.0 - span.fade_out.0);
        from >= start && from.0 + frames as u64 <= end
    }

    /// The factor of the fades at a frame. Between two beds it is an equal-power crossfade, since they are
    /// uncorrelated. At the end of the track it follows [`final_fade`].
    fn fade(&self, frame: u64) -> f32 {
        let span = &self.span;
        let end = (span.start + span.frames).0;
        if frame < span.start.0 || frame >= end {
            return 0.0;
        }
        let part =
            |done: u64, whole: u64| if done >= whole { 1.0 } else { equal_power(done as f64 / whole as f64) };
        let fade_out = match self.rest {
            Some(rest) => final_fade(end - frame, span.fade_out.0, rest.0),
            None => part(end - frame, span.fade_out.0),
        };
        (part(frame - span.start.0, span.fade_in.0) * fade_out) as f32
    }
}

/// The length of silence at the end of a bed that ends with the track; `None` for one that ends before.
pub fn rest_of(span: &BedSpan, timeline: &Timeline) -> Option<Frames> {
    let is_last = span.start + span.frames == Position::START + timeline.frames;
    is_last.then(|| REST.frames(timeline.rate).min(Frames(span.fade_out.0 / 4)))
}

/// The factor of the final fade of a track, `left` frames before its end: a raised cosine that reaches silence where
/// the `rest` begins.
fn final_fade(left: u64, whole: u64, rest: u64) -> f64 {
    if left >= whole { 1.0 } else { raised_cosine(left.saturating_sub(rest) as f64 / (whole - rest) as f64) }
}

fn scale(samples: &mut [f32], gain: f32) {
    samples.iter_mut().for_each(|sample| *sample *= gain);
}

/// The phrases that `is_heard` chooses, each with its duck: as deep as `depths` says, one for each phrase of the timeline, or
/// as `settings` where it ends.
pub fn ducked(
    timeline: &Timeline,
    settings: DuckSettings,
    depths: &[Db],
    is_heard: impl Fn(&Event) -> bool,
) -> Vec<DuckedPhrase> {
    let mut depths = depths.iter().copied();
    let mut ducked = Vec::new();
    for event in &timeline.events {
        let Some(phrase) = event.phrase() else { continue };
        let depth = depths.next().unwrap_or(settings.depth);
        if is_heard(event) {
            let duck = duck(settings.deepened(depth), timeline.rate);
            ducked.extend(phrase.pieces.iter().map(|piece| (piece.start, piece.frames, duck)));
        }
    }
    ducked
}

/// Converts the ducking of a bed to frames.
fn duck(settings: DuckSettings, rate: SampleRate) -> Ducking {
    Ducking {
        lead: settings.lead.frames(rate),
        fall: settings.fall.frames(rate),
        hold: settings.hold.frames(rate),
        rise: settings.rise.frames(rate),
        depth: settings.depth,
        shape: match settings.shape {
            DuckShape::Linear => RampShape::Linear,
            DuckShape::Cosine => RampShape::Cosine,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_final_fade_reaches_silence_before_the_track_ends() {
        let (whole, rest) = (288_000, 24_000);
        assert_eq!((final_fade(whole, whole, rest), final_fade(whole + 1, whole, rest)), (1.0, 1.0));
        assert!((0..=rest).all(|left| final_fade(left, whole, rest) == 0.0));
        assert!((final_fade(rest.midpoint(whole), whole, rest) - 0.5).abs() < 1e-9);
        let curve: Vec<f64> = (0..whole).map(|left| final_fade(left, whole, rest)).collect();
        assert!(curve.windows(2).all(|pair| (0.0..2e-5).contains(&(pair[1] - pair[0]))));
        // Without a fade the factor is one throughout.
        assert_eq!(final_fade(0, 0, 0), 1.0);
    }
}
