//! What is heard of a recording: its energy, its cepstra and its voicing, a frame each 10 ms.
//!
//! Frames and bands as docs/alignment.md, section 1, describes them.

use rayon::prelude::*;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples a second of everything that is listened to.
pub const RATE: usize = 16_000;
/// From a frame to the next, in samples: 10 ms.
pub const HOP: usize = 160;
/// Seconds from a frame to the next.
pub const FRAME: f64 = HOP as f64 / RATE as f64;
/// The level of digital silence, in dB.
pub const SILENCE: f32 = -100.0;

const WINDOW: usize = 400;
const FFT: usize = 512;
/// Bands of the ear.
pub const BANDS: usize = 26;
/// The band in which speech is louder than what surrounds it, in Hz.
const SPEECH_BAND: (f32, f32) = (150.0, 5_000.0);
const MEL_BAND: (f32, f32) = (100.0, 7_000.0);
const PRE_EMPHASIS: f32 = 0.97;
/// The window of voicing at half the rate: 40 ms.
const PITCH_WINDOW: usize = 320;
/// Periods of 400 to 80 Hz at half the rate.
const PERIODS: std::ops::RangeInclusive<usize> = 20..=100;
/// Samples before the first frame that its windows reach.
const BEFORE: usize = 240;
/// Samples after the beginning of a frame that its windows reach.
const AFTER: usize = 400;
/// How much is gathered before it is analysed: 20 s.
const BLOCK: usize = 2_000 * HOP;

/// The frames of a recording.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// In dB of full scale within the band of speech.
    pub level: Vec<f32>,
    /// The energy of each band of the ear.
    pub bands: Vec<[f32; BANDS]>,
    /// How periodic a frame is: 1 for a tone, near 0 for noise.
    pub voicing: Vec<f32>,
    /// The largest sample of a frame.
    pub peak: Vec<f32>,
}

impl Heard {
    /// What is heard of samples, mono at [`RATE`].
    pub fn of(samples: &[f32]) -> Self {
        let mut listener = ReadingListener::new();
        listener.push(samples);
        listener.finish()
    }

    pub fn len(&self) -> usize {
        self.level.len()
    }

    pub fn is_empty(&self) -> bool {
        self.level.is_empty()
    }

    /// Adds what comes after it.
    pub fn append(&mut self, other: &Self) {
        self.level.extend(&other.level);
        self.bands.extend(&other.bands);
        self.voicing.extend(&other.voicing);
        self.peak.extend(&other.peak);
    }

    /// The frames `from..to`.
    #[must_use]
    pub fn part(&self, from: usize, to: usize) -> Self {
        Self {
            level: self.level[from..to].to_vec(),
            bands: self.bands[from..to].to_vec(),
            voicing: self.voicing[from..to].to_vec(),
            peak: self.peak[from..to].to_vec(),
        }
    }

    /// Adds frames of silence.
    pub fn rest(&mut self, frames: usize) {
        let to = self.len() + frames;
        self.level.resize(to, SILENCE);
        self.bands.resize(to, [0.0; BANDS]);
        self.voicing.resize(to, 0.0);
        self.peak.resize(to, 0.0);
    }

    /// In seconds.
    pub fn seconds(&self) -> f64 {
        self.len() as f64 * FRAME
    }
}

/// Listens to a recording piece by piece.
pub struct ReadingListener {
    tables: FrameTables,
    heard: Heard,
    /// Not analysed yet, from [`BEFORE`] samples before the next frame on.
    samples: Vec<f32>,
    /// The same within the band of voices.
    voiced: Vec<f32>,
    band: [SecondOrder; 4],
}

impl Default for ReadingListener {
    fn default() -> Self {
        Self::new()
    }
}

impl ReadingListener {
    pub fn new() -> Self {
        Self {
            tables: FrameTables::new(),
            heard: Heard::default(),
            samples: vec![0.0; BEFORE],
            voiced: vec![0.0; BEFORE],
            band: [
                SecondOrder::high_pass(80.0),
                SecondOrder::low_pass(1_500.0, 0.541),
                SecondOrder::low_pass(1_500.0, 1.307),
                SecondOrder::high_pass(80.0),
            ],
        }
    }

