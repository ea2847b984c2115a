//! Listening to a finished recording once: the copy at 16 kHz in which it is analysed, and what is wrong with it.

use thiserror::Error;

use crate::align::listen::RATE;
use crate::decode::{DecodeError, Decoder, Flaw};
use crate::dsp::resample::{ResampleError, StreamResampler};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// The rate at which recordings are analysed: that at which phrases are looked for.
pub const ANALYSED: u32 = RATE as u32;
/// The longest recording, in hours; its copy is held in memory.
const MOST_HOURS: u64 = 2;
/// The lowest rate of a recording in which a voice sounds as it should.
const LEAST_RATE: u32 = 16_000;
/// How far one of two channels lies under the other when it is taken to be silent, in dB.
const SILENT_CHANNEL: f64 = 40.0;
/// A recording that nowhere exceeds this is silent, in dBFS.
const SILENT: f64 = -70.0;

/// What was heard of a recording.
#[derive(Clone, Debug)]
pub struct HeardRecording {
    /// Mono at [`ANALYSED`].
    pub mono: Vec<f32>,
    pub rate: SampleRate,
    pub channels: usize,
    /// Its length at its own rate.
    pub frames: Frames,
    pub faults: Vec<RecordingFault>,
}

/// The command that keeps one channel.
fn to_mono(right: bool) -> &'static str {
    if right { "ffmpeg -i OLD -af pan=mono|c0=c1 NEW" } else { "ffmpeg -i OLD -af pan=mono|c0=c0 NEW" }
}

/// Something wrong with a recording that does not prevent its use.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
pub enum RecordingFault {
    #[error("is at {hz} Hz, where a voice sounds like a telephone; look for a better copy")]
    LowRate { hz: u32 },
    #[error("has sound in one ear only; make it mono, as with `{}`", to_mono(*right))]
    OneEar { right: bool },
    #[error("ends too early: the file is cut off; copy it again from its source")]
    CutOff,
    #[error("is damaged, and silent in places; copy it again from its source")]
    Damaged,
    #[error("ends in the middle of a word; look for a whole copy")]
    EndsInWord,
}

/// Why a recording cannot be used. The messages continue a sentence that begins with its name.
#[derive(Debug, Error)]
pub enum HearError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Resample(#[from] ResampleError),
    #[error("has {0} channels; mix it down to stereo and save it again")]
    Channels(usize),
    #[error("lasts longer than {MOST_HOURS} hours; cut it into its exercises and adopt each")]
    Long,
    #[error("contains only silence; look for the right file")]
    Silent,
    /// A part of it could not be encoded.
    #[error("could not be cut: {0}; this is a fault of adem")]
    Encode(#[from] std::io::Error),
}

impl HeardRecording {
    /// Decodes a recording.
    ///
    /// # Errors
    /// [`HearError`].
    pub fn listen(source: Box<dyn Source>) -> Result<Self, HearError> {
        let mut decoder = Decoder::open(source)?;
        let (rate, channels) = (decoder.rate(), decoder.channels());
        if channels > 2 {
            return Err(HearError::Channels(channels));
        }
        let most = MOST_HOURS * 3_600 * u64::from(rate.hz());
        if decoder.declared_frames().is_some_and(|frames| frames.0 > most) {
            return Err(HearError::Long);
        }
        let analysed = SampleRate::new(ANALYSED).unwrap_or(SampleRate::DEFAULT);
        let mut resampler = StreamResampler::new(rate, analysed, channels)?;
        let mut ready = vec![Vec::new(); channels];
        let (mut block, mut frames, mut powers, mut peak) = (Vec::new(), 0u64, [0.0f64; 2], 0.0f32);
        let mut sum = Vec::new();
        let mut keep = |ready: &mut Vec<Vec<f32>>| {
            match &ready[..] {
                [left, right] => {
                    sum.extend(left.iter().zip(right).map(|(left, right)| f32::midpoint(*left, *right)));
                }
                _ => sum.extend_from_slice(&ready[0]),
            }
            ready.iter_mut().for_each(Vec::clear);
        };
        while decoder.next_block(&mut block)? {
            frames += block[0].len() as u64;
            if frames > most {
                return Err(HearError::Long);
            }
            for (power, plane) in powers.iter_mut().zip(&block) {
                *power += plane.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
                peak = plane.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
            }
            resampler.push(&block.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut ready);
            keep(&mut ready);
        }
        resampler.finish(&mut ready);
        keep(&mut ready);
        if 20.0 * f64::from(peak).max(1e-10).log10() < SILENT {
            return Err(HearError::Silent);
        }
        let mut faults = Vec::new();
        if rate.hz() < LEAST_RATE {
            faults.push(RecordingFault::LowRate { hz: rate.hz() });
        }
        let far = 10f64.powf(-SILENT_CHANNEL / 10.0);
        if channels == 2 && powers[0].min(powers[1]) < powers[0].max(powers[1]) * far {
            faults.push(RecordingFault::OneEar { right: powers[1] > powers[0] });
        }
        for flaw in decoder.flaws() {
            match flaw {
                Flaw::Cut { .. } => faults.push(RecordingFault::CutOff),
                Flaw::Lost { .. } | Flaw::Checksum => faults.push(RecordingFault::Damaged),
                Flaw::Wild { .. } => {}
            }
        }
        Ok(Self { mono: sum, rate, channels, frames: Frames(frames), faults })
    }

    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames.seconds(self.rate)
    }
}
