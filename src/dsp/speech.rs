//! Finds the speech in a clip: islands of energy above the background noise, the onset that is placed on a beat, and
//! cut points that keep soft sounds at both ends.
//!
//! Everything here is a pure function of mono samples. Levels are mean squares of 10 ms hops above 100 Hz, smoothed
//! over three hops, in dB; the noise floor is measured in the clip itself. The thresholds follow a method for long
//! readings (floor + 22 to 42 % of the range, with hysteresis), limited to fixed distances below the speech, so that
//! both digital silence and a noisy room work. Where the room is so noisy that levels tell little, an island is kept as far as
//! a voice is heard in it.

mod level;
mod voiced;

use crate::unit::SampleRate;
use level::HopLevels;

/// The speech in a clip. All positions are frames from the start of the clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// Where to begin the clip: 60 to 150 ms before the first sound, or the start of the file.
    pub start: usize,
    /// Where the voice audibly begins. A breath before the first word comes earlier.
    pub onset: usize,
    /// Where to end the clip: 150 to 250 ms after the last sound, or the end of the file.
    pub end: usize,
    /// Islands of speech between `start` and `end`, separated by gaps of at least 60 ms.
    pub islands: Vec<(usize, usize)>,
}

/// A clip whose loudest 30 ms stay below this level is silent, in dBFS.
const SILENCE: f64 = -70.0;
/// A steady sound below this level is background noise, in dBFS.
const ROOM: f64 = -45.0;
/// A clip is steady if its speech level is less than this above its floor, in dB.
const STEADY: f64 = 10.0;
/// The limits of the floor below the speech level, in dB. With a higher floor, soft ends of words would count as
/// noise; with a lower one, the artefacts of a lossy codec would count as sound.
const FLOOR: (f64, f64) = (20.0, 70.0);
/// A room is noisy if its floor is less than this below the speech, in dB.
const NOISY: f64 = 36.0;
/// Gaps shorter than this are closures of t, k and p inside a word, in hops.
const CLOSURE: usize = 6;
/// Shorter islands are clicks, in hops: a click of 3 ms is smeared over five.
const CLICK: usize = 6;
/// An island that stays this far below the speech level is a breath or a rustle, in dB.
const WEAK: f64 = 22.0;
/// A weak island this close to speech belongs to it (a final f, a breath before a word), in hops.
const NEAR: usize = 25;
/// How far an edge is extended over a sound that fades into the floor, in hops, and the padding beyond, in seconds.
const INTO: (usize, f64) = (9, 0.060);
const OUT_OF: (usize, f64) = (10, 0.150);

/// Finds the speech in a clip; `None` if there is only silence or background noise.
pub fn find_speech(samples: &[f32], rate: SampleRate) -> Option<Speech> {
    listen(samples, rate).map(|(speech, _)| speech)
}

/// The speech in a clip and its level in dBFS above 100 Hz, measured on its louder hops.
pub(crate) fn listen(samples: &[f32], rate: SampleRate) -> Option<(Speech, f64)> {
    let levels = HopLevels::of(samples, rate);
    let marks = Thresholds::of(&levels)?;
    let mut islands = join(find_islands(&levels.db, &marks));
    if marks.noisy {
        islands = voiced::only_voiced(islands, &voiced::voiced(samples, rate, marks.speech));
    }
    let islands = keep_speech(islands, &levels.db, &marks);
    let (first, last) = (*islands.first()?, *islands.last()?);
    let strong = *islands.iter().find(|island| is_strong(**island, &levels.db, &marks)).unwrap_or(&first);
    let frames = |hop: usize| (hop * levels.hop).min(samples.len());
    let seconds = |seconds: f64| (seconds * rate.as_f64()).round() as usize;
    let start = frames(grow_back(first.0, &levels.db, &marks)).saturating_sub(seconds(INTO.1));
    let end = (frames(grow_on(last.1, &levels.db, &marks)) + seconds(OUT_OF.1)).min(samples.len());
    let begins =
        |island: Island| levels.first_over(island.0, marks.extend).clamp(start, frames(island.1) - 1);
    let islands = islands.iter().map(|island| (begins(*island), frames(island.1))).collect();
    Some((Speech { start, onset: begins(strong), end, islands }, marks.speech))
}

/// The number of frames of a hop, and the level of each hop with its two neighbours in dBFS, above 100 Hz.
pub(crate) fn hop_levels(samples: &[f32], rate: SampleRate) -> (usize, Vec<f64>) {
    let levels = HopLevels::of(samples, rate);
    (levels.hop, levels.db)
}

