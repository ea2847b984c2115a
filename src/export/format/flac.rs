//! FLAC with 24 bits, written as a stream. A file gets a checksum of its samples and a seek table at the end; a pipe
//! gets neither.

mod bits;
mod frame;
mod prediction;
mod rice;
mod subframe;

use std::io::{self, Seek, SeekFrom, Write};
use std::num::NonZero;
use std::sync::LazyLock;

use flac_codec::metadata::{
    BlockList, Padding, Picture, PictureType, SeekPoint, SeekTable, Streaminfo, VorbisComment, write_blocks,
};
use md5::{Digest, Md5};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::samples::{self, FULL_SCALE_24};
use super::track::Intake;
use super::vorbis_comment;
use crate::export::tags::Cover;
use crate::export::{Tags, TrackSpec, TrackWriter};
use frame::{BLOCK, FrameCoder};

/// Bits per sample. The rounding error is near −146 dBFS, below the noise of any converter, so there is no dither.
const BITS: u32 = 24;
/// Frames of the file that are coded at once. Each takes 0.2 MiB.
const BATCH: usize = 8;
/// The time between two points of the seek table, in seconds.
const SEEK_SECONDS: u64 = 10;
/// Bytes of the header that are left for tags to grow.
const PADDING: u16 = 4_096;

/// The threads that code frames. They are not those of a render, which wait while the queue of an encoder is full; `None`
/// if the system gives no threads.
static CODERS: LazyLock<Option<ThreadPool>> =
    LazyLock::new(|| ThreadPoolBuilder::new().thread_name(|index| format!("flac-{index}")).build().ok());

/// Writes planar f32 samples of full scale ±1 as FLAC (RFC 9639), 24 bits, exact to the bit of the rounded samples.
pub struct FlacWriter<W: Write + Seek> {
    write: W,
    /// Where the header begins in a file; `None` in a pipe, which cannot go back.
    start: Option<u64>,
    blocks: BlockList,
    hz: u32,
    intake: Intake,
    /// Samples of frames that have not been coded, one plane a channel.
    waiting: Vec<Vec<i32>>,
    /// The same as bytes of a WAV, of which the checksum is made, and the floats they are made of.
    bytes: Vec<u8>,
    interleaved: Vec<f32>,
    sum: Md5,
    coders: Vec<FrameCoder>,
    window: Vec<f32>,
    sizes: FrameSizes,
}

impl<W: Write + Seek> FlacWriter<W> {
    /// Writes header and tags.
    ///
    /// # Errors
    /// Those of `write`.
    ///
    /// # Panics
    /// If the spec has no channel or more than eight, or no frame.
    pub fn new(mut write: W, spec: &TrackSpec, tags: &Tags) -> io::Result<Self> {
        assert!((1..=8).contains(&spec.channels), "a file has one to eight channels");
        assert!(spec.frames.0 > 0, "a track has a frame");
        let start = write.stream_position().ok();
        let mut blocks = BlockList::new(Streaminfo {
            minimum_block_size: BLOCK as u16,
            maximum_block_size: BLOCK as u16,
            minimum_frame_size: None,
            maximum_frame_size: None,
            sample_rate: spec.rate.hz(),
            channels: NonZero::new(spec.channels as u8).expect("there is a channel"),
            bits_per_sample: BITS.try_into().expect("a width of FLAC"),
            total_samples: NonZero::new(spec.frames.0),
            md5: None,
        });
        blocks.insert(comments(tags, spec));
        let mut sizes = FrameSizes::default();
        if start.is_some() {
            sizes.points = seek_frames(spec).map(|frame| (frame, None)).collect();
            blocks.insert(sizes.seek_table(spec.frames.0)?);
        }
        if let Some(cover) = &tags.cover {
            blocks.insert(picture(cover));
        }
        if start.is_some() {
            blocks.insert(Padding { size: PADDING.into() });
        }
        write.write_all(&header(&blocks)?)?;
        Ok(Self {
            write,
            start,
            blocks,
            hz: spec.rate.hz(),
            intake: Intake::of(spec),
            waiting: vec![Vec::with_capacity(BATCH * BLOCK); spec.channels],
            bytes: Vec::new(),
            interleaved: Vec::new(),
            sum: Md5::new(),
            coders: std::iter::repeat_with(FrameCoder::default).take(BATCH).collect(),
            window: prediction::window(BLOCK),
            sizes,
        })
    }

    /// Codes all waiting samples and writes their frames. Only the last frame of a file may be shorter than the others.
    fn code(&mut self) -> io::Result<()> {
        let Self { waiting, bytes, sum, coders, window, sizes, hz, .. } = self;
        let frames = waiting[0].len();
        let code = |(index, coder): (usize, &mut FrameCoder)| {
            let range = index * BLOCK..frames.min((index + 1) * BLOCK);
            let own = (range.len() < BLOCK).then(|| prediction::window(range.len()));
            let planes: Vec<&[i32]> = waiting.iter().map(|plane| &plane[range.clone()]).collect();
            let number = sizes.count + index as u64;
            coder.frame(&planes, number, *hz, BITS, own.as_deref().unwrap_or(window));
        };
        let coders = &mut coders[..frames.div_ceil(BLOCK)];
        if let Some(threads) = &*CODERS {
            let code = || coders.par_iter_mut().enumerate().for_each(code);
            threads.install(|| rayon::join(|| sum.update(&*bytes), code));
        } else {
            sum.update(&*bytes);
            coders.iter_mut().enumerate().for_each(code);
        }
        for coder in coders {
            self.write.write_all(coder.coded())?;
            sizes.add(coder.coded().len() as u64);
        }
        bytes.clear();
        waiting.iter_mut().for_each(Vec::clear);
        Ok(())
    }
}

