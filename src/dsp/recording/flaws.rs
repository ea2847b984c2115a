//! What a recording lost before it came: tops that were cut off, and holes.

use std::ops::Range;

use crate::unit::SampleRate;

/// Full scale, with a tolerance for 16-bit quantisation. Floats may exceed it without clipping; clipped samples are
/// exactly at it.
pub(in crate::dsp) const FULL_SCALE: std::ops::RangeInclusive<f32> = 0.9999..=1.000_1;
/// How many consecutive samples at full scale count as a clipped peak.
pub(in crate::dsp) const CLIPPED_RUN: usize = 3;
/// Below full scale, so many places have to be cut off at the same height.
const FLAT_PLACES: usize = 3;
/// Equal to the highest sample is what differs by rounding to 16 bits with dither, or by this share of it.
const ROUNDING: f32 = 1.5 / 32_768.0;
const EQUAL: f32 = 2e-4;
/// Two samples beside a top that was cut off, the sound has fallen by so many times that; a round top of the same length by
/// five and a half times at most.
const CORNER: f32 = 12.0;
/// Below this height rounding makes steps that look like cut tops.
const LEAST_TOP: f32 = 0.02;
/// The shortest and the longest hole, in seconds. A longer one is a pause.
const HOLE: (f64, f64) = (0.001, 0.06);
/// So much sound before and after a hole is looked at, in seconds, and this much under the speech it is still loud.
const BESIDE: f64 = 0.002;
const LOUD: f64 = 15.0;

/// The tops that are cut off, in order: at full scale, or, where the recording was made softer afterwards, at its own peak.
pub(in crate::dsp) fn clipped(samples: &[f32]) -> Vec<Range<usize>> {
    let (full, flat) = (clipped_runs(samples), flat_tops(samples));
    if full.len() >= flat.len() { full } else { flat }
}

/// The runs of samples at full scale.
pub(super) fn clipped_runs(samples: &[f32]) -> Vec<Range<usize>> {
    let is_full = |sample: f32| FULL_SCALE.contains(&sample.abs());
    runs(samples, is_full).filter(|run| run.len() >= CLIPPED_RUN).collect()
}

/// The runs of samples of which each is one of these.
fn runs(samples: &[f32], is_one: impl Fn(f32) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += samples[at..].iter().position(|sample| is_one(*sample))?;
        let length = samples[at..].iter().take_while(|sample| is_one(**sample)).count();
        at += length;
        Some(at - length..at)
    })
}

/// The flat tops at the highest and lowest samples; none where they are too few to be no chance.
fn flat_tops(samples: &[f32]) -> Vec<Range<usize>> {
    let mut tops = Vec::new();
    for sign in [1.0, -1.0] {
        let Some((top, equal)) = rail(samples, sign) else { continue };
        tops.extend(runs(samples, |sample| sign * sample >= top - equal).filter(|run| {
            let is_inside = run.start >= 2 && run.end + 1 < samples.len();
            is_inside && run.len() >= CLIPPED_RUN && {
                let highest = f32::max(sign * samples[run.start - 2], sign * samples[run.end + 1]);
                top - highest > CORNER * equal
            }
        }));
    }
    tops.sort_by_key(|run| run.start);
    if tops.len() >= FLAT_PLACES { tops } else { Vec::new() }
}

/// The highest sample of a sign, and how far another may lie under it to be equal to it; `None` where rounding hides that.
pub(in crate::dsp) fn rail(samples: &[f32], sign: f32) -> Option<(f32, f32)> {
    let top = samples.iter().fold(0f32, |top, sample| top.max(sign * sample));
    (top >= LEAST_TOP).then(|| (top, ROUNDING.max(EQUAL * top)))
}

/// The holes: samples that stand still for a moment while the sound before and after them is loud.
pub(super) fn holes(mono: &[f32], speech: f64, rate: SampleRate) -> Vec<Range<usize>> {
    let frames = |seconds: f64| ((seconds * rate.as_f64()) as usize).max(4);
    let (shortest, longest, beside) = (frames(HOLE.0), frames(HOLE.1), frames(BESIDE));
    let loud = 10f64.powf((speech - LOUD) / 10.0);
    let is_loud = |samples: &[f32]| {
        samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() > loud * samples.len() as f64
    };
    let is_hole = |run: &Range<usize>| {
        (shortest..=longest).contains(&run.len())
            && run.start >= beside
            && run.end + beside <= mono.len()
            && is_loud(&mono[run.start - beside..run.start])
            && is_loud(&mono[run.end..run.end + beside])
    };
    runs(mono, |sample| sample.abs() <= ROUNDING).filter(is_hole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::speech::listen;
    use crate::dsp::voice::signals::noise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    #[test]
    fn tops_that_were_cut_off_are_told_at_any_level_and_round_ones_are_not() {
        for hz in [60.0, 130.0, 997.0, 4_000.0] {
            for level in [1.0, 0.4, 0.05] {
                let round = |gain: f32, most: f32| -> Vec<f32> {
                    let sine = |n: usize| (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin();
                    let whole = |x: f32| (x * 32_768.0).round() / 32_768.0;
                    (0..9_600).map(|n| whole((gain * sine(n)).clamp(-most, most) * level * 0.99)).collect()
                };
                assert_eq!(clipped(&round(1.0, 1.0)).len(), 0, "{hz} {level}");
                if hz > 100.0 && hz < 1_000.0 {
                    assert!(clipped(&round(3.0, 1.0)).len() > 30, "{hz} {level}");
                }
            }
        }
    }

    #[test]
    fn real_voices_have_neither_cut_tops_nor_holes_until_they_get_them() {
        let dither = noise(4, 1.0 / 32_768.0, 600_000);
        for path in crate::recordings::recordings("speech", &["flac"]) {
            let bytes = std::fs::read(&path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let (rate, voice) = (decoded.buffer.rate(), &decoded.buffer.planes()[0]);
            let level = listen(voice, rate).unwrap().1;
            let peak = voice.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
            for gain in [1.0, 0.3] {
                let soft: Vec<f32> =
                    voice.iter().map(|sample| (sample * gain * 32_768.0).round() / 32_768.0).collect();
                let soft_level = level + 20.0 * f64::from(gain).log10();
                let found = (clipped(&soft).len(), holes(&soft, soft_level, rate).len());
                assert_eq!(found, (0, 0), "{}", path.display());
            }
            let cut: Vec<f32> = voice.iter().map(|x| x.clamp(-0.3 * peak, 0.3 * peak) * 0.4).collect();
            let cut: Vec<f32> = cut.iter().zip(&dither).map(|(x, dither)| x + dither).collect();
            assert!(clipped(&cut).len() >= 3, "{}", path.display());
            // Five milliseconds about the loudest sample.
            let loudest = voice.iter().position(|sample| sample.abs() >= peak).unwrap();
            let half = rate.hz() as usize / 400;
            let mut broken = voice.clone();
            broken[loudest.saturating_sub(half)..loudest + half].fill(0.0);
            assert_eq!(holes(&broken, level, rate).len(), 1, "{}", path.display());
        }
    }

    #[test]
    fn a_pause_is_no_hole() {
        let mut tone: Vec<f32> = (0..48_000).map(|n| 0.2 * (n as f32 * 0.02).sin()).collect();
        let level = listen(&tone, RATE).unwrap().1;
        tone[20_000..24_800].fill(0.0);
        assert_eq!(holes(&tone, level, RATE).len(), 0);
        tone[30_000..30_240].fill(0.0);
        assert_eq!(holes(&tone, level, RATE), vec![30_000..30_240; 1]);
    }
}
