//! The checklist of finished sound: every row judged with its number, or not judged with the reason.
//!
//! A file is analysed once from start to end ([`analysis`]), in memory that does not hold its sound; so are its stems,
//! where they are at hand. What was measured is held against the plan beside the file ([`plan`]) and the numbers of a
//! preset, row by row ([`rows`]). A row that cannot be judged says why instead of passing.

pub mod analysis;
pub mod needs;
pub mod plan;
pub mod report;
pub mod rows;
mod subject;
mod while_rendering;

pub use plan::PlannedTrack;
pub use report::{CheckResult, Finding, Marker, Report, Verdict};
pub use rows::RowId;
pub use subject::{ClipLoudness, Stems, Subject, judge, undecodable};
pub use while_rendering::{RenderFacts, RenderScan};
