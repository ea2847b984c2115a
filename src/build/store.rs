//! Where the workers of a build put what they have made: a folder that all of them share, or an object store.
//!
//! `files/<sha256>` are the files, `results/<key>.json` says of a job what it consists of, `made/<ingredients>.json` the same
//! of what it was made of, `failed/<key>.json` why a job failed, and `served/` has the files of services. Files are named by their content and results are
//! never replaced, so any number of workers may do the same job: the result of the first one stays.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::manifest::TrackEntry;
use crate::engine::Ingredients;
use crate::export::OutputFile;

/// The version of what is in a store.
const SCHEMA: u32 = 1;

/// How much of a file is sent at once, in bytes: the least part that object stores take.
const PART: usize = 8 << 20;

/// How much of a file in a folder is read at once, in bytes.
const PIECE: usize = 1 << 18;

/// What a job has made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobResult {
    schema: u32,
    pub ingredients: Ingredients,
    /// Its files, those of sound first.
    pub files: Vec<StoredFile>,
    /// What the manifest says of it.
    pub track: TrackEntry,
}

impl JobResult {
    pub(super) fn new(ingredients: Ingredients, files: Vec<StoredFile>, track: TrackEntry) -> Self {
        Self { schema: SCHEMA, ingredients, files, track }
    }
}

/// A file in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// What follows the stem of the target in its name: `.mp3`, `.chapters.json`.
    pub ending: String,
    pub bytes: u64,
    /// In hexadecimal; its name in the store.
    pub sha256: String,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFailure {
    pub why: String,
    /// Whether trying again may help.
    pub transient: bool,
}

/// A store cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The address of a store is not one.
    #[error("{place} is no store: {why}; name a folder, or an address such as s3://bucket/folder")]
    Address { place: String, why: String },
    /// This build of adem has no access to such stores.
    #[error("this build of adem cannot reach {place}")]
    NotBuilt { place: String },
    /// The store did not do what it was asked for.
    #[error("the store {place} failed: {source}")]
    Failed { place: String, source: object_store::Error },
    /// A file to be sent or fetched cannot be read or written.
    #[error("{path} cannot be used: {source}")]
    Local { path: String, source: std::io::Error },
    /// What the store has is not what its name says.
    #[error("{place} has a damaged {what}; delete it there, and run the job again")]
    Damaged { place: String, what: String },
}

impl StoreError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Failed { source, .. } => !matches!(
                source,
                object_store::Error::PermissionDenied { .. }
                    | object_store::Error::Unauthenticated { .. }
                    | object_store::Error::NotSupported { .. }
                    | object_store::Error::InvalidPath { .. }
                    | object_store::Error::NotImplemented { .. }
                    | object_store::Error::UnknownConfigurationKey { .. }
            ),
            Self::Local { source, .. } => crate::files::is_transient(source),
            Self::Address { .. } | Self::NotBuilt { .. } | Self::Damaged { .. } => false,
        }
    }
}

/// An open store.
#[derive(Debug)]
pub struct ResultStore {
    /// As it was named.
    place: String,
    objects: Arc<dyn ObjectStore>,
    /// The folder inside it.
    below: ObjectPath,
    runtime: Runtime,
}

