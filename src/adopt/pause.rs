//! What is in the pauses of a recording: bells, words that nobody wrote down, and the bed alone.

use super::heard::ANALYSED;
use super::spectrum::{BINS, HOP, Spectra, WINDOW, bin};
use super::strike::{HeardStrike, rings_until, stands_out, strikes};

/// A pause of a recording. Times in seconds from the start of the recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeardPause {
    pub from: f64,
    pub to: f64,
    /// Bells, with times from the start of the recording.
    pub strikes: Vec<HeardStrike>,
    /// Until here a bell rings on that was struck before it.
    pub rung: f64,
    /// Speech that is not in the transcript.
    pub speech: Vec<(f64, f64)>,
    /// Where only the bed sounds.
    pub bed: Vec<BedStretch>,
}

/// A stretch in which only the bed sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BedStretch {
    pub from: f64,
    pub to: f64,
    /// Its level in dBFS.
    pub level: f64,
}

/// What the pauses of a recording have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct PausesHeard {
    pub pauses: Vec<HeardPause>,
    /// The level of the bed in dBFS; `None` if there are no pauses.
    pub bed: Option<f64>,
    /// The level of the speech in dBFS.
    pub speech: f64,
    /// Whether music with a melody sounds in them.
    pub music: bool,
}

/// Right after a phrase the room still rings, and right before one the voice breathes in, in seconds.
const RINGS: f64 = 0.35;
const BREATH: f64 = 0.6;
/// What is shorter is not used as bed, in seconds.
const SHORTEST: f64 = 1.0;
/// So many spectra of all pauses give the usual level of each bin.
const USUAL: usize = 3_000;
/// The share of spectra below the usual level.
const QUIETER: f64 = 0.35;
/// More strikes than this in a minute of pauses are a melody, if there are more than so many.
const A_MINUTE: f64 = 9.0;
const FEW: usize = 5;
/// A melody is looked for between these frequencies, in every so many windows, at most so many and no fewer than that.
const MELODY: (f64, f64) = (100.0, 1_500.0);
const MELODY_STEP: usize = 4;
const MOST_HEARD: usize = 600;
const LEAST_HEARD: usize = 20;
/// A tone stands out of its neighbours by so much, in dB; in music there is one in this share of the windows.
const TONE: f32 = 12.0;
const TONAL: f64 = 0.5;
/// A tone of a drone is in this share of the windows; if the loudest tones are of that kind less often than so, they are a melody.
const STEADY_TONE: f64 = 0.4;
const STEADY_SHARE: f64 = 0.85;
/// The length in which the level of a bed is taken, in seconds.
const HALF: f64 = 0.5;
/// A bed is steady while its level stays so near to one, in dB; what is not steady is left out, if no more than this share of all is.
const STEADY_LEVEL: f64 = 1.5;
const STEADY_PART: f64 = 0.5;
/// At the ends of a recording the bed fades: what is so far under its level is a fade, in dB.
const FADES: f64 = 3.0;
/// The frames in which a voice is looked for, in samples.
const FRAME: usize = 640;
const STEP: usize = 320;
/// A voice is less than this under the level of the speech, and more than this above the bed, in dB.
const UNDER_SPEECH: f64 = 16.0;
const ABOVE_BED: f64 = 7.0;
/// How alike the periods of a voice are, and how long it speaks at least, in seconds.
const VOICED: f64 = 0.62;
const SPEAKS: f64 = 0.3;
const HOLE: f64 = 0.6;

