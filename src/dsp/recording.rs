//! What a recording of a voice measures as it came, before anything is done to it (docs/sound.md, section 9).

pub(crate) mod apart;
mod burst;
mod coded;
mod flaws;
mod floor;
mod images;
mod repeated;
mod reread;
mod spectra;
mod wow;

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
use serde::{Deserialize, Serialize};

use super::speech::{Speech, hop_levels, listen};
use crate::unit::{Db, SampleRate};
use coded::SpectralHoles;
pub(super) use flaws::{CLIPPED_RUN, FULL_SCALE, clipped, rail};
use floor::{Hops, speech_hops};
use images::MirrorImages;
use reread::SecondReading;
use spectra::each_spectrum;

/// Measurements of one recording. What it is too short for, or has no pauses for, is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingMeasures {
    /// The bits of a sample, where the file has them.
    pub bits: Option<u32>,
    /// The sample peak of all channels in dBFS.
    pub peak: Db,
    /// How many times samples are clipped, at full scale or, if it was lowered afterwards, at its own peak.
    pub clipped: u64,
    /// Where the first of them is, in seconds.
    pub clipped_at: Option<f64>,
    /// How far the noise lies under the speech.
    pub noise: Option<Db>,
    /// How far the hum of the mains lies under the speech.
    pub hum: Option<Db>,
    /// The highest frequency with any sound, in Hz.
    pub bandwidth: Option<f64>,
    /// How many of a thousand bands fall silent for a moment within a sound, as a coder with too few bits leaves them.
    pub coded: Option<f64>,
    /// How like the highs are to a mirror image of what is below them, up to 1.
    pub images: Option<f64>,
    /// Where that mirror stands, in Hz.
    pub mirror: Option<f64>,
    /// How far the weaker of two channels lies under the stronger.
    pub side: Option<Db>,
    /// How far the sum of two channels lies under what they would give if they were alike; large where they cancel.
    pub cancelled: Option<Db>,
    /// How much later the right of two sides is, in seconds; less than zero where it is earlier.
    pub apart: Option<f64>,
    /// How much sharper its edges are where a wavering of the speed is taken out, as a ratio.
    pub wow: Option<f64>,
    /// How far the very start of the file lies under the speech, or, where a voice sounds at once, under that voice.
    pub start: Option<Db>,
    /// How far the very end of the file lies under the speech.
    pub end: Option<Db>,
    /// How long the room rings: the time it takes to fall by 60 dB, in seconds.
    pub ringing: Option<f64>,
    /// How many times the sound is missing for some milliseconds while somebody speaks.
    pub holes: Option<u64>,
    /// Where the first of them is, in seconds.
    pub hole_at: Option<f64>,
    /// How long the longest loud sound without a pitch is that is no speech, in seconds.
    pub cough: Option<f64>,
    /// Where it begins, in seconds.
    pub cough_at: Option<f64>,
    /// The seconds from what is spoken to a copy of it in the same recording.
    pub repeated: Option<f64>,
    /// How far what is said after a pause in the middle is from what is said before it: as a share of the distance that other
    /// words have.
    pub reread: Option<f64>,
    /// Where that pause ends, in seconds.
    pub reread_at: Option<f64>,
    /// From the first sound of the voice to the last, in seconds.
    pub speech: Option<f64>,
}

