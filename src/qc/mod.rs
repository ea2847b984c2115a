//! The checklist of finished sound: 28 rows, each judged with its number, or not judged with the reason.
//!
//! A file is heard once from start to end ([`hear`]), in memory that does not hold its sound; so are its stems, where
//! they are at hand. What was heard is held against the plan beside the file ([`plan`]) and the numbers of a preset,
//! row by row ([`rows`]). A row that cannot be judged says why instead of passing.

pub mod hear;
pub mod needs;
pub mod plan;
mod quick;
pub mod report;
pub mod rows;
mod subject;

pub use plan::Plan;
pub use quick::{Known, Quick, Voice};
pub use report::{Place, Report, Row, Verdict};
pub use subject::{Stems, Subject, judge, unheard};
