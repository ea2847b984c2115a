//! A version as a WAV that is not rendered yet: its header and its size are known at once, and any part of it can be made by
//! itself, with the bytes that a render of the whole writes.
//!
//! Only the limiter carries something from one window of the mix to the next. It forgets in three seconds, so a part that
//! is made alone begins a little earlier; or it goes on from the state that the limiter had at the end of the part before.

use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::render::{master_gain, master_settings, render_tags, spec};
use super::stream::STREAM;
use super::{Engine, Error, Plan, RenderJob, Request, possible};
use crate::asset::CacheKeyBuilder;
use crate::asset::bed::WINDOW;
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::dsp::limiter::Limiter;
use crate::event::Task;
use crate::export::format::track_writer_here;
use crate::export::format::wav::WavParts;
use crate::export::{ExportError, Tags};
use crate::render::{MixWindow, Mixdown};
use crate::unit::{Db, Frames, Position};

/// What is listened to of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListeningJob {
    pub mix: Mix,
    /// One of the WAV formats.
    pub format: Format,
}

impl Default for ListeningJob {
    fn default() -> Self {
        Self { mix: Mix::default(), format: Format::Wav24 }
    }
}

/// An open version. It owns what it needs, and several threads may make parts of it at once.
pub struct Listening {
    engine: Arc<Engine>,
    plan: Arc<Plan>,
    mixdown: Mixdown,
    wav: WavParts,
    gain: Db,
    ceiling: Db,
    /// How far the limiter's output lags behind its input at the end of a window.
    lag: Frames,
    /// The windows before a piece that is made alone.
    warm_up: u64,
    mix: Mix,
    mono: bool,
    fingerprint: Arc<str>,
}

/// A part of the file, and how to go on after it.
pub struct WavPiece {
    pub bytes: Vec<u8>,
    pub after: PieceState,
}

/// The state of the limiter at the end of a piece.
#[derive(Clone, Debug)]
pub struct PieceState {
    piece: u64,
    limiter: Limiter,
}

impl Listening {
    /// Opens a version. The gain of a version whose loudness is that of the whole file has to be measured once; it is kept
    /// in the cache.
    ///
    /// # Errors
    /// As [`Engine::render`]; [`Request::NoPieces`] for a format that is not WAV.
    pub fn open(
        engine: Arc<Engine>,
        plan: Arc<Plan>,
        job: ListeningJob,
        task: &Task<'_>,
    ) -> Result<Self, Error> {
        let preset = &plan.session.preset;
        let rate = plan.timeline.rate;
        engine.can_render(&plan, job.mix)?;
        possible(job.format, &preset.coding, rate)?;
        let render = RenderJob { mix: job.mix, ..RenderJob::default() };
        let ingredients = engine.ingredients(&plan, &render)?;
        let mut tags = Tags::of(&engine.course, &plan.session, &plan.timeline);
        tags.generation = Some(ingredients.generation());
        let coding = preset.coding;
        let wav = WavParts::of(&spec(&plan, job.format, coding.channels(), coding), &tags)
            .map_err(|error| ExportError::new(STREAM, error))?
            .ok_or(Request::NoPieces { format: job.format.name() })?;
        let store = engine.store(rate);
        let chain = plan.session.voice.chain;
        let mixdown = Mixdown::open(&plan.timeline, &store, &engine.course, chain, job.mix)?;
        let settings = master_settings(&plan);
        let key = CacheKeyBuilder::new("master").field("generation", ingredients.generation()).cpu().finish();
        let kept = engine.cache.get("master", &key).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let gain = match kept {
            Some(gain) if settings.0.is_some() => Db(gain),
            _ => master_gain((&mixdown, &store), settings, task)?,
        };
        if let (Some(_), None, Ok(bytes)) = (settings.0, kept, serde_json::to_vec(&gain.0)) {
            engine.cache.put("master", &key, &bytes);
        }
        drop(store);
        let fingerprint = ingredients.fingerprint(job.format).into();
        let lag = Frames(Limiter::lag(rate) as u64);
        let warm_up = (Limiter::memory(rate) as u64).div_ceil(WINDOW);
        let (ceiling, mono) = (settings.1, coding.mono);
        Ok(Self { engine, plan, mixdown, wav, gain, ceiling, lag, warm_up, mix: job.mix, mono, fingerprint })
    }

    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// A hash of everything the bytes depend on: what the sound is made of, the format, and the kind of processor.
    pub fn fingerprint(&self) -> &Arc<str> {
        &self.fingerprint
    }

