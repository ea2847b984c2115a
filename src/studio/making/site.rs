//! The page of the deliveries, as it lies in out/site, below a path of its own.
//!
//! It has the origin of the studio, so that only what adem has written is sent: a file is looked up among those that the build has
//! noted, and a script is sent only if it is this program's own. Its policy lets it load nothing but itself.

use std::collections::BTreeSet;
use std::path::{Component, Path as FilePath};
use std::time::SystemTime;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect};

use super::{files, lock, out_folder};
use crate::site::{FOLDER, is_own_script, written_files};
use crate::studio::SharedStudio;
use crate::studio::answer::{Answer, blocking, media_type};
use crate::studio::disk::finished_file;
use crate::studio::refusal::Refusal;

/// Scripts are small; one that is longer than this is none of ours.
const LONGEST_SCRIPT: u64 = 1 << 20;

/// The files of the page, as the build has noted them.
#[derive(Default)]
pub(super) struct KnownSite {
    noted: Option<SystemTime>,
    files: BTreeSet<String>,
}

impl KnownSite {
    /// Looks what was written, if that has changed.
    fn look(&mut self, out: &FilePath) {
        let Some((noted, files)) = written_files(out, self.noted) else { return };
        let is_plain =
            |path: &String| FilePath::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        (self.noted, self.files) = (noted, files.into_iter().filter(is_plain).collect());
    }

    /// Whether there is a page.
    pub(super) fn is_there(&mut self, studio: &SharedStudio) -> bool {
        let Ok(out) = out_folder(studio) else { return false };
        self.look(&out);
        self.files.contains("index.html")
    }
}

pub(super) async fn first() -> impl IntoResponse {
    Redirect::temporary("/studio/site/index.html")
}

/// A file of the page.
pub(super) async fn page(
    State(studio): State<SharedStudio>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let shared = studio.clone();
    let opened = blocking(move || {
        let none = || Refusal::NoPageFile.problem();
        let out = out_folder(&shared)?;
        let name = {
            let mut site = lock(&shared.making.site);
            site.look(&out);
            // The address of a folder is that of its page.
            let wanted = if path.ends_with('/') { format!("{path}index.html") } else { path };
            site.files.get(&wanted).cloned().ok_or_else(none)?
        };
        let place = shared.course.place(&format!("out/{FOLDER}/{name}"))?;
        let (file, bytes) = finished_file::open(&place).map_err(|_| none())?;
        let kind = kind(&name).ok_or_else(none)?;
        if kind.starts_with("text/javascript") {
            let mut text = vec![0; bytes.min(LONGEST_SCRIPT) as usize];
            file.read_exact_at(&mut text, 0).map_err(|_| none())?;
            if bytes > LONGEST_SCRIPT || !is_own_script(&text) {
                return Err(Refusal::ForeignScript.problem());
            }
        }
        Ok((file, bytes, kind))
    });
    let (file, bytes, kind) = opened.await?;
    let mut answer = files::send(file, bytes, kind, &headers);
    let policy = policy(studio.port);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(answer)
}

/// What the page may load: itself. It has no worker here, which would keep an old page.
fn policy(port: u16) -> String {
    let own = format!("http://127.0.0.1:{port}/studio/site/");
    format!(
        "default-src 'none'; script-src {own}assets/; style-src {own}assets/; img-src {own} data:; media-src {own}; connect-src {own}; manifest-src {own}; worker-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The media type of a file of the page; none for what a page does not have.
fn kind(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "vtt" => "text/vtt; charset=utf-8",
        "srt" | "txt" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        "zip" => "application/zip",
        "svg" => return None,
        "wav" | "flac" | "ogg" | "opus" | "mp3" | "m4a" => media_type(name),
        _ => "application/octet-stream",
    })
}
