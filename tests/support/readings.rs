//! Readings that are put together from single clips, so that the place of each phrase is known; docs/alignment.md, section 7.
#![allow(dead_code)] // each test file uses its own share of this

use std::process::{Command, Stdio};

use adem::align::listen::RATE;

/// A reading, at [`RATE`], and where each phrase is, in seconds; none where it was not read.
pub struct Reading {
    pub truth: Vec<Option<(f64, f64)>>,
    pub samples: Vec<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    Clean,
    Slow,
    Tight,
    Noisy,
    Retakes,
    Slate,
    Skipped,
    Finished,
    All,
}

pub const SCENARIOS: [(Scenario, &str); 9] = [
    (Scenario::Clean, "clean"),
    (Scenario::Slow, "slow"),
    (Scenario::Tight, "tight"),
    (Scenario::Noisy, "noisy"),
    (Scenario::Retakes, "retakes"),
    (Scenario::Slate, "slate"),
    (Scenario::Skipped, "skipped"),
    (Scenario::Finished, "finished"),
    (Scenario::All, "all"),
];

/// Numbers that look random and are the same each time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }
    pub fn below(&mut self, count: usize) -> usize {
        (self.share() * count as f64) as usize
    }
    fn noise(&mut self) -> f32 {
        let sum: f64 = (0..4).map(|_| self.share() - 0.5).sum();
        (sum * 1.732) as f32
    }
}

/// Where the clips of a reading come from.
pub enum Speaker {
    Espeak {
        voice: String,
        speed: u32,
        pitch: u32,
    },
    /// A voice of flite, and how much slower than usual it speaks.
    Flite {
        voice: String,
        stretch: f64,
    },
    /// Clips of a person, by their text.
    Clips(Vec<(String, Vec<f32>)>),
}

impl Speaker {
    /// A clip, trimmed, with a peak of about half of full scale. `nth` readings of one text differ a little.
    pub fn say(&self, text: &str, nth: u32) -> Vec<f32> {
        let wave = match self {
            Self::Espeak { voice, speed, pitch } => run(
                "espeak-ng",
                &[
                    "-v",
                    voice,
                    "-s",
                    &(speed + 4 * nth).to_string(),
                    "-p",
                    &(pitch + 2 * nth).to_string(),
                    "-g",
                    "2",
                    "--stdout",
                    "--",
                    text,
                ],
            ),
            Self::Flite { voice, stretch } => {
                let stretch = format!("duration_stretch={:.3}", stretch * (1.0 - 0.03 * f64::from(nth)));
                let wave = tempfile::NamedTempFile::new().expect("a temporary file");
                let path = wave.path().display().to_string();
                run("flite", &["-voice", voice, "--setf", &stretch, "-t", text, "-o", &path]);
                std::fs::read(&path).unwrap_or_default()
            }
            Self::Clips(clips) => {
                let clip = &clips.iter().find(|(own, _)| own == text).expect("a clip of this text").1;
                // Another reading of a person is the same one, somewhat faster and softer.
                return if nth == 0 { clip.clone() } else { stretch(clip, 1.0 - 0.03 * f64::from(nth)) };
            }
        };
        trim(&at_rate(&wave))
    }
}

fn stretch(clip: &[f32], factor: f64) -> Vec<f32> {
    let length = (clip.len() as f64 * factor) as usize;
    (0..length)
        .map(|at| {
            let place = at as f64 / factor;
            let (one, share) = (place as usize, place.fract() as f32);
            clip[one] * (1.0 - share) + clip.get(one + 1).copied().unwrap_or(0.0) * share
        })
        .collect()
}

pub fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    Command::new(program)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .map(|done| done.stdout)
        .unwrap_or_default()
}

/// The samples of a 16-bit mono WAV at [`RATE`], by a windowed sinc.
pub fn at_rate(wave: &[u8]) -> Vec<f32> {
    let Some(data) = wave.windows(4).position(|four| four == b"data") else { return Vec::new() };
    let rate = f64::from(u32::from_le_bytes([wave[24], wave[25], wave[26], wave[27]]));
    let samples: Vec<f32> = wave[data + 8..]
        .chunks_exact(2)
        .map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0)
        .collect();
    resampled(&samples, rate, RATE as f64)
}

pub fn resampled(samples: &[f32], from: f64, to: f64) -> Vec<f32> {
    if from == to {
        return samples.to_vec();
    }
    let cut = (to / from).min(1.0);
    let reach = (16.0 / cut).ceil() as isize;
    (0..(samples.len() as f64 * to / from) as usize)
        .map(|at| {
            let place = at as f64 * from / to;
            let middle = place.floor() as isize;
            let mut sum = 0.0;
            for near in middle - reach..=middle + reach {
                let Some(sample) = usize::try_from(near).ok().and_then(|near| samples.get(near)) else {
                    continue;
                };
                let off = (place - near as f64) * cut;
                let angle = std::f64::consts::PI * off;
                let sinc = if off.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
                let window = 0.5 + 0.5 * (angle / 16.0).cos();
                sum += f64::from(*sample) * sinc * window * cut;
            }
            sum as f32
        })
        .collect()
}

