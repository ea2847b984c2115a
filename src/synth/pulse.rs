//! How the power of a wave or a clap of thunder comes and goes.

/// A pulse of height 1 that rises and falls exponentially, with these time constants of power in seconds, and has no
/// corner.
pub(crate) fn pulse(since: f64, rise: f64, fall: f64) -> f64 {
    // The maximum of 1/(e^(−t/r) + e^(t/f)) is where the slopes of both terms are equal.
    let top = (fall / rise).ln() / (1.0 / rise + 1.0 / fall);
    let height = (-top / rise).exp() + (top / fall).exp();
    let t = since + top;
    height / ((-t / rise).exp() + (t / fall).exp())
}
