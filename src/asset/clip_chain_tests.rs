//! Tests the voice chain on recordings of real speakers: what it removes, and that it removes nothing else. Without a
//! folder of recordings (`ADEM_TEST_AUDIO`) these tests skip.

use std::path::PathBuf;

use super::clip::{ClipError, Treatment, prepare};
use super::clip_chain::{Treated, treat};
use crate::audio::Buffer;
use crate::decode::decode_all;
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::dsp::loudness::{clip_blocks, gated};
use crate::dsp::resample::Resampler;
use crate::dsp::speech::find_speech;
use crate::dsp::voice::de_ess::usual_s;
use crate::dsp::voice::fitting::Fitting;
use crate::dsp::voice::rumble::remove_rumble;
use crate::recordings::recordings;
use crate::script::voice::{Chain, Stages, VoiceKind};
use crate::unit::{Db, SampleRate};

/// Hops of 10 ms.
const HOPS: usize = 100;

/// The recordings of a few readers in six languages, mono at their own rate.
fn voices() -> Vec<(String, Vec<f32>, SampleRate)> {
    let mut found = Vec::new();
    for (set, every) in [("kerstin", 3), ("ljspeech", 5), ("css10", 1)] {
        found.extend(recordings(&format!("speech/{set}"), &["flac"]).into_iter().step_by(every));
    }
    let open = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::io::Cursor::new(std::fs::read(path).unwrap());
        let buffer = decode_all(Box::new(bytes)).unwrap().buffer;
        (name, buffer.plane(0).to_vec(), buffer.rate())
    };
    found.into_iter().map(open).collect()
}

fn usual() -> Stages {
    Stages::usual(VoiceKind::Human)
}

/// What goes into the stages behind the rumble filter, and what comes out of all of them.
fn treated(samples: &[f32], rate: SampleRate, stages: Stages) -> (Vec<f32>, Vec<f32>, Treated) {
    let mut before = samples.to_vec();
    remove_rumble(&mut before, rate, stages.rumble);
    let mut after = samples.to_vec();
    let treated = treat(&mut after, rate, &stages, Fitting::default()).unwrap();
    (before, after, treated)
}

/// The level of each hop in dBFS, between two frequencies.
fn levels(samples: &[f32], rate: SampleRate, (low, high): (f64, f64)) -> Vec<f64> {
    let mut band = samples.to_vec();
    for _ in 0..2 {
        Biquad::new(Coefficients::high_pass(rate, low, 0.707)).process(&mut band);
        Biquad::new(Coefficients::low_pass(rate, high, 0.707)).process(&mut band);
    }
    let hop = rate.hz() as usize / HOPS;
    band.chunks_exact(hop)
        .map(|hop| hop.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / hop.len() as f64)
        .map(|power| 10.0 * power.max(1e-14).log10())
        .collect()
}

/// Whether each hop lies in a stretch of speech.
fn spoken(samples: &[f32], rate: SampleRate) -> Vec<bool> {
    let hop = rate.hz() as usize / HOPS;
    let speech = find_speech(samples, rate).unwrap();
    let inside = |at: usize| speech.islands.iter().any(|(from, to)| (*from..*to).contains(&at));
    (0..samples.len() / hop).map(|index| inside(index * hop) && inside((index + 1) * hop - 1)).collect()
}

#[test]
fn words_keep_their_level_from_their_soft_onsets_to_their_soft_ends() {
    for (name, samples, rate) in voices() {
        // Peaks far above the voice are lowered on purpose.
        let (before, after, _) = treated(&samples, rate, Stages { peaks: Db(0.0), ..usual() });
        let vowels = (150.0, 1_500.0);
        let (was, is) = (levels(&before, rate, vowels), levels(&after, rate, vowels));
        let inside = spoken(&before, rate);
        // What lies farther under the voice than 25 dB may be a breath.
        let mut sorted = was.clone();
        sorted.sort_by(f64::total_cmp);
        let breath = sorted[sorted.len() * 4 / 5] - 25.0;
        let inside: Vec<bool> =
            inside.iter().zip(&was).map(|(inside, was)| *inside && *was > breath).collect();
        let fell =
            was.iter().zip(&is).zip(&inside).filter(|(_, inside)| **inside).map(|((was, is), _)| was - is);
        let most = fell.fold(0.0, f64::max);
        assert!(most < 3.0, "{name}: some hop of a word is {most:.1} dB less");
    }
}