/// The level of digital silence, in dBFS.
pub(super) const NOTHING: f64 = -140.0;
/// At this distance from speech only the background is heard, in seconds.
const APART: f64 = 0.05;
/// A hum is looked for in windows of this many seconds, so that lines 50 Hz apart are told from each other.
const HUM_WINDOW: f64 = 0.25;
/// Fewer windows in pauses do not tell a hum from the end of a word, and more are not needed.
const PAUSE_WINDOWS: usize = 3;
const MOST_PAUSE_WINDOWS: usize = 6;
/// Where there are no pauses, a hum is heard in the quietest of so many windows as in the others.
const HUM_SHARE: usize = 10;
const HUM_WINDOWS: usize = 12;
/// It is looked for at about this rate.
const HUM_RATE: u32 = 8_000;
/// What is nearer to the speech than this is a voice that holds its note, in dB.
const LEAST_HUM: f64 = 10.0;
/// How far a line of the mains stands out of what lies between two lines.
const LINE: f64 = 12.0;
/// The frequencies of the mains, and how many of their multiples are looked at.
const MAINS: [f64; 2] = [50.0, 60.0];
const LINES: usize = 6;
/// What lies so far under the loudest frequency is no sound any more.
const HEARD: f64 = 80.0;
/// The start or end of a file, in seconds.
const EDGE: f64 = 0.01;
/// A voice that begins is softer for so many seconds than in those after them.
const ONSET: (f64, f64) = (0.002, 0.03);
/// A voice this far under the speech is no more than the breath before a word, in dB.
const SOUNDS: f64 = 20.0;
/// Falls of the level that begin so far under the speech at most tell of the room, in dB; one part in so many of them are the
/// steepest, and so many are passed over as chance.
const LOUD: f64 = 6.0;
const STEEPEST: usize = 50;
const FALLS: usize = 3;
/// So many hops after the voice began have to be out of it.
const ENDED: usize = 5;
/// A voice that falls by 60 dB in this time or less is in no room that is heard, in seconds.
const DRY: f64 = 0.4;
/// Noise so near under the speech hides the room, in dB.
const NEAR: f64 = 13.0;
/// In a spectrum this far under the speech or less somebody speaks, in dB, and its lowest lines, up to 100 Hz, do not count.
const SPOKEN: f64 = 25.0;
const LOWEST: usize = 4;

impl RecordingMeasures {
    /// The peak and the clipped peaks alone.
    pub fn peaks(planes: &[&[f32]], bits: Option<u32>, rate: SampleRate) -> Self {
        let peak = planes.iter().copied().flatten().fold(0f32, |peak, sample| peak.max(sample.abs()));
        // Fewer than 16 bits make steps that look like tops that were cut off.
        let tops = if bits.is_some_and(|bits| bits < 16) { flaws::clipped_runs } else { flaws::clipped };
        let clipped: Vec<_> = planes.iter().map(|plane| tops(plane)).collect();
        let first = clipped.iter().filter_map(|tops| tops.first()).map(|top| top.start).min();
        Self {
            bits,
            peak: Db((20.0 * f64::from(peak).log10()).max(NOTHING)),
            clipped: clipped.iter().map(|tops| tops.len() as u64).sum(),
            clipped_at: first.map(|frame| frame as f64 / rate.as_f64()),
            noise: None,
            hum: None,
            bandwidth: None,
            coded: None,
            images: None,
            mirror: None,
            side: None,
            cancelled: None,
            apart: None,
            wow: None,
            start: None,
            end: None,
            ringing: None,
            holes: None,
            hole_at: None,
            cough: None,
            cough_at: None,
            repeated: None,
            reread: None,
            reread_at: None,
            speech: None,
        }
    }

    /// Measures a recording: its channels as they came, and their mix.
    pub fn of(planes: &[&[f32]], bits: Option<u32>, mono: &[f32], rate: SampleRate) -> Self {
        let mut measures = Self::peaks(planes, bits, rate);
        if let [left, right] = planes {
            (measures.side, measures.cancelled) = sides(left, right);
            measures.apart = apart::apart(left, right, rate);
        }
        let Some((speech, level)) = listen(mono, rate) else { return measures };
        let (hop, levels) = hop_levels(mono, rate);
        let (first, last) = (speech.islands.first(), speech.islands.last());
        measures.speech = first.zip(last).map(|(first, last)| (last.1 - first.0) as f64 / rate.as_f64());
        let hops = speech_hops(&speech.islands, hop).map(|speech| Hops { levels: &levels, speech });
        let noise = hops.as_ref().and_then(Hops::floor);
        let quietest = hops.map_or(NOTHING, |hops| hops.quietest());
        measures.noise = noise.map(|noise| Db(level - noise));
        measures.hum = hum(mono, &quiet(&speech, mono.len(), rate), rate)
            .map(|hum| Db(level - hum))
            .filter(|hum| hum.0 >= LEAST_HUM);
        let seconds = |frame: usize| frame as f64 / rate.as_f64();
        let holes = flaws::holes(mono, level, rate);
        measures.holes = Some(holes.len() as u64);
        measures.hole_at = holes.first().map(|hole| seconds(hole.start));
        let burst = burst::burst(mono, rate, &speech.islands);
        measures.cough_at = burst.as_ref().map(|burst| seconds(burst.start));
        measures.cough = Some(burst.map_or(0.0, |burst| seconds(burst.len())));
        measures.repeated = repeated::repeated(mono, rate);
        measures.wow = wow::wow(mono, rate);
        measures.bandwidth = bandwidth(mono, &speech, rate);
        measures.hear_spectra(mono, &speech, level, rate);
        let edge = ((EDGE * rate.as_f64()) as usize).clamp(1, mono.len());
        measures.start = Some(Db(start(mono, level, edge, rate)));
        measures.end = Some(Db(level - power_db(&mono[mono.len() - edge..])));
        measures.ringing = ringing(&levels, level, quietest, hop as f64 / rate.as_f64());
        measures
    }

