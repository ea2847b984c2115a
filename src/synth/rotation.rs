//! Rotation by complex multiplication.

/// A rotation. Applying a fixed rotation repeatedly computes a sine without calling one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    pub(crate) cosine: f64,
    pub(crate) sine: f64,
}

impl Rotation {
    /// A rotation by an angle in radians.
    pub(crate) fn by(angle: f64) -> Self {
        let (sine, cosine) = angle.sin_cos();
        Self { cosine, sine }
    }

    /// Applies this rotation and then another.
    #[inline]
    pub(crate) fn then(self, other: Self) -> Self {
        Self {
            cosine: self.cosine * other.cosine - self.sine * other.sine,
            sine: self.sine * other.cosine + self.cosine * other.sine,
        }
    }
}