    /// The size of the whole file.
    pub fn file_bytes(&self) -> u64 {
        self.wav.file_bytes()
    }

    /// How long so many bytes sound.
    pub fn seconds_of(&self, bytes: u64) -> f64 {
        let frame = self.wav.byte_of(Position(1)) - self.wav.byte_of(Position::START);
        Frames(bytes / frame).seconds(self.plan.timeline.rate)
    }

    /// The bytes before the first piece.
    pub fn header(&self) -> &[u8] {
        self.wav.header()
    }

    /// The number of pieces; each takes about one window of the mix to make.
    pub fn pieces(&self) -> u64 {
        self.mixdown.windows().max(1)
    }

    /// The bytes of the file that a piece holds. The first begins after the header.
    ///
    /// # Panics
    /// If there is no such piece.
    pub fn bytes_of(&self, piece: u64) -> Range<u64> {
        self.wav.bytes_of(&self.frames_of(piece))
    }

    /// The number of frames of the whole.
    pub fn frames(&self) -> Frames {
        self.mixdown.frames()
    }

    /// The bytes of the file that hold these frames.
    ///
    /// # Panics
    /// If the whole has fewer frames.
    pub fn bytes_of_frames(&self, frames: Range<Position>) -> Range<u64> {
        assert!(frames.end.0 <= self.frames().0, "the frames are in the whole");
        self.wav.bytes_of(&frames)
    }

    /// The piece that holds a byte of the file behind the header.
    pub fn piece_at(&self, byte: u64) -> u64 {
        let whole = self.wav.byte_of(Position(WINDOW)) - self.wav.byte_of(Position::START);
        let lag = self.wav.byte_of(Position(self.lag.0)) - self.wav.byte_of(Position::START);
        let behind = byte.saturating_sub(self.header().len() as u64);
        ((behind + lag) / whole).min(self.pieces() - 1)
    }

    /// Makes a piece: from the state at the end of the one before, or alone.
    ///
    /// # Errors
    /// [`Error::World`] if a recording has disappeared or changed.
    ///
    /// # Panics
    /// If there is no such piece.
    pub fn piece(&self, index: u64, before: Option<&PieceState>) -> Result<WavPiece, Error> {
        let frames = self.frames_of(index);
        let mut sound: [Vec<f32>; 2] = [Vec::new(), Vec::new()];
        let after = self.sound(index, before, &mut |block| {
            sound.iter_mut().zip(block).for_each(|(plane, part)| plane.extend_from_slice(part));
            Ok(())
        })?;
        debug_assert_eq!(sound[0].len() as u64, (frames.end - frames.start).0, "a piece has its frames");
        let [left, right] = &sound;
        let bytes = if self.mono {
            self.wav.frames(frames.start, &[&mono(left, right)])
        } else {
            self.wav.frames(frames.start, &[left, right])
        };
        Ok(WavPiece { bytes, after })
    }

    /// Makes the sound of a piece and passes it to `take` in the blocks of a render.
    fn sound(
        &self,
        index: u64,
        before: Option<&PieceState>,
        take: &mut TakeBlock<'_>,
    ) -> Result<PieceState, Error> {
        let known = before.filter(|before| index > 0 && before.piece == index - 1);
        let store = self.engine.store(self.plan.timeline.rate);
        let mut sum = [Vec::new(), Vec::new()];
        let mut ready = [Vec::new(), Vec::new()];
        let rate = self.plan.timeline.rate;
        let mut limiter =
            known.map_or_else(|| Limiter::new(rate, self.ceiling.gain(), 2), |known| known.limiter.clone());
        let first = if known.is_some() { index } else { index.saturating_sub(self.warm_up) };
        // A piece that is made alone needs several windows, and somebody waits for it.
        let mixed = (first..=index).into_par_iter().map(|number| {
            let mut window = MixWindow::default();
            if self.mixdown.windows() > number {
                self.mixdown.window(&store, number, self.gain.gain(), false, &mut window)?;
            }
            Ok(window)
        });
        let mixed: Vec<MixWindow> = mixed.collect::<Result<_, Error>>()?;
        for (number, window) in (first..=index).zip(&mixed) {
            for block in 0..window.blocks() {
                ready.iter_mut().for_each(Vec::clear);
                limiter.push(&window.block(block, &mut sum).mix, &mut ready);
                // What comes out while it warms up belongs to the pieces before.
                if number == index {
                    take([&ready[0], &ready[1]])?;
                }
            }
        }
        let after = PieceState { piece: index, limiter: limiter.clone() };
        if index + 1 == self.pieces() {
            ready.iter_mut().for_each(Vec::clear);
            limiter.finish(&mut ready);
            take([&ready[0], &ready[1]])?;
        }
        self.mixdown.rest();
        Ok(after)
    }

