//! Analyses the finished mix while it is written: levels, the columns of a waveform, and excerpts to find in encoded
//! files.

use std::io;

use super::TrackWriter;
use super::encoder_thread::EncoderThread;
use crate::dsp::loudness::KWeightingOf;
use crate::dsp::meter::{Measurement, Meter};
use crate::unit::{Frames, SampleRate};

/// Columns of the waveform a second.
pub const COLUMNS_A_SECOND: u32 = 20;
/// The length of an excerpt: long enough to be unique, short enough to correlate at thousands of positions.
pub const EXCERPT_FRAMES: usize = 1 << 13;
/// The first excerpt starts where the mean square of a column exceeds −33 dBFS, at a bell or a voice: codecs preserve
/// little more than the loudness of softer noise.
const AUDIBLE: f64 = 5e-4;
/// Each later excerpt starts where the mean square is this many times that of the start of the one before.
const LOUDER: f64 = 2.0;
/// The last and loudest excerpts are kept.
const MOST_EXCERPTS: usize = 4;

/// The analysis of a finished mix.
#[derive(Clone, Debug)]
pub struct TrackAnalysis {
    pub levels: Measurement,
    pub shape: Shape,
    /// Excerpts, each louder than the one before; empty if the track is nearly silent.
    pub excerpts: Vec<AudioExcerpt>,
}

/// The peaks and the energy of a track over time, in columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// The lowest and highest sample of each column over all channels.
    pub peaks: Vec<(f32, f32)>,
    /// The K-weighted energy of each column, both channels summed (BS.1770-5).
    pub energy: Vec<f64>,
}

/// An excerpt of the sum of all channels.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioExcerpt {
    pub start: Frames,
    /// At most [`EXCERPT_FRAMES`].
    pub samples: Vec<f32>,
}

/// Starts an analyser on its own thread.
///
/// # Errors
/// If the system cannot start a thread.
pub fn track_analyser(
    rate: SampleRate,
    channels: usize,
) -> io::Result<Box<dyn TrackWriter<TrackAnalysis> + Send>> {
    Ok(Box::new(EncoderThread::new(move || Ok(TrackAnalyser::new(rate, channels)))?))
}

struct TrackAnalyser {
    meter: Meter,
    shape: Shape,
    weighting: Vec<KWeightingOf<1>>,
    column: Column,
    column_frames: usize,
    taken: u64,
    excerpts: Vec<AudioExcerpt>,
    /// The mean square above which a column starts an excerpt.
    audible: f64,
}

/// The current column.
#[derive(Default)]
struct Column {
    frames: usize,
    low: f32,
    high: f32,
    energy: f64,
    square: f64,
}

impl TrackAnalyser {
    fn new(rate: SampleRate, channels: usize) -> Self {
        Self {
            meter: Meter::new(rate, channels),
            shape: Shape::default(),
            weighting: vec![KWeightingOf::new(rate); channels],
            column: Column::default(),
            column_frames: (rate.hz() / COLUMNS_A_SECOND).max(1) as usize,
            taken: 0,
            excerpts: Vec::new(),
            audible: AUDIBLE,
        }
    }

    /// Adds frames that all lie in one column.
    fn take(&mut self, planes: &[&[f32]]) {
        let channels = planes.len() as f64;
        for (plane, weighting) in planes.iter().zip(&mut self.weighting) {
            let mut energy = [0.0];
            weighting.add_energy([plane], &mut energy);
            // A mono file is played on two loudspeakers, and BS.1770-5 counts each.
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

    /// Extends the last excerpt until it is complete.
    fn keep(&mut self, planes: &[&[f32]]) {
        let Some(excerpt) = self.excerpts.last_mut().filter(|excerpt| excerpt.samples.len() < EXCERPT_FRAMES)
        else {
            return;
        };
        let room = planes[0].len().min(EXCERPT_FRAMES - excerpt.samples.len());
        excerpt.samples.extend((0..room).map(|frame| planes.iter().map(|plane| plane[frame]).sum::<f32>()));
    }

    fn end_column(&mut self) {
        let column = std::mem::take(&mut self.column);
        if column.frames == 0 {
            return;
        }
        self.shape.peaks.push((column.low, column.high));
        self.shape.energy.push(column.energy / column.frames as f64);
        let square = column.square / column.frames as f64;
        if square > self.audible
            && self.excerpts.last().is_none_or(|excerpt| excerpt.samples.len() == EXCERPT_FRAMES)
        {
            self.audible = LOUDER * square;
            if self.excerpts.len() == MOST_EXCERPTS {
                self.excerpts.remove(0);
            }
            self.excerpts.push(AudioExcerpt {
                start: Frames(self.taken),
                samples: Vec::with_capacity(EXCERPT_FRAMES),
            });
        }
    }
}

impl TrackWriter<TrackAnalysis> for TrackAnalyser {
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

    fn finish(mut self: Box<Self>) -> io::Result<TrackAnalysis> {
        self.end_column();
        let excerpts =
            self.excerpts.into_iter().filter(|excerpt| excerpt.samples.len() == EXCERPT_FRAMES).collect();
        Ok(TrackAnalysis { levels: self.meter.finish(), shape: self.shape, excerpts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysed(plane: &[f32], block: usize) -> TrackAnalysis {
        let mut analyser = Box::new(TrackAnalyser::new(SampleRate::DEFAULT, 2));
        for part in plane.chunks(block) {
            analyser.write(&[part, part]).unwrap();
        }
        analyser.finish().unwrap()
    }

    #[test]
    fn the_size_of_blocks_does_not_change_the_analysis() {
        let plane: Vec<f32> = (0..50_000).map(|n| 0.1 * (n as f32 * 0.05).sin()).collect();
        let (whole, blocks) = (analysed(&plane, 50_000), analysed(&plane, 777));
        assert_eq!(whole.levels, blocks.levels);
        assert_eq!((&whole.shape.peaks, &whole.excerpts), (&blocks.shape.peaks, &blocks.excerpts));
        assert_eq!(whole.shape.peaks.len(), 21);
    }

    #[test]
    fn excerpts_start_at_the_first_sound_and_where_it_grows_louder() {
        let mut plane = vec![0.0; 48_000];
        for level in [0.1, 0.05, 0.3] {
            plane.extend((0..48_000).map(|n| level * (n as f32 * 0.05).sin()));
        }
        let excerpts = analysed(&plane, 4_096).excerpts;
        let starts: Vec<u64> = excerpts.iter().map(|excerpt| excerpt.start.0).collect();
        assert_eq!(starts, [48_000 + 2_400, 3 * 48_000 + 2_400]);
        for excerpt in &excerpts {
            assert_eq!(excerpt.samples.len(), EXCERPT_FRAMES);
            assert_eq!(excerpt.samples[0], 2.0 * plane[excerpt.start.0 as usize]);
        }
        assert!(analysed(&vec![0.0; 20_000], 4_096).excerpts.is_empty());
        // An excerpt that the end cuts off is dropped.
        assert!(analysed(&plane[..48_000 + 9_000], 4_096).excerpts.is_empty());
    }
}
