//! Runs the checklist on a file, with the timeline beside it and its stems if there are any.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::generation::generation;
use super::render::{STEM_NAMES, beside};
use super::{Error, Request, World};
use crate::decode::tags::Labels;
use crate::decode::{DecodeError, Decoder};
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::delivery::preset::Preset;
use crate::files::{Source, open_anywhere};
use crate::qc::analysis::{Analysis, StemSum, Summer};
use crate::qc::{PlannedTrack, Report, Stems, Subject, ceiling, judge, undecodable};
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

/// Judges a file. A file that cannot be decoded fails; that is a report, not an error.
///
/// # Errors
/// [`Error::Request`] if the preset is unknown, [`Error::World`] if the file does not exist, or a stem or the timeline
/// cannot be read.
pub fn qc_file(path: &Path, job: &QcJob) -> Result<Report, Error> {
    let name = path.display().to_string();
    let plan = plan_beside(path)?;
    let preset = job.preset.as_deref().or(plan.as_ref().and_then(|plan| plan.preset.as_deref()));
    let mut preset = find_preset(job, preset.unwrap_or("stream"))?;
    if let (None, Some(level)) = (&job.preset, plan.as_ref().and_then(|plan| plan.recorded_level)) {
        preset.target = Lufs(level);
    }
    let stems =
        job.stems.iter().flat_map(|folder| STEM_NAMES.map(|stem| Some(folder.join(format!("{stem}.wav")))));
    let paths: Vec<Option<PathBuf>> = [Some(path.to_owned())].into_iter().chain(stems).collect();
    let mut analysed: Vec<Option<Result<Analysis, DecodeError>>> =
        paths.par_iter().map(|path| analyse(path.as_deref())).collect::<Result<_, _>>()?;
    let file = match analysed[0].take().expect("the file was opened") {
        Ok(file) => file,
        Err(DecodeError::Io(source)) => return Err(World::Read { path: path.to_owned(), source }.into()),
        Err(error) => return Ok(undecodable(&name, &preset, &format!("it {error}"))),
    };
    let mut stem = |number: usize| match analysed.get_mut(number).and_then(Option::take) {
        Some(Err(source)) => {
            let path = paths[number].as_deref().unwrap_or(path).to_owned();
            Err(Error::from(World::Decode { path, source }))
        }
        Some(Ok(stem)) => Ok(Some(stem)),
        None => Ok(None),
    };
    let stems = Stems { voice: stem(1)?, cues: stem(2)?, bed: stem(3)? };
    if let (Some(own), Some(planned)) =
        (generation(open_anywhere(path)?), plan.as_ref().and_then(|plan| plan.generation.clone()))
        && own != planned
    {
        return Err(World::Mixed { path: path.to_owned() }.into());
    }
    let labels = Labels::read(open_anywhere(path)?);
    let same_bytes = job.other_render.as_ref().map(|other| have_same_bytes(path, other)).transpose()?;
    let sum = job.stems.as_ref().map(|folder| stem_sum(path, folder, plan.as_ref(), &preset)).transpose()?;
    let sum = sum.flatten();
    Ok(judge(
        &name,
        &Subject { file, plan, stems, preset, clips: None, limited: None, sum, same_bytes, labels },
    ))
}

/// Compares a file with the sum of its stems; `None` if they cannot be compared, as their rates differ. What cannot be
/// decoded was reported when it was analysed.
fn stem_sum(
    path: &Path,
    folder: &Path,
    plan: Option<&PlannedTrack>,
    preset: &Preset,
) -> Result<Option<StemSum>, Error> {
    let open = |path: &Path| {
        let failed = |source| Error::from(World::Decode { path: path.to_owned(), source });
        let decoder = Decoder::open(open_anywhere(path)?).map_err(failed)?;
        Ok::<_, Error>(PairReader { decoder, ready: Default::default() })
    };
    let mut file = open(path)?;
    let wanted: &[&str] = match plan.map_or(Mix::Full, |plan| plan.mix) {
        Mix::Full => &STEM_NAMES,
        Mix::Voice => &STEM_NAMES[..1],
        Mix::Bed => &STEM_NAMES[2..],
    };
    let stems = wanted.iter().map(|stem| open(&folder.join(format!("{stem}.wav"))));
    let mut stems = stems.collect::<Result<Vec<_>, _>>()?;
    let rate = file.decoder.rate();
    if stems.iter().any(|stem| stem.decoder.rate() != rate) {
        return Ok(None);
    }
    let mut summer = Summer::new(rate, ceiling(plan, preset).gain());
    loop {
        let part = file.take();
        summer.push_file([&part[0], &part[1]]);
        let mut sum = [Vec::new(), Vec::new()];
        // In the order of the mix: (voice + cues) + bed. A stem that ends before the others is silent from there on.
        for stem in &mut stems {
            for (sum, plane) in sum.iter_mut().zip(stem.take()) {
                sum.resize(sum.len().max(plane.len()), 0.0);
                sum.iter_mut().zip(&plane).for_each(|(sum, sample)| *sum += sample);
            }
        }
        if part[0].is_empty() && sum[0].is_empty() {
            return Ok(Some(summer.finish()));
        }
        summer.push_sum([&sum[0], &sum[1]]);
    }
}

/// Left and right of a sound, in parts of one length, however long the blocks of its decoder are.
struct PairReader {
    decoder: Decoder,
    ready: [Vec<f32>; 2],
}

impl PairReader {
    const PART: usize = 8_192;

    /// The next part; empty at the end. An error ends the sound, as it did in the analysis.
    fn take(&mut self) -> [Vec<f32>; 2] {
        let mut block = Vec::new();
        while self.ready[0].len() < Self::PART && self.decoder.next_block(&mut block).unwrap_or(false) {
            for (ready, plane) in self.ready.iter_mut().zip([&block[0], &block[block.len() - 1]]) {
                ready.extend_from_slice(plane);
            }
        }
        let count = self.ready[0].len().min(Self::PART);
        self.ready.each_mut().map(|ready| ready.drain(..count).collect())
    }
}

/// Analyses a file. The inner error is about the file, the outer one about the disk.
fn analyse(path: Option<&Path>) -> Result<Option<Result<Analysis, DecodeError>>, Error> {
    let Some(path) = path else { return Ok(None) };
    Ok(Some(Analysis::of(open_anywhere(path)?)))
}

/// The timeline beside a file, where there is one. That of `x_wav16.wav` may be beside `x.wav`, which was rendered with it.
fn plan_beside(path: &Path) -> Result<Option<PlannedTrack>, Error> {
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
    Ok(Some(PlannedTrack::read(&json).map_err(|source| World::Timeline { path, source })?))
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
