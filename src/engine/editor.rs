//! Projects for audio editors: the sounds of a track as separate items, each at its position.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::render::{STEM_NAMES, master_gain, master_settings};
use super::{Engine, Error, Plan, RenderJob};
use crate::asset::bed::{BedReader, BedSound, WINDOW};
use crate::asset::{ClipShelf, RoomSound, RoomStages, Store};
use crate::delivery::mix::Mix;
use crate::dsp::duck::DuckCurve;
use crate::event::Task;
use crate::export::project::audacity::labels;
use crate::export::project::reaper::{ReaperItem, ReaperProject, ReaperTrack, reaper_project};
use crate::export::{ExportError, OutputFile, WavFormat, WavSpec, WavWriter, write_whole};
use crate::layout::{BedSpan, CueEvent, CueSound, PhraseEvent};
use crate::render::{Mixdown, cue_sound, cut_fade, ducked, rest_of, swell_curve};
use crate::unit::{Db, Frames, Gain, Position};

impl Engine {
    /// Writes an Audacity import: the stems, a label track, and a `.lof` list that opens the stems together.
    ///
    /// # Errors
    /// As [`Engine::render`].
    pub fn export_audacity(&self, plan: &Plan, folder: &Path, task: &Task<'_>) -> Result<PathBuf, Error> {
        let job = RenderJob { stems: Some(folder.join("stems")), ..RenderJob::default() };
        self.render(plan, &job, task)?;
        write_whole(folder.join("labels.txt"), labels(&plan.timeline).as_bytes())?;
        let opens = STEM_NAMES.map(|name| format!("file \"stems/{name}.wav\" offset 0.0\n")).concat();
        let list = folder.join(format!("{}.lof", plan.timeline.script));
        write_whole(&list, opens.as_bytes())?;
        Ok(list)
    }

    /// Writes a Reaper project and, in `media/` beside it, every sound it uses as a 32-bit float WAV.
    ///
    /// # Errors
    /// [`Error`] if a recording is missing or something cannot be written.
    pub fn export_reaper(&self, plan: &Plan, folder: &Path, task: &Task<'_>) -> Result<PathBuf, Error> {
        export_reaper(self, plan, folder, task)
    }
}

fn export_reaper(engine: &Engine, plan: &Plan, folder: &Path, task: &Task<'_>) -> Result<PathBuf, Error> {
    engine.require_clips(plan)?;
    let timeline = &plan.timeline;
    let store = engine.store(timeline.rate);
    let mixdown = Mixdown::open(timeline, &store, &engine.course, plan.session.voice.chain, Mix::Full)?;
    let gain = master_gain((&mixdown, &store), master_settings(plan), task)?;
    let media = Media { folder, store: &store, task };
    let tracks = vec![
        ReaperTrack { name: "voice", items: voice(plan, &media)? },
        ReaperTrack { name: "cues", items: cues(engine, plan, &media)? },
        ReaperTrack { name: "bed", items: beds(engine, plan, &media)? },
    ];
    let ends =
        timeline.chapters.iter().skip(1).map(|next| next.start).chain([Position::START + timeline.frames]);
    let regions =
        timeline.chapters.iter().zip(ends).map(|(chapter, end)| (chapter.title.clone(), chapter.start, end));
    let markers =
        timeline.events.iter().filter_map(|event| Some((event.phrase()?.text.clone(), event.start)));
    let project = ReaperProject {
        rate: timeline.rate,
        frames: timeline.frames,
        gain: gain.gain(),
        regions: regions.collect(),
        markers: markers.collect(),
        tracks,
    };
    let path = folder.join(format!("{}.rpp", timeline.script));
    write_whole(&path, reaper_project(&project).as_bytes())?;
    Ok(path)
}

/// The media folder of a project.
struct Media<'a> {
    folder: &'a Path,
    store: &'a Store<'a>,
    task: &'a Task<'a>,
}

