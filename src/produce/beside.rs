//! The files that come with a track.

use std::path::PathBuf;

use super::render::{RenderJob, beside};
use super::verify::Verified;
use super::{Failure, Plan, Workshop};
use crate::export::captions::{self, web_vtt};
use crate::export::ear::Heard;
use crate::layout::document;
use crate::render::Mix;
use crate::script::publish::Beside;
use crate::unit::Db;

/// What is known when the sound is whole.
pub(super) struct Made<'a> {
    pub job: &'a RenderJob,
    pub gain: Db,
    pub limited: u64,
    pub heard: Option<&'a Heard>,
    pub verified: &'a [Verified],
}

/// Every file that was asked for and where it goes; none beside a pipe or a device.
///
/// # Errors
/// [`Failure`] if a file they tell of cannot be read.
pub(super) fn documents(
    workshop: &Workshop<'_>,
    plan: &Plan,
    made: &Made<'_>,
) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
    let Some(main) = made.job.main_file() else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for file in &made.job.beside {
        if let Some(bytes) = content(*file, workshop, plan, made)? {
            files.push((beside(main, file.ending()), bytes));
        }
    }
    Ok(files)
}

/// What of a track is heard in a mix.
fn heard(mix: Mix) -> captions::Heard {
    match mix {
        Mix::Full => captions::Heard::All,
        Mix::Voice => captions::Heard::Voice,
        Mix::Bed => captions::Heard::Bed,
    }
}

/// A file; `None` for what is no single file.
fn content(
    file: Beside,
    _workshop: &Workshop<'_>,
    plan: &Plan,
    made: &Made<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let timeline = &plan.timeline;
    let json =
        |document: serde_json::Value| serde_json::to_vec_pretty(&document).expect("a document of plain data");
    Ok(Some(match file {
        Beside::Timeline => json(document(timeline)),
        Beside::Vtt => web_vtt(timeline, heard(made.job.mix)).into_bytes(),
        _ => return Ok(None),
    }))
}
