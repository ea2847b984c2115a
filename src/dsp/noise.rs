//! Stateless white noise: each sample is a function of only the seed and its index, so any part of it can be computed
//! independently and in any order.

/// The odd number nearest to 2⁶⁴/φ, the increment of `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014, section 3).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes 64 bits so that each bit of the result depends on each bit of the input: the finaliser of `SplitMix64`
/// (Stafford's variant 13 of the `MurmurHash3` finaliser). A bijection; zero maps to zero.
pub const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Derives a seed from numbers such as (seed of the render, bed, layer). Their order and count matter.
pub fn seed(parts: &[u64]) -> u64 {
    parts.iter().fold(mix(GOLDEN ^ parts.len() as u64), |hash, part| {
        mix(hash.wrapping_mul(3).wrapping_add(mix(part ^ GOLDEN)))
    })
}

/// Derives a seed from a name: FNV-1a over its bytes (Fowler, Noll and Vo; 64-bit offset basis and prime), then
/// mixed.
pub fn seed_of(text: &str) -> u64 {
    mix(text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)))
}

/// White noise of one seed, computed by hashing the index. Indices wrap around, so there is noise before index 0 too.
/// Also used as a source of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashNoise {
    key: u64,
}

impl HashNoise {
    pub const fn new(seed: u64) -> Self {
        // Mixed, so that seeds that differ by a multiple of the increment do not give shifted copies of the same
        // noise.
        Self { key: mix(seed ^ 0x5851_F42D_4C95_7F2D) }
    }

    /// The 64 random bits at an index.
    #[inline]
    pub const fn bits(self, index: u64) -> u64 {
        mix(self.key.wrapping_add(index.wrapping_mul(GOLDEN)))
    }

    /// The sample at an index: uniform in [−1, 1), RMS 1/√3 (−4.8 dBFS), in steps of 2⁻²³.
    #[inline]
    pub fn at(self, index: u64) -> f32 {
        uniform((self.bits(index) >> 32) as u32)
    }

    /// Two independent samples at an index at the cost of one; the first equals [`HashNoise::at`].
    #[inline]
    pub fn pair(self, index: u64) -> (f32, f32) {
        let bits = self.bits(index);
        (uniform((bits >> 32) as u32), uniform(bits as u32))
    }

    /// A random number in [0, 1) with 53 bits.
    #[inline]
    pub fn fraction(self, index: u64) -> f64 {
        (self.bits(index) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Approximately Gaussian: the sum of four 16-bit uniform values (Irwin–Hall), RMS 1, never beyond ±2√3.
    #[inline]
    pub fn gaussian(self, index: u64) -> f32 {
        let bits = self.bits(index);
        let sum: i32 = (0..4).map(|part| i32::from((bits >> (16 * part)) as i16)).sum();
        // Each part has the variance 2³²/12; half a step makes the mean zero.
        (sum as f32 + 2.0) * (3f32.sqrt() / 65_536.0)
    }

    /// Fills `out` with the samples from index `from` on.
    pub fn fill(self, from: u64, out: &mut [f32]) {
        for (step, sample) in (0..).zip(out) {
            *sample = self.at(from.wrapping_add(step));
        }
    }
}

/// The upper 24 bits as a sample, which f32 represents exactly.
#[inline]
fn uniform(bits: u32) -> f32 {
    ((bits as i32) >> 8) as f32 / 8_388_608.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: usize = 1 << 18;

    fn made(seed: u64, from: u64) -> Vec<f32> {
        let mut samples = vec![0.0; COUNT];
        HashNoise::new(seed).fill(from, &mut samples);
        samples
    }

    fn correlation(a: &[f32], b: &[f32]) -> f64 {
        let product: f64 = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
        3.0 * product / a.len().min(b.len()) as f64
    }

    #[test]
    fn noise_is_uniform_and_has_no_offset() {
        let samples = made(1, 0);
        assert!(samples.iter().all(|s| (-1.0..1.0).contains(s)));
        let mut bins = [0usize; 64];
        for sample in &samples {
            bins[((sample + 1.0) * 32.0) as usize] += 1;
        }
        let expected = COUNT as f64 / 64.0;
        let chi: f64 = bins.iter().map(|&n| (n as f64 - expected).powi(2) / expected).sum();
        // 63 degrees of freedom: mean 63, standard deviation 11.
        assert!((25.0..110.0).contains(&chi), "chi² {chi}");
        let mean = samples.iter().map(|&s| f64::from(s)).sum::<f64>() / COUNT as f64;
        assert!(mean.abs() < 5.0 / (3.0 * COUNT as f64).sqrt(), "mean {mean}");
    }

    #[test]
    fn noise_is_white() {
        let samples = made(2, 0);
        for lag in [1, 2, 3, 7, 64, 480, 4_096] {
            let c = correlation(&samples[..COUNT - lag], &samples[lag..]);
            assert!(c.abs() < 5.0 / (COUNT as f64).sqrt(), "lag {lag}: {c}");
        }
    }

    #[test]
    fn adjacent_seeds_and_both_halves_of_a_pair_are_uncorrelated() {
        let bound = 5.0 / (COUNT as f64).sqrt();
        for other in [3 ^ 1, 3 + 1, 3u64.wrapping_add(GOLDEN), !3] {
            assert!(correlation(&made(3, 0), &made(other, 0)).abs() < bound, "{other}");
            assert!(correlation(&made(3, 1), &made(other, 0)).abs() < bound, "{other} shifted");
        }
        let white = HashNoise::new(3);
        let (left, right): (Vec<f32>, Vec<f32>) = (0..COUNT as u64).map(|index| white.pair(index)).unzip();
        assert_eq!(left, made(3, 0));
        assert!(correlation(&left, &right).abs() < bound);
    }

    #[test]
    fn any_window_is_a_part_of_the_same_noise_even_before_the_start() {
        let whole = made(4, 0u64.wrapping_sub(100));
        assert_eq!(whole[100..200], made(4, 0)[..100]);
        assert_eq!(whole[137], HashNoise::new(4).at(37));
    }

    #[test]
    fn the_gaussian_kind_has_unit_power_and_tails() {
        let white = HashNoise::new(5);
        let samples: Vec<f64> = (0..COUNT as u64).map(|index| f64::from(white.gaussian(index))).collect();
        let moment = |power: i32| samples.iter().map(|s| s.powi(power)).sum::<f64>() / COUNT as f64;
        assert!(moment(1).abs() < 0.01);
        assert!((moment(2) - 1.0).abs() < 0.01);
        // The kurtosis of a sum of four uniforms is 3 − 1.2/4.
        assert!((moment(4) - 2.7).abs() < 0.05);
    }

    #[test]
    fn seeds_tell_order_count_and_names_apart() {
        let seeds = [seed(&[]), seed(&[0]), seed(&[0, 0]), seed(&[1, 2]), seed(&[2, 1]), seed(&[1, 2, 0])];
        for (index, one) in seeds.iter().enumerate() {
            assert!(!seeds[..index].contains(one), "{index}");
        }
        assert_ne!(seed_of("rain"), seed_of("rian"));
        assert_ne!(seed_of(""), seed_of(" "));
    }

    #[test]
    fn the_random_numbers_of_generated_sounds_never_change() {
        // The first output of `SplitMix64` seeded with zero, as published with it.
        assert_eq!(mix(GOLDEN), 0xE220_A839_7B1D_CDAF);
        assert_eq!(seed(&[1, 2]), 0x34E6_085C_18D5_D23A);
        assert_eq!(seed_of("rain"), 0x0F42_15FB_AFDA_ECF0);
    }
}