impl Media<'_> {
    /// Writes a sound that is in memory; returns its path relative to the project.
    fn put(&self, name: &str, planes: &[&[f32]]) -> Result<String, Error> {
        let mut file = self.file(name, planes.len(), Frames(planes[0].len() as u64))?;
        file.write(planes)?;
        file.commit()
    }

    fn file(&self, name: &str, channels: usize, frames: Frames) -> Result<MediaFile, Error> {
        if self.task.is_cancelled() {
            return Err(Error::Stopped);
        }
        let name = format!("media/{}.wav", name.replace('/', "-"));
        let path = self.folder.join(&name);
        let spec = WavSpec { rate: self.store.rate, channels, format: WavFormat::Float32, frames };
        let file = OutputFile::create(&path)?;
        let writer = WavWriter::new(file, spec).map_err(|error| ExportError::new(&path, error))?;
        Ok(MediaFile { writer, path, name })
    }
}

struct MediaFile {
    writer: WavWriter<OutputFile>,
    path: PathBuf,
    name: String,
}

impl MediaFile {
    fn write(&mut self, planes: &[&[f32]]) -> Result<(), Error> {
        self.writer.write(planes).map_err(|error| ExportError::new(&self.path, error).into())
    }

    fn commit(self) -> Result<String, Error> {
        self.writer.finish().map_err(|error| ExportError::new(&self.path, error))?.commit()?;
        Ok(self.name)
    }
}

/// The items of the voice. Each prepared clip is written once.
fn voice(plan: &Plan, media: &Media<'_>) -> Result<Vec<ReaperItem>, Error> {
    let shelf = ClipShelf::new(plan.session.voice.chain);
    let fade = cut_fade(plan.timeline.rate);
    let mut files: BTreeMap<&str, (String, u64)> = BTreeMap::new();
    let mut items = Vec::new();
    for event in &plan.timeline.events {
        let Some(PhraseEvent { key, text, clip: Some(clip), pieces, .. }) = event.phrase() else { continue };
        if !files.contains_key(clip.as_str()) {
            let fitting = plan.timeline.fittings.get(clip).copied().unwrap_or_default();
            let samples = shelf.get(media.store, clip, fitting)?;
            files.insert(clip, (media.put(&key.to_string(), &[&samples])?, samples.len() as u64));
        }
        let (file, length) = &files[clip.as_str()];
        for piece in pieces {
            // A piece gets a fade where it is cut inside its clip.
            let half = fade.min(Frames(piece.frames.0 / 2));
            let inside = |cut: bool| if cut { half } else { Frames::ZERO };
            items.push(ReaperItem {
                name: text.clone(),
                file: file.clone(),
                start: piece.start,
                frames: piece.frames,
                from: piece.from,
                gain: gain_of(event.gain),
                fades: (inside(piece.from > Frames::ZERO), inside(piece.from.0 + piece.frames.0 < *length)),
                envelope: Vec::new(),
            });
        }
    }
    items.extend(room(plan, media, &shelf)?);
    Ok(items)
}

/// The room tone of the voice, if it has one.
fn room(plan: &Plan, media: &Media<'_>, shelf: &ClipShelf) -> Result<Option<ReaperItem>, Error> {
    const BLOCK: usize = 8_192;
    let Some(span) = &plan.timeline.room else { return Ok(None) };
    let sound = RoomSound::open(media.store, &span.tone, RoomStages::of(shelf.chain().stages()))?;
    let mut file = media.file("room-tone", 1, span.frames)?;
    let mut samples = sound.from(Position::START).take(span.frames.index()).peekable();
    while samples.peek().is_some() {
        let block: Vec<f32> = samples.by_ref().take(BLOCK).collect();
        file.write(&[&block])?;
    }
    Ok(Some(ReaperItem {
        name: "room tone".to_owned(),
        file: file.commit()?,
        start: span.start,
        frames: span.frames,
        from: Frames::ZERO,
        gain: gain_of(span.level),
        fades: (span.fade_in, span.fade_out),
        envelope: Vec::new(),
    }))
}

