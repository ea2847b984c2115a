//! Faults of recordings, made from good ones by the same numbers every time: what goes wrong between a voice and a file.

use std::io::Cursor;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::sound;

/// A mono recording.
#[derive(Clone)]
pub struct Voice {
    pub samples: Vec<f32>,
    pub rate: u32,
}

/// A fault: its name, and how it is made. The names are those of the table in docs/voice.md.
pub type Fault = (&'static str, fn(&Voice) -> Voice);

pub const FAULTS: [Fault; 12] = [
    ("clipped", clipped),
    ("reverb", |voice| in_room(voice, 0.7)),
    ("mp3", mp3),
    ("narrow", |voice| below(voice, 8_000.0)),
    ("aliased", aliased),
    ("decimated", decimated),
    ("no-start", no_start),
    ("no-end", no_end),
    ("twice", twice),
    ("cough", cough),
    ("hole", hole),
    ("wow", wow),
];

impl Voice {
    /// # Panics
    /// If it cannot be decoded.
    pub fn decoded(bytes: Vec<u8>) -> Self {
        let decoded = adem::decode::decode_all(Box::new(Cursor::new(bytes))).expect("a recording");
        Self { samples: decoded.buffer.plane(0).to_vec(), rate: decoded.buffer.rate().hz() }
    }

    pub fn wav(&self) -> Vec<u8> {
        sound::wav(std::slice::from_ref(&self.samples), self.rate, 24)
    }

    fn with(&self, samples: Vec<f32>) -> Self {
        Self { samples, rate: self.rate }
    }

    fn frames(&self, seconds: f32) -> usize {
        (seconds * self.rate as f32) as usize
    }

    fn peak(&self) -> f32 {
        self.samples.iter().fold(0.0, |peak, x| peak.max(x.abs()))
    }

    /// The level of its loud tenths of a second, as an amplitude.
    fn loud(&self) -> f32 {
        let mut powers: Vec<f32> =
            self.samples.chunks(self.frames(0.1)).map(|part| power(part) / part.len() as f32).collect();
        powers.sort_by(f32::total_cmp);
        powers[powers.len() * 4 / 5].sqrt()
    }

    /// Where it is loudest between two shares of what is spoken.
    fn loudest(&self, from: f32, to: f32) -> usize {
        let hop = self.frames(0.02);
        let powers: Vec<f32> = self.samples.chunks(hop).map(power).collect();
        let most = powers.iter().copied().fold(0.0, f32::max);
        let is_spoken = |power: &f32| *power > most * 10f32.powf(-2.5);
        let (first, last) =
            (powers.iter().position(is_spoken).unwrap(), powers.iter().rposition(is_spoken).unwrap());
        let at = |share: f32| first + ((last - first) as f32 * share) as usize;
        let loudest = (at(from)..at(to)).max_by(|a, b| powers[*a].total_cmp(&powers[*b])).unwrap();
        loudest * hop + hop / 2
    }
}

fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|x| x * x).sum()
}

/// Recorded with too much gain: 1.4 % of the samples are at the rail.
pub fn clipped(voice: &Voice) -> Voice {
    let mut heights: Vec<f32> = voice.samples.iter().map(|x| x.abs()).collect();
    heights.sort_by(f32::total_cmp);
    let rail = heights[heights.len() * 986 / 1_000];
    voice.with(voice.samples.iter().map(|x| (x / rail).clamp(-1.0, 1.0)).collect())
}

/// In a room that falls by 60 dB in so many seconds, where as much comes from the walls as straight from the voice.
pub fn in_room(voice: &Voice, seconds: f32) -> Voice {
    let count = voice.frames(1.2 * seconds);
    let fall = |n: usize| 10f32.powf(-3.0 * n as f32 / (voice.rate as f32 * seconds));
    let noise = sound::random(11).take(count).enumerate();
    let mut room: Vec<f32> =
        noise.map(|(n, x)| if n < voice.frames(0.003) { 0.0 } else { x * fall(n) }).collect();
    let energy = power(&room).sqrt();
    room.iter_mut().for_each(|x| *x /= energy);
    room[0] = 1.0;
    let length = (voice.samples.len() + count).next_power_of_two();
    let room = spectrum(&room, length);
    let mut wet = filtered(&voice.samples, length, |line, bin| bin * room[line]);
    wet.truncate(voice.samples.len() + voice.frames(seconds / 2.0));
    let gain = voice.peak() / wet.iter().fold(0.0, |peak: f32, x| peak.max(x.abs()));
    voice.with(wet.iter().map(|x| x * gain).collect())
}