/// Without the silence at both ends, with a peak of a half.
pub fn trim(samples: &[f32]) -> Vec<f32> {
    let peak = samples.iter().fold(1e-6f32, |most, x| most.max(x.abs()));
    let loud = |x: &f32| x.abs() > peak * 0.012;
    let Some(first) = samples.iter().position(loud) else { return Vec::new() };
    let last = samples.iter().rposition(loud).unwrap_or(first);
    samples[first..=last].iter().map(|x| x * 0.5 / peak).collect()
}

struct Builder {
    samples: Vec<f32>,
    dice: Dice,
}

impl Builder {
    fn silence(&mut self, seconds: f64) {
        self.samples.resize(self.samples.len() + (seconds * RATE as f64) as usize, 0.0);
    }
    fn add(&mut self, clip: &[f32]) -> (f64, f64) {
        let from = self.samples.len() as f64 / RATE as f64;
        let gain = self.dice.between(0.75, 1.0) as f32;
        self.samples.extend(clip.iter().map(|x| x * gain));
        (from, self.samples.len() as f64 / RATE as f64)
    }
    fn cough(&mut self) {
        let length = (self.dice.between(0.15, 0.4) * RATE as f64) as usize;
        let mut last = 0.0f32;
        for at in 0..length {
            let place = at as f32 / length as f32;
            let shape = (place * 18.0).min(1.0) * (1.0 - place).powi(2);
            last += 0.45 * (self.dice.noise() - last);
            self.samples.push(0.5 * shape * last);
        }
    }
    fn click(&mut self) {
        for at in 0..160 {
            let x = self.dice.noise() * 0.3 * (-(at as f32) / 25.0).exp();
            self.samples.push(x);
        }
    }
    fn bell(&mut self, at: usize) {
        let base = self.dice.between(380.0, 620.0);
        for (partial, level) in [(1.0, 0.20), (2.71, 0.1), (5.15, 0.04)] {
            for after in 0..(7.0 * RATE as f64) as usize {
                let seconds = after as f64 / RATE as f64;
                let x = (std::f64::consts::TAU * base * partial * seconds).sin()
                    * level
                    * (-seconds * 0.7 * partial.sqrt()).exp();
                if let Some(sample) = self.samples.get_mut(at + after) {
                    *sample += x as f32;
                }
            }
        }
    }
}

const SORRY: &[(&str, &str)] = &[
    ("en", "Sorry, again."),
    ("nl", "Sorry, nog een keer."),
    ("de", "Entschuldigung, noch einmal."),
    ("fr", "Pardon, encore une fois."),
    ("es", "Perdón, otra vez."),
];
const SLATE: &[(&str, &str, &str)] = &[
    (
        "en",
        "Recording of Tuesday, second session, first take.",
        "Okay, that was it. Shall I read the last part again?",
    ),
    (
        "nl",
        "Opname van dinsdag, tweede sessie, eerste keer.",
        "Goed, dat was het. Zal ik het laatste stuk nog eens lezen?",
    ),
    (
        "de",
        "Aufnahme vom Dienstag, zweite Sitzung, erster Durchgang.",
        "Gut, das war es. Soll ich den letzten Teil noch einmal lesen?",
    ),
    (
        "fr",
        "Enregistrement de mardi, deuxième séance, première prise.",
        "Voilà, c'est tout. Je relis la dernière partie ?",
    ),
    (
        "es",
        "Grabación del martes, segunda sesión, primera toma.",
        "Bueno, ya está. ¿Leo otra vez la última parte?",
    ),
];