    /// Takes the next samples, mono at [`RATE`].
    pub fn push(&mut self, samples: &[f32]) {
        for piece in samples.chunks(BLOCK) {
            let band = &mut self.band;
            // What is no number is silence.
            self.samples.extend(piece.iter().map(|x| if x.is_finite() { x.clamp(-8.0, 8.0) } else { 0.0 }));
            let from = self.samples.len() - piece.len();
            self.voiced.extend(
                self.samples[from..].iter().map(|x| band.iter_mut().fold(*x, |x, section| section.next(x))),
            );
            if self.samples.len() >= BLOCK + BEFORE + AFTER {
                let whole = (self.samples.len() - BEFORE - AFTER) / HOP;
                self.analyse(whole);
            }
        }
    }

    /// All frames; the last one is filled up with silence.
    pub fn finish(mut self) -> Heard {
        let left = self.samples.len() - BEFORE;
        let whole = left.div_ceil(HOP);
        self.samples.resize(BEFORE + whole * HOP + AFTER, 0.0);
        self.voiced.resize(BEFORE + whole * HOP + AFTER, 0.0);
        self.analyse(whole);
        self.heard
    }

    fn analyse(&mut self, frames: usize) {
        const SIDE_BY_SIDE: usize = 100;
        let (tables, samples, voiced) = (&self.tables, &self.samples, &self.voiced);
        let groups: Vec<usize> = (0..frames).step_by(SIDE_BY_SIDE).collect();
        let found: Vec<Heard> = groups
            .into_par_iter()
            .map(|first| {
                let mut workspace = tables.workspace();
                let mut heard = Heard::default();
                for frame in first..(first + SIDE_BY_SIDE).min(frames) {
                    tables.frame(samples, voiced, BEFORE + frame * HOP, &mut workspace, &mut heard);
                }
                heard
            })
            .collect();
        for mut group in found {
            self.heard.level.append(&mut group.level);
            self.heard.bands.append(&mut group.bands);
            self.heard.voicing.append(&mut group.voicing);
            self.heard.peak.append(&mut group.peak);
        }
        self.samples.drain(..frames * HOP);
        self.voiced.drain(..frames * HOP);
    }
}

/// Everything that is computed once.
struct FrameTables {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// For each band its first bin and the weights from there on.
    bands: Vec<(usize, Vec<f32>)>,
    pitch_window: Vec<f32>,
    /// The autocorrelation of the window itself, for each period.
    pitch_own: Vec<f32>,
}

struct FrameWorkspace {
    input: Vec<f32>,
    spectrum: Vec<realfft::num_complex::Complex<f32>>,
    scratch: Vec<realfft::num_complex::Complex<f32>>,
    pitch: Vec<f32>,
}

impl FrameTables {
    fn new() -> Self {
        let hann = |length: usize| -> Vec<f32> {
            let turn = |at: usize| (at as f32 + 0.5) / length as f32 * std::f32::consts::TAU;
            (0..length).map(|at| 0.5 - 0.5 * turn(at).cos()).collect()
        };
        let mel = |hz: f32| 2_595.0 * (1.0 + hz / 700.0).log10();
        let hz = |mel: f32| 700.0 * (10f32.powf(mel / 2_595.0) - 1.0);
        let (low, high) = (mel(MEL_BAND.0), mel(MEL_BAND.1));
        let corner =
            |at: usize| hz(low + (high - low) * at as f32 / (BANDS + 1) as f32) * FFT as f32 / RATE as f32;
        let bands = (0..BANDS)
            .map(|band| {
                let (from, middle, to) = (corner(band), corner(band + 1), corner(band + 2));
                let first = from.ceil() as usize;
                let weight = |bin: usize| {
                    let bin = bin as f32;
                    if bin <= middle { (bin - from) / (middle - from) } else { (to - bin) / (to - middle) }
                };
                let weights = (first..=to.floor() as usize).map(|bin| weight(bin).max(0.0)).collect();
                (first, weights)
            })
            .collect();
        let pitch_window = hann(PITCH_WINDOW);
        let own =
            |lag: usize| -> f32 { pitch_window.iter().zip(&pitch_window[lag..]).map(|(a, b)| a * b).sum() };
        let whole = own(0);
        let pitch_own = PERIODS.map(|lag| own(lag) / whole).collect();
        Self {
            fft: RealFftPlanner::new().plan_fft_forward(FFT),
            window: hann(WINDOW),
            bands,
            pitch_window,
            pitch_own,
        }
    }

