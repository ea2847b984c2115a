//! Finds loop points in a recording: pairs of positions near its end and its beginning between which a jump is
//! inaudible, because level and spectrum match and no prominent sound is cut.

use super::path::Join;
use crate::dsp::biquad::{Biquad, Coefficients};
use crate::unit::SampleRate;

/// Shorter recordings simply repeat, in seconds.
pub const LEAST: u64 = 6;
/// The longest crossfade in seconds, and its largest share of the recording (as 1/n).
const CROSSFADE: u64 = 4;
const SHARE: u64 = 12;
/// How much of each end is searched, in seconds; at most a third of the recording.
const SEARCHED: u64 = 60;
/// The most joins that are returned.
const JOINS: usize = 12;
/// After this many, a join is dropped if it costs this many times more than the best.
const FEWEST: usize = 3;
const POOR: f64 = 4.0;
/// Hops per second at which levels are compared.
const HOPS: usize = 20;
/// The bands that are compared, in Hz.
const BANDS: [f64; 6] = [150.0, 400.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0];
/// The cost of a decibel above the median level, relative to a decibel of difference between the two sides, so that a
/// prominent sound such as a bird call is not cut.
const PROMINENCE: f64 = 0.5;
/// How far one side is shifted for the best match, in seconds, and the length that is compared for it.
const MOVED: f64 = 0.012;
const COMPARED: f64 = 0.2;

/// The parts of a recording that are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    pub crossfade: u64,
    /// The length of each of the two parts, in frames.
    pub searched: u64,
    /// The start of the part at the end, in frames.
    pub tail: u64,
}

impl Ends {
    /// The parts to search in a recording of this many frames; `None` if it is too short.
    pub fn of(frames: u64, rate: SampleRate) -> Option<Self> {
        let second = u64::from(rate.hz());
        if frames < LEAST * second {
            return None;
        }
        let searched = (frames / 3).min(SEARCHED * second);
        Some(Self { crossfade: (frames / SHARE).min(CROSSFADE * second), searched, tail: frames - searched })
    }
}

/// The best joins between the end and the beginning of a recording, both mono and as long as [`Ends`] says.
pub fn joins(head: &[f32], tail: &[f32], ends: &Ends, rate: SampleRate) -> Vec<Join> {
    let hop = rate.hz() as usize / HOPS;
    let window = (ends.crossfade as usize).div_ceil(hop);
    let (heads, tails) = (BandLevels::of(head, hop, rate), BandLevels::of(tail, hop, rate));
    let (first, last) = (heads.places(window), tails.places(window));
    let mut pairs: Vec<(f64, usize, usize)> = last
        .flat_map(|out| first.clone().map(move |into| (out, into)))
        .map(|(out, into)| (cost(&tails, out, &heads, into, window), out, into))
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    let best = pairs.first().map_or(0.0, |pair| pair.0);
    for (cost, out, into) in pairs {
        if chosen.len() >= FEWEST && cost > POOR * best {
            break;
        }
        // No two joins that would sound the same: they differ by half a second at both ends and in the length of the
        // jump, which is the time after which a sound is heard again.
        let near = |(other_out, other_into): &(usize, usize)| {
            out.abs_diff(*other_out) < HOPS / 2
                || into.abs_diff(*other_into) < HOPS / 2
                || (out + other_into).abs_diff(other_out + into) < HOPS / 2
        };
        if !chosen.iter().any(near) {
            chosen.push((out, into));
        }
        if chosen.len() == JOINS {
            break;
        }
    }
    chosen.into_iter().map(|(out, into)| fit(head, tail, (out * hop, into * hop), ends, rate)).collect()
}

/// The levels of a part in each band, per hop, in dB.
struct BandLevels {
    bands: Vec<[f64; BANDS.len()]>,
    median: [f64; BANDS.len()],
}

impl BandLevels {
    fn of(samples: &[f32], hop: usize, rate: SampleRate) -> Self {
        let mut bands = vec![[0.0; BANDS.len()]; samples.len() / hop];
        for (band, hz) in BANDS.into_iter().enumerate() {
            let mut filter = Biquad::new(Coefficients::band_pass(rate, hz, 1.0));
            for (levels, part) in bands.iter_mut().zip(samples.chunks_exact(hop)) {
                let power: f64 = part.iter().map(|x| filter.next(f64::from(*x)).powi(2)).sum();
                levels[band] = 10.0 * (power / hop as f64).max(1e-12).log10();
            }
        }
        let median = std::array::from_fn(|band| {
            let mut levels: Vec<f64> = bands.iter().map(|levels| levels[band]).collect();
            levels.sort_by(f64::total_cmp);
            levels.get(levels.len() / 2).copied().unwrap_or_default()
        });
        Self { bands, median }
    }

    /// The hops at which a crossfade may begin; some are skipped if there are very many.
    fn places(&self, window: usize) -> std::iter::StepBy<std::ops::Range<usize>> {
        let count = self.bands.len().saturating_sub(window + 1).max(1);
        (0..count).step_by(count.div_ceil(300))
    }
}

/// The audibility of a join.
fn cost(tails: &BandLevels, out: usize, heads: &BandLevels, into: usize, window: usize) -> f64 {
    // One hop more than the crossfade, since it will be shifted slightly.
    (0..=window)
        .map(|hop| {
            let (left, entered) = (&tails.bands[out + hop], &heads.bands[into + hop]);
            let band = |band: usize| {
                let between = (left[band] - entered[band]).powi(2);
                let over = |level: f64, median: f64| (level - median).max(0.0).powi(2);
                between
                    + PROMINENCE
                        * (over(left[band], tails.median[band]) + over(entered[band], heads.median[band]))
            };
            (0..BANDS.len()).map(band).sum::<f64>()
        })
        .sum()
}

