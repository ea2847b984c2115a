//! The waveform of a take: its lowest and highest sample in each of some columns.

use crate::decode::decode_all;
use crate::files::{DiskFiles, Files as _};
use crate::http::problem::Problem;
use crate::studio::refusal::{Refusal, failed};

/// The most columns of a picture.
const MOST: usize = 2_000;

/// The lowest and highest samples of so many columns, in hundredths of full scale.
pub(super) fn peaks(files: &DiskFiles, path: &str, columns: usize) -> Result<Vec<[i16; 2]>, Problem> {
    let source = files.open(std::path::Path::new(path)).map_err(failed)?;
    let decoded = decode_all(source).map_err(|error| Refusal::BrokenSound.by(&error))?;
    Ok(of_samples(decoded.buffer.plane(0), columns))
}

/// The same of samples.
pub(super) fn of_samples(samples: &[f32], columns: usize) -> Vec<[i16; 2]> {
    of(samples, columns.clamp(1, MOST))
}

fn of(samples: &[f32], columns: usize) -> Vec<[i16; 2]> {
    let hundredths = |sample: f32| (sample * 100.0).round().clamp(-100.0, 100.0) as i16;
    let column = |at: usize| {
        let part = &samples[samples.len() * at / columns..samples.len() * (at + 1) / columns];
        let low = part.iter().copied().fold(0.0, f32::min);
        [hundredths(low), hundredths(part.iter().copied().fold(0.0, f32::max))]
    };
    (0..columns).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_counts_in_one_column() {
        assert_eq!(of(&[0.5, -0.25, 0.0, 1.5], 2), [[-25, 50], [0, 100]]);
        assert_eq!(of(&[], 2), [[0, 0]; 2]);
        assert_eq!(of(&[1.0], 3).iter().filter(|column| column[1] == 100).count(), 1);
    }
}