fn spectrum(samples: &[f32], length: usize) -> Vec<Complex<f32>> {
    let forward = RealFftPlanner::<f32>::new().plan_fft_forward(length);
    let (mut padded, mut bins) = (forward.make_input_vec(), forward.make_output_vec());
    padded[..samples.len()].copy_from_slice(samples);
    forward.process(&mut padded, &mut bins).unwrap();
    bins
}

/// The sound whose spectrum is that of another after a filter; the lines of the spectrum are counted from 0.
fn filtered(
    samples: &[f32],
    length: usize,
    filter: impl Fn(usize, Complex<f32>) -> Complex<f32>,
) -> Vec<f32> {
    let back = RealFftPlanner::<f32>::new().plan_fft_inverse(length);
    let bins = spectrum(samples, length);
    let last = bins.len() - 1;
    let mut bins: Vec<_> =
        bins.into_iter().enumerate().map(|(line, bin)| filter(line, bin) / length as f32).collect();
    (bins[0].im, bins[last].im) = (0.0, 0.0);
    let mut output = back.make_output_vec();
    back.process(&mut bins, &mut output).unwrap();
    output
}

/// Nothing above a frequency: recorded at twice that rate, or over a call.
pub fn below(voice: &Voice, hz: f32) -> Voice {
    let length = voice.samples.len().next_power_of_two();
    let wide = voice.rate as f32 / length as f32;
    // A filter that falls within 6 % of its frequency, as those of programs do.
    let gain = |line: usize| {
        let share = ((hz - line as f32 * wide) / (0.06 * hz)).clamp(0.0, 1.0);
        0.5 - 0.5 * (share * std::f32::consts::PI).cos()
    };
    let mut narrow = filtered(&voice.samples, length, |line, bin| bin * gain(line));
    narrow.truncate(voice.samples.len());
    voice.with(narrow)
}

/// Coded as MP3 with 32 kbit/s and decoded again: as LAME does, nothing above 7.8 kHz is left, and of the bands of each window
/// only those that stand out, as there are no bits for the others.
fn mp3(voice: &Voice) -> Voice {
    let narrow = below(voice, 7_800.0);
    // Windows of a granule, which overlap by half; sines are their weights, twice.
    let length = 1_152;
    let mut sum = vec![0.0; narrow.samples.len() + 2 * length];
    let lines = |hz: usize| hz * length / voice.rate as usize;
    let weight = |n: usize| ((n as f32 + 0.5) * std::f32::consts::PI / length as f32).sin();
    for start in (0..narrow.samples.len()).step_by(length / 2) {
        let window: Vec<f32> =
            (0..length).map(|n| weight(n) * narrow.samples.get(start + n).copied().unwrap_or(0.0)).collect();
        let bins = spectrum(&window, length);
        let band = |at: usize| &bins[lines(at * 330)..lines((at + 1) * 330)];
        let power = |at: usize| band(at).iter().map(Complex::norm_sqr).sum::<f32>();
        let mut powers: Vec<f32> = (6..24).map(power).collect();
        powers.sort_by(f32::total_cmp);
        // Two bands of five are given up, and lines of the others that are far under the loudest of their band.
        let least = powers[powers.len() * 2 / 5];
        let coded = filtered(&window, length, |line, bin| {
            let at = line * voice.rate as usize / length / 330;
            if (6..24).contains(&at) && power(at) <= least { bin * 1e-4 } else { bin }
        });
        sum[start..].iter_mut().zip(coded).enumerate().for_each(|(n, (sum, x))| *sum += weight(n) * x);
    }
    sum.truncate(narrow.samples.len());
    voice.with(sum)
}

/// Every second or third sample, repeated: brought to a lower rate and back without a filter.
fn aliased(voice: &Voice) -> Voice {
    let step = if voice.rate > 30_000 { 3 } else { 2 };
    voice.with((0..voice.samples.len()).map(|n| voice.samples[n / step * step]).collect())
}