impl ResultStore {
    /// Opens a store: a folder, which is made if it is not there, or the address of an object store, whose access is
    /// configured by the usual variables of its provider, such as `AWS_REGION` and `AWS_ACCESS_KEY_ID`.
    ///
    /// # Errors
    /// [`StoreError`] if it is no address or the folder cannot be made.
    pub fn open(place: &str) -> Result<Self, StoreError> {
        let (objects, below) = if place.contains("://") { at_address(place)? } else { in_folder(place)? };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| StoreError::Local { path: place.to_owned(), source })?;
        Ok(Self { place: place.to_owned(), objects, below, runtime })
    }

    /// What a job has made, if it was done.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    pub fn result(&self, key: &str) -> Result<Option<JobResult>, StoreError> {
        self.read(&format!("results/{key}.json"))
    }

    /// What was made of these ingredients.
    ///
    /// # Errors
    /// As [`Self::result`].
    pub(super) fn made(&self, ingredients: &str) -> Result<Option<JobResult>, StoreError> {
        self.read(&format!("made/{ingredients}.json"))
    }

    /// Why a job failed when it was last tried.
    ///
    /// # Errors
    /// As [`Self::result`].
    pub fn failure(&self, key: &str) -> Result<Option<JobFailure>, StoreError> {
        self.read(&format!("failed/{key}.json"))
    }

    /// Keeps the result of a job. Returns the one that counts: that of the first worker.
    ///
    /// # Errors
    /// As [`Self::result`].
    pub(super) fn keep_result(&self, key: &str, result: JobResult) -> Result<JobResult, StoreError> {
        self.create(&format!("results/{key}.json"), result)
    }

    /// Stores a result under the hash of its ingredients, unless one is there already. Returns the one that is stored.
    ///
    /// # Errors
    /// As [`Self::result`].
    pub(super) fn keep_made(&self, ingredients: &str, result: JobResult) -> Result<JobResult, StoreError> {
        self.create(&format!("made/{ingredients}.json"), result)
    }

    /// Keeps why a job failed; `None` if it did not.
    ///
    /// # Errors
    /// As [`Self::result`].
    pub(super) fn keep_failure(&self, key: &str, failure: Option<&JobFailure>) -> Result<(), StoreError> {
        let path = self.path(&format!("failed/{key}.json"));
        let Some(failure) = failure else {
            return match self.runtime.block_on(self.objects.delete(&path)) {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(source) => Err(self.failed(source)),
            };
        };
        let bytes = serde_json::to_vec(failure).expect("a document of plain data");
        let put = self.objects.put(&path, PutPayload::from(bytes));
        self.runtime.block_on(put).map(|_| ()).map_err(|source| self.failed(source))
    }

    /// The keys of all jobs that are done.
    ///
    /// # Errors
    /// As [`Self::result`].
    pub fn done(&self) -> Result<BTreeSet<String>, StoreError> {
        let folder = self.path("results");
        let mut listing = self.objects.list(Some(&folder));
        let mut keys = BTreeSet::new();
        self.runtime.block_on(async {
            while let Some(entry) = listing.next().await {
                let entry = entry.map_err(|source| self.failed(source))?;
                keys.extend(
                    entry.location.filename().and_then(|name| name.strip_suffix(".json")).map(str::to_owned),
                );
            }
            Ok(keys)
        })
    }

    /// Keeps a file under the hash of its content, unless it is there.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails or the file cannot be read.
    pub(super) fn keep_file(&self, path: &Path, sha256: &str) -> Result<(), StoreError> {
        self.keep_in("files", path, sha256)
    }

    fn keep_in(&self, folder: &str, path: &Path, sha256: &str) -> Result<(), StoreError> {
        let target = self.path(&format!("{folder}/{sha256}"));
        let local = |source| StoreError::Local { path: path.display().to_string(), source };
        let mut file = File::open(path).map_err(local)?;
        let bytes = file.metadata().map_err(local)?.len();
        self.runtime.block_on(async {
            match self.objects.head(&target).await {
                Ok(there) if there.size == bytes => return Ok(()),
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(source) => return Err(self.failed(source)),
            }
            let mut upload =
                BufWriter::with_capacity(Arc::clone(&self.objects), target, PART).with_max_concurrency(2);
            let sent = async {
                loop {
                    let mut part = Vec::with_capacity(PART);
                    if (&mut file).take(PART as u64).read_to_end(&mut part)? == 0 {
                        return upload.shutdown().await;
                    }
                    upload.put(part.into()).await?;
                }
            };
            match sent.await {
                Ok(()) => Ok(()),
                Err(source) => {
                    // What was begun is never seen; if it cannot be removed now, the store removes it in time.
                    let _ = upload.abort().await;
                    Err(StoreError::Local {
                        path: format!("{}, on its way to {}", path.display(), self.place),
                        source,
                    })
                }
            }
        })
    }

    /// Writes a file of the store to a path, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails, has another file, or the path cannot be written.
    pub(super) fn fetch(&self, file: &StoredFile, to: &Path) -> Result<(), StoreError> {
        self.fetch_from("files", file, to)
    }

    fn fetch_from(&self, folder: &str, file: &StoredFile, to: &Path) -> Result<(), StoreError> {
        let name = format!("{folder}/{}", file.sha256);
        let local = |source| StoreError::Local { path: to.display().to_string(), source };
        let aside = |error: crate::export::ExportError| local(error.source);
        let mut out = OutputFile::create(to).map_err(aside)?;
        let mut sum = super::record::HashSum::default();
        let mut keep = |part: &[u8]| {
            sum.add(part);
            out.write_all(part).map_err(local)
        };
        self.runtime.block_on(async {
            let found = self.objects.get(&self.path(&name)).await.map_err(|source| self.failed(source))?;
            let mut parts = match found.payload {
                // As a stream, every 8 KiB of a file would be read by another thread.
                GetResultPayload::File(mut file, path) => {
                    let unread = |source| StoreError::Local { path: path.display().to_string(), source };
                    let mut part = vec![0; PIECE];
                    loop {
                        match file.read(&mut part).map_err(unread)? {
                            0 => return Ok(()),
                            count => keep(&part[..count])?,
                        }
                    }
                }
                GetResultPayload::Stream(parts) => parts,
            };
            while let Some(part) = parts.next().await {
                keep(&part.map_err(|source| self.failed(source))?)?;
            }
            Ok(())
        })?;
        if sum.hex() != file.sha256 {
            return Err(self.damaged(name));
        }
        out.commit().map_err(aside)
    }

    /// Keeps a file of a service under its name, which stands for everything its bytes depend on.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails or the file cannot be read.
    pub fn keep_served(&self, name: &str, path: &Path) -> Result<(), StoreError> {
        let local = |source| StoreError::Local { path: path.display().to_string(), source };
        let mut sum = super::record::HashSum::default();
        let (mut file, mut part, mut bytes) = (File::open(path).map_err(local)?, vec![0; PIECE], 0);
        loop {
            match file.read(&mut part).map_err(local)? {
                0 => break,
                count => sum.add(&part[..count]),
            }
            bytes = file.metadata().map_err(local)?.len();
        }
        let stored = StoredFile { ending: String::new(), bytes, sha256: sum.hex() };
        self.keep_in("served/files", path, &stored.sha256)?;
        let record = serde_json::to_vec(&stored).expect("a document of plain data");
        let path = self.path(&format!("served/{name}.json"));
        let put = self.objects.put(&path, PutPayload::from(record));
        self.runtime.block_on(put).map(|_| ()).map_err(|source| self.failed(source))
    }

    /// Writes a file of a service to a path, whole or not at all. Returns whether the store has it.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails, has another file, or the path cannot be written.
    pub fn fetch_served(&self, name: &str, to: &Path) -> Result<bool, StoreError> {
        let Some(stored) = self.read::<StoredFile>(&format!("served/{name}.json"))? else { return Ok(false) };
        match self.fetch_from("served/files", &stored, to) {
            Ok(()) => Ok(true),
            // It has just made room for others.
            Err(StoreError::Failed { source: object_store::Error::NotFound { .. }, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes files of services, those that were stored first, until the rest has at most so many bytes. Files of builds stay.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    pub fn trim_served(&self, limit: u64) -> Result<(), StoreError> {
        self.runtime.block_on(async {
            let folder = self.path("served/files");
            let mut listing = self.objects.list(Some(&folder));
            let mut files = Vec::new();
            while let Some(entry) = listing.next().await {
                files.push(entry.map_err(|source| self.failed(source))?);
            }
            files.sort_by_key(|file| std::cmp::Reverse(file.last_modified));
            let mut bytes = 0;
            for (place, file) in files.iter().enumerate() {
                bytes += file.size;
                // A record without its file says that it is not there.
                if bytes > limit && place > 0 {
                    match self.objects.delete(&file.location).await {
                        Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                        Err(source) => return Err(self.failed(source)),
                    }
                }
            }
            Ok(())
        })
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let bytes = self.runtime.block_on(async { self.objects.get(&self.path(name)).await?.bytes().await });
        match bytes {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| self.damaged(name.to_owned())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn create(&self, name: &str, result: JobResult) -> Result<JobResult, StoreError> {
        let bytes = serde_json::to_vec(&result).expect("a document of plain data");
        let path = self.path(name);
        let put = self.objects.put_opts(&path, PutPayload::from(bytes), PutMode::Create.into());
        match self.runtime.block_on(put) {
            Ok(_) => Ok(result),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(self.read(name)?.unwrap_or(result))
            }
            Err(source) => Err(self.failed(source)),
        }
    }

    fn path(&self, name: &str) -> ObjectPath {
        name.split('/').fold(self.below.clone(), ObjectPath::join)
    }

    /// The error that something in the store is not what its name says.
    pub(super) fn damaged(&self, what: String) -> StoreError {
        StoreError::Damaged { place: self.place.clone(), what }
    }

    fn failed(&self, source: object_store::Error) -> StoreError {
        StoreError::Failed { place: self.place.clone(), source }
    }
}

type Opened = (Arc<dyn ObjectStore>, ObjectPath);

fn in_folder(place: &str) -> Result<Opened, StoreError> {
    let local = |source| StoreError::Local { path: place.to_owned(), source };
    fs::create_dir_all(place).map_err(local)?;
    let folder = LocalFileSystem::new_with_prefix(place)
        .map_err(|source| StoreError::Failed { place: place.to_owned(), source })?;
    Ok((Arc::new(folder.with_fsync(true)), ObjectPath::default()))
}

fn at_address(place: &str) -> Result<Opened, StoreError> {
    let address = |why: String| StoreError::Address { place: place.to_owned(), why };
    let url = Url::parse(place).map_err(|error| address(error.to_string()))?;
    if !cfg!(feature = "cloud") && url.scheme() != "file" {
        return Err(StoreError::NotBuilt { place: place.to_owned() });
    }
    let variables = std::env::vars().map(|(name, value)| (name.to_lowercase(), value));
    let (objects, below) =
        object_store::parse_url_opts(&url, variables).map_err(|error| address(error.to_string()))?;
    Ok((objects.into(), below))
}
