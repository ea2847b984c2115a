//! Lowers breaths between words. A breath is a hill of noise in a pause: softer than words and louder than the room, without
//! pitch, in the band of the mouth, and with a dip before and after it. Nothing else is touched, neither the room nor the soft
//! beginning or end of a word.

use super::powers;
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::dsp::speech::hop_levels;
use crate::unit::{Db, SampleRate};

/// A breath lies so far under the speech, in dB; what is softer still is not heard.
const UNDER: (f64, f64) = (10.0, 46.0);
/// And at least so far over the room.
const OVER: f64 = 6.0;
/// The room is what the quietest of so many hops hear.
const QUIETEST: usize = 20;
/// All of a breath lies within so many dB of its loudest hop, and this far over the room.
const HILL: f64 = 9.0;
const FOOT: f64 = 4.0;
/// A dip that parts two hills is so far under the lower one, in dB.
const DIP: f64 = 6.0;
/// So many hops long it is at least; more where it is so loud that it could be the breath of a p, t or k.
const SHORTEST: usize = 11;
const SHORTEST_LOUD: usize = 14;
const LOUD: f64 = 27.0;
/// The treble of an s or sh is at least so far over the middle, in dB. A breath of so many hops may have more treble, as one at the
/// microphone has, if it is even: its upper middle is less far over its lower middle than that of an sh.
const TREBLE: f64 = -3.0;
const LONG: usize = 14;
const TREBLE_LONG: f64 = 2.0;
const EVEN: f64 = 3.0;
/// The bass of a voice is at least so far over the middle, in dB.
const BASS: f64 = -3.0;
/// Bass, middle and treble, and the lower and the upper middle, in Hz.
const BANDS: [(f64, f64); 5] =
    [(70.0, 250.0), (300.0, 4_500.0), (4_500.0, 12_000.0), (300.0, 1_500.0), (1_500.0, 3_000.0)];
/// Half of the hops of a breath are less like themselves one period later than this. A voice is more.
const PITCHED: f64 = 0.6;
/// The pitches of voices, in Hz, and the band and the window in which they are looked for.
const PITCHES: (f64, f64) = (75.0, 400.0);
const PITCH_BAND: (f64, f64) = (80.0, 1_500.0);
const PITCH_WINDOW: f64 = 0.040;
const PITCH_RATE: f64 = 6_000.0;
/// The gain falls and rises within so many hops around a breath, and within this many in it where a word is near.
const FADE: usize = 6;
const FADE_INSIDE: usize = 2;
const FLAT: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// A breath in hops, the end excluded, and its mean level in dBFS.
#[derive(Clone, Copy, Debug, PartialEq)]
struct BreathPlace {
    from: usize,
    to: usize,
    level: f64,
}

/// Lowers the breaths of a clip whose speech has this level in dBFS by `by`, but none below the room; returns the largest
/// attenuation.
pub fn lower_breaths(samples: &mut [f32], rate: SampleRate, speech: f64, by: Db) -> Db {
    let (hop, levels) = hop_levels(samples, rate);
    let room = room(&levels);
    let breaths = Clip::of(samples, rate, hop, &levels, speech, room).breaths();
    let mut deepest = 0.0f64;
    for breath in breaths {
        let down = by.0.min(breath.level - room);
        deepest = deepest.max(down);
        let curve = curve(&levels, breath);
        let first = curve.0 * hop;
        for (n, sample) in samples.iter_mut().skip(first).take((curve.1.len() - 1) * hop).enumerate() {
            let (at, share) = (n / hop, (n % hop) as f64 / hop as f64);
            let depth = curve.1[at] * (1.0 - share) + curve.1[at + 1] * share;
            *sample = (f64::from(*sample) * 10f64.powf(-down * depth / 20.0)) as f32;
        }
    }
    Db(deepest)
}

/// The level of the room in dBFS.
fn room(levels: &[f64]) -> f64 {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / QUIETEST).copied().unwrap_or(f64::NEG_INFINITY)
}

