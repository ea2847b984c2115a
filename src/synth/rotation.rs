//! A rotation.

/// A rotation. Turning by a fixed angle again and again makes a sine without calling one.
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

    /// This one and then another.
    #[inline]
    pub(crate) fn then(self, other: Self) -> Self {
        Self {
            cosine: self.cosine * other.cosine - self.sine * other.sine,
            sine: self.sine * other.cosine + self.cosine * other.sine,
        }
    }
}