    /// What the spectra tell: the work of a coder, mirror images, and a text that is read twice.
    fn hear_spectra(&mut self, mono: &[f32], speech: &Speech, level: f64, rate: SampleRate) {
        let mut holes = SpectralHoles::below(self.bandwidth.unwrap_or(rate.as_f64() / 2.0));
        let mut images = MirrorImages::of(rate, level);
        let mut words = SecondReading::new();
        let spoken = 10f64.powf((level - SPOKEN) / 10.0);
        each_spectrum(mono, rate, |_, lines| {
            words.hear(lines);
            if lines.iter().skip(LOWEST).sum::<f64>() > spoken {
                holes.hear(lines);
                images.hear(lines);
            }
        });
        self.coded = holes.share();
        (self.images, self.mirror) = images.likest().unzip();
        let again = words.again(&speech.islands, rate.hz() as usize / spectra::SPECTRA);
        (self.reread_at, self.reread) = again.unzip();
    }
}

/// How far the start lies under the speech. A word that was cut begins with the level it has; one that is whole rises to it,
/// however near to the start it begins.
fn start(mono: &[f32], speech: f64, edge: usize, rate: SampleRate) -> f64 {
    let under = speech - power_db(&mono[..edge]);
    let frames = |seconds: f64| ((seconds * rate.as_f64()) as usize).clamp(1, mono.len());
    let (first, onset) = (&mono[..frames(ONSET.0)], &mono[..frames(ONSET.1)]);
    if under < SOUNDS && is_voiced(onset, rate) {
        under.min((power_db(onset) - power_db(first)).max(0.0))
    } else {
        under
    }
}

/// The power of some samples without their mean, in dBFS.
fn power_db(samples: &[f32]) -> f64 {
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    decibels(samples.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count)
}

/// The mean of some powers that are given in dB.
fn power_mean(levels: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = levels.len().max(1) as f64;
    decibels(levels.map(|level| 10f64.powf(level / 10.0)).sum::<f64>() / count)
}

pub(super) fn decibels(power: f64) -> f64 {
    (10.0 * power.log10()).max(NOTHING)
}

/// How far the weaker side lies under the stronger, and how far the mix lies under what it would be if both were alike.
fn sides(left: &[f32], right: &[f32]) -> (Option<Db>, Option<Db>) {
    let mix: Vec<f32> = left.iter().zip(right).map(|(l, r)| f32::midpoint(*l, *r)).collect();
    let [left, right, mix] = [left, right, &mix].map(power_db);
    let strong = left.max(right);
    if strong <= NOTHING {
        return (None, None);
    }
    let alike = 20.0 * f64::midpoint(10f64.powf(left / 20.0), 10f64.powf(right / 20.0)).log10();
    (Some(Db(strong - left.min(right))), Some(Db(alike - mix)))
}