/// Bells, swells and ticks. Each sound is written once.
fn cues(engine: &Engine, plan: &Plan, media: &Media<'_>) -> Result<Vec<ReaperItem>, Error> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut items = Vec::new();
    let swells = swell_curve(&plan.timeline, |_| true);
    for event in &plan.timeline.events {
        let Some((cue, from)) = event.cue().map(CueEvent::sound) else { continue };
        let name = cue.name();
        if !files.contains_key(&name) {
            let Some(sound) = cue_sound(cue, media.store, &engine.course)? else { continue };
            let planes: Vec<&[f32]> = (0..sound.channels()).map(|channel| sound.plane(channel)).collect();
            files.insert(name.clone(), media.put(&name, &planes)?);
        }
        items.push(ReaperItem {
            file: files[&name].clone(),
            name,
            start: event.start,
            frames: event.frames,
            from,
            gain: gain_of(event.gain),
            fades: (Frames::ZERO, Frames::ZERO),
            envelope: match (cue, &swells) {
                (CueSound::Swell { .. }, Some(curve)) => envelope(curve, event.start, event.frames),
                (CueSound::Swell { .. } | CueSound::Bell(_) | CueSound::Tick(_), _) => Vec::new(),
            },
        });
    }
    Ok(items)
}

/// The beds with their fades; the duck of each is a volume envelope.
fn beds(engine: &Engine, plan: &Plan, media: &Media<'_>) -> Result<Vec<ReaperItem>, Error> {
    let timeline = &plan.timeline;
    let mut items = Vec::new();
    for (index, span) in (1..).zip(&timeline.beds) {
        let Some(ambience) = engine.course.ambiences.get(&span.name) else { continue };
        let sound = BedSound::open(media.store, ambience, timeline.seed)?;
        let file = write_bed(&sound, &format!("bed-{index}-{}", span.name), span, media)?;
        let curve = DuckCurve::new(&ducked(timeline, span.duck, &span.depths, |_| true));
        let envelope = envelope(&curve, span.start, span.frames);
        // The item ends where its fade-out ends; the silence after it is left off.
        let rest = rest_of(span, timeline).unwrap_or(Frames::ZERO);
        items.push(ReaperItem {
            name: ambience.title.clone(),
            file,
            start: span.start,
            frames: span.frames - rest,
            from: Frames::ZERO,
            gain: gain_of(span.gain),
            fades: (span.fade_in, span.fade_out - rest),
            envelope,
        });
    }
    Ok(items)
}

/// The points of a duck within a span, as an envelope of its item.
fn envelope(curve: &DuckCurve, start: Position, frames: Frames) -> Vec<(Position, Db)> {
    let end = start + frames;
    let mut envelope = vec![(start, curve.db(start))];
    envelope.extend(curve.points().into_iter().filter(|(at, _)| (start..end).contains(at)));
    envelope.push((end, curve.db(end)));
    envelope.dedup_by_key(|(at, _)| *at);
    envelope
}

/// Writes a bed without its level, fades and duck.
fn write_bed(sound: &BedSound, name: &str, span: &BedSpan, media: &Media<'_>) -> Result<String, Error> {
    const BLOCK: u64 = 8_192;
    let mut file = media.file(name, 2, span.frames)?;
    let mut reader = BedReader::default();
    let (mut left, mut right) = (vec![0.0; BLOCK as usize], vec![0.0; BLOCK as usize]);
    let end = (span.start + span.frames).0;
    let mut at = span.start.0;
    while at < end {
        // A block never crosses a window.
        let frames = BLOCK.min(end - at).min(WINDOW - at % WINDOW) as usize;
        let (left, right) = (&mut left[..frames], &mut right[..frames]);
        sound.read(Position(at), left, right, &mut reader)?;
        file.write(&[left, right])?;
        at += frames as u64;
    }
    file.commit()
}

/// The gain as the renderer applies it: rounded to 32 bits.
fn gain_of(gain: Gain) -> Gain {
    Gain(f64::from(gain.factor()))
}