/// The share of the attenuation at the beginning of each hop, from the given hop on: raised cosines that reach no farther
/// than the dips at both sides, behind which a word may begin.
fn curve(levels: &[f64], breath: BreathPlace) -> (usize, Vec<f64>) {
    let first = breath.from.saturating_sub(FADE);
    let last = (breath.to + FADE).min(levels.len());
    let least = |range: std::ops::Range<usize>| range.min_by(|a, b| levels[*a].total_cmp(&levels[*b]));
    let from = least(first..breath.from).unwrap_or(breath.from);
    let to = least(breath.to..last).map_or(breath.to, |hop| hop + 1);
    let inside = FADE_INSIDE.min((breath.to - breath.from) / 2);
    let (full, falls) = (breath.from + inside, breath.to - inside);
    let cosine = |share: f64| 0.5 - 0.5 * (std::f64::consts::PI * share).cos();
    let shares = (from..=to).map(|hop| {
        if hop < full {
            cosine((hop - from) as f64 / (full - from) as f64)
        } else if hop > falls {
            cosine((to - hop) as f64 / (to - falls) as f64)
        } else {
            1.0
        }
    });
    (from, shares.collect())
}

/// A clip as it is searched.
struct Clip<'a> {
    levels: &'a [f64],
    hop: usize,
    speech: f64,
    room: f64,
    /// The power of each hop in [`BANDS`].
    bands: [Vec<f64>; BANDS.len()],
    pitch: Pitch,
}

impl<'a> Clip<'a> {
    fn of(samples: &[f32], rate: SampleRate, hop: usize, levels: &'a [f64], speech: f64, room: f64) -> Self {
        let bands = BANDS.map(|(low, high)| powers(&in_band(samples, rate, low, high), hop));
        Self { levels, hop, speech, room, bands, pitch: Pitch::of(samples, rate) }
    }

    fn breaths(&self) -> Vec<BreathPlace> {
        let is_soft = |hop: usize| self.levels[hop] < self.speech - UNDER.0;
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.levels.len() {
            let length = (at..self.levels.len()).take_while(|hop| is_soft(*hop)).count();
            if length >= SHORTEST {
                found.extend(self.breaths_within(at, at + length));
            }
            at += length.max(1);
        }
        found
    }

    /// The breaths of a soft stretch: each of its hills, the highest first.
    fn breaths_within(&self, from: usize, to: usize) -> Vec<BreathPlace> {
        let audible = (self.room + OVER).max(self.speech - UNDER.1);
        let mut peaks: Vec<usize> = (from..to).filter(|hop| self.levels[*hop] >= audible).collect();
        peaks.sort_by(|a, b| self.levels[*b].total_cmp(&self.levels[*a]).then(a.cmp(b)));
        let (mut taken, mut found) = (vec![false; to - from], Vec::new());
        for peak in peaks {
            if taken[peak - from] {
                continue;
            }
            let foot = (self.levels[peak] - HILL).max(self.room + FOOT);
            let is_hill = |hop: usize| self.levels[hop] > foot && !taken[hop - from];
            let first = (from..peak).rev().take_while(|hop| is_hill(*hop)).last().unwrap_or(peak);
            let end = (peak..to).take_while(|hop| is_hill(*hop)).last().unwrap_or(peak) + 1;
            // A dip, and neither a word nor the slope of a higher hill.
            let before = first == 0 || (first > from && !taken[first - 1 - from]);
            let after = end == self.levels.len() || (end < to && !taken[end - from]);
            taken[first - from..end - from].fill(true);
            let start = if before { Some(first) } else { self.dip(first..peak, peak).map(|hop| hop + 1) };
            let end = if after { Some(end) } else { self.dip(peak + 1..end, peak) };
            found.extend(start.zip(end).and_then(|(start, end)| self.breath(start, end)));
        }
        found
    }

    /// The lowest of some hops beside a peak, if it is low enough to part it from what is behind.
    fn dip(&self, hops: std::ops::Range<usize>, peak: usize) -> Option<usize> {
        let lowest = hops.min_by(|a, b| self.levels[*a].total_cmp(&self.levels[*b]))?;
        (self.levels[peak] - self.levels[lowest] >= DIP).then_some(lowest)
    }