/// Whether some samples repeat as a voice does, 70 to 400 times a second.
fn is_voiced(samples: &[f32], rate: SampleRate) -> bool {
    let (from, to) = ((rate.as_f64() / 400.0) as usize, (rate.as_f64() / 70.0) as usize);
    let to = to.min(samples.len() / 2);
    let alike = |lag: usize| {
        let (mut cross, mut one, mut two) = (0.0, 1e-20, 1e-20);
        for (a, b) in samples.iter().zip(&samples[lag..]) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            cross += a * b;
            one += a * a;
            two += b * b;
        }
        cross / f64::sqrt(one * two)
    };
    (from.max(1)..to).any(|lag| alike(lag) > 0.6)
}

/// The ranges before, between and after the islands of speech.
fn quiet(speech: &Speech, frames: usize, rate: SampleRate) -> Vec<(usize, usize)> {
    let apart = (APART * rate.as_f64()) as usize;
    let starts = std::iter::once(0).chain(speech.islands.iter().map(|island| island.1 + apart));
    let ends = speech.islands.iter().map(|island| island.0.saturating_sub(apart)).chain([frames]);
    starts.zip(ends).filter(|(from, to)| from < to).collect()
}

/// The level of the mains in dBFS: lines that stand out at the same places in every pause, or, without enough pauses, in the
/// quietest windows of the speech.
fn hum(mono: &[f32], quiet: &[(usize, usize)], rate: SampleRate) -> Option<f64> {
    let step = (rate.hz() / HUM_RATE).max(1) as usize;
    let slow: Vec<f32> = mono.chunks_exact(step).map(|part| part.iter().sum::<f32>() / step as f32).collect();
    let rate = rate.as_f64() / step as f64;
    let length = (HUM_WINDOW * rate) as usize;
    let pauses = quiet
        .iter()
        .flat_map(|(from, to)| slow[from / step..(to / step).min(slow.len())].chunks_exact(length));
    let pauses: Vec<Vec<f32>> = pauses.take(MOST_PAUSE_WINDOWS).map(hann).collect();
    let starts = (0..slow.len().saturating_sub(length)).step_by(length / 2);
    let windows = starts.map(|start| &slow[start..start + length]);
    let sounds = |window: &&[f32]| {
        let edges = [&window[..length / 4], &window[length - length / 4..]];
        edges.iter().all(|edge| power_db(edge) > floor::DIGITAL)
    };
    let windows: Vec<Vec<f32>> = windows.filter(sounds).map(hann).collect();
    let in_pauses =
        || (pauses.len() >= PAUSE_WINDOWS).then(|| mains(|tones| line_in_all(&pauses, tones, rate)))?;
    let in_speech =
        || (windows.len() >= HUM_WINDOWS).then(|| mains(|tones| line_in_most(&windows, tones, rate)))?;
    in_pauses().or_else(in_speech)
}

/// The level of the lines of the mains, from the power of each line that stands out; of a line its frequency is given, then two
/// beside it and two between it and the next lines.
fn mains(line_power: impl Fn([f64; 5]) -> Option<f64>) -> Option<f64> {
    let level = |mains: f64| {
        let lines = (1..=LINES).filter_map(|line| {
            let hz = mains * line as f64;
            let beside = 1.0 / HUM_WINDOW;
            let tones = [hz, hz - beside, hz + beside, hz - mains / 2.0, hz + mains / 2.0];
            Some((line, line_power(tones)?))
        });
        let lines: Vec<(usize, f64)> = lines.collect();
        // A single line that is a multiple may be a fan.
        let is_mains = lines.len() >= 2 || lines.first().is_some_and(|(line, _)| *line == 1);
        is_mains.then(|| decibels(lines.iter().map(|(_, power)| power).sum()))
    };
    MAINS.into_iter().filter_map(level).reduce(f64::max)
}

/// The power of a line that stands out among the powers of these tones.
fn line_of([own, below, above, before, after]: [f64; 5]) -> Option<f64> {
    // The skirt of a line of the other mains rises towards that one.
    let is_peak = own > below && own > above;
    (is_peak && own > f64::midpoint(before, after) * 10f64.powf(LINE / 10.0)).then_some(own)
}

