//! The bed of a recording alone: stretches of its pauses, joined.

use super::pause::{BedStretch, PausesHeard};
use crate::dsp::fade::equal_power;
use crate::unit::SampleRate;

/// The most that is used, in seconds; what is longer repeats without being noticed.
const MOST: f64 = 180.0;
/// With less than this nothing is filled, in seconds.
pub const LEAST: f64 = 6.0;
/// Stretches whose level is this near to the usual one are used, in dB; others only if those are not enough, in seconds.
const NEAR: f64 = 3.0;
const FAR: f64 = 7.0;
const ENOUGH: f64 = 30.0;
/// The crossfade between two stretches, in seconds, at most a third of either.
const CROSSFADE: f64 = 0.6;

/// A stretch of a recording that becomes part of its bed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TexturePiece {
    pub from: f64,
    pub to: f64,
    /// What brings it to the level of the others, in dB.
    pub gain: f64,
}

/// The stretches that make up the bed of a recording, in order; empty if there are not enough.
pub fn texture(heard: &PausesHeard) -> Vec<TexturePiece> {
    let all: Vec<BedStretch> = heard.pauses.iter().flat_map(|pause| pause.bed.iter().copied()).collect();
    let Some(usual) = usual_level(&all) else { return Vec::new() };
    let near = |most: f64| -> Vec<BedStretch> {
        all.iter().filter(|stretch| (stretch.level - usual).abs() <= most).copied().collect()
    };
    let length = |stretches: &[BedStretch]| stretches.iter().map(|one| one.to - one.from).sum::<f64>();
    let mut chosen = near(NEAR);
    if length(&chosen) < ENOUGH {
        chosen = near(FAR);
    }
    // The longest, since each end is a join.
    chosen.sort_by(|a, b| (b.to - b.from).total_cmp(&(a.to - a.from)));
    let mut sum = 0.0;
    chosen.retain(|one| {
        let is_wanted = sum < MOST;
        sum += one.to - one.from;
        is_wanted
    });
    chosen.sort_by(|a, b| a.from.total_cmp(&b.from));
    let joins = CROSSFADE * chosen.len() as f64;
    if length(&chosen) - joins < LEAST {
        return Vec::new();
    }
    let piece = |one: BedStretch| TexturePiece { from: one.from, to: one.to, gain: usual - one.level };
    chosen.into_iter().map(piece).collect()
}

/// The level that half of the time is below.
fn usual_level(all: &[BedStretch]) -> Option<f64> {
    let mut all = all.to_vec();
    all.sort_by(|a, b| a.level.total_cmp(&b.level));
    let half = all.iter().map(|one| one.to - one.from).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let middle = all.iter().find(|one| {
        sum += one.to - one.from;
        sum >= half
    });
    middle.map(|one| one.level)
}

/// Appends a stretch to a bed, with a crossfade.
pub fn append(bed: &mut Vec<Vec<f32>>, piece: &[Vec<f32>], gain: f64, rate: SampleRate) {
    let factor = 10f64.powf(gain / 20.0) as f32;
    let louder = |plane: &[f32]| -> Vec<f32> { plane.iter().map(|sample| sample * factor).collect() };
    let Some(first) = bed.first() else {
        *bed = piece.iter().map(|plane| louder(plane)).collect();
        return;
    };
    let length = piece.first().map_or(0, Vec::len);
    let fade = ((CROSSFADE * rate.as_f64()) as usize).min(length / 3).min(first.len() / 3);
    for (bed, plane) in bed.iter_mut().zip(piece) {
        let plane = louder(plane);
        let start = bed.len() - fade;
        for (frame, (last, next)) in bed[start..].iter_mut().zip(&plane).enumerate() {
            let t = frame as f64 / fade as f64;
            *last = (f64::from(*last) * equal_power(1.0 - t) + f64::from(*next) * equal_power(t)) as f32;
        }
        bed.extend_from_slice(&plane[fade..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adopt::pause::HeardPause;
    use crate::dsp::noise::HashNoise;

    fn heard(stretches: &[(f64, f64, f64)]) -> PausesHeard {
        let bed =
            stretches.iter().map(|(from, to, level)| BedStretch { from: *from, to: *to, level: *level });
        PausesHeard {
            pauses: vec![HeardPause { bed: bed.collect(), ..HeardPause::default() }],
            bed: Some(-40.0),
            speech: -20.0,
            music: false,
        }
    }

    #[test]
    fn stretches_of_the_usual_level_are_used_and_brought_to_it() {
        let pieces = texture(&heard(&[(0.0, 20.0, -40.0), (30.0, 50.0, -41.0), (60.0, 70.0, -30.0)]));
        assert_eq!(pieces.len(), 2);
        assert!(pieces.iter().all(|piece| piece.gain.abs() <= 1.0));
        assert_eq!(texture(&heard(&[(0.0, 2.0, -40.0), (5.0, 7.0, -40.0)])), []);
    }

    #[test]
    fn a_join_keeps_the_level() {
        let noise = |seed| {
            let mut samples = vec![0.0; 96_000];
            HashNoise::new(seed).fill(0, &mut samples);
            vec![samples]
        };
        let mut bed = Vec::new();
        append(&mut bed, &noise(1), 0.0, SampleRate::DEFAULT);
        append(&mut bed, &noise(2), 0.0, SampleRate::DEFAULT);
        assert_eq!(bed[0].len(), 2 * 96_000 - 28_800);
        for block in bed[0].chunks_exact(4_800) {
            let power = block.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / block.len() as f64;
            assert!((10.0 * (3.0 * power).log10()).abs() < 0.4);
        }
    }
}
