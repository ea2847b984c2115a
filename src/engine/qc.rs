//! Runs the checklist on a file, with the timeline beside it and its stems if there are any.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::generation::generation;
use super::listen::{Hearing, Listened, undecodable as undecodable_beside};
use super::render::{STEM_NAMES, beside};
use super::{Engine, Error, Request, World};
use crate::decode::DecodeError;
use crate::decode::tags::Labels;
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::delivery::preset::Preset;
use crate::files::{Source, open_anywhere};
use crate::layout::TimelineDocument;
use crate::qc::analysis::{Comparer, Summer};
use crate::qc::{Missing, PlannedTrack, Report, Stems, Subject, ceiling, judge, undecodable};
use crate::toml::table::list;
use crate::unit::Lufs;

/// What to judge a file by.
#[derive(Clone, Debug, Default)]
pub struct QcJob {
    /// The name of the preset; `None` for the preset of the render, or `stream` if that is unknown.
    pub preset: Option<String>,
    /// The presets of the current course.
    pub presets: BTreeMap<String, Preset>,
    /// The folder with the stems.
    pub stems: Option<PathBuf>,
    /// Another render of the same version, to compare bytes with.
    pub other_render: Option<PathBuf>,
}

/// Judges a file. A file that cannot be decoded fails; that is a report, not an error. With the course that the file was
/// rendered from, it is compared with the same version rendered again.
///
/// # Errors
/// [`Error::Request`] if the preset is unknown, [`Error::World`] if the file does not exist, or a stem or the timeline
/// cannot be read.
pub fn qc_file(path: &Path, job: &QcJob, course: Option<&Engine>) -> Result<Report, Error> {
    let name = path.display().to_string();
    let document = timeline_beside(path)?;
    let plan = document.as_ref().map(PlannedTrack::from);
    let preset = job.preset.as_deref().or(plan.as_ref().and_then(|plan| plan.preset.as_deref()));
    let mut preset = find_preset(job, preset.unwrap_or("stream"))?;
    if let (None, Some(level)) = (&job.preset, plan.as_ref().and_then(|plan| plan.recorded_level)) {
        preset.target = Lufs(level);
    }
    let file = match Listened::open(path)? {
        Ok(file) => file,
        Err(error) => return unreadable(path, &preset, error),
    };
    if let (Some(own), Some(planned)) =
        (generation(open_anywhere(path)?), plan.as_ref().and_then(|plan| plan.generation.clone()))
        && own != planned
    {
        return Err(World::Mixed { path: path.to_owned() }.into());
    }
    let again = match (course, &document) {
        (Some(course), Some(document)) if file.listener().rate() == document.rate => {
            course.plan_again(document).map(|plan| (course, plan))
        }
        (Some(_), Some(_)) => Err(Missing::PlannedRate),
        _ => Err(Missing::Course),
    };
    let comparer = again.is_ok().then(|| Comparer::new(file.listener().rate(), file.listener().bits()));
    let mix = plan.as_ref().map_or(Mix::Full, |plan| plan.mix);
    let stems = job.stems.iter().flat_map(|folder| STEM_NAMES.map(|stem| folder.join(format!("{stem}.wav"))));
    let stems = stems.map(|path| Listened::open(&path)?.map_err(|source| undecodable_beside(&path, source)));
    let stems = stems.collect::<Result<Vec<_>, _>>()?;
    let rate = file.listener().rate();
    let can_sum = !stems.is_empty() && stems.iter().all(|stem| stem.listener().rate() == rate);
    let summer =
        can_sum.then(|| Summer::new(rate, file.listener().bits(), ceiling(plan.as_ref(), &preset).gain()));
    let mixed = STEM_NAMES.iter().map(|stem| mix == Mix::Full || *stem == mix.name()).collect();
    let mut hearing = Hearing { file, stems, mixed, summer, comparer, heard: 0 };
    let limited = match &again {
        Ok((course, plan)) => Some(course.render_beside(plan, mix, &mut hearing)?),
        Err(_) => None,
    };
    while hearing.go_on() {}
    let Hearing { file, stems, summer, comparer, .. } = hearing;
    let file = match file.finish() {
        Ok(file) => file,
        Err(error) => return unreadable(path, &preset, error),
    };
    let finished = |stem: Listened| {
        let path = stem.path.clone();
        stem.finish().map_err(|source| undecodable_beside(&path, source))
    };
    let stems = stems.into_iter().map(finished).collect::<Result<Vec<_>, _>>()?;
    let mut stems = stems.into_iter();
    let stems = Stems { voice: stems.next(), cues: stems.next(), bed: stems.next() };
    let labels = Labels::read(open_anywhere(path)?);
    let same_bytes = job.other_render.as_ref().map(|other| have_same_bytes(path, other)).transpose()?;
    let sum = summer.map(Summer::finish);
    let made = again.and_then(|_| comparer.map(Comparer::finish).ok_or(Missing::Course));
    let subject = Subject { file, plan, stems, preset, clips: None, limited, sum, made, same_bytes, labels };
    Ok(judge(&name, &subject))
}

