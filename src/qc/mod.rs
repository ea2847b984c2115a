//! The checklist of finished sound.
//!
//! A file and its stems are analysed once from start to end ([`analysis`]), without holding the sound in memory. Each
//! row ([`rows`]) compares the measurements with the plan beside the file ([`plan`]) and the limits of a preset. A row
//! that cannot be judged gives the reason instead of passing.

pub mod analysis;
mod missing;
pub mod plan;
pub mod report;
pub mod rows;
mod subject;
mod while_rendering;

pub use missing::Missing;
pub use plan::PlannedTrack;
pub use report::{CheckResult, Finding, Marker, Report, Verdict};
pub use rows::RowId;
pub use subject::{ClipLoudness, Stems, Subject, ceiling, judge, undecodable};
pub use while_rendering::{RenderFacts, RenderScan};
