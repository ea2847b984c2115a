//! A part of a recording is recorded again, and joined to the rest in the silences beside it. The new part is brought to the level
//! of the words that stay, and the two fade into each other in the middle of each silence; everywhere else the samples are those of
//! the recordings.

use std::f64::consts::FRAC_PI_2;
use std::ops::Range;

use crate::unit::SampleRate;

/// The longest crossfade, in seconds. It fills at most half of its silence.
const LONGEST: f64 = 0.060;
/// A smaller difference in level is not heard and left as it is, in dB.
const ALIKE: f64 = 0.5;
/// More than this is no difference in level but another way of speaking, in dB.
const MOST: f64 = 9.0;

/// A part of a recording that was recorded again. All places are frames.
#[derive(Clone, Debug)]
pub struct PunchIn<'a> {
    pub rate: SampleRate,
    /// The recording that stays, one channel.
    pub take: &'a [f32],
    /// Where it speaks, in order.
    pub take_speech: &'a [(usize, usize)],
    /// Which stretches of its speech are replaced.
    pub replaced: Range<usize>,
    /// The new part, with silence around it.
    pub part: &'a [f32],
    /// Where that speaks, in order.
    pub part_speech: &'a [(usize, usize)],
}

/// Two recordings that were joined.
#[derive(Clone, Debug, PartialEq)]
pub struct PunchedIn {
    pub samples: Vec<f32>,
    /// The crossfades, as frames of `samples`; an empty one where the new part begins or ends the recording.
    pub joints: [Range<usize>; 2],
    /// Where the second joint is in the recording that stays.
    pub rest: usize,
    /// Where the first joint is in the new part.
    pub from: usize,
    /// What the new part was multiplied by; 1 where it is as loud as the rest.
    pub gain: f32,
}

impl PunchIn<'_> {
    /// Joins them; `None` where nothing is to be replaced or nobody speaks in the new part.
    pub fn joined(&self) -> Option<PunchedIn> {
        let speech = self.take_speech.get(self.replaced.clone())?;
        let (old, new) =
            (speech.first()?.0..speech.last()?.1, self.part_speech.first()?.0..self.part_speech.last()?.1);
        let gain = self.gain();
        let mut samples = Vec::with_capacity(self.take.len() + self.part.len());
        // Before the new part.
        let word_before = self.replaced.start.checked_sub(1).and_then(|at| self.take_speech.get(at));
        let (from, first) = match word_before {
            None => {
                // It begins the recording: as much of its own silence as was there before.
                let from = new.start.saturating_sub(old.start);
                (from, 0..0)
            }
            Some((_, end)) => {
                let joint = Joint::before(*end..old.start, new.start, self.longest());
                samples.extend_from_slice(&self.take[..joint.take.start]);
                fade(&mut samples, &self.take[joint.take.clone()], 1.0, &self.part[joint.part.clone()], gain);
                (joint.part.start, joint.take)
            }
        };
        let after_first = from + first.len();
        // After it.
        let word_after = self.take_speech.get(self.replaced.end);
        let (second, rest) = match word_after {
            None => {
                let end = (new.end + (self.take.len() - old.end)).min(self.part.len());
                samples.extend(self.part[after_first..end].iter().map(|sample| sample * gain));
                (samples.len()..samples.len(), self.take.len())
            }
            Some((start, _)) => {
                let joint = Joint::after(old.end..*start, new.end, self.part.len(), self.longest());
                samples.extend(self.part[after_first..joint.part.start].iter().map(|sample| sample * gain));
                let at = samples.len();
                fade(&mut samples, &self.part[joint.part.clone()], gain, &self.take[joint.take.clone()], 1.0);
                let second = at..samples.len();
                samples.extend_from_slice(&self.take[joint.take.end..]);
                (second, joint.take.start)
            }
        };
        Some(PunchedIn { samples, joints: [first, second], rest, from, gain })
    }

    fn longest(&self) -> usize {
        (LONGEST * self.rate.as_f64()) as usize
    }

    /// Brings the new part to the level of the words that stay.
    fn gain(&self) -> f32 {
        let stays = |at: &usize| !self.replaced.contains(at);
        let others: Vec<(usize, usize)> =
            (0..self.take_speech.len()).filter(stays).map(|at| self.take_speech[at]).collect();
        let (Some(rest), Some(new)) = (level(self.take, &others), level(self.part, self.part_speech)) else {
            return 1.0;
        };
        let by = rest - new;
        if by.abs() < ALIKE { 1.0 } else { 10f64.powf(by.clamp(-MOST, MOST) / 20.0) as f32 }
    }
}