/// The report of a file that is no recording.
fn unreadable(path: &Path, preset: &Preset, error: DecodeError) -> Result<Report, Error> {
    if let DecodeError::Io(source) = error {
        return Err(World::Read { path: path.to_owned(), source }.into());
    }
    Ok(undecodable(&path.display().to_string(), preset, &format!("it {error}")))
}

/// The timeline beside a file, where there is one. That of `x_wav16.wav` may be beside `x.wav`, which was rendered with it.
fn timeline_beside(path: &Path) -> Result<Option<TimelineDocument>, Error> {
    let names = [Some(path.to_owned()), without_format(path)].into_iter().flatten();
    let mut found = names.filter_map(|path| {
        let path = beside(&path, "timeline.json");
        Some((open_anywhere(&path).ok()?, path))
    });
    let Some((mut source, path)) = found.next() else { return Ok(None) };
    let mut json = Vec::new();
    if let Err(source) = source.read_to_end(&mut json) {
        return Err(World::Read { path, source }.into());
    }
    Ok(Some(TimelineDocument::read(&json).map_err(|source| World::Timeline { path, source })?))
}

/// The path without the name of a format at the end of its stem.
fn without_format(path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_str()?;
    let (stem, _) = stem.rsplit_once('_').filter(|(_, name)| Format::named(name).is_some())?;
    Some(path.with_file_name(format!("{stem}.{}", path.extension()?.to_str()?)))
}

fn find_preset(job: &QcJob, name: &str) -> Result<Preset, Error> {
    Preset::find(&job.presets, name).ok_or_else(|| {
        let known = Preset::known(&job.presets);
        let near = crate::toml::foreign::meant(name, known.clone()).map(str::to_owned);
        let known = format!("available: {}", list(known));
        Request::Unknown { kind: "preset", name: name.to_owned(), near, known }.into()
    })
}

/// Whether two files have the same bytes.
fn have_same_bytes(one: &Path, other: &Path) -> Result<bool, Error> {
    let names = [one, other];
    let mut files = names.map(open_anywhere);
    let [Ok(one), Ok(other)] = &mut files else {
        let [one, other] = files;
        return Err(one.err().or(other.err()).expect("one of them failed").into());
    };
    if one.byte_len() != other.byte_len() {
        return Ok(false);
    }
    loop {
        let (a, b) = (block(names[0], one.as_mut())?, block(names[1], other.as_mut())?);
        if a != b || a.is_empty() {
            return Ok(a == b);
        }
    }
}

fn block(path: &Path, source: &mut dyn Source) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = source.take(1 << 16).read_to_end(&mut bytes);
    read.map_err(|source| World::Read { path: path.to_owned(), source })?;
    Ok(bytes)
}