/// The thresholds, in dBFS.
#[derive(Clone, Copy, Debug)]
struct Thresholds {
    /// Whether the room is so noisy that levels tell little.
    noisy: bool,
    floor: f64,
    speech: f64,
    /// An island must exceed this somewhere.
    open: f64,
    /// An island extends as far as the level stays above this.
    extend: f64,
}

impl Thresholds {
    /// `None` for a clip without speech.
    fn of(levels: &HopLevels) -> Option<Self> {
        let loudest = levels.db.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if loudest < SILENCE {
            return None;
        }
        let raw_floor = percentile(levels.db.clone(), 0.05);
        let active = levels.db.iter().copied().filter(|level| *level > loudest - 40.0).collect();
        let speech = percentile(active, 0.8);
        if speech - raw_floor < STEADY && speech < ROOM {
            return None;
        }
        let floor = raw_floor.clamp(speech - FLOOR.1, speech - FLOOR.0);
        let range = speech - floor;
        Some(Self {
            noisy: speech - raw_floor < NOISY,
            floor,
            speech,
            open: (floor + (0.42 * range).clamp(9.0, 26.0)).max(speech - 38.0),
            extend: (floor + (0.22 * range).clamp(5.0, 15.0)).max(speech - 50.0),
        })
    }
}

/// The percentile of the values at `share`.
fn percentile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

/// A range of hops, end excluded.
type Island = (usize, usize);

/// Hysteresis: ranges above `extend` that exceed `open` somewhere.
fn find_islands(db: &[f64], marks: &Thresholds) -> Vec<Island> {
    let mut islands = Vec::new();
    let mut hop = 0;
    while hop < db.len() {
        let length = db[hop..].iter().take_while(|level| **level > marks.extend).count();
        if db[hop..hop + length].iter().any(|level| *level > marks.open) {
            islands.push((hop, hop + length));
        }
        hop += length.max(1);
    }
    islands
}

/// Joins islands that are separated by short gaps.
fn join(islands: Vec<Island>) -> Vec<Island> {
    let mut joined: Vec<Island> = Vec::new();
    for island in islands {
        match joined.last_mut() {
            Some(last) if island.0 - last.1 < CLOSURE => last.1 = island.1,
            _ => joined.push(island),
        }
    }
    joined
}

fn is_strong(island: Island, db: &[f64], marks: &Thresholds) -> bool {
    let loudest = db[island.0..island.1].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    island.1 - island.0 >= CLICK && loudest > marks.speech - WEAK
}

/// Drops what is not speech: islands at both ends of the clip that are weak or mere clicks and stand apart.
/// Everything between two pieces of speech is kept; if a clip has only clicks, all of them are kept.
fn keep_speech(mut islands: Vec<Island>, db: &[f64], marks: &Thresholds) -> Vec<Island> {
    let strong = |island: &Island| is_strong(*island, db, marks);
    let (Some(first), Some(last)) = (islands.iter().position(strong), islands.iter().rposition(strong))
    else {
        return islands;
    };
    let mut from = first;
    while from > 0 && islands[from].0 - islands[from - 1].1 <= NEAR {
        from -= 1;
    }
    let mut to = last;
    while to + 1 < islands.len() && islands[to + 1].0 - islands[to].1 <= NEAR {
        to += 1;
    }
    islands.truncate(to + 1);
    islands.split_off(from)
}

/// The first hop above the floor, searched a little before an island: a soft onset, including short gaps in it.
fn grow_back(hop: usize, db: &[f64], marks: &Thresholds) -> usize {
    let from = hop.saturating_sub(INTO.0);
    (from..hop).find(|at| is_soft(db[*at], marks)).unwrap_or(hop)
}

/// The end of the last hop above the floor, searched a little after an island.
fn grow_on(hop: usize, db: &[f64], marks: &Thresholds) -> usize {
    let to = (hop + OUT_OF.0).min(db.len());
    (hop..to).rev().find(|at| is_soft(db[*at], marks)).map_or(hop, |at| at + 1)
}