/// Listens to the pauses between phrases at these times, before the first and after the last.
pub fn hear_pauses(mono: &[f32], phrases: &[(f64, f64)]) -> PausesHeard {
    let whole = mono.len() as f64 / f64::from(ANALYSED);
    let starts = std::iter::once(0.0).chain(phrases.iter().map(|phrase| phrase.1));
    let ends = phrases.iter().map(|phrase| phrase.0).chain([whole]);
    let mut pauses: Vec<HeardPause> = starts
        .zip(ends)
        .map(|(from, to)| HeardPause { from, to: to.max(from), ..HeardPause::default() })
        .collect();
    let speech = level_of_speech(mono, phrases);
    let spectra = Spectra::new();
    let floor = usual_spectrum(mono, &pauses, &spectra);
    let mut all = 0.0;
    let mut ringing: Vec<usize> = Vec::new();
    for pause in &mut pauses {
        all += pause.to - pause.from;
        let heard = spectra.of(part(mono, pause.from, pause.to));
        let found = strikes(&heard, &floor, pause.to - pause.from);
        let until = rings_until(&heard, &floor, &ringing);
        pause.rung = pause.from + until;
        if pause.rung < pause.to - 0.2 {
            ringing.clear();
        }
        if let Some(last) = found.last().filter(|last| last.rings_on) {
            ringing.clone_from(&last.bins);
        }
        let moved = |strike: HeardStrike| HeardStrike {
            at: strike.at + pause.from,
            end: strike.end + pause.from,
            ..strike
        };
        pause.strikes = found.into_iter().map(moved).collect();
    }
    let melody = has_melody(mono, &pauses, &spectra);
    let struck: usize = pauses.iter().map(|pause| pause.strikes.len()).sum();
    let music = melody || (struck > FEW && struck as f64 > A_MINUTE * all / 60.0);
    let bed = usual_level(mono, &pauses);
    for pause in &mut pauses {
        pause.speech = speech_in(mono, pause, speech, bed.unwrap_or(-90.0));
    }
    if let Some(level) = bed {
        let last = pauses.len() - 1;
        for (number, pause) in pauses.iter_mut().enumerate() {
            pause.bed = bed_in(mono, pause, level, number == 0, number == last);
        }
        let steady: Vec<Vec<BedStretch>> = pauses
            .iter()
            .map(|pause| pause.bed.iter().filter_map(|stretch| steady(mono, *stretch)).collect())
            .collect();
        let length =
            |beds: &mut dyn Iterator<Item = &BedStretch>| beds.map(|one| one.to - one.from).sum::<f64>();
        let all = length(&mut pauses.iter().flat_map(|pause| &pause.bed));
        // Waves rise and fall all the time: of such a bed everything is used.
        if length(&mut steady.iter().flatten()) >= STEADY_PART * all {
            for (pause, steady) in pauses.iter_mut().zip(steady) {
                pause.bed = steady;
            }
        }
    }
    PausesHeard { pauses, bed, speech, music }
}

/// A stretch of the recording.
pub fn part(mono: &[f32], from: f64, to: f64) -> &[f32] {
    let at = |seconds: f64| ((seconds * f64::from(ANALYSED)).max(0.0) as usize).min(mono.len());
    let (from, to) = (at(from), at(to));
    &mono[from..to.max(from)]
}

