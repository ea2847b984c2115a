//! Where phrases are that subtitles show: the speech in and around the time of each.

use super::heard::ANALYSED;
use super::plan::PhrasePlace;
use super::transcript::TranscribedPhrase;

/// The hop of levels, in samples, and in seconds.
const HOP: usize = 160;
const STEP: f64 = HOP as f64 / ANALYSED as f64;
/// Speech may begin so much before its cue and end so much after it, in seconds.
const EARLY: f64 = 0.5;
const LATE: f64 = 0.5;
/// The bed around a cue is heard in so many seconds on both sides: its level is below that of all but this share of hops.
const AROUND: f64 = 8.0;
const BED: f64 = 0.15;
/// Speech is this share of the way from the bed to the loud moments of the cue, and so many dB above the bed.
const SHARE: f64 = 0.3;
const ABOVE: std::ops::RangeInclusive<f64> = 4.0..=14.0;
/// A cue whose loud moments are less than this above the bed has no speech, in dB.
const SPEECH: f64 = 6.0;
/// Subtitles that are so much later or earlier as a whole, in seconds, are moved: those in which somebody speaks for so much of
/// their time then, and for so much less of it without.
const LATE_AT_LEAST: f64 = 0.4;
const MOST_LATE: f64 = 600.0;
const FITS: f64 = 0.65;
const BETTER: f64 = 0.12;
/// Hops of a tenth of a second, and how loud the loud ones of a recording are.
const TENTH: usize = 10;
const LOUD: f64 = 0.9;
/// Speech is interrupted for no longer than this at its edges, in seconds.
const CLOSURE: f64 = 0.09;

/// The places of phrases that are shown at known times. A phrase of which nothing is heard has the time of its cue, and a
/// confidence of 0.
pub fn places(mono: &[f32], phrases: &[TranscribedPhrase]) -> Vec<PhrasePlace> {
    let levels = levels(mono);
    let shown: Vec<(f64, f64)> = phrases.iter().map(|phrase| phrase.shown.unwrap_or_default()).collect();
    let mut found: Vec<PhrasePlace> = Vec::new();
    for (number, phrase) in phrases.iter().enumerate() {
        let (start, end) = shown[number];
        let before = found.last().map_or(0.0, |last| last.to);
        let after = shown.get(number + 1).map_or(f64::MAX, |next| next.0);
        let (from, to) = ((start - EARLY).max(before), (end + LATE).min(after.max(start + STEP)));
        let place = speech(&levels, (from, to), (start, end));
        let (from, to, confidence) = match place {
            Some((from, to)) => (from, to, 1.0),
            None => (start.max(before), end.max(start.max(before) + STEP), 0.0),
        };
        let flag = (confidence == 0.0).then(|| "nothing is heard at the time of its cue".to_owned());
        found.push(PhrasePlace { phrase: phrase.clone(), id: None, from, to, confidence, flag });
    }
    found
}

/// The levels in dB of hops of 10 ms, with the bass turned down.
fn levels(mono: &[f32]) -> Vec<f64> {
    let mut before = 0.0f32;
    mono.chunks(HOP)
        .map(|hop| {
            let mut power = 0.0f64;
            for sample in hop {
                power += f64::from(sample - 0.95 * before).powi(2);
                before = *sample;
            }
            10.0 * (power / hop.len() as f64).max(1e-12).log10()
        })
        .collect()
}

/// The speech of a cue within a window.
fn speech(levels: &[f64], (from, to): (f64, f64), (start, end): (f64, f64)) -> Option<(f64, f64)> {
    let at = |seconds: f64| ((seconds / STEP).round().max(0.0) as usize).min(levels.len());
    let ranked = |from: f64, to: f64, share: f64| {
        let mut own: Vec<f64> = levels[at(from)..at(to).max(at(from))].to_vec();
        own.sort_by(f64::total_cmp);
        own.get((share * own.len() as f64) as usize).copied()
    };
    let bed = ranked(start - AROUND, end + AROUND, BED)?;
    let loud = ranked(start, end.min(to), 0.8)?;
    if loud < bed + SPEECH {
        return None;
    }
    let least = bed + (SHARE * (loud - bed)).clamp(*ABOVE.start(), *ABOVE.end());
    let (first, last) = (at(from), at(to));
    let smooth = |hop: usize| {
        let around = &levels[hop.saturating_sub(1)..(hop + 2).min(levels.len())];
        around.iter().sum::<f64>() / around.len() as f64
    };
    let speaks: Vec<bool> = (first..last).map(|hop| smooth(hop) >= least).collect();
    // Single hops are clicks: three in a row are speech.
    let steady = |hop: &usize| speaks.get(*hop..*hop + 3).is_some_and(|three| three.iter().all(|one| *one));
    let mut begin = (0..speaks.len()).find(steady)?;
    // Something else sounds before the cue already, such as a bell that rings.
    let is_covered = begin == 0;
    if is_covered {
        begin = at(start).saturating_sub(first);
    }
    let mut over = (0..speaks.len()).rev().find(steady)? + 3;
    // The soft beginnings and ends of words.
    let soft = bed + 3.0;
    let closure = (CLOSURE / STEP) as usize;
    let is_soft = |hop: usize| levels.get(first + hop).is_some_and(|level| *level >= soft);
    for _ in 0..20 {
        match (begin.saturating_sub(closure / 2)..begin).find(|hop| is_soft(*hop)) {
            Some(earlier) if earlier > 0 && !is_covered => begin = earlier,
            Some(_) | None => break,
        }
    }
    for _ in 0..30 {
        match (over..(over + closure).min(speaks.len())).rev().find(|hop| is_soft(*hop)) {
            Some(later) => over = later + 1,
            None => break,
        }
    }
    Some(((first + begin) as f64 * STEP, (first + over) as f64 * STEP))
}

