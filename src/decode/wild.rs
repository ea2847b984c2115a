//! Samples that no recording has: a value far beyond full scale, from a broken file or a faulty program. One of them
//! would outweigh all other sound in every measurement and filter after it.

use super::DecodeError;
use crate::unit::Frames;

/// Beyond this level, +36 dBFS, nothing has been recorded. Floats may exceed full scale, and recorders of 32-bit float
/// do, by 20 dB and more.
const BEYOND: f32 = 64.0;
/// If more than this share of the samples of a file are wild, none of them is to be trusted.
const MOST: f64 = 0.001;
/// The share is judged from this number of wild samples on, or at the end.
const JUDGED: u64 = 1_000;

/// Finds wild samples and replaces them.
#[derive(Debug, Default)]
pub(super) struct WildSamples {
    seen: u64,
    wild: u64,
    first: Frames,
    peak: f32,
    /// The last sample of each channel, which replaces wild ones that follow.
    last: Vec<f32>,
}

/// What was found in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WildSummary {
    pub(super) first: Frames,
    pub(super) samples: u64,
    pub(super) peak: f32,
}

impl WildSamples {
    /// Replaces the wild samples of a block that begins at frame `at`: by a line to the next sample, or by the last one
    /// at the end of the block.
    ///
    /// # Errors
    /// If there are too many of them.
    pub(super) fn correct(&mut self, planes: &mut [Vec<f32>], at: Frames) -> Result<(), DecodeError> {
        self.last.resize(planes.len(), 0.0);
        for (plane, last) in planes.iter_mut().zip(&mut self.last) {
            self.seen += plane.len() as u64;
            if plane.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs())) > BEYOND {
                let mut from = 0;
                while let Some(start) = plane[from..].iter().position(|sample| sample.abs() > BEYOND) {
                    let start = from + start;
                    let length = plane[start..]
                        .iter()
                        .position(|sample| sample.abs() <= BEYOND)
                        .unwrap_or(plane.len() - start);
                    let run = start..start + length;
                    if self.wild == 0 {
                        self.first = at + Frames(start as u64);
                    }
                    self.wild += length as u64;
                    self.peak = plane[run.clone()].iter().fold(self.peak, |peak, x| peak.max(x.abs()));
                    let before = if start == 0 { *last } else { plane[start - 1] };
                    let after = plane.get(run.end).copied().unwrap_or(before);
                    let step = (after - before) / (length + 1) as f32;
                    for (n, sample) in plane[run.clone()].iter_mut().enumerate() {
                        *sample = before + step * (n + 1) as f32;
                    }
                    from = run.end;
                }
            }
            *last = plane.last().copied().unwrap_or(*last);
        }
        if self.wild >= JUDGED { self.judge() } else { Ok(()) }
    }

    fn judge(&self) -> Result<(), DecodeError> {
        if self.wild as f64 > MOST * self.seen as f64 {
            return Err(DecodeError::OffScale { first: self.first, peak: self.peak });
        }
        Ok(())
    }

    /// What was found in the whole file.
    ///
    /// # Errors
    /// If there were too many of them.
    pub(super) fn finish(&self) -> Result<Option<WildSummary>, DecodeError> {
        self.judge()?;
        let found = WildSummary { first: self.first, samples: self.wild, peak: self.peak };
        Ok((self.wild > 0).then_some(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_sample_is_replaced_by_a_line_and_reported() {
        let mut wild = WildSamples::default();
        let mut planes = vec![vec![0.25; 3_000], vec![0.5; 3_000]];
        planes[1][1_000..1_002].fill(17_000.0);
        planes[1][1_002] = -0.1;
        planes[0][2_999] = f32::MAX;
        wild.correct(&mut planes, Frames(500)).unwrap();
        assert!((planes[1][1_000] - 0.3).abs() < 1e-6 && (planes[1][1_001] - 0.1).abs() < 1e-6);
        assert_eq!(planes[0][2_999], 0.25);
        let found = wild.finish().unwrap().unwrap();
        assert_eq!((found.first, found.samples, found.peak), (Frames(3_499), 3, f32::MAX));
    }

    #[test]
    fn what_a_loud_recorder_writes_is_left_alone() {
        let mut wild = WildSamples::default();
        let mut planes = vec![vec![20.0, -60.0]];
        wild.correct(&mut planes, Frames::ZERO).unwrap();
        assert_eq!((planes, wild.finish().unwrap()), (vec![vec![20.0, -60.0]], None));
    }

    #[test]
    fn a_file_on_the_scale_of_integers_is_refused() {
        let mut wild = WildSamples::default();
        let mut planes = vec![(0..4_000).map(|n| 9_000.0 * (n as f32 * 0.1).sin()).collect::<Vec<_>>()];
        assert!(matches!(wild.correct(&mut planes, Frames::ZERO), Err(DecodeError::OffScale { .. })));
    }
}
