//! Generated sounds for tests, and measurements of finished sound.

use std::f32::consts::TAU;
use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

/// The rate of generated sounds.
pub const RATE: u32 = 48_000;

/// A sound by its name, as the bytes of a file:
///
/// - `speech 1.2`, `beats 0.6 0.9`, `noise 5`, `ring 1.5`, `tone 3`: numbers are seconds; 24-bit WAV at 48 kHz
/// - `loud 1`: speech that clips
/// - `silent`, `empty`, `no-frames`, `text`, `truncated`, `damaged`, and `overflow`, over which a decoder panics
/// - `8-bit`, `192k`, `hot` (floats up to 4), `six-channels`, `nan`, `stereo-upside-down`
pub fn named(name: &str) -> Vec<u8> {
    let mut words = name.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let numbers: Vec<f32> = words.map(|word| word.parse().expect("a number")).collect();
    let first = numbers.first().copied().unwrap_or(1.0);
    let mono = |samples: Vec<f32>| wav(&[samples], RATE, 24);
    match kind {
        "speech" | "beats" => mono(speech(&numbers)),
        "noise" => wav(&[noise(first, 1), noise(first, 2)], RATE, 24),
        "ring" => mono(ring(first)),
        "tone" => mono(tone(first)),
        "loud" => mono(speech(&[first]).iter().map(|sample| (sample * 12.0).clamp(-1.0, 1.0)).collect()),
        "silent" => mono(vec![0.0; RATE as usize]),
        "empty" => Vec::new(),
        "no-frames" => mono(Vec::new()),
        "text" => b"Dit is een brief en geen geluid.\n".to_vec(),
        "truncated" => {
            let mut bytes = mono(speech(&[1.0]));
            bytes.truncate(bytes.len() * 2 / 3);
            bytes
        }
        "damaged" => {
            let mut bytes = mono(speech(&[1.0]));
            bytes[12..40].fill(0xff);
            bytes
        }
        "overflow" => {
            let mut bytes = wav(&[speech(&[1.0])], RATE, 16);
            // 65,535 channels of two bytes are more than 16 bits can count.
            bytes[22..24].fill(0xff);
            bytes
        }
        "8-bit" => wav(&[speech(&[1.0])], RATE, 8),
        "hot" => {
            let speech = speech(&[first]);
            let peak = speech.iter().fold(0f32, |peak, sample| peak.max(sample.abs()));
            wav(&[speech.iter().map(|sample| sample * 4.0 / peak).collect()], RATE, 32)
        }
        "192k" => wav(&[speech_at(&[1.0], 192_000)], 192_000, 24),
        "six-channels" => wav(&vec![speech(&[1.0]); 6], RATE, 16),
        "nan" => {
            let mut samples = speech(&[1.0]);
            samples[20_000] = f32::NAN;
            wav(&[samples], RATE, 32)
        }
        "stereo-upside-down" => {
            let left = speech(&[1.0]);
            let right = left.iter().map(|sample| -sample).collect();
            wav(&[left, right], RATE, 24)
        }
        other => panic!("no sound is called {other:?}"),
    }
}

/// Bursts of a voiced sound of these seconds, 0.4 s apart, with the noise of a quiet room before, between and after.
pub fn speech(bursts: &[f32]) -> Vec<f32> {
    speech_at(bursts, RATE)
}

fn speech_at(bursts: &[f32], rate: u32) -> Vec<f32> {
    let rate = rate as f32;
    let room = |seconds: f32| vec![0.0f32; (seconds * rate) as usize];
    let mut samples = room(0.3);
    for (index, seconds) in bursts.iter().enumerate() {
        if index > 0 {
            samples.extend(room(0.4));
        }
        samples.extend((0..(seconds * rate) as usize).map(|frame| voiced(frame as f32 / rate, *seconds)));
    }
    samples.extend(room(0.4));
    samples.iter().zip(random(7)).map(|(sample, noise)| sample + 1e-4 * noise).collect()
}

/// Five harmonics of 140 Hz in syllables of a quarter of a second, with soft edges.
fn voiced(time: f32, length: f32) -> f32 {
    let harmonics: f32 = (1..=5).map(|k| (TAU * 140.0 * k as f32 * time).sin() / k as f32).sum();
    let syllables = 0.75 + 0.25 * (TAU * 4.0 * time).cos();
    let edges = (time / 0.01).min((length - time) / 0.03).clamp(0.0, 1.0);
    0.1 * harmonics * syllables * edges
}

/// Steady noise, as of a room.
pub fn noise(seconds: f32, seed: u64) -> Vec<f32> {
    random(seed).take((seconds * RATE as f32) as usize).map(|sample| 0.1 * sample).collect()
}