/// How much later the times of subtitles are than the recording, in seconds, if they would fit it far better earlier.
pub fn late_by(mono: &[f32], phrases: &[TranscribedPhrase]) -> Option<f64> {
    let tenths: Vec<f64> =
        levels(mono).chunks(TENTH).map(|ten| ten.iter().sum::<f64>() / ten.len() as f64).collect();
    let ranked = |share: f64| {
        let mut all = tenths.clone();
        all.sort_by(f64::total_cmp);
        all.get((share * all.len() as f64) as usize).copied()
    };
    let (bed, loud) = (ranked(BED)?, ranked(LOUD)?);
    if loud < bed + SPEECH {
        return None;
    }
    let least = f64::midpoint(bed, loud);
    let mut sums = vec![0.0f64];
    for level in &tenths {
        sums.push(sums.last().copied().unwrap_or_default() + f64::from(u8::from(*level >= least)));
    }
    let at = |seconds: f64| ((seconds * 10.0).round().max(0.0) as usize).min(sums.len() - 1);
    let shown: Vec<(f64, f64)> = phrases.iter().filter_map(|phrase| phrase.shown).collect();
    let all: f64 = shown.iter().map(|(from, to)| 10.0 * (to - from)).sum();
    // The share of the time of the cues in which somebody speaks.
    let fit = |late: f64| {
        let spoken: f64 = shown.iter().map(|(from, to)| sums[at(to - late)] - sums[at(from - late)]).sum();
        spoken / all.max(1.0)
    };
    let steps = -(MOST_LATE * 10.0) as i64..=(MOST_LATE * 10.0) as i64;
    let best = steps.map(|step| step as f64 / 10.0).max_by(|a, b| fit(*a).total_cmp(&fit(*b)))?;
    // Cues are longer than what is said: of shifts that fit as well, the one in the middle.
    let alike = |late: &f64| fit(*late) > fit(best) - 0.005;
    let run = |way: f64| {
        (1..20).map(|step| best + way * f64::from(step) / 10.0).take_while(alike).last().unwrap_or(best)
    };
    let late = f64::midpoint(run(-1.0), run(1.0));
    (late.abs() >= LATE_AT_LEAST && fit(late) >= FITS && fit(late) - fit(0.0) >= BETTER).then_some(late)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::noise::HashNoise;

    #[test]
    fn the_speech_of_a_cue_is_found_and_silence_is_told() {
        let mut mono = vec![0.0; 20 * ANALYSED as usize];
        HashNoise::new(1).fill(0, &mut mono);
        for (n, sample) in mono.iter_mut().enumerate() {
            let time = n as f64 / f64::from(ANALYSED);
            let speaks = (3.0..5.0).contains(&time) || (9.0..10.5).contains(&time);
            *sample *= if speaks { 0.1 } else { 0.003 };
        }
        let cue = |from, to| TranscribedPhrase { shown: Some((from, to)), ..TranscribedPhrase::default() };
        let found = places(&mono, &[cue(2.9, 6.5), cue(9.2, 12.0), cue(15.0, 16.0)]);
        let near = |place: &PhrasePlace, from: f64, to: f64| {
            assert!((place.from - from).abs() < 0.03 && (place.to - to).abs() < 0.03, "{place:?}");
        };
        near(&found[0], 3.0, 5.0);
        near(&found[1], 9.0, 10.5);
        assert!(found[2].confidence < 0.5 && found[2].flag.is_some());
        let late = |by: f64| late_by(&mono, &[cue(3.0 + by, 5.0 + by), cue(9.0 + by, 10.5 + by)]);
        assert_eq!(late(0.0), None);
        assert!(late(2.5).is_some_and(|late| (late - 2.5).abs() < 0.15), "{:?}", late(2.5));
        assert!(late(-180.0).is_some_and(|late| (late + 180.0).abs() < 0.15), "{:?}", late(-180.0));
    }
}