    /// Encodes the whole from front to back, as [`Engine::render_to`] does, in a format that is written so. Before each piece it
    /// asks for its turn with what is done by then, and keeps that until the piece is written; between pieces it holds little.
    ///
    /// # Errors
    /// As [`Engine::render_to`], and those of `turn`; [`Request::NoPieces`] for a format whose header is written at the end.
    pub fn encode<W: Write + Send + 'static, T>(
        &self,
        format: Format,
        to: W,
        turn: &mut dyn FnMut(Frames) -> Result<T, Error>,
    ) -> Result<W, Error> {
        if !format.streams() {
            return Err(Request::NoPieces { format: format.name() }.into());
        }
        let fault = |error| Error::from(ExportError::new(STREAM, error));
        let render = RenderJob { mix: self.mix, ..RenderJob::default() };
        let coding = self.plan.session.preset.coding;
        let spec = spec(&self.plan, format, coding.channels(), coding);
        let mut own_turn = Some(turn(Frames::ZERO)?);
        let tags = render_tags(&self.engine, &self.plan, &render, &[format])?;
        let mut writer = track_writer_here(FrontToBack(to), &spec, &tags).map_err(fault)?;
        let mut state = None;
        let mut done = Frames::ZERO;
        for index in 0..self.pieces() {
            let held = match own_turn.take() {
                Some(first) => first,
                None => turn(done)?,
            };
            state = Some(self.sound(index, state.as_ref(), &mut |[left, right]| {
                done += Frames(left.len() as u64);
                if self.mono {
                    writer.write(&[&mono(left, right)]).map_err(fault)
                } else {
                    writer.write(&[left, right]).map_err(fault)
                }
            })?);
            drop(held);
        }
        let _held = turn(done)?;
        let mut to = writer.finish().map_err(fault)?.0;
        to.flush().map_err(fault)?;
        Ok(to)
    }

    /// Any bytes of the file, made alone.
    ///
    /// # Errors
    /// As [`Self::piece`].
    ///
    /// # Panics
    /// If the range reaches beyond the file.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<u8>, Error> {
        assert!(range.end <= self.file_bytes(), "the range lies in the file");
        let header = self.header();
        let own = |end: u64| end.min(header.len() as u64) as usize;
        let mut bytes = header[own(range.start)..own(range.end.max(range.start))].to_vec();
        let mut at = range.start.max(header.len() as u64);
        let mut state = None;
        while at < range.end {
            let index = self.piece_at(at);
            let piece = self.piece(index, state.as_ref())?;
            let there = self.bytes_of(index);
            let end = range.end.min(there.end);
            bytes.extend(&piece.bytes[(at - there.start) as usize..(end - there.start) as usize]);
            (at, state) = (end, Some(piece.after));
        }
        Ok(bytes)
    }

    /// The frames of a piece: those that the limiter gives once its window is in.
    fn frames_of(&self, piece: u64) -> Range<Position> {
        assert!(piece < self.pieces(), "there is such a piece");
        let start = if piece == 0 { Position::START } else { Position(piece * WINDOW).back(self.lag) };
        let last = piece + 1 == self.pieces();
        let end = if last {
            Position::START + self.mixdown.frames()
        } else {
            Position((piece + 1) * WINDOW).back(self.lag)
        };
        start..end
    }
}

/// Takes a block of sound.
type TakeBlock<'a> = dyn FnMut([&[f32]; 2]) -> Result<(), Error> + 'a;

/// The sum of left and right: a centred voice keeps its level, and no peak grows.
fn mono(left: &[f32], right: &[f32]) -> Vec<f32> {
    left.iter().zip(right).map(|(left, right)| 0.5 * (left + right)).collect()
}

/// What is only written from front to back.
struct FrontToBack<W>(W);

impl<W: Write> Write for FrontToBack<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W> Seek for FrontToBack<W> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

impl Engine {
    /// Whether a plan can be rendered in this mix.
    ///
    /// # Errors
    /// [`Error`] if a recording is missing, or its voice cannot be had alone.
    pub(super) fn can_render(&self, plan: &Plan, mix: Mix) -> Result<(), Error> {
        if let (Mix::Voice, Some(mixed)) = (mix, &plan.session.mixed) {
            return Err(Request::MixedVoice { recording: mixed.name.clone() }.into());
        }
        self.require_clips(plan)
    }
}