/// The level of the stretches of speech together, in dB of full scale; `None` where there is none.
fn level(samples: &[f32], speech: &[(usize, usize)]) -> Option<f64> {
    let parts = speech.iter().filter_map(|(from, to)| samples.get(*from..*to));
    let (mut power, mut frames) = (0.0, 0usize);
    for part in parts {
        power += part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        frames += part.len();
    }
    (power > 0.0).then(|| 10.0 * (power / frames as f64).log10())
}

/// Where two recordings fade into each other: the same number of frames of each.
struct Joint {
    take: Range<usize>,
    part: Range<usize>,
}

impl Joint {
    /// In the silence before the new part, which speaks from `spoken` on: so that the silence stays as long as it was.
    fn before(silence: Range<usize>, spoken: usize, longest: usize) -> Self {
        // The new part may have less silence than there was.
        let room = silence.len().min(spoken);
        let frames = longest.min(room / 2);
        let back = (silence.len() / 2 + frames / 2).min(room);
        let (take, part) = (silence.end - back, spoken - back);
        Self { take: take..take + frames, part: part..part + frames }
    }

    /// In the silence after the new part, which has spoken until `spoken`.
    fn after(silence: Range<usize>, spoken: usize, part_frames: usize, longest: usize) -> Self {
        let room = silence.len().min(part_frames - spoken);
        let frames = longest.min(room / 2);
        let on = (silence.len() / 2 + frames / 2).min(room);
        let (take, part) = (silence.start + on, spoken + on);
        Self { take: take - frames..take, part: part - frames..part }
    }
}

