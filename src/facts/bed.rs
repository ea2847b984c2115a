use serde::{Deserialize, Serialize};

use crate::unit::{Db, Lufs};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BedFacts {
    /// The integrated loudness; `None` for silence, or where it was not measured.
    pub loudness: Option<Lufs>,
    /// The highest short-term (3 s) loudness; `None` for silence, or where it was not measured.
    pub loudest: Option<Lufs>,
    /// The RMS level in dBFS over both channels; `None` for silence, or where it was not measured.
    pub rms: Option<Db>,
}