#[test]
fn a_clip_is_cut_where_nothing_is_heard_any_more() {
    for (name, samples, rate) in voices() {
        let mut resampler = Resampler::new();
        let mut resample = |mono: Vec<f32>, from, to| resampler.resample(&mono, from, to);
        let buffer = Buffer::from_planes(rate, vec![samples.clone()]);
        let treatment = Treatment::from(Chain::Speech(usual()));
        let clip: Result<_, ClipError<_>> = prepare(buffer, treatment, true, rate, &mut resample);
        let clip = clip.unwrap();
        // What is outside lies 30 dB under the voice (a breath after the last word) or is the room itself; recordings that begin or end in the midst
        // of a sound are kept to their edge.
        let levels = levels(&samples, rate, (200.0, 0.4 * rate.as_f64()));
        let mut sorted = levels.clone();
        sorted.sort_by(f64::total_cmp);
        let (floor, voice) = (sorted[sorted.len() / 20], sorted[sorted.len() * 4 / 5]);
        let hop = rate.hz() as usize / HOPS;
        let (first, last) = (clip.in_point.index() / hop, clip.out_point.index().div_ceil(hop));
        let outside = (0..first).chain(last..levels.len()).map(|hop| levels[hop]);
        let loudest = outside.fold(f64::NEG_INFINITY, f64::max);
        assert!(
            loudest < (voice - 30.0).max(floor + 8.0),
            "{name}: {loudest:.1} dBFS under a voice of {voice:.1}"
        );
    }
}

#[test]
fn an_s_is_softened_by_as_much_as_it_may_and_nothing_below_it_is_touched() {
    let mut softened = 0;
    let voices = voices();
    let none = voices.is_empty();
    for (name, samples, rate) in voices {
        let stages = Stages { sibilance: Db(6.0), rumble: 70.0, ..Stages::none() };
        let (before, _, heard) = treated(&samples, rate, stages);
        // As in a voice of this one clip.
        let fitting = Fitting { usual_s: usual_s(heard.sibilants.into_iter()), ..Fitting::default() };
        let mut after = samples.clone();
        let done = treat(&mut after, rate, &stages, fitting).unwrap().effects.sibilance.0;
        assert!((0.0..=6.0).contains(&done), "{name}: {done}");
        softened += usize::from(done > 1.0);
        let sharp = (5_500.0, 8_500.0f64.min(0.45 * rate.as_f64()));
        let levels = |band| (levels(&before, rate, band), levels(&after, rate, band));
        let (was, is) = levels(sharp);
        let most = was.iter().zip(&is).map(|(was, is)| was - is).fold(0.0, f64::max);
        assert!(
            most < 6.5 && (most > 0.5 * done || done < 1.0),
            "{name}: {most:.1} dB, and it says {done:.1}"
        );
        // Where there is a voice below the band, and not the skirt of an s.
        let (was, is) = levels((200.0, 1_500.0));
        let loud = was.iter().copied().fold(f64::MIN, f64::max) - 25.0;
        let voiced = was.iter().zip(&is).filter(|(was, _)| **was > loud);
        let below = voiced.map(|(was, is)| (was - is).abs()).fold(0.0, f64::max);
        assert!(below < 0.3, "{name}: {below:.2} dB below the band");
    }
    assert!(none || softened > 0, "none of the voices has an s over its median");
}

#[test]
fn breaths_between_words_are_softened_by_six_to_ten_decibels_and_not_removed() {
    let mut depths = Vec::new();
    for (name, samples, rate) in voices() {
        let stages = Stages { breath: Db(8.0), rumble: 70.0, ..Stages::none() };
        let (before, after, treated) = treated(&samples, rate, stages);
        let (was, is) = (levels(&before, rate, (200.0, 9_000.0)), levels(&after, rate, (200.0, 9_000.0)));
        let deepest = was.iter().zip(&is).map(|(was, is)| was - is).fold(0.0, f64::max);
        assert!(deepest < 8.5, "{name}: {deepest:.1} dB");
        assert!(
            (deepest - treated.effects.breath.0).abs() < 1.0,
            "{name}: {deepest:.1} dB, and it says otherwise"
        );
        depths.push(deepest);
    }
    // Clips that were cut close hold no breath; most of the five that are read with pauses do.
    let heard = depths.iter().filter(|depth| (6.0..=10.0).contains(*depth)).count();
    assert!(heard >= depths.len().min(4), "{depths:?}");
}

#[test]
fn the_room_stays_forty_five_decibels_under_a_voice_whose_recording_allows_it() {
    for (name, samples, rate) in voices() {
        let loud = |samples: &[f32]| gated(&clip_blocks(samples, rate)).unwrap().0;
        // Lower peaks make a clip softer.
        let (before, after, treated) = treated(&samples, rate, Stages { peaks: Db(0.0), ..usual() });
        let (_, _, plain) = self::treated(&samples, rate, Stages { rumble: 70.0, ..Stages::none() });
        let (Some(was), Some(is)) = (plain.room, treated.room) else { continue };
        let (was, is) = (loud(&before) - was.level, loud(&after) - is.level);
        // The chain never brings the room nearer, and softened pauses take it farther off.
        assert!(
            is > was - 0.5,
            "{name}: the room lay {was:.1} dB under the voice, and lies {is:.1} dB under it"
        );
        assert!(was < 45.0 || is >= 45.0, "{name}: {is:.1}");
    }
}
