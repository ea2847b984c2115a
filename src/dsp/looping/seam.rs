//! A seamless loop of a whole recording: its end is crossfaded into its beginning, so the loop is as long as the
//! recording minus the crossfade. Read in windows; the recording is never held in memory whole.

use std::ops::Range;

use crate::dsp::fade::equal_power_weights;
use crate::unit::{Frames, Position};

/// The most frames of the crossfade mixed at once, which limits memory use for long crossfades.
const CHUNK: u64 = 4_096;

/// The arithmetic of one loop. With L frames, a crossfade of X and θ = i/X·π/2, the repeated unit is
/// source\[L−X+i\]·cos θ + source\[i\]·sin θ for i < X, and source\[i\] from there to L−X.
///
/// cos² + sin² = 1, so the level stays constant where the beginning and end of the recording are uncorrelated, as in
/// rain, wind or waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seam {
    unit: u64,
    crossfade: u64,
}

impl Seam {
    /// A loop of a recording of `total` frames with this crossfade, which may be zero for a plain repeat. `None` if
    /// the recording is empty or the crossfade is longer than half of it.
    pub fn new(total: Frames, crossfade: Frames) -> Option<Self> {
        (total.0 > 0 && crossfade.0 <= total.0 / 2)
            .then(|| Self { unit: total.0 - crossfade.0, crossfade: crossfade.0 })
    }

    /// The length of one repetition.
    pub fn unit(&self) -> Frames {
        Frames(self.unit)
    }

    /// Fills `planes`, of equal length, with the endless loop from `from` on. `fetch(first, planes)` fills planes
    /// with the recording from its frame `first` on; it is called only for windows inside the recording.
    ///
    /// # Errors
    /// The first error of `fetch`.
    pub fn read<E>(
        &self,
        from: Position,
        planes: &mut [&mut [f32]],
        fetch: &mut impl FnMut(u64, &mut [&mut [f32]]) -> Result<(), E>,
    ) -> Result<(), E> {
        let frames = planes.first().map_or(0, |plane| plane.len());
        assert!(planes.iter().all(|plane| plane.len() == frames), "planes are of one length");
        let mut done = 0;
        while done < frames {
            let place = (from.0 + done as u64) % self.unit;
            let end = if place < self.crossfade { self.crossfade.min(place + CHUNK) } else { self.unit };
            let count = (end - place).min((frames - done) as u64) as usize;
            let mut window = part(planes, done..done + count);
            fetch(place, &mut window)?;
            if place < self.crossfade {
                self.blend(place, &mut window, fetch)?;
            }
            done += count;
        }
        Ok(())
    }