fn ring(seconds: f32) -> Vec<f32> {
    let at = |time: f32| 0.3 * (TAU * 660.0 * time).sin() * (-5.0 * time / seconds).exp();
    (0..(seconds * RATE as f32) as usize).map(|frame| at(frame as f32 / RATE as f32)).collect()
}

fn tone(seconds: f32) -> Vec<f32> {
    (0..(seconds * RATE as f32) as usize)
        .map(|frame| 0.2 * (TAU * 440.0 * frame as f32 / RATE as f32).sin())
        .collect()
}

/// Reproducible numbers from -1 to 1 (xorshift64*).
pub fn random(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / 8_388_608.0 - 1.0
    })
}

/// A WAV file; 32 bits are floats.
pub fn wav(planes: &[Vec<f32>], rate: u32, bits: u16) -> Vec<u8> {
    let sample_format = if bits == 32 { SampleFormat::Float } else { SampleFormat::Int };
    let spec =
        WavSpec { channels: planes.len() as u16, sample_rate: rate, bits_per_sample: bits, sample_format };
    let mut bytes = Vec::new();
    let mut writer = WavWriter::new(Cursor::new(&mut bytes), spec).unwrap();
    let scale = f32::from(2u16).powi(i32::from(bits) - 1) - 1.0;
    for frame in 0..planes[0].len() {
        for plane in planes {
            match sample_format {
                SampleFormat::Float => writer.write_sample(plane[frame]).unwrap(),
                SampleFormat::Int => writer.write_sample((plane[frame] * scale).round() as i32).unwrap(),
            }
        }
    }
    writer.finalize().unwrap();
    bytes
}

/// Writes hours of silence at 8 kHz, of which the disk holds only the beginning.
pub fn write_hours(path: &std::path::Path, hours: u32) {
    let frames = hours * 3_600 * 8_000;
    let mut bytes = wav(&[vec![0.0; 8]], 8_000, 8);
    bytes[4..8].copy_from_slice(&(frames + 36).to_le_bytes());
    bytes[40..44].copy_from_slice(&frames.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(u64::from(frames) + 44).unwrap();
}

/// A finished file, read with hound.
pub struct Sound {
    /// Frames a second.
    pub rate: u32,
    /// The bits of a sample; 32 are floats.
    pub bits: u16,
    /// Its samples, full scale ±1.
    pub planes: Vec<Vec<f32>>,
}

/// Reads a WAV file.
pub fn read(bytes: &[u8]) -> Sound {
    let mut reader = WavReader::new(Cursor::new(bytes)).expect("a WAV file");
    let spec = reader.spec();
    let samples: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().map(Result::unwrap).collect(),
        SampleFormat::Int => {
            let scale = f32::from(2u16).powi(i32::from(spec.bits_per_sample) - 1);
            reader.samples::<i32>().map(|sample| sample.unwrap() as f32 / scale).collect()
        }
    };
    let channels = usize::from(spec.channels);
    let plane = |channel: usize| samples.iter().skip(channel).step_by(channels).copied().collect();
    Sound { rate: spec.sample_rate, bits: spec.bits_per_sample, planes: (0..channels).map(plane).collect() }
}

impl Sound {
    pub fn frames(&self) -> u64 {
        self.planes[0].len() as u64
    }

    /// The level of a section in dBFS: the root mean square of all channels; -200 for silence.
    pub fn level(&self, from: u64, to: u64) -> f64 {
        let stretch = |plane: &Vec<f32>| -> f64 {
            plane[from as usize..to as usize].iter().map(|sample| f64::from(*sample).powi(2)).sum()
        };
        let sum: f64 = self.planes.iter().map(stretch).sum();
        let mean = sum / ((to - from) as f64 * self.planes.len() as f64);
        if mean > 1e-20 { 10.0 * mean.log10() } else { -200.0 }
    }

    /// Its integrated loudness in LUFS, by an outside meter.
    pub fn integrated(&self) -> f64 {
        self.meter(ebur128::Mode::I).loudness_global().unwrap()
    }

    /// Its true peak in dBTP, by an outside meter.
    pub fn true_peak(&self) -> f64 {
        let meter = self.meter(ebur128::Mode::TRUE_PEAK);
        let peaks = (0..self.planes.len() as u32).map(|channel| meter.true_peak(channel).unwrap());
        20.0 * peaks.fold(0.0, f64::max).log10()
    }

    fn meter(&self, mode: ebur128::Mode) -> ebur128::EbuR128 {
        let mut meter = ebur128::EbuR128::new(self.planes.len() as u32, self.rate, mode).unwrap();
        let planes: Vec<&[f32]> = self.planes.iter().map(Vec::as_slice).collect();
        meter.add_frames_planar_f32(&planes).unwrap();
        meter
    }
}
