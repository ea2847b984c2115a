//! A take in its place: a stretch of its track with the bed and the phrases beside it, as a render would have it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::place::{FoundTake, text};
use crate::delivery::mix::Mix;
use crate::engine::{Engine, PlanJob};
use crate::event::Task;
use crate::export::{WavFormat, WavSpec, WavWriter};
use crate::files::{DiskFiles, FileError, Files, FolderEntry, Source, Stamp};
use crate::http::problem::Problem;
use crate::recording::records::with_records;
use crate::script::session::{PhraseKey, Variant};
use crate::script::takes_file::{TAKES_FILE, TakeRecord, TakeState};
use crate::script::voice::Voice;
use crate::studio::SharedStudio;
use crate::studio::answer::told;
use crate::studio::refusal::{Refusal, failed};
use crate::unit::{Frames, Seconds};

/// So much is heard before and after the phrase.
const AROUND: Seconds = Seconds::whole(6);

/// The files of a course in which one text is another: what would be if it were changed.
struct WhatIf {
    files: DiskFiles,
    path: PathBuf,
    text: Vec<u8>,
}

impl Files for WhatIf {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        if path == self.path { Ok(self.text.clone()) } else { self.files.read(path) }
    }

    fn open(&self, path: &Path) -> Result<Box<dyn Source>, FileError> {
        if path == self.path {
            Ok(Box::new(std::io::Cursor::new(self.text.clone())))
        } else {
            self.files.open(path)
        }
    }

    fn list(&self, folder: &Path) -> Result<Vec<FolderEntry>, FileError> {
        self.files.list(folder)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        if path == self.path { None } else { self.files.stamp(path) }
    }

    fn exists(&self, path: &Path) -> bool {
        path == self.path || self.files.exists(path)
    }

    fn refused_links(&self) -> Vec<PathBuf> {
        self.files.refused_links()
    }
}

/// A WAV of the track around a phrase, as if this take were chosen.
pub(super) fn in_context(
    studio: &SharedStudio,
    engine: &Engine,
    voice: &Voice,
    key: &PhraseKey,
    found: &FoundTake,
    script: &str,
) -> Result<Vec<u8>, Problem> {
    if found.rejected {
        return Err(Refusal::TakeRejected.problem());
    }
    let course = &studio.course;
    let path = format!("{}/{TAKES_FILE}", voice.folder());
    let hash = engine.hash_of(&format!("{}/{}", voice.folder(), found.file)).map_err(|error| told(&error))?;
    let record = voice.takes.iter().find(|record| record.value.file == found.file);
    let words = record.map_or_else(String::new, |record| record.value.text.clone());
    let mut records: Vec<TakeRecord> = voice
        .takes
        .iter()
        .filter(|other| other.value.state == TakeState::Chosen && other.value.file != found.file)
        .map(|other| TakeRecord { state: TakeState::Accepted, ..other.value.clone() })
        .collect();
    let (file, state) = (found.file.clone(), TakeState::Chosen);
    records.push(TakeRecord { file, hash, text: words, date: None, state, despite: Vec::new() });
    let text = with_records(&text(course, &path)?, &records)
        .map_err(|error| Refusal::NotToml.with(&[("file", &path), ("why", &error.message())]))?;
    let files = WhatIf { files: course.files().clone(), path: PathBuf::from(&path), text: text.into_bytes() };
    let engine = course.open_with(Arc::new(files)).map_err(|error| told(&error))?;
    let variant = |draft: bool| Variant {
        language: Some(voice.language.clone()),
        voice: Some(voice.id.clone()),
        draft,
        ..Variant::default()
    };
    let job = |draft| PlanJob { variant: variant(draft), ..PlanJob::of(script) };
    let task = Task::silent();
    // Phrases without a recording are spoken by a machine where there is one, and silent elsewhere.
    let plan = engine.plan(&job(true), &task).or_else(|_| engine.plan(&job(false), &task));
    let plan = plan.map_err(|error| told(&error))?;
    let rate = plan.timeline.rate;
    let spoken = plan.timeline.phrases().find(|phrase| phrase.key == *key);
    let pieces = spoken.map(|phrase| phrase.pieces.as_slice()).unwrap_or_default();
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
        return Err(Refusal::NotSpoken.with(&[("phrase", key), ("script", &script)]));
    };
    let around = AROUND.frames(rate);
    let from = first.start.back(around);
    let until = (last.start + last.frames + around).0.min(plan.timeline.frames.0);
    let planes = engine
        .excerpt(&plan, Mix::Full, from, Frames(until - from.0), &task)
        .map_err(|error| told(&error))?;
    let spec =
        WavSpec { rate, channels: 2, format: WavFormat::Int16, frames: Frames(planes[0].len() as u64) };
    let wav = WavWriter::new(Vec::new(), spec).and_then(|mut wav| {
        wav.write(&[&planes[0], &planes[1]])?;
        wav.finish()
    });
    wav.map_err(failed)
}
