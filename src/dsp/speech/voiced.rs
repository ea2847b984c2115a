//! Where a voice is heard, by earshot, a small neural network that is trained to tell voices from all else. Levels tell that
//! better in a quiet room; in noise they cannot (docs/voice.md has figures).

use earshot::Detector;

use super::Island;
use super::level::HOPS_A_SECOND;
use crate::dsp::resample::Resampler;
use crate::unit::SampleRate;

/// The rate that the network listens at, in Hz, and the frames of one of its answers.
const RATE: u32 = 16_000;
const FRAME: usize = 256;
/// A frame of a voice.
const LIKELY: f32 = 0.5;
/// The level that speech is brought to before, in dBFS.
const LEVEL: f64 = -26.0;
/// Gaps that are shorter are within a word, and a shorter voice is none, in answers: 0.1 and 0.08 s.
const GAP: usize = 6;
const LEAST: usize = 5;
/// A voice so short, in answers (0.2 s), that has no longer one so near (0.5 s), is noise.
const SHORT: usize = 13;
const NEAR: usize = 31;
/// How much a sound reaches beyond a voice that is heard in it: an s, a breath out, in hops.
const BEYOND: usize = 12;

/// The hops in which a voice is heard, and a little more on both sides. Empty where none is, or the rate is one that cannot be
/// converted.
pub(super) fn voiced(samples: &[f32], rate: SampleRate, speech: f64) -> Vec<Island> {
    let Some(listened) = SampleRate::new(RATE) else { return Vec::new() };
    let Ok(resampled) = Resampler::new().resample(samples, rate, listened) else { return Vec::new() };
    let gain = 10f64.powf((LEVEL - speech) / 20.0) as f32;
    let mut detector = Detector::default();
    let heard: Vec<bool> = resampled
        .as_chunks::<FRAME>()
        .0
        .iter()
        .map(|frame| detector.predict_f32(&frame.map(|sample| (gain * sample).clamp(-1.0, 1.0))) >= LIKELY)
        .collect();
    let hop = |answer: usize| answer * FRAME * HOPS_A_SECOND / RATE as usize;
    let wide = |(from, to): Island| (hop(from).saturating_sub(BEYOND), hop(to) + BEYOND);
    without_noise(runs(&heard)).into_iter().map(wide).collect()
}

/// The runs of a voice, in answers.
fn runs(heard: &[bool]) -> Vec<Island> {
    let mut runs: Vec<Island> = Vec::new();
    for (at, _) in heard.iter().enumerate().filter(|(_, heard)| **heard) {
        match runs.last_mut() {
            Some(last) if at - last.1 < GAP => last.1 = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs.retain(|(from, to)| to - from >= LEAST);
    runs
}

/// Leaves out what is short and alone.
fn without_noise(runs: Vec<Island>) -> Vec<Island> {
    let long: Vec<Island> = runs.iter().copied().filter(|(from, to)| to - from >= SHORT).collect();
    let near = |run: &Island| {
        long.iter().any(|other| run.0.saturating_sub(other.1).max(other.0.saturating_sub(run.1)) < NEAR)
    };
    runs.into_iter().filter(near).collect()
}

/// What of the islands is heard as a voice; all of them where nothing is.
pub(super) fn only_voiced(islands: Vec<Island>, voiced: &[Island]) -> Vec<Island> {
    let both = |island: &Island| {
        let island = *island;
        voiced.iter().map(move |voice| (island.0.max(voice.0), island.1.min(voice.1)))
    };
    let mut kept: Vec<Island> = islands.iter().flat_map(both).filter(|(from, to)| from < to).collect();
    // Where the reach of two voices meets.
    kept.dedup_by(|next, last| {
        let meets = next.0 <= last.1;
        if meets {
            last.1 = last.1.max(next.1);
        }
        meets
    });
    if kept.is_empty() { islands } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_and_alone_is_no_voice_and_what_no_voice_is_in_is_left_out() {
        let mut heard = vec![false; 400];
        for (from, to) in [(20, 30), (100, 140), (150, 156), (300, 303), (200, 210)] {
            heard[from..to].fill(true);
        }
        assert_eq!(runs(&heard), [(20, 30), (100, 140), (150, 156), (200, 210)]);
        assert_eq!(without_noise(runs(&heard)), [(100, 140), (150, 156)]);
        let voiced = [(10, 20), (18, 30), (90, 95)];
        assert_eq!(only_voiced(vec![(0, 50), (60, 92)], &voiced), [(10, 30), (90, 92)]);
        assert_eq!(only_voiced(vec![(40, 50)], &voiced), [(40, 50)]);
    }
}