fn is_soft(level: f64, marks: &Thresholds) -> bool {
    level > marks.floor + 3.5
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// White noise of a peak level, the same every time.
    fn noise(frames: usize, peak: f32, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..frames)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                peak * (state as f32 / 2f32.powi(31) - 1.0)
            })
            .collect()
    }

    /// Adds a voiced sound: harmonics of 120 Hz whose level wanders as syllables do.
    fn voice(samples: &mut [f32], from: usize, to: usize, level: f32) {
        for (n, sample) in samples[from..to].iter_mut().enumerate() {
            let t = n as f32 / RATE.hz() as f32;
            let tone: f32 =
                (1..8).map(|k| (t * 120.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
            let syllables = 0.6 + 0.4 * (t * 4.0 * std::f32::consts::TAU).cos();
            *sample += level * syllables * tone;
        }
    }

    /// Adds an s: high-passed noise.
    fn hiss(samples: &mut [f32], from: usize, to: usize, level: f32) {
        let noise = noise(to - from + 1, level, 9);
        for (sample, pair) in samples[from..to].iter_mut().zip(noise.windows(2)) {
            *sample += pair[1] - pair[0];
        }
    }

    fn ms(milliseconds: usize) -> usize {
        milliseconds * 48
    }

    fn near(found: usize, truth: usize, within: usize) -> bool {
        found.abs_diff(truth) <= ms(within)
    }

    #[test]
    fn silence_and_background_noise_contain_no_speech() {
        assert_eq!(find_speech(&[], RATE), None);
        assert_eq!(find_speech(&[0.0; 100], RATE), None);
        assert_eq!(find_speech(&vec![0.0; 96_000], RATE), None);
        assert_eq!(find_speech(&vec![0.25; 96_000], RATE), None, "an offset is no sound");
        for level in [1e-5, 1e-4, 1e-3, 5e-3] {
            assert_eq!(find_speech(&noise(96_000, level, 1), RATE), None, "noise of {level}");
        }
        // Brown noise wanders; it is a room all the same.
        let mut sum = 0.0;
        let brown: Vec<f32> = noise(480_000, 4e-4, 2)
            .iter()
            .map(|x| {
                sum = sum * 0.999 + x;
                sum
            })
            .collect();
        assert_eq!(find_speech(&brown, RATE), None);
    }

    #[test]
    fn a_voice_in_digital_silence_is_found_where_it_is() {
        let mut clip = vec![0.0; ms(3_000)];
        voice(&mut clip, ms(700), ms(1_600), 0.1);
        let speech = find_speech(&clip, RATE).unwrap();
        assert!(near(speech.onset, ms(700), 3), "{speech:?}");
        assert!((ms(60)..=ms(170)).contains(&(ms(700) - speech.start)), "{speech:?}");
        assert!((ms(140)..=ms(270)).contains(&(speech.end - ms(1_600))), "{speech:?}");
        assert_eq!(speech.islands.len(), 1);
    }

    #[test]
    fn a_voice_in_a_noisy_room_is_found_where_it_is() {
        for (seed, room) in [(1, 1e-4), (2, 1e-3), (3, 6e-3)] {
            let mut clip = noise(ms(4_000), room, seed);
            voice(&mut clip, ms(900), ms(1_700), 0.1);
            voice(&mut clip, ms(2_300), ms(2_900), 0.07);
            let speech = find_speech(&clip, RATE).unwrap();
            assert!(near(speech.onset, ms(900), 15), "{room}: {speech:?}");
            assert_eq!(speech.islands.len(), 2, "{room}: {speech:?}");
            assert!(speech.start < ms(900) && speech.start > ms(700), "{room}: {speech:?}");
            assert!(speech.end > ms(2_900) && speech.end < ms(3_200), "{room}: {speech:?}");
        }
    }

    #[test]
    fn a_soft_s_at_both_ends_is_never_cut() {
        for room in [0.0, 1e-4] {
            let mut clip = noise(ms(3_000), room, 4);
            hiss(&mut clip, ms(850), ms(1_000), 0.006);
            voice(&mut clip, ms(1_000), ms(1_500), 0.1);
            hiss(&mut clip, ms(1_500), ms(1_750), 0.004);
            let speech = find_speech(&clip, RATE).unwrap();
            assert!(speech.start <= ms(850) && speech.end >= ms(1_750), "{room}: {speech:?}");
            assert!(near(speech.onset, ms(850), 20), "{room}: {speech:?}");
        }
    }

    #[test]
    fn a_breath_before_the_first_word_is_no_onset_and_a_far_click_is_left_out() {
        let mut clip = noise(ms(4_000), 1e-4, 5);
        clip[ms(300)..ms(303)].fill(0.3);
        hiss(&mut clip, ms(1_100), ms(1_400), 0.003);
        voice(&mut clip, ms(1_550), ms(2_500), 0.1);
        clip[ms(3_600)..ms(3_602)].fill(-0.3);
        let speech = find_speech(&clip, RATE).unwrap();
        assert!(near(speech.onset, ms(1_550), 15), "{speech:?}");
        assert!((ms(900)..ms(1_100)).contains(&speech.start), "the breath stays: {speech:?}");
        assert!(speech.end < ms(2_800), "{speech:?}");
    }

    #[test]
    fn a_sound_from_edge_to_edge_is_kept_whole() {
        let mut clip = vec![0.0; ms(1_000)];
        voice(&mut clip, 0, ms(1_000), 0.1);
        let speech = find_speech(&clip, RATE).unwrap();
        assert_eq!((speech.start, speech.end), (0, ms(1_000)));
        let tone: Vec<f32> = (0..ms(1_000)).map(|n| (n as f32 * 0.1).sin() * 0.05).collect();
        let speech = find_speech(&tone, RATE).unwrap();
        assert_eq!((speech.start, speech.end), (0, ms(1_000)));
        assert!(speech.onset < ms(1), "{speech:?}");
    }

    #[test]
    fn the_level_of_the_recording_changes_nothing() {
        let mut clip = noise(ms(3_000), 1e-3, 6);
        voice(&mut clip, ms(900), ms(1_700), 0.2);
        let speech = find_speech(&clip, RATE);
        let quiet: Vec<f32> = clip.iter().map(|x| x / 16.0).collect();
        assert_eq!(find_speech(&quiet, RATE), speech);
    }

    /// Levels alone would keep the noise, from edge to edge.
    #[test]
    fn a_real_voice_in_noise_is_found_where_it_is() {
        let path = "voice/nl/duif/ademruimte-vriendelijkheid/welkom.ogg";
        let bytes = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
        let (clip, rate) = (decoded.buffer.plane(0), decoded.buffer.rate());
        let pause = vec![0.0; 2 * rate.hz() as usize];
        let clean = [&pause, clip, &pause].concat();
        let (truth, level) = listen(&clean, rate).unwrap();
        // 12 dB under the speech, by which the peak of white noise is 4.8 dB over its level.
        let peak = 10f64.powf((level - 12.0 + 4.8) / 20.0) as f32;
        let noisy: Vec<f32> =
            clean.iter().zip(noise(clean.len(), peak, 3)).map(|(voice, noise)| voice + noise).collect();
        let speech = find_speech(&noisy, rate).unwrap();
        let seconds = |frames: usize| frames as f64 / f64::from(rate.hz());
        let (first, last) = (truth.islands[0].0, truth.islands.last().unwrap().1);
        let before = seconds(first) - seconds(speech.start);
        let after = seconds(speech.end) - seconds(last);
        assert!((0.0..0.5).contains(&before) && (0.0..0.6).contains(&after), "{before} {after}");
    }

    #[test]
    fn real_clips_lose_nothing_that_can_be_heard() {
        for path in crate::recordings::recordings("speech/kerstin", &["flac"]) {
            let bytes = std::fs::read(&path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let (clip, rate) = (decoded.buffer.plane(0), decoded.buffer.rate());
            let speech = find_speech(clip, rate).unwrap();
            let levels = HopLevels::of(clip, rate);
            let marks = Thresholds::of(&levels).unwrap();
            let cut = [0..speech.start / levels.hop, speech.end.div_ceil(levels.hop)..levels.db.len()];
            let loudest =
                cut.into_iter().flatten().map(|hop| levels.db[hop]).fold(f64::NEG_INFINITY, f64::max);
            // What remains outside is 40 dB under the speech, or the room itself.
            let audible = (marks.speech - 40.0).max(marks.floor + 6.0);
            assert!(loudest < audible, "{}: {loudest} against {marks:?}", path.display());
            assert!(
                speech.islands.len() < 30 && speech.onset < clip.len() / 2,
                "{}: {speech:?}",
                path.display()
            );
        }
    }
    #[test]
    fn places_are_in_order_for_any_samples_at_any_rate() {
        use proptest::prelude::*;
        proptest!(|(
            peaks in proptest::collection::vec(0.0f32..1.5, 1..40),
            stretch in 1usize..700,
            hz in proptest::sample::select(vec![4_000u32, 8_000, 11_025, 44_100, 48_000, 192_000]),
        )| {
            let clip: Vec<f32> = peaks.iter().zip(0..).flat_map(|(peak, seed)| noise(stretch, peak.powi(8), seed)).collect();
            if let Some(speech) = find_speech(&clip, SampleRate::of_file(hz).unwrap()) {
                prop_assert!(speech.start <= speech.onset && speech.onset < speech.end && speech.end <= clip.len());
                prop_assert!(speech.islands.iter().all(|(from, to)| from < to));
                prop_assert!(speech.islands.windows(2).all(|pair| pair[0].1 < pair[1].0));
                prop_assert!(speech.islands.iter().any(|island| island.0 == speech.onset));
            }
        });
    }
}
