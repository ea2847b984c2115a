//! The contract of every generator, which allows hours of sound to be made in pieces, in any order, on any thread.
//!
//! A generator produces grains of [`GRAIN`] frames. No state is carried from one grain to the next: filters are
//! warmed up within each grain by running them over the preceding noise for a fixed number of frames. Their state
//! then differs from that of a continuous run by less than −110 dB, which is inaudible.

/// The length of a grain: 5.5 s at 48 kHz.
pub const GRAIN: u64 = 1 << 18;

/// The channels of a grain: left and right.
pub const CHANNELS: usize = 2;

/// An endless stereo sound, made of grains.
pub trait Generator: Send + Sync {
    /// Fills both channels, a whole number of grains long, from frame `first` on, where a grain begins. The result depends
    /// only on the generator and `first`.
    fn run(&self, first: u64, left: &mut [f32], right: &mut [f32]);

    /// Fills `planes` (left and right) with the frames from `index`·[`GRAIN`] on; each becomes [`GRAIN`] long.
    ///
    /// # Panics
    /// If there are not two planes.
    fn grain(&self, index: u64, planes: &mut [Vec<f32>]) {
        let [left, right] = planes else { panic!("a grain has two planes") };
        left.resize(GRAIN as usize, 0.0);
        right.resize(GRAIN as usize, 0.0);
        self.run(index.wrapping_mul(GRAIN), left, right);
    }
}

/// Checks used by the tests of all generators.
#[cfg(test)]
pub(crate) mod check {
    use super::{CHANNELS, GRAIN, Generator};

    /// One grain in fresh planes.
    pub(crate) fn made(generator: &dyn Generator, index: u64) -> Vec<Vec<f32>> {
        let mut planes = vec![Vec::new(); CHANNELS];
        generator.grain(index, &mut planes);
        assert!(planes.iter().all(|plane| plane.len() == GRAIN as usize));
        planes
    }

    /// A grain does not depend on the grains made before it, nor on the previous contents of the planes.
    pub(crate) fn order_does_not_matter(generator: &dyn Generator) {
        let fresh = [made(generator, 0), made(generator, 1)];
        let mut planes = vec![vec![7.0; 10]; CHANNELS];
        for index in [1, 0, 1] {
            generator.grain(index, &mut planes);
            assert!(planes == fresh[index as usize], "grain {index}");
        }
    }

    /// Grains 0 and 1 differ from a continuous run by at most −110 dB of full scale.
    pub(crate) fn joins_without_a_seam(generator: &dyn Generator) {
        let (mut left, mut right) = (vec![0.0; 2 * GRAIN as usize], vec![0.0; 2 * GRAIN as usize]);
        generator.run(0, &mut left, &mut right);
        is_joined(generator, &[left, right]);
    }

    /// Grains 0 and 1 differ from what is unbroken by at most −110 dB of full scale.
    pub(crate) fn is_joined(generator: &dyn Generator, unbroken: &[Vec<f32>]) {
        for (channel, whole) in unbroken.iter().enumerate() {
            let grains =
                [made(generator, 0).swap_remove(channel), made(generator, 1).swap_remove(channel)].concat();
            let worst = grains.iter().zip(whole).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(grains.len() == whole.len() && worst < 3.2e-6, "channel {channel}: {worst}");
        }
    }

    /// The RMS of samples in dBFS.
    pub(crate) fn rms_db(samples: &[f32]) -> f64 {
        let power = samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len() as f64;
        10.0 * power.log10()
    }

    /// The power density of samples around `hz` in dB, relative between calls only: the mean over Hann-windowed
    /// pieces of the squared Fourier sums at a few frequencies within a sixth of an octave.
    pub(crate) fn density_db(samples: &[f32], rate: f64, hz: f64) -> f64 {
        const PIECE: usize = 1 << 14;
        let mut power = 0.0;
        for step in -2..=2 {
            let step_angle = std::f64::consts::TAU * hz * 2f64.powf(f64::from(step) / 24.0) / rate;
            for piece in samples.chunks_exact(PIECE) {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, &sample) in piece.iter().enumerate() {
                    let hann = 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / PIECE as f64).cos();
                    let (sine, cosine) = (step_angle * i as f64).sin_cos();
                    re += f64::from(sample) * hann * cosine;
                    im += f64::from(sample) * hann * sine;
                }
                power += re * re + im * im;
            }
        }
        10.0 * power.log10()
    }
}