impl<W: Write + Seek> TrackWriter<W> for FlacWriter<W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        let frames = self.intake.take(planes);
        let mut taken = 0;
        while taken < frames {
            let room = BATCH * BLOCK - self.waiting[0].len();
            let range = taken..frames.min(taken + room);
            for (waiting, plane) in self.waiting.iter_mut().zip(planes) {
                let rounded = |sample: &f32| samples::integer(*sample, FULL_SCALE_24);
                waiting.extend(plane[range.clone()].iter().map(rounded));
            }
            if self.start.is_some() {
                self.interleaved.clear();
                samples::interleave(planes, range.clone(), &mut self.interleaved);
                let known = self.bytes.len();
                self.bytes.resize(known + self.interleaved.len() * (BITS / 8) as usize, 0);
                samples::int_24(&self.interleaved, &mut self.bytes[known..]);
            }
            taken = range.end;
            if self.waiting[0].len() == BATCH * BLOCK {
                self.code()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.intake.end();
        self.code()?;
        if let Some(start) = self.start {
            let info = self.blocks.streaminfo_mut();
            let size = |bytes: u64| u32::try_from(bytes).ok().and_then(NonZero::new);
            info.minimum_frame_size = self.sizes.least.and_then(size);
            info.maximum_frame_size = size(self.sizes.most);
            info.md5 = Some(self.sum.finalize().into());
            let total = info.total_samples.map_or(0, NonZero::get);
            self.blocks.insert(self.sizes.seek_table(total)?);
            let end = self.write.stream_position()?;
            self.write.seek(SeekFrom::Start(start))?;
            self.write.write_all(&header(&self.blocks)?)?;
            self.write.seek(SeekFrom::Start(end))?;
        }
        self.write.flush()?;
        Ok(self.write)
    }
}

/// The sizes of the coded frames, as far as the header of the file has them.
#[derive(Debug, Default)]
struct FrameSizes {
    count: u64,
    bytes: u64,
    least: Option<u64>,
    most: u64,
    /// The frames of the seek table and their places behind the header, where they are known.
    points: Vec<(u64, Option<u64>)>,
    /// How many of those are known.
    known: usize,
}

impl FrameSizes {
    /// Adds the next frame.
    fn add(&mut self, size: u64) {
        if let Some(point) = self.points.get_mut(self.known).filter(|point| point.0 == self.count) {
            point.1 = Some(self.bytes);
            self.known += 1;
        }
        self.count += 1;
        self.bytes += size;
        self.least = Some(self.least.map_or(size, |least| least.min(size)));
        self.most = self.most.max(size);
    }

    /// The seek table of a file of so many frames of sound.
    fn seek_table(&self, total: u64) -> io::Result<SeekTable> {
        let point = |&(frame, place): &(u64, Option<u64>)| {
            let sample_offset = frame * BLOCK as u64;
            let frame_samples = (total - sample_offset).min(BLOCK as u64) as u16;
            place.map_or(SeekPoint::Placeholder, |byte_offset| SeekPoint::Defined {
                sample_offset,
                byte_offset,
                frame_samples,
            })
        };
        let points: Vec<SeekPoint> = self.points.iter().map(point).collect();
        let points = points.try_into().map_err(|_| io::Error::other("the seek table is out of order"))?;
        Ok(SeekTable { points })
    }
}

/// The numbers of the frames that the seek table has: those in which each ten seconds begin.
fn seek_frames(spec: &TrackSpec) -> impl Iterator<Item = u64> {
    let apart = SEEK_SECONDS * u64::from(spec.rate.hz());
    let frames = (0..spec.frames.0.div_ceil(apart)).map(move |point| point * apart / BLOCK as u64);
    frames.take(SeekTable::MAX_POINTS)
}

/// The bytes before the first frame.
fn header(blocks: &BlockList) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_blocks(&mut bytes, blocks.blocks()).map_err(io::Error::other)?;
    Ok(bytes)
}

fn comments(tags: &Tags, spec: &TrackSpec) -> VorbisComment {
    let fields = vorbis_comment::fields(tags, spec, false);
    let fields = fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    VorbisComment { vendor_string: vorbis_comment::VENDOR.to_owned(), fields }
}

fn picture(cover: &Cover) -> Picture {
    Picture {
        picture_type: PictureType::FrontCover,
        media_type: cover.media_type.to_owned(),
        description: String::new(),
        width: cover.width,
        height: cover.height,
        color_depth: cover.bits,
        colors_used: None,
        data: cover.bytes.clone(),
    }
}

#[cfg(test)]
mod tests;
