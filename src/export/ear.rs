//! What is heard of a finished mix while it is written: its measurement, its shape, and pieces to compare encoded files
//! with.

use std::io;

use super::TrackWriter;
use super::encoder_thread::EncoderThread;
use crate::dsp::loudness::KWeightingOf;
use crate::dsp::meter::{Measurement, Meter};
use crate::unit::{Frames, SampleRate};

/// The shape has so many columns a second.
pub const COLUMNS_A_SECOND: u32 = 20;
/// The length of a piece: long enough to find its place again, short enough to compare at thousands of places.
pub const PIECE: usize = 1 << 13;
/// The first piece begins with a column whose mean square is above −33 dBFS, a bell or a voice: of noise that is softer
/// codecs keep little but its loudness.
const AUDIBLE: f64 = 5e-4;
/// Each later one begins where it is so many times louder than where the one before began: a voice is found again where
/// a bell in the rain is not.
const LOUDER: f64 = 2.0;
/// So many pieces are kept, the last and loudest.
const PIECES: usize = 4;

/// What was heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Loudness and peaks.
    pub levels: Measurement,
    /// The shape.
    pub shape: Shape,
    /// Pieces, each louder than the one before; none of a track that is all but silent.
    pub pieces: Vec<AudioExcerpt>,
}

/// How loud a track is as it goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// The lowest and highest sample of each column, both channels together.
    pub peaks: Vec<(f32, f32)>,
    /// The K-weighted energy of each column, both channels summed (BS.1770-5).
    pub energy: Vec<f64>,
}

/// A piece of the sum of all channels.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioExcerpt {
    /// Where it begins.
    pub start: Frames,
    /// Its samples, [`PIECE`] at most.
    pub samples: Vec<f32>,
}

/// Listens on a thread of its own.
///
/// # Errors
/// If the system gives no thread.
pub fn ear(rate: SampleRate, channels: usize) -> io::Result<Box<dyn TrackWriter<Heard> + Send>> {
    Ok(Box::new(EncoderThread::new(move || Ok(Ear::new(rate, channels)))?))
}

struct Ear {
    meter: Meter,
    shape: Shape,
    weighting: Vec<KWeightingOf<1>>,
    column: Column,
    column_frames: usize,
    taken: u64,
    pieces: Vec<AudioExcerpt>,
    /// The mean square of a column that begins a piece.
    audible: f64,
}

/// The column being gathered.
#[derive(Default)]
struct Column {
    frames: usize,
    low: f32,
    high: f32,
    energy: f64,
    square: f64,
}

impl Ear {
    fn new(rate: SampleRate, channels: usize) -> Self {
        Self {
            meter: Meter::new(rate, channels),
            shape: Shape::default(),
            weighting: vec![KWeightingOf::new(rate); channels],
            column: Column::default(),
            column_frames: (rate.hz() / COLUMNS_A_SECOND).max(1) as usize,
            taken: 0,
            pieces: Vec::new(),
            audible: AUDIBLE,
        }
    }

    /// Takes frames that all lie in one column.
    fn take(&mut self, planes: &[&[f32]]) {
        let channels = planes.len() as f64;
        for (plane, weighting) in planes.iter().zip(&mut self.weighting) {
            let mut energy = [0.0];
            weighting.add_energy([plane], &mut energy);
            // One channel is heard from two sides (BS.1770-5 counts each).
            self.column.energy += energy[0] * 2.0 / channels;
            self.column.square +=
                plane.iter().map(|sample| f64::from(sample * sample)).sum::<f64>() / channels;
            self.column.low = plane.iter().copied().fold(self.column.low, f32::min);
            self.column.high = plane.iter().copied().fold(self.column.high, f32::max);
        }
        self.column.frames += planes[0].len();
        self.taken += planes[0].len() as u64;
        self.keep(planes);
        if self.column.frames == self.column_frames {
            self.end_column();
        }
    }

    /// Lengthens the last piece until it is whole.
    fn keep(&mut self, planes: &[&[f32]]) {
        let Some(piece) = self.pieces.last_mut().filter(|piece| piece.samples.len() < PIECE) else { return };
        let room = planes[0].len().min(PIECE - piece.samples.len());
        piece.samples.extend((0..room).map(|frame| planes.iter().map(|plane| plane[frame]).sum::<f32>()));
    }

    fn end_column(&mut self) {
        let column = std::mem::take(&mut self.column);
        if column.frames == 0 {
            return;
        }
        self.shape.peaks.push((column.low, column.high));
        self.shape.energy.push(column.energy / column.frames as f64);
        let square = column.square / column.frames as f64;
        if square > self.audible && self.pieces.last().is_none_or(|piece| piece.samples.len() == PIECE) {
            self.audible = LOUDER * square;
            if self.pieces.len() == PIECES {
                self.pieces.remove(0);
            }
            self.pieces.push(AudioExcerpt { start: Frames(self.taken), samples: Vec::with_capacity(PIECE) });
        }
    }
}

impl TrackWriter<Heard> for Ear {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        self.meter.push(planes);
        let frames = planes[0].len();
        let mut from = 0;
        while from < frames {
            let to = frames.min(from + self.column_frames - self.column.frames);
            let part: Vec<&[f32]> = planes.iter().map(|plane| &plane[from..to]).collect();
            self.take(&part);
            from = to;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Heard> {
        self.end_column();
        let pieces = self.pieces.into_iter().filter(|piece| piece.samples.len() == PIECE).collect();
        Ok(Heard { levels: self.meter.finish(), shape: self.shape, pieces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(plane: &[f32], block: usize) -> Heard {
        let mut ear = Box::new(Ear::new(SampleRate::DEFAULT, 2));
        for part in plane.chunks(block) {
            ear.write(&[part, part]).unwrap();
        }
        ear.finish().unwrap()
    }

    #[test]
    fn the_cut_into_blocks_changes_nothing_that_is_heard() {
        let plane: Vec<f32> = (0..50_000).map(|n| 0.1 * (n as f32 * 0.05).sin()).collect();
        let (whole, pieces) = (heard(&plane, 50_000), heard(&plane, 777));
        assert_eq!(whole.levels, pieces.levels);
        assert_eq!((&whole.shape.peaks, &whole.pieces), (&pieces.shape.peaks, &pieces.pieces));
        assert_eq!(whole.shape.peaks.len(), 21);
    }

    #[test]
    fn pieces_begin_where_something_is_heard_and_where_it_grows_louder() {
        let mut plane = vec![0.0; 48_000];
        for level in [0.1, 0.05, 0.3] {
            plane.extend((0..48_000).map(|n| level * (n as f32 * 0.05).sin()));
        }
        let pieces = heard(&plane, 4_096).pieces;
        let starts: Vec<u64> = pieces.iter().map(|piece| piece.start.0).collect();
        assert_eq!(starts, [48_000 + 2_400, 3 * 48_000 + 2_400]);
        for piece in &pieces {
            assert_eq!(piece.samples.len(), PIECE);
            assert_eq!(piece.samples[0], 2.0 * plane[piece.start.0 as usize]);
        }
        assert!(heard(&vec![0.0; 20_000], 4_096).pieces.is_empty());
        // One that the end cuts off is none.
        assert!(heard(&plane[..48_000 + 9_000], 4_096).pieces.is_empty());
    }
}