    /// Crossfades the end of the recording into its beginning, which `heads` contains from `place` on.
    fn blend<E>(
        &self,
        place: u64,
        heads: &mut [&mut [f32]],
        fetch: &mut impl FnMut(u64, &mut [&mut [f32]]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut tails: Vec<Vec<f32>> = heads.iter().map(|head| vec![0.0; head.len()]).collect();
        let mut views: Vec<&mut [f32]> = tails.iter_mut().map(Vec::as_mut_slice).collect();
        fetch(self.unit + place, &mut views)?;
        let frames = tails.first().map_or(0, Vec::len);
        let (mut leaving, mut coming) = (vec![0.0; frames], vec![0.0; frames]);
        equal_power_weights(place, self.crossfade, &mut leaving, &mut coming);
        for (head, tail) in heads.iter_mut().zip(&tails) {
            for ((sample, last), (cosine, sine)) in head.iter_mut().zip(tail).zip(leaving.iter().zip(&coming))
            {
                *sample = (f64::from(*last) * cosine + f64::from(*sample) * sine) as f32;
            }
        }
        Ok(())
    }
}

/// The same range of every plane.
fn part<'a>(planes: &'a mut [&mut [f32]], range: Range<usize>) -> Vec<&'a mut [f32]> {
    planes.iter_mut().map(|plane| &mut plane[range.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::f64::consts::FRAC_PI_2;

    use super::*;
    use crate::dsp::noise::HashNoise;
    use proptest::prelude::*;

    /// The definition, over a whole recording in memory.
    fn unit_of(source: &[f32], crossfade: usize) -> Vec<f32> {
        let unit = source.len() - crossfade;
        let sample = |i: usize| {
            let angle = i as f64 / crossfade as f64 * FRAC_PI_2;
            (f64::from(source[unit + i]) * angle.cos() + f64::from(source[i]) * angle.sin()) as f32
        };
        (0..unit).map(|i| if i < crossfade { sample(i) } else { source[i] }).collect()
    }

    fn noise(seed: u64, frames: usize) -> Vec<f32> {
        let mut samples = vec![0.0; frames];
        HashNoise::new(seed).fill(0, &mut samples);
        samples
    }

    fn read(sources: &[Vec<f32>], seam: Seam, from: u64, frames: usize) -> Vec<Vec<f32>> {
        let mut planes = vec![vec![9.0; frames]; sources.len()];
        let mut views: Vec<&mut [f32]> = planes.iter_mut().map(Vec::as_mut_slice).collect();
        let mut fetch = |first: u64, windows: &mut [&mut [f32]]| {
            for (source, window) in sources.iter().zip(windows) {
                window.copy_from_slice(&source[first as usize..first as usize + window.len()]);
            }
            Ok::<(), Infallible>(())
        };
        seam.read(Position(from), &mut views, &mut fetch).unwrap();
        planes
    }

    #[test]
    fn a_crossfade_longer_than_half_the_recording_is_refused() {
        assert_eq!(Seam::new(Frames(9), Frames(5)), None);
        assert_eq!(Seam::new(Frames(0), Frames(0)), None);
        assert_eq!(Seam::new(Frames(8), Frames(4)).unwrap().unit(), Frames(4));
    }

    proptest! {
        #[test]
        fn any_window_equals_the_definition(total in 1usize..900, share in 0usize..=100, from in 0u64..5_000, frames in 0usize..2_000) {
            let crossfade = total / 2 * share / 100;
            let sources = [noise(1, total), noise(2, total)];
            let seam = Seam::new(Frames(total as u64), Frames(crossfade as u64)).unwrap();
            let planes = read(&sources, seam, from, frames);
            for (source, plane) in sources.iter().zip(&planes) {
                let unit = unit_of(source, crossfade);
                let mut places = plane.iter().zip(from as usize..);
                prop_assert!(places.all(|(s, place)| (s - unit[place % unit.len()]).abs() < 1e-6));
                let after = read(&sources, seam, from + 1, frames);
                prop_assert!(frames == 0 || planes.iter().zip(&after).all(|(one, other)| one[1..] == other[..frames - 1]));
            }
        }
    }

    #[test]
    fn long_crossfades_are_mixed_in_pieces_with_the_same_result() {
        let source = noise(3, 40_000);
        let seam = Seam::new(Frames(40_000), Frames(15_000)).unwrap();
        let unit = unit_of(&source, 15_000);
        let looped = read(&[source], seam, 0, 25_000);
        assert!(looped[0].iter().zip(&unit).all(|(sample, expected)| (sample - expected).abs() < 1e-6));
    }

    #[test]
    fn noise_keeps_its_level_through_the_seam() {
        let source = noise(4, 400_000);
        let seam = Seam::new(Frames(400_000), Frames(96_000)).unwrap();
        let looped = read(&[source], seam, 0, 608_000).remove(0);
        for (index, block) in looped.chunks_exact(19_000).enumerate() {
            let power = block.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / block.len() as f64;
            let level = 10.0 * (3.0 * power).log10();
            assert!(level.abs() < 0.2, "block {index}: {level} dB");
        }
    }

    #[test]
    fn a_slow_wave_has_no_step_where_the_loop_starts_again() {
        // A wave that does not fit the recording: a plain repeat would jump.
        let source: Vec<f32> = (0..10_000).map(|i| (f64::from(i) * 0.003 * 1.1).sin() as f32).collect();
        let seam = Seam::new(Frames(10_000), Frames(2_000)).unwrap();
        let looped = read(&[source], seam, 0, 24_000).remove(0);
        let step = looped.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.006, "{step}");
    }

    #[test]
    fn an_error_of_the_source_is_returned() {
        let mut plane = [0.0f32; 10];
        let seam = Seam::new(Frames(100), Frames(10)).unwrap();
        let result = seam.read(Position(0), &mut [&mut plane], &mut |_, _| Err("unreadable"));
        assert_eq!(result, Err("unreadable"));
    }
}
