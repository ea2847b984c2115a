//! The page of a course, in `out/site`: weeks, tracks, a player, downloads, podcast feeds; a folder that any file server can
//! serve from any path.
//!
//! It is made from what [`crate::build`] has recorded and from the texts of the course; it renders nothing. `contents`
//! gathers what there is to show, `page` and `landing` write HTML, `data` what the scripts need to know, `feed` the
//! feeds, `archive` a week as a ZIP file, `assets` has style and scripts, and `folder` puts it all on disk. `address` makes
//! addresses of paths.

mod address;
mod archive;
mod assets;
mod bell;
mod contents;
mod data;
mod feed;
mod folder;
mod install;
mod landing;
mod page;
mod picture;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub use assets::is_own_script;
pub use folder::{SiteSize, written_files};

use crate::build::record::{FOLDER as RECORDS, Records};
use crate::build::{BuildError, expand, keep_released, lock};
use crate::diag::Diagnostic;
use crate::export::ExportError;
use crate::script::Course;
use crate::script::delivery::Delivery;

use assets::{Assets, worker};
use contents::{SiteContents, contents};
use folder::SiteFolder;
use page::PageFrame;

/// The folder of the site, below the output folder.
pub const FOLDER: &str = "site";

/// The service worker, at the root of the site, which decides what it may answer for.
const WORKER: &str = "sw.js";

/// A site that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenSite {
    pub folder: PathBuf,
    pub size: SiteSize,
    /// How many feeds it has: none without an address.
    pub feeds: usize,
}

/// Why a site could not be written.
#[derive(Debug, Error)]
pub enum SiteError {
    /// The deliveries of the site are wrong.
    #[error("the deliveries of the page cannot be built")]
    Deliveries(Vec<Diagnostic>),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Writes the site of a course from what has been built of it; `None` if the course asks for none, or nothing is built.
///
/// # Errors
/// [`SiteError`] if the records cannot be read or a file cannot be written.
pub fn write_site(course: &Course, out: &Path) -> Result<Option<WrittenSite>, SiteError> {
    let Some(site) = &course.header.site else { return Ok(None) };
    let _lock = lock(out)?;
    let records = Records::read(out).map_err(|error| BuildError::Folder(out.join(RECORDS), error))?;
    let offered = |delivery: &&Delivery| site.offers(&delivery.name.value);
    let deliveries: Vec<&Delivery> = course.header.deliveries.iter().filter(offered).collect();
    let mut matrix = expand(course, &deliveries).map_err(SiteError::Deliveries)?;
    keep_released(course, &mut matrix, &records, &|_| false).map_err(SiteError::Deliveries)?;
    let pages = contents(course, &matrix.targets, &records);
    if pages.is_empty() {
        return Ok(None);
    }
    let mut folder = SiteFolder::open(out);
    for page in &pages {
        write_files(out, &mut folder, page)?;
    }
    let assets = Assets::new();
    let mut shell = Shell::default();
    for (path, bytes) in assets.files() {
        folder.write(&path, bytes)?;
        shell.add(&path, bytes);
    }
    let languages: Vec<_> = pages.iter().map(|page| &page.language).collect();
    let frame = PageFrame { assets: &assets, languages: &languages, has_feed: site.address.is_some() };
    for page in &pages {
        let manifest = install::manifest(page, &assets);
        let texts = [
            (format!("{}/index.html", page.folder()), page::site_page(page, &frame)),
            (format!("{}/manifest.webmanifest", page.folder()), manifest),
        ];
        for (path, text) in texts {
            folder.write(&path, text.as_bytes())?;
            shell.add(&path, text.as_bytes());
        }
        if let Some(address) = &site.address {
            let feed = feed::feed(course, site, address, page);
            folder.write(&format!("{}/{}", page.folder(), feed::FEED), feed.as_bytes())?;
            let cover = format!("{}/{}", page.folder(), feed::COVER);
            folder.make(&cover, page.title.clone(), |path| {
                crate::export::write_whole(path, &picture::feed_cover(&page.title))
            })?;
        }
    }
    let first = landing::landing(&pages, &assets);
    folder.write("index.html", first.as_bytes())?;
    shell.add("index.html", first.as_bytes());
    folder.write(WORKER, shell.worker().as_bytes())?;
    let feeds = if site.address.is_some() { pages.len() } else { 0 };
    Ok(Some(WrittenSite { folder: out.join(FOLDER), size: folder.finish()?, feeds }))
}

/// Puts the files of the deliveries and the archives of the weeks into the folder.
fn write_files(out: &Path, folder: &mut SiteFolder<'_>, page: &SiteContents) -> Result<(), ExportError> {
    for version in page.versions() {
        for file in version.sounds.iter().chain(version.texts.values()) {
            folder.link(file)?;
        }
    }
    for week in &page.weeks {
        let hashes = archive::archived(page, week).into_iter().map(|file| file.sha256.as_str());
        let made_of = hashes.chain([archive::read_me(page, week).as_str()]).collect::<Vec<_>>().join("\n");
        let made_of = blake3::hash(made_of.as_bytes()).to_hex().to_string();
        folder.make(&page.archive(week), made_of, |path| archive::write_archive(out, path, page, week))?;
    }
    Ok(())
}

/// The files that the service worker keeps at once: pages, style, scripts.
#[derive(Default)]
struct Shell {
    /// Their addresses, relative to that of the site.
    paths: Vec<String>,
    hasher: blake3::Hasher,
}

impl Shell {
    fn add(&mut self, path: &str, bytes: &[u8]) {
        self.paths.push(address::address(path));
        self.hasher.update(path.as_bytes()).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    }

    fn worker(&self) -> String {
        worker(&self.hasher.finalize().to_hex()[..10], &self.paths)
    }
}