    /// A hill as a breath, if it is one.
    fn breath(&self, from: usize, to: usize) -> Option<BreathPlace> {
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / (to - from) as f64;
        let level = 10.0 * mean(&mut self.levels[from..to].iter().map(|db| 10f64.powf(db / 10.0))).log10();
        let [bass, middle, treble, lower, upper] = self
            .bands
            .each_ref()
            .map(|band| 10.0 * mean(&mut band[from..to.min(band.len())].iter().copied()).max(1e-14).log10());
        let shortest = if level > self.speech - LOUD { SHORTEST_LOUD } else { SHORTEST };
        let is_even = to - from >= LONG && upper - lower < EVEN;
        let most_treble = if is_even { TREBLE_LONG } else { TREBLE };
        let is_breath = to - from >= shortest
            && level > self.room + OVER
            && treble - middle < most_treble
            && bass - middle < BASS
            && !self.is_pitched(from, to);
        is_breath.then_some(BreathPlace { from, to, level })
    }

    fn is_pitched(&self, from: usize, to: usize) -> bool {
        let mut likeness: Vec<f64> =
            (from..to).map(|hop| self.pitch.likeness(hop * self.hop + self.hop / 2)).collect();
        likeness.sort_by(f64::total_cmp);
        likeness.get(likeness.len() / 2).is_some_and(|middle| *middle >= PITCHED)
    }
}

/// The part of a sound that has the pitch of a voice, at a low rate.
struct Pitch {
    slow: Vec<f64>,
    step: usize,
    lags: (usize, usize),
    window: Vec<f64>,
}

impl Pitch {
    fn of(samples: &[f32], rate: SampleRate) -> Self {
        let step = ((rate.as_f64() / PITCH_RATE) as usize).max(1);
        let slow = in_band(samples, rate, PITCH_BAND.0, PITCH_BAND.1);
        let slow = slow.into_iter().step_by(step).map(f64::from).collect();
        let rate = rate.as_f64() / step as f64;
        let length = (PITCH_WINDOW * rate) as usize;
        let turn = std::f64::consts::TAU / length.max(1) as f64;
        Self {
            slow,
            step,
            lags: ((rate / PITCHES.1) as usize, (rate / PITCHES.0) as usize),
            window: (0..length).map(|n| 0.5 - 0.5 * (turn * (n as f64 + 0.5)).cos()).collect(),
        }
    }

    /// How like the sound around a frame is to itself one period later: the highest autocorrelation over all periods,
    /// divided by that of the window (P. Boersma, 1993).
    fn likeness(&self, frame: usize) -> f64 {
        let length = self.window.len();
        let Some(from) = (frame / self.step).checked_sub(length / 2) else { return 0.0 };
        let Some(part) = self.slow.get(from..from + length) else { return 0.0 };
        let mean = part.iter().sum::<f64>() / length as f64;
        let part: Vec<f64> =
            part.iter().zip(&self.window).map(|(sample, weight)| (sample - mean) * weight).collect();
        let alike = |samples: &[f64], lag: usize| {
            samples.iter().zip(&samples[lag.min(length)..]).map(|(one, other)| one * other).sum::<f64>()
        };
        let (own, weights) = (alike(&part, 0), alike(&self.window, 0));
        if own <= 0.0 {
            return 0.0;
        }
        let likeness = |lag: usize| alike(&part, lag) / own / (alike(&self.window, lag) / weights + 1e-9);
        (self.lags.0..=self.lags.1.min(length)).map(likeness).fold(0.0, f64::max)
    }
}