/// The least power of a line that stands out in each window.
fn line_in_all(windows: &[Vec<f32>], tones: [f64; 5], rate: f64) -> Option<f64> {
    let powers: Option<Vec<f64>> =
        windows.iter().map(|window| line_of(tones.map(|hz| tone_power(window, hz, rate)))).collect();
    powers?.into_iter().reduce(f64::min)
}

/// The power of a line that stands out in the quietest windows of each tone.
fn line_in_most(windows: &[Vec<f32>], tones: [f64; 5], rate: f64) -> Option<f64> {
    line_of(tones.map(|hz| {
        let mut powers: Vec<f64> = windows.iter().map(|window| tone_power(window, hz, rate)).collect();
        powers.sort_by(f64::total_cmp);
        powers[powers.len() / HUM_SHARE]
    }))
}

/// The power of a sine at a frequency within a window that has been weighted by Hann's.
fn tone_power(window: &[f32], hz: f64, rate: f64) -> f64 {
    let (sin, cos) = (TAU * hz / rate).sin_cos();
    let (mut re, mut im) = (0.0, 0.0);
    let (mut turn_re, mut turn_im) = (1.0, 0.0);
    for sample in window {
        re += f64::from(*sample) * turn_re;
        im += f64::from(*sample) * turn_im;
        (turn_re, turn_im) = (turn_re * cos - turn_im * sin, turn_re * sin + turn_im * cos);
    }
    let amplitude = 4.0 * f64::hypot(re, im) / window.len() as f64;
    amplitude * amplitude / 2.0
}

/// Samples weighted by Hann's window.
fn hann(samples: &[f32]) -> Vec<f32> {
    let weight = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / samples.len() as f64).cos();
    samples.iter().enumerate().map(|(n, sample)| (f64::from(*sample) * weight(n)) as f32).collect()
}

/// The highest frequency at which anything is heard while somebody speaks.
fn bandwidth(mono: &[f32], speech: &Speech, rate: SampleRate) -> Option<f64> {
    let length = ((0.02 * rate.as_f64()) as usize).next_power_of_two();
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(length);
    let (mut input, mut output) = (forward.make_input_vec(), forward.make_output_vec());
    let mut loudest = vec![0f64; output.len()];
    let mut frames = 0;
    for (from, to) in &speech.islands {
        for frame in mono[*from..*to].chunks_exact(length) {
            for (n, (input, sample)) in input.iter_mut().zip(frame).enumerate() {
                // Blackman and Harris: side lobes at -92 dB, so that a loud vowel does not hide what is missing above it.
                let turn = TAU * n as f64 / length as f64;
                let weight = 0.358_75 - 0.488_29 * turn.cos() + 0.141_28 * (2.0 * turn).cos()
                    - 0.011_68 * (3.0 * turn).cos();
                *input = f64::from(*sample) * weight;
            }
            forward.process(&mut input, &mut output).ok()?;
            loudest.iter_mut().zip(&output).for_each(|(most, bin)| *most = most.max(bin.norm_sqr()));
            frames += 1;
        }
    }
    if frames < 5 {
        return None;
    }
    let heard = loudest.iter().copied().fold(0.0, f64::max) * 10f64.powf(-HEARD / 10.0);
    let last = loudest.iter().rposition(|power| *power > heard)?;
    Some((last + 1) as f64 * rate.as_f64() / length as f64)
}

/// How long the room of a recording rings, in seconds; `None` where nothing tells.
pub(super) fn ringing_of(mono: &[f32], rate: SampleRate) -> Option<f64> {
    let (speech, level) = listen(mono, rate)?;
    let (hop, levels) = hop_levels(mono, rate);
    let hops = Hops { levels: &levels, speech: speech_hops(&speech.islands, hop)? };
    ringing(&levels, level, hops.quietest(), hop as f64 / rate.as_f64())
}