/// The level of some samples in dBFS.
pub fn level(samples: &[f32]) -> f64 {
    let power = samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    10.0 * power.max(1e-12).log10()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn level_of_speech(mono: &[f32], phrases: &[(f64, f64)]) -> f64 {
    let loud = |phrase: &(f64, f64)| {
        let mut levels: Vec<f64> = part(mono, phrase.0, phrase.1).chunks(STEP).map(level).collect();
        levels.sort_by(f64::total_cmp);
        levels.get(levels.len() * 3 / 4).copied()
    };
    median(phrases.iter().filter_map(loud).collect()).unwrap_or(-20.0)
}

/// The usual level of each bin in the pauses.
fn usual_spectrum(mono: &[f32], pauses: &[HeardPause], spectra: &Spectra) -> Vec<f32> {
    let all: f64 = pauses.iter().map(|pause| pause.to - pause.from).sum();
    let hop = HOP as f64 / f64::from(ANALYSED);
    let every = ((all / hop / USUAL as f64) as usize).max(1);
    let mut found: Vec<Vec<f32>> = Vec::new();
    for pause in pauses {
        let samples = part(mono, pause.from, pause.to);
        for first in (0..samples.len().saturating_sub(WINDOW)).step_by(every * HOP) {
            found.extend(spectra.of(&samples[first..first + WINDOW]));
        }
    }
    let usual = |bin: usize| {
        let mut levels: Vec<f32> = found.iter().map(|spectrum| spectrum[bin]).collect();
        levels.sort_by(f32::total_cmp);
        levels.get((levels.len() as f64 * QUIETER) as usize).copied().unwrap_or(-100.0)
    };
    (0..BINS).map(usual).collect()
}

/// Whether tones sound in the pauses most of the time, and not always the same ones as in a drone.
fn has_melody(mono: &[f32], pauses: &[HeardPause], spectra: &Spectra) -> bool {
    let mut heard: Vec<Vec<f32>> = Vec::new();
    for pause in pauses {
        for (from, to) in clear(pause, (RINGS, BREATH)) {
            let samples = part(mono, from, to);
            let firsts = (0..samples.len().saturating_sub(WINDOW)).step_by(MELODY_STEP * HOP);
            heard.extend(firsts.flat_map(|first| spectra.of(&samples[first..first + WINDOW])));
        }
    }
    let every = (heard.len() / MOST_HEARD).max(1);
    let heard: Vec<Vec<f32>> = heard.into_iter().step_by(every).collect();
    let tones = |spectrum: &Vec<f32>| -> Vec<usize> {
        let is_tone = |bin: &usize| {
            let level = spectrum[*bin];
            spectrum[bin - 2..=bin + 2].iter().all(|other| *other <= level)
                && stands_out(spectrum, *bin) >= TONE
        };
        (bin(MELODY.0)..bin(MELODY.1)).filter(is_tone).collect()
    };
    let (mut often, mut loudest) = (vec![0usize; BINS], Vec::new());
    for spectrum in &heard {
        let found = tones(spectrum);
        for bin in &found {
            often[bin - 1..=bin + 1].iter_mut().for_each(|count| *count += 1);
        }
        loudest.extend(found.into_iter().max_by(|a, b| spectrum[*a].total_cmp(&spectrum[*b])));
    }
    let steady = loudest.iter().filter(|bin| often[**bin] as f64 > STEADY_TONE * heard.len() as f64).count();
    let is_tonal = heard.len() >= LEAST_HEARD && loudest.len() as f64 > TONAL * heard.len() as f64;
    is_tonal && (steady as f64) < STEADY_SHARE * loudest.len() as f64
}

/// The level of the bed: the middle of those of all tenths of seconds in which nothing else sounds.
fn usual_level(mono: &[f32], pauses: &[HeardPause]) -> Option<f64> {
    let tenth = ANALYSED as usize / 10;
    let levels = pauses.iter().flat_map(|pause| {
        let clear = clear(pause, (RINGS, BREATH));
        clear
            .into_iter()
            .flat_map(|(from, to)| part(mono, from, to).chunks_exact(tenth).map(level))
            .collect::<Vec<_>>()
    });
    median(levels.collect())
}

/// The stretches of a pause without bells and speech.
fn clear(pause: &HeardPause, (rings, breath): (f64, f64)) -> Vec<(f64, f64)> {
    let mut taken: Vec<(f64, f64)> =
        pause.strikes.iter().map(|strike| (strike.at - 0.15, strike.end + 0.3)).collect();
    taken.extend(pause.speech.iter().map(|(from, to)| (from - breath, to + rings)));
    taken.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut found, mut from) = (Vec::new(), pause.rung.max(pause.from + rings));
    for (start, end) in taken {
        found.push((from, start));
        from = from.max(end);
    }
    found.push((from, pause.to - breath));
    found.retain(|(from, to)| from < to);
    found
}

/// Speech in a pause.
fn speech_in(mono: &[f32], pause: &HeardPause, speech: f64, bed: f64) -> Vec<(f64, f64)> {
    let least = (speech - UNDER_SPEECH).max(bed + ABOVE_BED);
    let hop = STEP as f64 / f64::from(ANALYSED);
    let mut found: Vec<(f64, f64, f64)> = Vec::new();
    for (from, to) in clear(pause, (0.15, 0.1)) {
        let samples = part(mono, from, to);
        for first in (0..samples.len().saturating_sub(FRAME + 200)).step_by(STEP) {
            let frame = &samples[first..first + FRAME];
            if level(frame) < least || !is_voiced(&samples[first..first + FRAME + 200]) {
                continue;
            }
            let at = from + first as f64 / f64::from(ANALYSED);
            match found.last_mut().filter(|last| at - last.1 < HOLE) {
                Some(last) => (last.1, last.2) = (at + hop, last.2 + hop),
                None => found.push((at, at + hop, hop)),
            }
        }
    }
    found.retain(|(_, _, voiced)| *voiced >= SPEAKS);
    found.into_iter().map(|(from, to, _)| (from, to)).collect()
}

/// Whether a frame repeats as a voice does, 80 to 400 times a second. It has 200 samples more than are compared.
fn is_voiced(samples: &[f32]) -> bool {
    let own = &samples[..FRAME];
    let power = |samples: &[f32]| samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let first = power(own);
    (40..200).step_by(2).any(|lag| {
        let later = &samples[lag..lag + FRAME];
        let both: f64 = own.iter().zip(later).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        both > VOICED * (first * power(later)).sqrt().max(1e-12)
    })
}

