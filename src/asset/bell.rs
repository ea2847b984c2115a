//! A bell ready to be played, in memory or in the cache.

use super::{SampleFile, SoundError};
use crate::audio::Buffer;
use crate::unit::{Frames, Position};

/// Frames written to the cache at a time.
const BLOCK: usize = 8_192;

/// A bell that can be read at any position.
#[derive(Debug)]
pub enum BellSource {
    /// In memory.
    Held(Buffer),
    /// In the cache.
    Cached(SampleFile),
}

impl BellSource {
    pub fn channels(&self) -> usize {
        match self {
            Self::Held(buffer) => buffer.channels(),
            Self::Cached(file) => file.channels(),
        }
    }

    pub fn frames(&self) -> Frames {
        match self {
            Self::Held(buffer) => buffer.frames(),
            Self::Cached(file) => file.frames(),
        }
    }

    /// Fills one plane per channel from `from` on; silent beyond the end.
    ///
    /// # Errors
    /// [`SoundError`] if the disk fails.
    pub fn read(&self, from: Position, planes: &mut [&mut [f32]]) -> Result<(), SoundError> {
        match self {
            Self::Cached(file) => Ok(file.read(from, planes)?),
            Self::Held(buffer) => {
                for (plane, out) in buffer.planes().iter().zip(planes) {
                    let rest = plane.get(from.0 as usize..).unwrap_or_default();
                    let there = rest.len().min(out.len());
                    out[..there].copy_from_slice(&rest[..there]);
                    out[there..].fill(0.0);
                }
                Ok(())
            }
        }
    }

    /// Stores a bell in the cache, or keeps it in memory if there is no cache.
    pub(super) fn keep(made: Buffer, mut writer: super::SampleWriter) -> Self {
        for start in (0..made.frames().index()).step_by(BLOCK) {
            let end = made.frames().index().min(start + BLOCK);
            writer.write(&made.planes().iter().map(|plane| &plane[start..end]).collect::<Vec<_>>());
        }
        writer.finish().map_or(Self::Held(made), Self::Cached)
    }
}

/// Steps of 5 ms in a second.
const STEPS: u32 = 200;
/// Where a strike is looked for: the first half second tells how loud it is, and it begins within 0.3 s.
const HEARD: usize = 100;
const LATEST: usize = 60;
/// A strike is this far under the loudest step at most, and so far over what was two steps before, in dB.
const UNDER_LOUDEST: f64 = 20.0;
const RISE: f64 = 10.0;
/// Without a strike, as where a bowl is rubbed, it begins where it is heard: this far under the loudest step.
const FAINT: f64 = 50.0;

/// Cuts what a recording has before its strike, so that it sounds at the time at which it is to be struck. One that begins at
/// once is unchanged.
pub(super) fn begin_at_strike(bell: Buffer) -> Buffer {
    let rate = bell.rate();
    let step = (rate.hz() / STEPS).max(1) as usize;
    let power = |index: usize| {
        let of = |plane: &Vec<f32>| -> f64 {
            let part = plane.iter().skip(index * step).take(step);
            part.map(|sample| f64::from(*sample).powi(2)).sum()
        };
        10.0 * (bell.planes().iter().map(of).sum::<f64>() / step as f64).max(1e-14).log10()
    };
    let levels: Vec<f64> = (0..HEARD).map(power).collect();
    let loudest = levels.iter().copied().fold(f64::MIN, f64::max);
    let reaches = |under: f64| (0..LATEST).find(|at| levels[*at] > loudest - under);
    let strike = reaches(UNDER_LOUDEST).filter(|at| *at >= 2 && levels[*at] > levels[*at - 2] + RISE);
    let first = strike.or_else(|| reaches(FAINT)).unwrap_or(0);
    // What is left before it fades in.
    let from = first.saturating_sub(2) * step;
    if from == 0 {
        return bell;
    }
    let mut planes = bell.into_planes();
    for plane in &mut planes {
        plane.drain(..from.min(plane.len()));
        let turn = std::f64::consts::PI / step as f64;
        for (n, sample) in plane.iter_mut().take(step).enumerate() {
            *sample *= (0.5 - 0.5 * ((n as f64 + 0.5) * turn).cos()) as f32;
        }
    }
    Buffer::from_planes(rate, planes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_begins_at_its_strike() {
        let rate = crate::unit::SampleRate::DEFAULT;
        let bell = |strike: usize| -> Vec<f32> {
            let ring = |n: usize| 0.3 * (n as f32 * 0.08).sin() * (-(n as f32) / 50_000.0).exp();
            // A hand on the mallet before it.
            let hand = |n: usize| if n > 4_400 { 0.0005 * (n as f32 * 0.3).sin() } else { 0.0 };
            (0..96_000).map(|n| if n < strike { hand(n) } else { ring(n - strike) }).collect()
        };
        let at_once = Buffer::from_planes(rate, vec![bell(0)]);
        assert_eq!(begin_at_strike(at_once.clone()).planes(), at_once.planes());
        let late = begin_at_strike(Buffer::from_planes(rate, vec![bell(9_600); 2]));
        let begins = late.plane(1).iter().position(|sample| sample.abs() > 0.1).unwrap();
        assert!(begins < 600 && late.frames().0 == 96_000 - 9_600 + 480, "{begins} {:?}", late.frames());
        // A bowl that is rubbed begins where it is heard.
        let swell: Vec<f32> = (0..96_000)
            .map(|n| 0.2 * (n.max(7_200) - 7_200) as f32 / 88_800.0 * (n as f32 * 0.05).sin())
            .collect();
        let rubbed = begin_at_strike(Buffer::from_planes(rate, vec![swell]));
        assert!((88_000..=90_000).contains(&rubbed.frames().0), "{:?}", rubbed.frames());
    }
    use crate::asset::{Cache, CacheKeyBuilder};
    use crate::unit::SampleRate;

    #[test]
    fn a_cached_bell_equals_one_in_memory_and_is_silent_beyond_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let key = CacheKeyBuilder::new("test").finish();
        let planes = [1.0f32, -1.0].map(|sign| (0..20_000).map(|n| sign * n as f32).collect()).to_vec();
        let bell = || Buffer::from_planes(SampleRate::DEFAULT, planes.clone());
        let held = BellSource::keep(bell(), Cache::off().put_samples("bells", &key, 2));
        let kept = BellSource::keep(bell(), Cache::at(folder.path()).put_samples("bells", &key, 2));
        assert!(matches!((&held, &kept), (BellSource::Held(_), BellSource::Cached(_))));
        assert_eq!((held.channels(), held.frames()), (kept.channels(), kept.frames()));
        for from in [0, 8_191, 19_990, 30_000] {
            let [one, other] = [&held, &kept].map(|source| {
                let mut out = [vec![9.0f32; 100], vec![9.0f32; 100]];
                let [left, right] = &mut out;
                source.read(Position(from), &mut [left, right]).unwrap();
                out
            });
            assert_eq!(one, other);
            let expected = if from + 99 < 20_000 { (from + 99) as f32 } else { 0.0 };
            assert_eq!((one[0][99], one[1][99]), (expected, -expected));
        }
    }
}