/// Puts a reading together.
pub fn build(scenario: Scenario, language: &str, speaker: &Speaker, texts: &[String], seed: u64) -> Reading {
    let mut build = Builder { samples: Vec::new(), dice: Dice::new(seed) };
    let all = scenario == Scenario::All;
    let is = |which: Scenario| scenario == which || all;
    let is_person = matches!(speaker, Speaker::Clips(_));
    let other = |text: &str| -> Vec<f32> {
        if let Speaker::Clips(clips) = speaker {
            // A person's chatter is made of other clips of theirs.
            let own = &clips[(text.len() * 7) % clips.len()].1;
            return own[..own.len() / 3].to_vec();
        }
        speaker.say(text, 1)
    };
    let mut truth = Vec::new();
    let mut bells = Vec::new();
    build.silence(1.2);
    if is(Scenario::Slate) && !is_person {
        let slate = SLATE.iter().find(|(own, ..)| *own == language).expect("a slate in this language");
        build.add(&other(slate.1));
        build.silence(2.0);
    }
    let count = texts.len();
    for (at, text) in texts.iter().enumerate() {
        if is(Scenario::Skipped) && build.dice.share() < 0.08 {
            truth.push(None);
            continue;
        }
        let clip = speaker.say(text, 0);
        if is(Scenario::Retakes) && build.dice.share() < 0.22 {
            let first = speaker.say(text, 1);
            if build.dice.share() < 0.5 {
                let most = (first.len() as f64 * build.dice.between(0.3, 0.65)) as usize;
                let mut part = first[..most].to_vec();
                let fade = 320.min(part.len());
                let start = part.len() - fade;
                for (at, x) in part[start..].iter_mut().enumerate() {
                    *x *= 1.0 - at as f32 / fade as f32;
                }
                build.add(&part);
            } else {
                build.add(&first);
            }
            let gap = build.dice.between(0.5, 1.6);
            build.silence(gap);
            let what = build.dice.share();
            if what < 0.4 && !is_person {
                let sorry =
                    SORRY.iter().find(|(own, _)| *own == language).expect("an excuse in this language").1;
                build.add(&other(sorry));
                let gap = build.dice.between(0.4, 1.2);
                build.silence(gap);
            } else if what < 0.65 {
                build.cough();
                let gap = build.dice.between(0.3, 0.9);
                build.silence(gap);
            }
        }
        truth.push(Some(build.add(&clip)));
        let gap = match scenario {
            Scenario::Tight => build.dice.between(0.32, 0.9),
            Scenario::Slow => build.dice.between(3.0, 14.0),
            Scenario::Finished => {
                if build.dice.share() < 0.15 {
                    build.dice.between(10.0, 30.0)
                } else {
                    build.dice.between(2.0, 8.0)
                }
            }
            Scenario::Clean
            | Scenario::Noisy
            | Scenario::Retakes
            | Scenario::Slate
            | Scenario::Skipped
            | Scenario::All => build.dice.between(1.2, 4.5),
        };
        if scenario == Scenario::Finished && gap > 7.0 && build.dice.share() < 0.7 {
            bells.push(build.samples.len() + RATE);
        }
        if is(Scenario::Noisy) && at + 1 < count && build.dice.share() < 0.12 {
            build.silence(gap / 2.0);
            if build.dice.share() < 0.6 {
                build.cough();
            } else {
                build.click();
            }
            build.silence(gap / 2.0);
        } else {
            build.silence(gap);
        }
    }
    if is(Scenario::Slate) && !is_person {
        let slate = SLATE.iter().find(|(own, ..)| *own == language).expect("a slate in this language");
        build.silence(1.0);
        build.add(&other(slate.2));
    }
    build.silence(1.5);
    for at in bells {
        build.bell(at);
    }
    if scenario == Scenario::Noisy || all {
        reverb(&mut build);
    }
    let level = if is(Scenario::Noisy) { -46.0 } else { -66.0 };
    let gain = 10f32.powf(level / 20.0);
    let hum = if is(Scenario::Noisy) { 10f32.powf(-50.0 / 20.0) } else { 0.0 };
    for at in 0..build.samples.len() {
        let noise = build.dice.noise() * gain;
        let turn = std::f32::consts::TAU * 50.0 * (at as f32 / RATE as f32).fract();
        build.samples[at] += noise + hum * (turn.sin() + 0.5 * (2.0 * turn).sin() + 0.3 * (3.0 * turn).sin());
    }
    if scenario == Scenario::Finished {
        under(&mut build);
    }
    Reading { truth, samples: build.samples }
}

/// A bed of rain, 21 dB under the voice.
fn under(build: &mut Builder) {
    let loud: Vec<f32> = build.samples.iter().copied().filter(|x| x.abs() > 0.02).collect();
    let power = loud.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / loud.len() as f64;
    let gain = (power.sqrt() * 10f64.powf(-21.0 / 20.0)) as f32;
    let mut smooth = 0.0f32;
    for at in 0..build.samples.len() {
        let noise = build.dice.noise();
        smooth += 0.3 * (noise - smooth);
        build.samples[at] += gain * 2.0 * (0.6 * smooth + 0.4 * noise * 0.5);
    }
}

/// A small room: a tail of 0.35 s, 16 dB under the voice.
fn reverb(build: &mut Builder) {
    let taps: Vec<(usize, f32)> = (0..60)
        .map(|_| {
            let at = build.dice.between(0.004, 0.3);
            ((at * RATE as f64) as usize, build.dice.noise() * 0.12 * (-at as f32 / 0.05).exp())
        })
        .collect();
    let dry = build.samples.clone();
    for (delay, gain) in taps {
        for (at, x) in build.samples[delay..].iter_mut().enumerate() {
            *x += dry[at] * gain;
        }
    }
}