/// How long a room rings. In a room no sound falls faster than the room does, so the steepest falls tell. Within a tenth of a
/// second every dry voice falls far; where it does not, longer falls say how slow the room is.
fn ringing(levels: &[f64], speech: f64, noise: f64, hop: f64) -> Option<f64> {
    if noise > speech - NEAR {
        return None;
    }
    // A voice that never ends tells of no room.
    let first = levels.iter().position(|level| *level > speech - LOUD)?;
    if levels[first..].iter().filter(|level| **level < speech - NEAR).count() < ENDED {
        return None;
    }
    let short = steepest(levels, speech, 0.1, hop)?;
    if short <= DRY { Some(short) } else { steepest(levels, speech, 0.2, hop) }
}

/// The time of a fall by 60 dB, as steep as the steepest falls of the level within this many seconds.
fn steepest(levels: &[f64], speech: f64, seconds: f64, hop: f64) -> Option<f64> {
    let apart = (seconds / hop).round() as usize;
    let falls = levels.iter().zip(levels.get(apart..)?).filter(|(from, _)| **from > speech - LOUD);
    let mut falls: Vec<f64> = falls.map(|(from, to)| from - to).collect();
    falls.sort_by(|a, b| b.total_cmp(a));
    let fall = falls.get((falls.len() / STEEPEST).max(FALLS))?;
    (*fall > 0.0).then(|| 60.0 * seconds / fall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::noise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    pub(super) fn measure(planes: &[Vec<f32>], rate: SampleRate) -> RecordingMeasures {
        let mono: Vec<f32> = (0..planes[0].len())
            .map(|n| planes.iter().map(|plane| plane[n]).sum::<f32>() / planes.len() as f32)
            .collect();
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        RecordingMeasures::of(&planes, None, &mono, rate)
    }

    /// Five words of harmonics of 130 Hz that fall off by 6 dB an octave up to 10 kHz, with 0.4 s between them.
    fn voice(rate: SampleRate) -> Vec<f32> {
        let frames = |seconds: f64| (seconds * rate.as_f64()) as usize;
        let mut samples = vec![0.0; frames(0.4)];
        let harmonics = (10_000.0f64.min(rate.as_f64() * 0.48) / 130.0) as usize;
        for _ in 0..5 {
            let length = frames(0.5);
            samples.extend((0..length).map(|n| {
                let t = n as f64 / rate.as_f64();
                let edge = (t / 0.01).min((0.5 - t) / 0.02).clamp(0.0, 1.0);
                let sum: f64 = (1..=harmonics)
                    .map(|k| (TAU * 130.0 * k as f64 * t + (k * k) as f64).sin() / k as f64)
                    .sum();
                (0.1 * edge * sum) as f32
            }));
            samples.extend(vec![0.0; frames(0.4)]);
        }
        samples
    }

    fn with(mut samples: Vec<f32>, add: impl Fn(usize) -> f32) -> Vec<f32> {
        samples.iter_mut().enumerate().for_each(|(n, sample)| *sample += add(n));
        samples
    }

    /// The level of the loud hops of the voice, in dBFS.
    fn speech_level() -> f64 {
        listen(&voice(RATE), RATE).unwrap().1
    }

    #[test]
    fn noise_is_measured_under_the_speech_with_pauses_and_where_it_fills_them() {
        let hiss = noise(3, 1.0, 400_000);
        let own = power_db(&hiss);
        for under in [14.0, 20.0, 30.0, 45.0, 60.0] {
            let gain = 10f64.powf((speech_level() - under - own) / 20.0) as f32;
            let noisy = with(voice(RATE), |n| gain * hiss[n]);
            let found = measure(&[noisy], RATE).noise.unwrap().0;
            assert!((found - under).abs() < 2.5, "{under}: {found}");
        }
        assert_eq!(measure(&[voice(RATE)], RATE).noise, None, "digital silence has no noise");
        // A sung note from edge to edge has no pauses to listen to.
        let note: Vec<f32> = (0..96_000).map(|n| (n as f32 * 0.03).sin() * 0.1).collect();
        assert_eq!(measure(&[note], RATE).noise, None);
    }

    #[test]
    fn the_mains_are_found_at_their_level_and_noise_is_none() {
        for (mains, level) in [(50.0, -50.0), (60.0, -65.0)] {
            let amplitude = 10f64.powf(level / 20.0);
            let hum = |n: usize| {
                let t = n as f64 / RATE.as_f64();
                // Two lines, each half of the power.
                (amplitude * ((TAU * mains * 2.0 * t).sin() + (TAU * mains * 3.0 * t).sin())) as f32
            };
            let found = measure(&[with(voice(RATE), hum)], RATE).hum.unwrap().0;
            assert!((found - (speech_level() - level)).abs() < 1.0, "{mains}: {found}");
        }
        // A single line, which is not taken for one of the other mains.
        for mains in MAINS {
            let amplitude = 10f64.powf(-43.0 / 20.0) * std::f64::consts::SQRT_2;
            let hum = |n: usize| (amplitude * (TAU * mains * n as f64 / RATE.as_f64()).sin()) as f32;
            let found = measure(&[with(voice(RATE), hum)], RATE).hum.unwrap().0;
            assert!((found - (speech_level() + 43.0)).abs() < 1.0, "{mains}: {found}");
        }
        let hiss = noise(5, 0.01, 400_000);
        assert_eq!(measure(&[with(voice(RATE), |n| hiss[n])], RATE).hum, None);
    }

    #[test]
    fn bandwidth_is_that_of_the_voice_however_many_frames_the_file_has() {
        let telephone = SampleRate::new(8_000).unwrap();
        let narrow = voice(telephone);
        assert!(measure(std::slice::from_ref(&narrow), telephone).bandwidth.unwrap() <= 4_050.0);
        let wide = crate::dsp::resample::Resampler::new().resample(&narrow, telephone, RATE).unwrap();
        let found = measure(&[wide], RATE).bandwidth.unwrap();
        assert!((3_500.0..4_500.0).contains(&found), "{found}");
        let found = measure(&[voice(RATE)], RATE).bandwidth.unwrap();
        assert!((9_500.0..10_600.0).contains(&found), "{found}");
    }

    #[test]
    fn an_empty_side_and_sides_that_cancel_are_told() {
        let (voice, silence) = (voice(RATE), vec![0.0; voice(RATE).len()]);
        let measures = measure(&[voice.clone(), silence], RATE);
        assert!(measures.side.unwrap().0 > 60.0 && measures.cancelled.unwrap().0 < 1.0, "{measures:?}");
        let upside_down = voice.iter().map(|x| -x).collect();
        let measures = measure(&[voice.clone(), upside_down], RATE);
        assert!(measures.cancelled.unwrap().0 > 60.0 && measures.side.unwrap().0 < 0.1, "{measures:?}");
        let measures = measure(&[voice.clone(), voice.clone()], RATE);
        assert!(measures.cancelled.unwrap().0 < 0.1 && measures.side.unwrap().0 < 0.1, "{measures:?}");
        assert_eq!(measure(&[voice], RATE).side, None);
    }

    #[test]
    fn a_word_cut_off_at_an_edge_is_told_from_one_that_fades() {
        let whole = voice(RATE);
        let (start, end) = (25_000, whole.len() - 30_000);
        let cut = measure(&[whole[start..end].to_vec()], RATE);
        assert!(cut.start.unwrap().0 < 6.0 && cut.end.unwrap().0 < 6.0, "{cut:?}");
        let fine = measure(std::slice::from_ref(&whole), RATE);
        assert!(fine.start.unwrap().0 > 40.0 && fine.end.unwrap().0 > 40.0, "{fine:?}");
        // A soft syllable that was cut is told from one that begins at once.
        let soft: Vec<f32> = whole[19_200..43_200].iter().map(|sample| sample * 0.2).collect();
        for (from, is_cut) in [(0, false), (6_900, true)] {
            let spoken = [&soft[from..], &whole[19_200..]].concat();
            let start = measure(&[spoken], RATE).start.unwrap().0;
            assert_eq!(start < 10.0, is_cut, "{from}: {start}");
        }
    }

    #[test]
    fn a_room_rings_as_long_as_it_does() {
        let dry = voice(RATE);
        assert!(measure(std::slice::from_ref(&dry), RATE).ringing.unwrap() < 0.2);
        for seconds in [0.3, 0.6, 1.0] {
            // After each word a tail that falls by 60 dB in that time.
            let tail = noise(8, 0.1, 19_200);
            let mut wet = dry.clone();
            for word in 0..5 {
                let end = 19_200 + word * 43_200 + 24_000;
                for (n, sample) in tail.iter().enumerate() {
                    wet[end + n] += sample * 10f64.powf(-3.0 * n as f64 / (48_000.0 * seconds)) as f32;
                }
            }
            let found = measure(&[wet], RATE).ringing.unwrap();
            assert!((found - seconds).abs() < 0.2 * seconds, "{seconds}: {found}");
        }
    }

    /// A recording as a microphone hears it in a room that falls by 60 dB in this time: as much energy comes from the walls as
    /// straight from the voice, as at half a metre in a bare room.
    fn in_room(samples: &[f32], rate: SampleRate, seconds: f64) -> Vec<f32> {
        let frames = (1.2 * seconds * rate.as_f64()) as usize;
        let mut tail: Vec<f32> = noise(11, 1.0, frames);
        for (n, sample) in tail.iter_mut().enumerate() {
            *sample *= 10f64.powf(-3.0 * n as f64 / (rate.as_f64() * seconds)) as f32;
        }
        let energy = tail.iter().map(|x| x * x).sum::<f32>();
        tail.iter_mut().for_each(|sample| *sample /= energy.sqrt());
        tail[0] += 1.0;
        let length = (samples.len() + frames).next_power_of_two();
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, back) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
        let spectrum = |samples: &[f32]| {
            let (mut padded, mut bins) = (forward.make_input_vec(), forward.make_output_vec());
            padded[..samples.len()].copy_from_slice(samples);
            forward.process(&mut padded, &mut bins).unwrap();
            bins
        };
        let (mut product, room, mut wet) = (spectrum(samples), spectrum(&tail), back.make_output_vec());
        product.iter_mut().zip(&room).for_each(|(bin, room)| *bin *= room / length as f32);
        back.process(&mut product, &mut wet).unwrap();
        wet.truncate(samples.len());
        wet
    }

    #[test]
    fn real_voices_in_rooms_are_told_from_those_without() {
        let mut told = [0; 4];
        // Of each voice a third: an unoptimised build takes a second for each room.
        let files: Vec<_> =
            crate::recordings::recordings("speech", &["flac"]).into_iter().step_by(3).collect();
        for path in &files {
            let bytes = std::fs::read(path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let (rate, dry) = (decoded.buffer.rate(), &decoded.buffer.planes()[0]);
            for (count, seconds) in told.iter_mut().zip([0.0, 0.3, 0.8, 1.2]) {
                let heard = if seconds > 0.0 { in_room(dry, rate, seconds) } else { dry.clone() };
                let ringing = measure(&[heard], rate).ringing;
                *count += usize::from(ringing.is_some_and(|seconds| seconds > 0.5));
            }
        }
        let all = files.len();
        // Of rooms of 0.3 s, which a living room may be, one in twenty.
        assert!(told[0] == 0 && told[1] * 10 <= all, "{told:?} of {all}");
        assert!(told[2] * 10 >= all * 9 && told[3] * 10 >= all * 9, "{told:?} of {all}");
    }

    #[test]
    fn real_recordings_are_within_every_limit() {
        for path in crate::recordings::recordings("speech", &["flac"]) {
            let bytes = std::fs::read(&path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let measures = measure(decoded.buffer.planes(), decoded.buffer.rate());
            let least = |value: Option<Db>, least: f64| value.is_none_or(|value| value.0 >= least);
            let fine = measures.clipped == 0
                && measures.peak.0 < -0.3
                && least(measures.noise, 40.0)
                && least(measures.hum, 50.0)
                && measures.bandwidth.is_none_or(|hz| hz > 6_000.0)
                && least(measures.start, 10.0)
                && least(measures.end, 20.0)
                && measures.ringing.is_none_or(|seconds| seconds < 0.3);
            assert!(fine, "{}: {measures:?}", path.display());
        }
    }
}