/// A band with slopes of 24 dB an octave.
fn in_band(samples: &[f32], rate: SampleRate, low: f64, high: f64) -> Vec<f32> {
    let mut band = samples.to_vec();
    for _ in 0..2 {
        Biquad::new(Coefficients::high_pass(rate, low.min(0.4 * rate.as_f64()), FLAT)).process(&mut band);
        if high < 0.45 * rate.as_f64() {
            Biquad::new(Coefficients::low_pass(rate, high, FLAT)).process(&mut band);
        }
    }
    band
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::voice::signals::{db, noise, sine};

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// A word, a breath of 500 ms so far under it in a pause of a second, a word, over a room at −70 dBFS.
    fn phrase(under: f64) -> Vec<f32> {
        phrase_with(under, (400.0, 4_000.0), 24_000)
    }

    /// The same with a breath of this band and length.
    fn phrase_with(under: f64, (low, high): (f64, f64), length: usize) -> Vec<f32> {
        let mut samples = noise(1, 5e-4, 144_000);
        for word in [0, 96_000] {
            for harmonic in 1..20 {
                let partial = sine(140.0 * f64::from(harmonic), 0.2 / f64::from(harmonic), 48_000);
                samples[word..].iter_mut().zip(partial).for_each(|(sample, partial)| *sample += partial);
            }
        }
        let breath = in_band(&noise(2, 1.0, length), RATE, low, high);
        let gain = 10f64.powf((db(&samples[..48_000]) - under - db(&breath)) / 20.0);
        for (n, (sample, breath)) in samples[57_600..].iter_mut().zip(breath).enumerate() {
            let edge = (n.min(length - 1 - n) as f64 / 4_800.0).min(1.0);
            *sample += (gain * edge * f64::from(breath)) as f32;
        }
        samples
    }

    fn lowered(before: &[f32], by: f64) -> (Vec<f32>, Db) {
        let mut after = before.to_vec();
        let speech = db(&before[..48_000]);
        let done = lower_breaths(&mut after, RATE, speech, Db(by));
        (after, done)
    }

    #[test]
    fn a_breath_is_lowered_by_what_is_asked_and_nothing_else_moves() {
        for under in [20.0, 26.0, 32.0] {
            let before = phrase(under);
            for by in [4.0, 8.0, 12.0] {
                let (after, done) = lowered(&before, by);
                assert_eq!(done, Db(by), "{under}");
                let breath = db(&after[60_000..79_000]) - db(&before[60_000..79_000]);
                assert!((breath + by).abs() < 0.3, "{under} {by}: {breath}");
                assert!(after[..54_000] == before[..54_000] && after[85_200..] == before[85_200..]);
                let gains = after.iter().zip(&before).filter(|(_, before)| before.abs() > 1e-5);
                let gains: Vec<f64> = gains.map(|(after, before)| f64::from(after / before)).collect();
                let step = gains.windows(2).map(|pair| (pair[1] / pair[0]).log10().abs() * 20.0);
                assert!(step.fold(0.0, f64::max) < 0.1, "the gain jumps");
            }
        }
    }

    #[test]
    fn a_breath_with_treble_is_found_and_an_sh_and_an_s_stay() {
        for length in [14_400, 24_000] {
            for high in [4_000.0, 8_000.0, 10_000.0] {
                let (_, done) = lowered(&phrase_with(26.0, (300.0, high), length), 8.0);
                assert_eq!(done, Db(8.0), "{high} {length}");
            }
            for band in [(2_000.0, 6_000.0), (1_500.0, 7_000.0), (4_000.0, 9_000.0)] {
                let before = phrase_with(20.0, band, length);
                let (after, done) = lowered(&before, 8.0);
                assert!(done == Db(0.0) && after == before, "{band:?} {length}");
            }
        }
    }

    #[test]
    fn the_room_the_ends_of_words_a_hum_and_an_s_keep_every_bit() {
        let silent = phrase(100.0);
        let with = |add: &dyn Fn(usize) -> f32| {
            let samples = silent.iter().enumerate();
            samples.map(|(n, sample)| sample + add(n)).collect::<Vec<f32>>()
        };
        let hiss = in_band(&noise(3, 0.1, 144_000), RATE, 6_000.0, 9_000.0);
        let soft = in_band(&noise(4, 0.05, 144_000), RATE, 400.0, 4_000.0);
        let inside = |n: usize| (62_000..72_000).contains(&n);
        // A word that ends in a breath, which dies away.
        let ends = |n: usize| if n < 48_000 { 0.0 } else { (-(n as f32 - 48_000.0) / 4_800.0).exp() };
        for same in [
            silent.clone(),
            with(&|n| if inside(n) { 0.01 * (n as f32 * 0.02).sin() } else { 0.0 }),
            with(&|n| if inside(n) { hiss[n] } else { 0.0 }),
            with(&|n| soft[n] * ends(n)),
            sine(200.0, 0.3, 48_000),
            vec![0.0; 100],
            Vec::new(),
        ] {
            let mut after = same.clone();
            let speech = if same.len() > 48_000 { db(&same[..48_000]) } else { -13.0 };
            assert_eq!(lower_breaths(&mut after, RATE, speech, Db(8.0)), Db(0.0));
            assert!(after == same);
        }
    }

    #[test]
    fn a_breath_is_never_lowered_below_its_room() {
        let mut before = phrase(28.0);
        let room = noise(5, 1.0, 144_000);
        let gain = 10f64.powf((db(&before[..48_000]) - 38.0 - db(&room)) / 20.0) as f32;
        before.iter_mut().zip(&room).for_each(|(sample, room)| *sample += gain * room);
        let (after, done) = lowered(&before, 12.0);
        assert!((8.0..11.9).contains(&done.0), "{done}");
        assert!(db(&after[62_000..78_000]) > db(&before[88_000..94_000]) - 1.5);
    }

    /// A real voice with a pause of a second and a half in its longest gap, which has a breath of this band and length, so far
    /// under its speech, in its middle; its speech, and where the breath is.
    fn voice_with_a_breath(
        clip: &[f32],
        rate: SampleRate,
        (low, high): (f64, f64),
        (seconds, under): (f64, f64),
    ) -> (Vec<f32>, f64, std::ops::Range<usize>) {
        let (speech, level) = crate::dsp::speech::listen(clip, rate).unwrap();
        let gaps = speech.islands.windows(2).map(|pair| (pair[0].1, pair[1].0));
        let (from, to) = gaps.max_by_key(|(from, to)| to - from).unwrap_or((clip.len() / 2, clip.len() / 2));
        let (_, levels) = hop_levels(clip, rate);
        let count = |seconds: f64| (seconds * rate.as_f64()) as usize;
        let mut pause = noise(9, 1.0, count(1.5));
        let gain = 10f64.powf((room(&levels).max(-80.0) - db(&pause)) / 20.0) as f32;
        pause.iter_mut().for_each(|sample| *sample *= gain);
        let breath = in_band(&noise(2, 1.0, count(seconds)), rate, low, high);
        let gain = 10f64.powf((level - under - db(&breath)) / 20.0);
        let first = pause.len() / 2 - breath.len() / 2;
        let edge = |n: usize| (n.min(breath.len() - 1 - n) as f64 / (0.1 * rate.as_f64())).min(1.0);
        for (n, sample) in breath.iter().enumerate() {
            pause[first + n] += (gain * edge(n) * f64::from(*sample)) as f32;
        }
        let middle = usize::midpoint(from, to);
        let place = middle + first..middle + first + breath.len();
        ([&clip[..middle], &pause, &clip[middle..]].concat(), level, place)
    }

    /// What docs/voice.md says of breaths in the pauses of real voices.
    #[test]
    #[ignore = "takes a minute: 360 breaths in 15 real voices"]
    #[allow(clippy::print_stderr)]
    fn breaths_in_real_voices_are_found() {
        let voices = ["kerstin", "ljspeech", "css10"].map(|set| {
            let mut files = crate::recordings::recordings(&format!("speech/{set}"), &["flac"]);
            files.truncate(5);
            files
        });
        for (high, least) in [(6_000.0, 90), (8_000.0, 90), (10_000.0, 20)] {
            let (mut found, mut all) = (0, 0);
            for path in voices.iter().flatten() {
                let bytes = std::fs::read(path).unwrap();
                let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
                let (clip, rate) = (decoded.buffer.plane(0), decoded.buffer.rate());
                for shape in [0.3, 0.7]
                    .into_iter()
                    .flat_map(|length| [18.0, 24.0, 30.0, 36.0].map(|under| (length, under)))
                {
                    let (before, speech, place) = voice_with_a_breath(clip, rate, (300.0, high), shape);
                    let mut after = before.clone();
                    lower_breaths(&mut after, rate, speech, Db(8.0));
                    all += 1;
                    found += usize::from(db(&after[place.clone()]) < db(&before[place]) - 1.0);
                }
            }
            eprintln!("breaths up to {high} Hz: {found} of {all} lowered");
            assert!(found >= least, "{high}: {found} of {all}");
        }
    }
}
