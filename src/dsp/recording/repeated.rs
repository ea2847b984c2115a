//! Whether what is spoken stands in a recording twice, as when it was pasted twice.

use realfft::RealFftPlanner;

use crate::unit::SampleRate;

/// Copies are looked for at about this rate.
const SLOW: u32 = 4_000;
/// The least time between a passage and its copy, in seconds.
const LEAST: f64 = 0.8;
/// A copy is as like as this, and at any other distance no passage is as like as that.
const COPY: f64 = 0.8;
const OTHER: f64 = 0.6;
/// Two distances are others if they differ by so much, in seconds.
const APART: f64 = 0.1;
/// A passage and its copy have this share of the energy of the whole at least, each.
const SHARE: f64 = 0.35;

/// The seconds from what is spoken to its copy; `None` where nothing is repeated.
pub(super) fn repeated(mono: &[f32], rate: SampleRate) -> Option<f64> {
    let step = (rate.hz() / SLOW).max(1) as usize;
    let slow: Vec<f64> = mono
        .chunks_exact(step)
        .map(|part| part.iter().map(|x| f64::from(*x)).sum::<f64>() / step as f64)
        .collect();
    let rate = rate.as_f64() / step as f64;
    let likeness = likeness(&slow)?;
    let distances = (LEAST * rate) as usize..slow.len();
    let best = distances.clone().max_by(|a, b| likeness[*a].total_cmp(&likeness[*b]))?;
    let apart = (APART * rate) as usize;
    let is_unlike = |distance: usize| distance.abs_diff(best) < apart || likeness[distance] < OTHER;
    (likeness[best] > COPY && distances.clone().all(is_unlike)).then(|| best as f64 / rate)
}

/// How like a recording is to itself at each distance, where enough of it lies on both sides.
fn likeness(samples: &[f64]) -> Option<Vec<f64>> {
    let length = (2 * samples.len()).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, back) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
    let (mut padded, mut bins) = (forward.make_input_vec(), forward.make_output_vec());
    padded[..samples.len()].copy_from_slice(samples);
    forward.process(&mut padded, &mut bins).ok()?;
    bins.iter_mut()
        .for_each(|bin| *bin = realfft::num_complex::Complex::new(bin.norm_sqr() / length as f64, 0.0));
    back.process(&mut bins, &mut padded).ok()?;
    let mut energy = vec![0.0];
    energy.extend(samples.iter().scan(0.0, |sum, sample| {
        *sum += sample * sample;
        Some(*sum)
    }));
    let all = energy[samples.len()];
    let like = |distance: usize| {
        let (early, late) = (energy[samples.len() - distance], all - energy[distance]);
        let enough = early.min(late) >= SHARE * all && all > 0.0;
        if enough { padded[distance] / f64::sqrt(early * late) } else { 0.0 }
    };
    Some((0..samples.len()).map(like).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_voices_are_repeated_only_where_they_were_pasted_twice() {
        for path in crate::recordings::recordings("speech", &["flac"]).iter().step_by(3) {
            let bytes = std::fs::read(path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let (rate, voice) = (decoded.buffer.rate(), &decoded.buffer.planes()[0]);
            assert_eq!(repeated(voice, rate), None, "{}", path.display());
            let gap = vec![0.0; rate.hz() as usize / 3];
            let twice = [voice.as_slice(), &gap, voice].concat();
            let apart = (voice.len() + gap.len()) as f64 / rate.as_f64();
            assert!(
                repeated(&twice, rate).is_some_and(|found| (found - apart).abs() < 0.01),
                "{}",
                path.display()
            );
        }
    }

    #[test]
    fn a_note_that_is_held_is_no_copy() {
        let note: Vec<f32> = (0..144_000).map(|n| 0.2 * (n as f32 * 0.02).sin()).collect();
        assert_eq!(repeated(&note, SampleRate::DEFAULT), None);
        assert_eq!(repeated(&vec![0.0; 144_000], SampleRate::DEFAULT), None);
        assert_eq!(repeated(&[0.1; 10], SampleRate::DEFAULT), None);
    }
}