/// Every second or third sample: brought to a lower rate without a filter.
fn decimated(voice: &Voice) -> Voice {
    let step = if voice.rate > 30_000 { 3 } else { 2 };
    Voice { samples: voice.samples.iter().copied().step_by(step).collect(), rate: voice.rate / step as u32 }
}

/// The recording began in the middle of the first word.
fn no_start(voice: &Voice) -> Voice {
    voice.with(voice.samples[voice.loudest(0.03, 0.25)..].to_vec())
}

/// It ended in the middle of the last word.
fn no_end(voice: &Voice) -> Voice {
    voice.with(voice.samples[..voice.loudest(0.75, 0.97)].to_vec())
}

/// Played at a speed that changes with the frame: these are the places in the recording that are heard.
fn played(voice: &Voice, places: impl Iterator<Item = f64>) -> Vec<f32> {
    let at = |place: f64| {
        let (from, share) = (place as usize, place.fract() as f32);
        let sample = |n: usize| voice.samples.get(n).copied().unwrap_or(0.0);
        let [before, one, next, after] =
            [sample(from.saturating_sub(1)), sample(from), sample(from + 1), sample(from + 2)];
        // A cubic through four samples (Catmull and Rom).
        let slope = 0.5 * (next - before);
        let square = before - 2.5 * one + 2.0 * next - 0.5 * after;
        let cube = 0.5 * (after - before) + 1.5 * (one - next);
        ((cube * share + square) * share + slope) * share + one
    };
    places.map(at).collect()
}

/// The text is read a second time: 4 % slower, a little softer, in another rhythm.
fn twice(voice: &Voice) -> Voice {
    let (count, rate) = (voice.samples.len(), f64::from(voice.rate));
    let wander = |n: f64| 0.02 * rate * (std::f64::consts::TAU * 0.7 * n / rate).sin();
    let places = (0..count + count / 25).map(|n| (n as f64 / 1.04 + wander(n as f64)).max(0.0));
    let again: Vec<f32> = played(voice, places).iter().map(|x| x * 0.89).collect();
    voice.with([&voice.samples[..], &room(voice, 0.5), &again].concat())
}

/// An almost silent room.
fn room(voice: &Voice, seconds: f32) -> Vec<f32> {
    sound::random(5).take(voice.frames(seconds)).map(|x| 1e-4 * x).collect()
}

/// A cough after the words: two bursts of breath, the first louder.
fn cough(voice: &Voice) -> Voice {
    let burst = |seconds: f32, fall: f32, seed: u64| -> Vec<f32> {
        let mut last = 0.0;
        let noise = sound::random(seed).take(voice.frames(seconds)).enumerate();
        noise
            .map(|(n, x)| {
                // A low-pass at about 2 kHz.
                last += (1.0 - (-std::f32::consts::TAU * 2_000.0 / voice.rate as f32).exp()) * (x - last);
                let time = n as f32 / voice.rate as f32;
                last * (time / 0.008).min(1.0) * (-time / fall).exp()
            })
            .collect()
    };
    let first = burst(0.28, 0.07, 3);
    let second: Vec<f32> = burst(0.22, 0.06, 4).iter().map(|x| x * 0.6).collect();
    let breath = [first, second].concat();
    let gain = voice.loud() / (power(&breath) / breath.len() as f32).sqrt();
    let breath: Vec<f32> = breath.iter().map(|x| x * gain).collect();
    voice.with([&voice.samples[..], &room(voice, 0.4), &breath, &room(voice, 0.4)].concat())
}

/// Five milliseconds are missing in the middle of a word.
fn hole(voice: &Voice) -> Voice {
    let mut samples = voice.samples.clone();
    let at = voice.loudest(0.3, 0.7);
    samples[at..at + voice.frames(0.005)].fill(0.0);
    voice.with(samples)
}

/// A tape that runs up to 1 % too fast and too slow, once a second.
fn wow(voice: &Voice) -> Voice {
    let rate = f64::from(voice.rate);
    let ahead =
        |n: f64| 0.01 * rate / std::f64::consts::TAU * (1.0 - (std::f64::consts::TAU * n / rate).cos());
    voice.with(played(voice, (0..voice.samples.len()).map(|n| n as f64 + ahead(n as f64))))
}