/// Where only the bed sounds in a pause. At the ends of a recording its fades are left out.
fn bed_in(mono: &[f32], pause: &HeardPause, usual: f64, is_first: bool, is_last: bool) -> Vec<BedStretch> {
    let (mut from, mut to) = (pause.from, pause.to);
    let halves = ((to - from) / HALF) as usize;
    let quiet = |half: usize| {
        let start = pause.from + half as f64 * HALF;
        level(part(mono, start, start + HALF)) < usual - FADES
    };
    if is_first {
        let faded = (0..halves).take_while(|half| quiet(*half)).count();
        from += faded as f64 * HALF;
    }
    if is_last {
        let faded = (0..halves).rev().take_while(|half| quiet(*half)).count();
        // A slow fade begins long before it is that deep.
        let more = if faded > 0 { 3.0 } else { 0.0 };
        to -= faded as f64 * HALF + more;
    }
    // The recording itself begins and ends without a phrase.
    let (rings, breath) = (if is_first { 0.0 } else { RINGS }, if is_last { 0.0 } else { BREATH });
    let inner = HeardPause { from, to, ..pause.clone() };
    let stretches = clear(&inner, (rings, breath)).into_iter().filter(|(from, to)| to - from >= SHORTEST);
    stretches.map(|(from, to)| BedStretch { from, to, level: level(part(mono, from, to)) }).collect()
}