/// Fades one into the other with equal power: what is in both are different moments of the noise of a room.
fn fade(samples: &mut Vec<f32>, out: &[f32], out_gain: f32, into: &[f32], into_gain: f32) {
    let frames = out.len() as f64;
    samples.extend(out.iter().zip(into).enumerate().map(|(frame, (out, into))| {
        let angle = (frame as f64 + 0.5) / frames * FRAC_PI_2;
        let (rise, fall) = angle.sin_cos();
        (f64::from(out * out_gain) * fall + f64::from(into * into_gain) * rise) as f32
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn noise(seed: u32) -> impl FnMut() -> f32 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    /// Words of 0.3 s with silences of so many seconds before, between and after them, and where the words are.
    fn spoken(seed: u32, loud: f32, silences: &[f64]) -> (Vec<f32>, Vec<(usize, usize)>) {
        let (mut next, mut samples, mut speech) = (noise(seed), Vec::new(), Vec::new());
        for (at, silence) in silences.iter().enumerate() {
            samples.extend((0..(silence * RATE.as_f64()) as usize).map(|_| next() * 0.001));
            if at + 1 < silences.len() {
                let from = samples.len();
                samples.extend((0..(0.3 * RATE.as_f64()) as usize).map(|_| next() * loud));
                speech.push((from, samples.len()));
            }
        }
        (samples, speech)
    }

    fn joined(
        take: &(Vec<f32>, Vec<(usize, usize)>),
        replaced: Range<usize>,
        part: &(Vec<f32>, Vec<(usize, usize)>),
    ) -> PunchedIn {
        let punch = PunchIn {
            rate: RATE,
            take: &take.0,
            take_speech: &take.1,
            replaced,
            part: &part.0,
            part_speech: &part.1,
        };
        punch.joined().unwrap()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn outside_the_crossfades_every_sample_is_one_of_the_sources() {
        let (take, part) = (spoken(1, 0.2, &[0.3, 0.2, 0.25, 0.4]), spoken(2, 0.2, &[0.5, 0.6]));
        let done = joined(&take, 1..2, &part);
        let [first, second] = done.joints.clone();
        assert_eq!(done.gain, 1.0);
        assert!(!first.is_empty() && first.len() <= done.samples.len() / 10, "{first:?}");
        assert_eq!(done.samples[..first.start], take.0[..first.start]);
        let inside = first.end..second.start;
        let from = done.from + first.len();
        assert_eq!(done.samples[inside.clone()], part.0[from..from + inside.len()]);
        assert_eq!(done.samples[second.end..], take.0[done.rest + second.len()..]);
        // Both joints are in silences, and the silences are as long as they were.
        assert!(first.start >= take.1[0].1 && first.end <= take.1[1].0);
        let word = part.1[0].0 - done.from + first.start;
        assert_eq!(word, take.1[1].0);
        let rest = done.samples.len() - second.end;
        assert_eq!(take.0.len() - rest - take.1[1].1, second.end - (word + part.1[0].1 - part.1[0].0));
        // Nor is the noise in a joint another than beside it.
        for joint in [first, second] {
            let level = rms(&done.samples[joint.clone()]) / rms(&take.0[..4800]);
            assert!((0.9..1.1).contains(&level), "{level}");
        }
    }

    #[test]
    fn a_softer_part_is_brought_to_the_level_of_the_rest() {
        let (take, part) = (spoken(1, 0.2, &[0.3, 0.2, 0.25, 0.4]), spoken(2, 0.1, &[0.5, 0.6]));
        let done = joined(&take, 1..2, &part);
        assert!((done.gain - 2.0).abs() < 0.02, "{}", done.gain);
        let [first, second] = done.joints.clone();
        let from = done.from + first.len();
        let inside = &done.samples[first.end..second.start];
        let expected: Vec<f32> =
            part.0[from..from + inside.len()].iter().map(|sample| sample * done.gain).collect();
        assert_eq!(inside, expected);
        // A whisper is another way of speaking, and is not made as loud as a voice.
        let whisper = joined(&take, 1..2, &spoken(2, 0.01, &[0.5, 0.6]));
        assert!((whisper.gain - 10f32.powf(9.0 / 20.0)).abs() < 1e-4, "{}", whisper.gain);
    }

    #[test]
    fn the_first_and_the_last_words_need_no_joint_on_the_outside() {
        let (take, part) = (spoken(1, 0.2, &[0.3, 0.2, 0.25, 0.4]), spoken(2, 0.2, &[0.5, 0.6]));
        let first = joined(&take, 0..1, &part);
        assert!(first.joints[0].is_empty() && !first.joints[1].is_empty());
        // The word is where it was.
        assert_eq!(first.samples[..take.1[0].0], part.0[part.1[0].0 - take.1[0].0..part.1[0].0]);
        let last = joined(&take, 2..3, &part);
        assert!(!last.joints[0].is_empty() && last.joints[1].is_empty());
        assert_eq!(last.samples.len(), take.0.len());
        let all = joined(&take, 0..3, &part);
        assert_eq!(
            all.samples[..],
            part.0[part.1[0].0 - take.1[0].0..part.1[0].1 + take.0.len() - take.1[2].1]
        );
    }

    #[test]
    fn a_part_with_little_silence_around_it_is_joined_where_it_has_some() {
        let take = spoken(1, 0.2, &[0.3, 0.2, 0.25, 0.4]);
        for silence in [0.0, 0.001, 0.02] {
            let done = joined(&take, 1..2, &spoken(2, 0.2, &[silence, silence]));
            let [first, second] = done.joints.clone();
            assert!(first.len() <= (silence * RATE.as_f64()) as usize, "{first:?}");
            assert_eq!(done.samples[..first.start], take.0[..first.start]);
            assert_eq!(done.samples[second.end..], take.0[done.rest + second.len()..]);
        }
    }

    #[test]
    fn nothing_is_joined_where_nothing_was_said_or_chosen() {
        let (take, part) = (spoken(1, 0.2, &[0.3, 0.2, 0.25, 0.4]), spoken(2, 0.2, &[0.5]));
        let punch = |replaced: Range<usize>, part_speech: &[(usize, usize)]| {
            let (take, take_speech) = (&take.0[..], &take.1[..]);
            PunchIn { rate: RATE, take, take_speech, replaced, part: &part.0, part_speech }.joined()
        };
        assert_eq!(punch(0..1, &[]), None);
        assert_eq!(punch(1..1, &[(0, 10)]), None);
        assert_eq!(punch(2..5, &[(0, 10)]), None);
    }
}