/// Shifts the entry point by a few milliseconds to the highest correlation, and returns the join with that
/// correlation.
fn fit(head: &[f32], tail: &[f32], (out, into): (usize, usize), ends: &Ends, rate: SampleRate) -> Join {
    let (crossfade, most) = (ends.crossfade as usize, (MOVED * rate.as_f64()) as usize);
    let compared = ((COMPARED * rate.as_f64()) as usize).min(crossfade);
    let middle = (crossfade - compared) / 2;
    let left = &tail[out + middle..out + middle + compared];
    let correlation = |into: usize| {
        let entered = &head[into + middle..into + middle + compared];
        let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
        for (left, entered) in left.iter().zip(entered) {
            let (left, entered) = (f64::from(*left), f64::from(*entered));
            (both, one, other) = (both + left * entered, one + left * left, other + entered * entered);
        }
        both / (one * other).sqrt().max(1e-20)
    };
    let last = (into + most).min(head.len() - crossfade);
    let places = (into.saturating_sub(most)..=last).step_by((rate.hz() as usize / 24_000).max(1));
    let best = places
        .map(|into| (correlation(into), into))
        .fold((f64::MIN, into), |best, found| if found.0 > best.0 { found } else { best });
    Join { out: ends.tail + out as u64, into: best.1 as u64, correlation: best.0.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::looping::path::LoopPath;
    use crate::dsp::noise::HashNoise;
    use crate::unit::Frames;

    const RATE: SampleRate = SampleRate::DEFAULT;

    fn noise(frames: usize) -> Vec<f32> {
        let mut samples = vec![0.0; frames];
        HashNoise::new(8).fill(0, &mut samples);
        samples
    }

    fn search(samples: &[f32]) -> (Vec<Join>, Ends) {
        let ends = Ends::of(samples.len() as u64, RATE).unwrap();
        let searched = ends.searched as usize;
        (joins(&samples[..searched], &samples[ends.tail as usize..], &ends, RATE), ends)
    }

    #[test]
    fn a_loud_event_is_not_cut_in_two_and_levels_match() {
        // A recording that grows louder and softer, with a cry near each end.
        let mut samples = noise(48_000 * 30);
        for (n, sample) in samples.iter_mut().enumerate() {
            let t = n as f32 / 48_000.0;
            *sample *= 0.05 * (1.0 + 0.6 * (t * 0.7).sin());
        }
        for at in [4, 25] {
            samples[48_000 * at..48_000 * at + 24_000].iter_mut().for_each(|sample| *sample *= 15.0);
        }
        let (joins, ends) = search(&samples);
        assert!(joins.len() >= 3, "{joins:?}");
        for join in &joins {
            for (from, cry) in [(join.into, 4), (join.out, 25)] {
                let clear = from >= 48_000 * cry + 24_000 || from + ends.crossfade <= 48_000 * cry;
                assert!(clear, "{join:?}");
            }
            let level = |from: u64| {
                let part = &samples[from as usize..(from + ends.crossfade) as usize];
                10.0 * (part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / part.len() as f64).log10()
            };
            assert!((level(join.out) - level(join.into)).abs() < 2.0, "{join:?}");
        }
        LoopPath::new(&joins, Frames(ends.crossfade), Frames(48_000 * 3_600), 1);
    }

    #[test]
    fn no_two_joins_jump_back_by_the_same_length() {
        // Waves that come every eight seconds would like to be joined a wave apart, always by the same stretch of time.
        let mut samples = noise(48_000 * 60);
        for (n, sample) in samples.iter_mut().enumerate() {
            *sample *= 0.05 * (1.0 + 0.9 * (n as f32 / 48_000.0 * std::f32::consts::TAU / 8.0).sin());
        }
        let (joins, _) = search(&samples);
        assert!(joins.len() >= 3, "{joins:?}");
        let mut back: Vec<u64> = joins.iter().map(|join| join.out - join.into).collect();
        back.sort_unstable();
        // Half a second, less what both are moved to fit.
        assert!(back.windows(2).all(|pair| pair[1] - pair[0] > 48_000 * 4 / 10), "{joins:?}");
    }

    #[test]
    fn a_hum_is_joined_in_phase() {
        let hum: Vec<f32> = (0..48_000 * 12).map(|n| 0.2 * (n as f32 * 0.013_1).sin()).collect();
        let (joins, _) = search(&hum);
        assert!(!joins.is_empty() && joins.iter().all(|join| join.correlation > 0.95), "{joins:?}");
    }

    #[test]
    fn silence_and_the_shortest_recording_have_joins_and_a_shorter_one_has_no_ends() {
        for seconds in [6, 7, 20] {
            let (joins, ends) = search(&vec![0.0; 48_000 * seconds]);
            assert!(!joins.is_empty());
            LoopPath::new(&joins, Frames(ends.crossfade), Frames(480_000), 1);
        }
        assert_eq!(Ends::of(48_000 * 6 - 1, RATE), None);
        let long = Ends::of(48_000 * 10_800, RATE).unwrap();
        assert_eq!((long.searched, long.crossfade), (48_000 * 60, 48_000 * 4));
    }
}
