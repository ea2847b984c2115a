//! Rice codes of a residual, in partitions with a parameter each (RFC 9639, 9.2.7).

use super::bits::{BitWriter, MOST_BITS};

/// The most times a block is halved into partitions.
const MOST_HALVINGS: u32 = 5;
/// The largest parameter of four bits; the next value would be an escape.
const MOST_OF_FOUR_BITS: u32 = 14;
/// The largest parameter of five bits.
const MOST_OF_FIVE_BITS: u32 = 30;

/// How the residual of a block is cut and coded.
#[derive(Clone, Debug)]
pub(super) struct RicePlan {
    /// The number of partitions is two to this power.
    halvings: u32,
    parameters: [u32; 1 << MOST_HALVINGS],
    /// The expected size.
    pub(super) bits: u64,
    /// No code is longer.
    pub(super) most_bits: u64,
    /// The sum of the folded residual.
    pub(super) sum: u64,
}

/// A residual as a number without sign: 0, −1, 1, −2, … become 0, 1, 2, 3, ….
#[expect(clippy::inline_always, reason = "it is done for every sample")]
#[inline(always)]
pub(super) fn folded(residual: i32) -> u32 {
    (residual << 1 ^ residual >> 31) as u32
}

impl RicePlan {
    /// Chooses partitions and parameters for the folded residual of a block of `frames`, whose first `order` samples have
    /// none.
    pub(super) fn choose(residual: &[u32], frames: usize, order: usize) -> Self {
        let fits = |halvings: u32| frames.is_multiple_of(1 << halvings) && frames >> halvings > order;
        let most = (0..=MOST_HALVINGS).rev().find(|halvings| fits(*halvings)).unwrap_or(0);
        let mut sums = [0u64; 1 << MOST_HALVINGS];
        for (sum, part) in sums.iter_mut().zip(ResidualParts::new(residual, frames, order, most)) {
            // Lanes of 32 bits would overflow.
            *sum = part.iter().map(|&value| u64::from(value)).sum();
        }
        let mut best = Self::of_sums(&sums, frames, order, most);
        for halvings in (0..most).rev() {
            for pair in 0..1 << halvings {
                sums[pair] = sums[2 * pair] + sums[2 * pair + 1];
            }
            let other = Self::of_sums(&sums, frames, order, halvings);
            if other.bits < best.bits {
                best = other;
            }
        }
        best
    }

    /// The best parameter for each partition, by the sum of its values.
    fn of_sums(sums: &[u64], frames: usize, order: usize, halvings: u32) -> Self {
        let mut plan = Self { halvings, parameters: [0; 1 << MOST_HALVINGS], bits: 6, most_bits: 6, sum: 0 };
        let mut count = ((frames >> halvings) - order) as u64;
        for (&sum, parameter) in sums.iter().zip(&mut plan.parameters[..1 << halvings]) {
            // About where the parameter is the logarithm of the mean.
            let near = (sum / count).checked_ilog2().unwrap_or(0).min(MOST_OF_FIVE_BITS);
            let candidates = near.saturating_sub(1)..=(near + 1).min(MOST_OF_FIVE_BITS);
            let (bits, chosen) = candidates
                .map(|parameter| (code_bits(sum, count, parameter), parameter))
                .min()
                .unwrap_or((0, near));
            *parameter = chosen;
            plan.sum += sum;
            plan.bits += bits + 5;
            plan.most_bits += count * (u64::from(chosen) + 1) + (sum >> chosen) + 5;
            count = (frames >> halvings) as u64;
        }
        plan
    }

    /// Writes the coded residual; there must be room for `most_bits`.
    pub(super) fn write(&self, residual: &[u32], frames: usize, order: usize, bits: &mut BitWriter) {
        let parameters = &self.parameters[..1 << self.halvings];
        let is_wide = parameters.iter().any(|parameter| *parameter > MOST_OF_FOUR_BITS);
        bits.put(u64::from(is_wide), 2);
        bits.put(u64::from(self.halvings), 4);
        for (&parameter, part) in
            parameters.iter().zip(ResidualParts::new(residual, frames, order, self.halvings))
        {
            bits.put(u64::from(parameter), if is_wide { 5 } else { 4 });
            write_codes(part, parameter, bits);
        }
    }
}

/// The expected bits of `count` values with this sum: on average half of a quotient is cut off.
fn code_bits(sum: u64, count: u64, parameter: u32) -> u64 {
    let cut = if parameter == 0 { 0 } else { count / 2 };
    count * (u64::from(parameter) + 1) + (sum >> parameter).saturating_sub(cut)
}

/// Writes values as quotients, in zeros that end with a one, and remainders.
fn write_codes(values: &[u32], parameter: u32, bits: &mut BitWriter) {
    let stop = 1u64 << parameter;
    let code = |value: u32| {
        let value = u64::from(value);
        (stop | value & (stop - 1), (value >> parameter) as u32 + parameter + 1)
    };
    let (pairs, last) = values.as_chunks::<2>();
    for &[first, second] in pairs {
        let ((first, first_count), (second, second_count)) = (code(first), code(second));
        if first_count + second_count <= MOST_BITS {
            bits.put(first << second_count | second, first_count + second_count);
        } else {
            for (code, count) in [(first, first_count), (second, second_count)] {
                bits.put_zeros(count - parameter - 1);
                bits.put(code, parameter + 1);
            }
        }
    }
    for value in last {
        let (code, count) = code(*value);
        bits.put_zeros(count - parameter - 1);
        bits.put(code, parameter + 1);
    }
}

/// The partitions of a residual; the first is shorter by the order.
struct ResidualParts<'a> {
    rest: &'a [u32],
    next: usize,
    usual: usize,
}

impl<'a> ResidualParts<'a> {
    fn new(residual: &'a [u32], frames: usize, order: usize, halvings: u32) -> Self {
        let usual = frames >> halvings;
        Self { rest: residual, next: usual - order, usual }
    }
}

impl<'a> Iterator for ResidualParts<'a> {
    type Item = &'a [u32];

    fn next(&mut self) -> Option<Self::Item> {
        let (part, rest) = self.rest.split_at_checked(self.next).filter(|(part, _)| !part.is_empty())?;
        (self.rest, self.next) = (rest, self.usual);
        Some(part)
    }
}
