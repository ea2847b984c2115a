//! The facts of a bed.

use serde::{Deserialize, Serialize};

use crate::unit::{Db, Lufs};

/// The facts of a bed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BedFacts {
    /// Its integrated loudness; `None` for silence.
    pub loudness: Option<Lufs>,
    /// The loudness of its loudest three seconds; `None` for silence, or where it was not listened to.
    pub loudest: Option<Lufs>,
    /// Its RMS level in dBFS, the mean of both channels; `None` for silence.
    pub rms: Option<Db>,
}
