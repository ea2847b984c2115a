//! Times in the notation of captions and chapters.

use crate::unit::{Position, SampleRate};

/// The nearest millisecond.
pub(in crate::export) fn milliseconds(at: Position, rate: SampleRate) -> u64 {
    let rate = u128::from(rate.hz());
    ((u128::from(at.0) * 2_000 + rate) / (2 * rate)) as u64
}

/// `01:02:03.456`.
pub(in crate::export) fn clock(milliseconds: u64) -> String {
    let (seconds, thousandths) = (milliseconds / 1_000, milliseconds % 1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_to_the_nearest_millisecond() {
        let rate = SampleRate::DEFAULT;
        assert_eq!(milliseconds(Position(24), rate), 1);
        assert_eq!(milliseconds(Position(23), rate), 0);
        assert_eq!(clock(milliseconds(Position(48_000 * 3_723 + 21_888), rate)), "01:02:03.456");
        assert_eq!(clock(100 * 3_600_000), "100:00:00.000");
    }
}
