//! Makes one recording of a file whose rate or channels change midway: what follows is converted to what it begins
//! with.

use super::DecodeError;
use crate::dsp::resample::StreamResampler;
use crate::unit::SampleRate;

/// Converts blocks to one rate and number of channels.
pub(super) struct Uniform {
    rate: SampleRate,
    channels: usize,
    /// What is being converted now, with its rate.
    resampler: Option<(SampleRate, StreamResampler)>,
}

impl Uniform {
    pub(super) fn new(rate: SampleRate, channels: usize) -> Self {
        Self { rate, channels, resampler: None }
    }

    /// Converts a block of this rate. It may be empty afterwards.
    ///
    /// # Errors
    /// If the rates cannot be converted.
    pub(super) fn convert(
        &mut self,
        rate: SampleRate,
        planes: &mut Vec<Vec<f32>>,
    ) -> Result<(), DecodeError> {
        if planes.len() != self.channels {
            mix(planes, self.channels);
        }
        if rate == self.rate && self.resampler.is_none() {
            return Ok(());
        }
        let mut ready = vec![Vec::new(); self.channels];
        if self.resampler.as_ref().is_some_and(|(from, _)| *from != rate) {
            self.finish(&mut ready);
        }
        if rate == self.rate {
            ready.iter_mut().zip(planes.iter()).for_each(|(ready, plane)| ready.extend_from_slice(plane));
        } else {
            if self.resampler.is_none() {
                let resampler = StreamResampler::new(rate, self.rate, self.channels);
                self.resampler = Some((rate, resampler.map_err(|_| DecodeError::changes_midway())?));
            }
            if let Some((_, resampler)) = &mut self.resampler {
                resampler.push(&planes.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut ready);
            }
        }
        *planes = ready;
        Ok(())
    }

    /// Appends what is still being converted.
    pub(super) fn finish(&mut self, planes: &mut [Vec<f32>]) {
        if let Some((_, mut resampler)) = self.resampler.take() {
            resampler.finish(planes);
        }
    }

    pub(super) fn is_converting(&self) -> bool {
        self.resampler.is_some()
    }
}

/// One channel goes to all; several become their mean.
fn mix(planes: &mut Vec<Vec<f32>>, channels: usize) {
    let count = planes.len() as f32;
    let mut sum = planes.swap_remove(0);
    for plane in planes.iter() {
        sum.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample);
    }
    sum.iter_mut().for_each(|sample| *sample /= count);
    *planes = vec![sum; channels];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_midway_keeps_its_length_in_time_and_its_level() {
        let rate = |hz| SampleRate::new(hz).unwrap();
        let mut uniform = Uniform::new(rate(48_000), 1);
        let (mut whole, mut block) = (Vec::new(), Vec::new());
        for (hz, planes) in [
            (48_000, vec![vec![0.5; 4_800]]),
            (24_000, vec![vec![0.25; 2_400], vec![0.75; 2_400]]),
            (24_000, vec![vec![0.5; 2_400]]),
            (48_000, vec![vec![0.5; 4_800]]),
        ] {
            block.clone_from(&planes);
            uniform.convert(rate(hz), &mut block).unwrap();
            assert_eq!(block.len(), 1);
            whole.extend_from_slice(&block[0]);
        }
        assert!(!uniform.is_converting());
        assert_eq!(whole.len(), 4 * 4_800);
        assert!(whole[6_000..13_000].iter().all(|x| (x - 0.5).abs() < 0.01));
    }
}
