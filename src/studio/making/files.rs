//! Sends files that were made.

use std::ops::Range;
use std::path::Path as FilePath;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;

use crate::files::SharedFile;
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, RangeSender, blocking, media_type, ranged};
use crate::studio::disk::finished_file;
use crate::studio::refusal::Refusal;

/// The bytes that are read and sent at once.
const BLOCK: u64 = 1 << 18;

/// A file of a job, by their numbers.
pub(super) async fn download(
    State(studio): State<SharedStudio>,
    Path((number, file)): Path<(u64, usize)>,
    headers: HeaderMap,
) -> Answer {
    let opened = blocking(move || {
        let gone = || Refusal::FileGone.problem();
        let job = studio.making.job().filter(|job| job.number == number).ok_or_else(gone)?;
        let made = job.made(file).ok_or_else(gone)?;
        studio.course.place(&format!("out/{}", made.name))?;
        let (file, bytes) = finished_file::open(&made.path).map_err(|_| gone())?;
        Ok((made.name, file, bytes))
    });
    let (name, file, bytes) = opened.await?;
    let mut answer = send(file, bytes, media_type(&name), &headers);
    let short = FilePath::new(&name).file_name().map(|name| name.to_string_lossy().into_owned());
    let plain: String =
        short.unwrap_or_default().chars().filter(|c| c.is_ascii_graphic() && *c != '"').collect();
    if let Ok(value) = format!("attachment; filename=\"{plain}\"").parse() {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}

/// A file, or the part of it that is asked for.
pub(super) fn send(file: SharedFile, whole: u64, kind: &'static str, asked: &HeaderMap) -> Response {
    ranged(kind, whole, asked, move |range, send| send_blocks(&file, range, send))
}

fn send_blocks(file: &SharedFile, range: Range<u64>, send: &RangeSender) {
    let mut at = range.start;
    while at < range.end {
        let count = BLOCK.min(range.end - at);
        let mut block = vec![0; count as usize];
        let read = file.read_exact_at(&mut block, at).map(|()| Bytes::from(block));
        let has_failed = read.is_err();
        if send.blocking_send(read).is_err() || has_failed {
            return;
        }
        at += count;
    }
}