    fn workspace(&self) -> FrameWorkspace {
        FrameWorkspace {
            input: self.fft.make_input_vec(),
            spectrum: self.fft.make_output_vec(),
            scratch: self.fft.make_scratch_vec(),
            pitch: vec![0.0; PITCH_WINDOW],
        }
    }

    /// Adds the frame that begins at `start`.
    fn frame(
        &self,
        samples: &[f32],
        voiced: &[f32],
        start: usize,
        work: &mut FrameWorkspace,
        heard: &mut Heard,
    ) {
        let from = start + HOP / 2 - WINDOW / 2;
        work.input.fill(0.0);
        for (at, (out, window)) in work.input.iter_mut().zip(&self.window).enumerate() {
            *out = (samples[from + at] - PRE_EMPHASIS * samples[from + at - 1]) * window;
        }
        // The lengths are those that the plan has made.
        let _ = self.fft.process_with_scratch(&mut work.input, &mut work.spectrum, &mut work.scratch);
        let power = |bin: usize| work.spectrum[bin].norm_sqr();
        let bin_of = |hz: f32| (hz * FFT as f32 / RATE as f32).round() as usize;
        // Pre-emphasis is taken back for the level, so that a low voice is not soft.
        let emphasis = |bin: usize| {
            let turn = std::f32::consts::TAU * bin as f32 / FFT as f32;
            1.0 + PRE_EMPHASIS * PRE_EMPHASIS - 2.0 * PRE_EMPHASIS * turn.cos()
        };
        let speech: f32 =
            (bin_of(SPEECH_BAND.0)..=bin_of(SPEECH_BAND.1)).map(|bin| power(bin) / emphasis(bin)).sum();
        let scale = 2.0 / (FFT as f32 * WINDOW as f32 * 0.375);
        heard.level.push((10.0 * (speech * scale).max(1e-12).log10()).max(SILENCE));
        let bands = std::array::from_fn(|band| {
            let (first, weights) = &self.bands[band];
            let sum: f32 = weights.iter().enumerate().map(|(at, weight)| weight * power(first + at)).sum();
            sum * scale
        });
        heard.bands.push(bands);
        let peak = samples[start..start + HOP].iter().fold(0.0f32, |most, x| most.max(x.abs()));
        heard.peak.push(peak);
        heard.voicing.push(self.voicing(voiced, start + HOP / 2 - PITCH_WINDOW, work));
    }

    /// The highest peak of the autocorrelation, divided by that of the window (Boersma 1993, "Accurate short-term analysis
    /// of the fundamental frequency").
    fn voicing(&self, voiced: &[f32], from: usize, work: &mut FrameWorkspace) -> f32 {
        for (at, (out, window)) in work.pitch.iter_mut().zip(&self.pitch_window).enumerate() {
            *out = voiced[from + 2 * at] * window;
        }
        let power: f32 = work.pitch.iter().map(|x| x * x).sum();
        if power < 1e-9 {
            return 0.0;
        }
        let at = |lag: usize| -> f32 {
            work.pitch[..PITCH_WINDOW - lag].iter().zip(&work.pitch[lag..]).map(|(a, b)| a * b).sum()
        };
        let peak = PERIODS.zip(&self.pitch_own).map(|(lag, own)| at(lag) / own).fold(0.0f32, f32::max);
        (peak / power).min(1.0)
    }
}

/// A second-order section at [`RATE`] (Bristow-Johnson, "Audio EQ Cookbook").
struct SecondOrder {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl SecondOrder {
    fn low_pass(hz: f32, q: f32) -> Self {
        let (cosine, alpha) = Self::angle(hz, q);
        Self::of([(1.0 - cosine) / 2.0, 1.0 - cosine, (1.0 - cosine) / 2.0], cosine, alpha)
    }

    fn high_pass(hz: f32) -> Self {
        let (cosine, alpha) = Self::angle(hz, 0.707);
        Self::of([f32::midpoint(1.0, cosine), -(1.0 + cosine), f32::midpoint(1.0, cosine)], cosine, alpha)
    }

    fn angle(hz: f32, q: f32) -> (f32, f32) {
        let turn = std::f32::consts::TAU * hz / RATE as f32;
        (turn.cos(), turn.sin() / (2.0 * q))
    }

    fn of(b: [f32; 3], cosine: f32, alpha: f32) -> Self {
        let a0 = 1.0 + alpha;
        Self { b: b.map(|b| b / a0), a: [-2.0 * cosine / a0, (1.0 - alpha) / a0], state: [0.0; 2] }
    }

    fn next(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}