/// The longest part of a stretch in which the bed has one level. A bed that was turned down for the voice comes up again in the
/// middle of a pause, or only in its end, and in some pauses never.
fn steady(mono: &[f32], stretch: BedStretch) -> Option<BedStretch> {
    let halves = ((stretch.to - stretch.from) / HALF) as usize;
    let own: Vec<f64> = (0..halves)
        .map(|half| stretch.from + half as f64 * HALF)
        .map(|from| level(part(mono, from, from + HALF)))
        .collect();
    // A bird in one of them is no change of the level.
    let around = |half: usize| {
        let is_inside = half > 0 && half + 1 < halves;
        if is_inside { median(own[half - 1..half + 2].to_vec()) } else { own.get(half).copied() }
    };
    let levels: Vec<f64> = (0..halves).filter_map(around).collect();
    let near = |middle: f64| move |level: &f64| (level - middle).abs() <= STEADY_LEVEL;
    let run_of = |middle: f64| {
        let is_near = near(middle);
        let (mut best, mut first) = (0..0, 0);
        for half in 0..=halves {
            if !levels.get(half).is_some_and(is_near) {
                best = if half - first > best.len() { first..half } else { best };
                first = half + 1;
            }
        }
        best
    };
    let run = levels.iter().map(|middle| run_of(*middle)).max_by_key(std::iter::ExactSizeIterator::len)?;
    // The ends of the run may still belong to a change.
    let is_near = near(median(levels[run.clone()].to_vec())?);
    let first = run.start + levels[run.clone()].iter().position(is_near)?;
    let end = run.start + levels[run].iter().rposition(is_near)? + 1;
    let from = stretch.from + first as f64 * HALF;
    let to = if end == halves { stretch.to } else { stretch.from + end as f64 * HALF };
    (to - from >= SHORTEST).then(|| BedStretch { from, to, level: level(part(mono, from, to)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::noise::HashNoise;

    /// Twenty seconds of soft noise, and tones: each from a time to a time, at a frequency.
    fn sound(tones: &[(f64, f64, f64)]) -> Vec<f32> {
        let mut mono = vec![0.0; 20 * ANALYSED as usize];
        HashNoise::new(4).fill(0, &mut mono);
        for (n, sample) in mono.iter_mut().enumerate() {
            let time = n as f64 / f64::from(ANALYSED);
            let own = tones.iter().filter(|(from, to, _)| (*from..*to).contains(&time));
            let sum: f64 = own.map(|(_, _, hz)| (std::f64::consts::TAU * hz * time).sin()).sum();
            *sample = *sample * 0.003 + 0.03 * sum as f32;
        }
        mono
    }

    #[test]
    fn a_melody_is_told_from_a_drone_and_from_noise() {
        let notes: Vec<(f64, f64, f64)> =
            [262.0, 330.0, 392.0, 294.0, 440.0, 349.0, 262.0, 523.0, 392.0, 330.0]
                .iter()
                .enumerate()
                .map(|(at, hz)| (2.0 * at as f64, 2.0 * at as f64 + 2.0, *hz))
                .collect();
        assert!(hear_pauses(&sound(&notes), &[]).music);
        assert!(!hear_pauses(&sound(&[(0.0, 20.0, 110.0), (0.0, 20.0, 165.0)]), &[]).music);
        let noise = hear_pauses(&sound(&[]), &[]);
        assert!(!noise.music && noise.pauses.len() == 1);
        let bed: f64 = noise.pauses[0].bed.iter().map(|one| one.to - one.from).sum();
        assert!(bed > 18.0, "{noise:?}");
    }

    #[test]
    fn a_bed_that_was_turned_down_is_used_where_it_is_steady() {
        let mut mono = sound(&[]);
        for (n, sample) in mono.iter_mut().enumerate() {
            // 10 dB up within two seconds, between the phrases at both ends.
            let time = n as f64 / f64::from(ANALYSED);
            let up = ((time.min(20.0 - time) - 3.0) / 2.0).clamp(0.0, 1.0);
            *sample *= 10f64.powf(up / 2.0) as f32;
        }
        let heard = hear_pauses(&mono, &[(0.0, 2.0), (18.0, 20.0)]);
        let [stretch] = heard.pauses[1].bed[..] else { panic!("{heard:?}") };
        assert!(stretch.from > 4.0 && stretch.to < 16.0 && stretch.to - stretch.from > 9.0, "{stretch:?}");
        // Waves of a bed are no ducking.
        let flat = hear_pauses(&sound(&[]), &[(0.0, 2.0), (18.0, 20.0)]);
        assert!(flat.pauses[1].bed[0].to > 17.0, "{flat:?}");
    }

    #[test]
    fn a_bed_that_comes_up_in_one_pause_only_is_cut_where_its_level_changes() {
        let mut mono: Vec<f32> = (0..4).flat_map(|_| sound(&[])).collect();
        for (n, sample) in mono.iter_mut().enumerate() {
            // It stays turned down for eight seconds, and comes up by 6 dB in the last pause, until just before the next phrase.
            let time = n as f64 / f64::from(ANALYSED);
            let up = ((time - 68.0) / 2.0).clamp(0.0, 1.0) * (1.0 - (time - 77.6) / 0.3).clamp(0.0, 1.0);
            *sample *= 10f64.powf(6.0 * up / 20.0) as f32;
        }
        let starts = [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 58.0, 78.0];
        let phrases: Vec<(f64, f64)> = starts.iter().map(|start| (*start, start + 2.0)).collect();
        let heard = hear_pauses(&mono, &phrases);
        let beds: Vec<BedStretch> = heard.pauses.iter().flat_map(|pause| pause.bed.clone()).collect();
        assert!(beds.len() >= 7, "{beds:?}");
        for bed in beds {
            let halves = ((bed.to - bed.from) / HALF) as usize;
            for from in (0..halves).map(|half| bed.from + half as f64 * HALF) {
                let off = level(part(&mono, from, from + HALF)) - bed.level;
                assert!(off.abs() < 1.8, "{off} dB at {from} in {bed:?}");
            }
        }
        // Waves are no changes of level: all of them is bed.
        for (n, sample) in mono.iter_mut().enumerate() {
            let time = n as f64 / f64::from(ANALYSED);
            *sample *= 10f64.powf((std::f64::consts::TAU * time / 3.0).sin() * 6.0 / 20.0) as f32;
        }
        let heard = hear_pauses(&mono, &phrases);
        assert!(heard.pauses[1].bed[0].to - heard.pauses[1].bed[0].from > 6.0, "{:?}", heard.pauses[1]);
    }

    #[test]
    fn a_voice_that_nobody_wrote_down_is_heard() {
        let mut mono = sound(&[]);
        // A buzz with many harmonics, as a voice has, and a phrase as loud.
        for (from, to) in [(2.0, 4.0), (10.0, 12.0)] {
            let range = (from * f64::from(ANALYSED)) as usize..(to * f64::from(ANALYSED)) as usize;
            for (n, sample) in mono[range].iter_mut().enumerate() {
                *sample += if n % 120 < 6 { 0.3 } else { 0.0 };
            }
        }
        let heard = hear_pauses(&mono, &[(2.0, 4.0)]);
        assert_eq!(heard.pauses.len(), 2);
        assert!(heard.pauses[0].speech.is_empty(), "{heard:?}");
        let [(from, to)] = heard.pauses[1].speech[..] else { panic!("{heard:?}") };
        assert!((from - 10.0).abs() < 0.2 && (to - 12.0).abs() < 0.2, "{from} {to}");
    }
}
