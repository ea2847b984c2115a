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

#[cfg(test)]
mod tests {
    use super::*;
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
