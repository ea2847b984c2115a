//! The noise of a room under a voice: the level that the quietest moments between the words never fall below.

use super::power_mean;

/// What is quieter than this is digital silence, dithered or not, and no room, in dBFS.
pub(super) const DIGITAL: f64 = -90.0;
/// Noise is what is heard in the quietest of these hops, or in one of so many where that is more.
const QUIETEST: usize = 10;
const SHARE: usize = 40;
/// Noise is steady: its hops lie within so many dB. The ends of words, in which a voice fades, do not.
const STEADY: f64 = 4.0;
/// Noise is heard in so many places, which are so many hops apart.
const PLACES: usize = 3;
const APART: usize = 6;
/// And so often for so many hops in a row.
const RUNS: usize = 2;
const RUN: usize = 4;
/// The loud moments of a voice, one hop of twenty, are so many dB over the noise. A steady sound without pauses has no noise
/// that could be told from it.
const LOUD: usize = 20;
const OVER_NOISE: f64 = 8.0;
/// So many hops beside digital silence a sound fades.
const FADES: usize = 4;
/// A recording that was faded in and out is judged without so many hops at both ends.
const FADED: usize = 25;
/// So many hops of digital silence within the speech show that there is no room in its pauses.
const CUT_OUT: usize = 5;
/// Before and after the words, this share of what is heard has to be the noise.
const MOSTLY: f64 = 0.6;

/// The hops of a recording and where its speech begins and ends in them.
pub(super) struct Hops<'a> {
    pub levels: &'a [f64],
    pub speech: (usize, usize),
}

impl Hops<'_> {
    /// The level of the noise in dBFS; `None` where no stretch of noise is heard by itself.
    pub(super) fn floor(&self) -> Option<f64> {
        let (from, to) = self.speech;
        let is_digital = |hop: &usize| self.levels[*hop] <= DIGITAL;
        let inside = |cut: usize| self.noise_within(from + cut, to.saturating_sub(cut));
        if (from..to).filter(is_digital).count() < CUT_OUT
            && let Some(noise) = inside(0).or_else(|| inside(FADED))
        {
            return Some(noise);
        }
        let before = self.noise_beside(0, from.saturating_sub(FADES + 1));
        let after = self.noise_beside(to + FADES + 1, self.levels.len());
        before.into_iter().chain(after).reduce(f64::min)
    }

    /// The level of the quietest hops of all, in dBFS: the end of what rings in the room, or the noise.
    pub(super) fn quietest(&self) -> f64 {
        let mut hops: Vec<usize> = (0..self.levels.len()).filter(|hop| self.levels[*hop] > DIGITAL).collect();
        hops.sort_by(|a, b| self.levels[*a].total_cmp(&self.levels[*b]));
        hops.truncate(QUIETEST);
        self.mean(&hops)
    }

    /// The hops of a range that are no digital silence, nor a sound that fades into it.
    fn heard(&self, from: usize, to: usize) -> Vec<usize> {
        let around =
            |hop: usize| &self.levels[hop.saturating_sub(FADES)..(hop + FADES + 1).min(self.levels.len())];
        (from..to).filter(|hop| around(*hop).iter().all(|level| *level > DIGITAL)).collect()
    }

    /// The noise between words: the quietest hops, if they are alike in several places.
    fn noise_within(&self, from: usize, to: usize) -> Option<f64> {
        let heard = self.heard(from, to);
        let count = QUIETEST.max(heard.len() / SHARE);
        let mut quietest = heard.clone();
        quietest.sort_by(|a, b| self.levels[*a].total_cmp(&self.levels[*b]));
        let (least, most) = (self.levels[*quietest.first()?], self.levels[*quietest.get(count - 1)?]);
        let loud = self.levels[*quietest.get(quietest.len() - 1 - quietest.len() / LOUD)?];
        quietest.truncate(count);
        let steady: Vec<usize> =
            heard.into_iter().filter(|hop| self.levels[*hop] <= least + STEADY).collect();
        let runs = steady.chunk_by(|one, next| one + 1 == *next).filter(|run| run.len() >= RUN).count();
        let is_noise = most <= least + STEADY
            && loud >= least + OVER_NOISE
            && runs >= RUNS
            && places(&mut quietest) >= PLACES;
        is_noise.then(|| self.mean(&quietest))
    }

    /// The noise before or after the words: the lowest level at which most of what is there stays.
    fn noise_beside(&self, from: usize, to: usize) -> Option<f64> {
        let heard = self.heard(from, to);
        let least = QUIETEST.max((MOSTLY * heard.len() as f64) as usize);
        let mut by_level = heard.clone();
        by_level.sort_by(|a, b| self.levels[*a].total_cmp(&self.levels[*b]));
        by_level.iter().enumerate().find_map(|(first, hop)| {
            let most = self.levels[*hop] + STEADY;
            let alike = by_level[first..].iter().take_while(|hop| self.levels[**hop] <= most);
            let mut alike: Vec<usize> = alike.copied().collect();
            (alike.len() >= least && places(&mut alike) >= PLACES).then(|| self.mean(&alike))
        })
    }

    fn mean(&self, hops: &[usize]) -> f64 {
        power_mean(hops.iter().map(|hop| self.levels[*hop]))
    }
}

/// Where speech begins and ends, in hops.
pub(super) fn speech_hops(islands: &[(usize, usize)], hop: usize) -> Option<(usize, usize)> {
    let (first, last) = (islands.first()?, islands.last()?);
    Some((first.0 / hop, last.1.div_ceil(hop)))
}

/// In how many places some hops lie.
fn places(hops: &mut [usize]) -> usize {
    hops.sort_unstable();
    let (mut count, mut next) = (0, 0);
    for hop in hops {
        if *hop >= next {
            (count, next) = (count + 1, *hop + APART);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::tests::measure;
    use super::*;
    use crate::dsp::speech::listen;
    use crate::dsp::voice::signals::noise;
    use crate::unit::SampleRate;

    fn noise_of(samples: &[f32], rate: SampleRate) -> Option<f64> {
        measure(&[samples.to_vec()], rate).noise.map(|noise| noise.0)
    }

    /// Silence as a program writes it that dithers to 16 bits.
    fn dithered(frames: usize) -> Vec<f32> {
        let steps = noise(21, 0.5 / 32_768.0, 2 * frames);
        (0..frames).map(|n| ((steps[2 * n] + steps[2 * n + 1]) * 32_768.0).round() / 32_768.0).collect()
    }

    #[test]
    fn noise_of_real_voices_is_found_in_pads_fades_and_at_any_level() {
        let (mut found, mut all) = (0, 0);
        for path in crate::recordings::recordings("speech", &["flac"]).iter().step_by(9) {
            let bytes = std::fs::read(path).unwrap();
            let decoded = crate::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap();
            let rate = decoded.buffer.rate();
            let four_seconds = 4 * rate.hz() as usize;
            let clean: Vec<f32> = decoded.buffer.planes()[0].iter().copied().take(four_seconds).collect();
            let (_, level) = listen(&clean, rate).unwrap();
            assert!(noise_of(&clean, rate).is_none_or(|noise| noise >= 40.0), "{}", path.display());
            // Noise 14 dB under the speech: the peak of white noise lies 4.8 dB over its power.
            let hiss = noise(3, 10f64.powf((level - 14.0 + 4.8) / 20.0) as f32, clean.len());
            let noisy: Vec<f32> = clean.iter().zip(&hiss).map(|(voice, hiss)| voice + hiss).collect();
            let pad = rate.hz() as usize / 2;
            let edge = rate.hz() as usize / 5;
            let fade = |n: usize| (n.min(noisy.len() - 1 - n) as f32 / edge as f32).min(1.0).powi(2);
            let ways = [
                noisy.clone(),
                [vec![0.0; pad], noisy.clone(), vec![0.0; pad]].concat(),
                [dithered(pad), noisy.clone(), dithered(pad)].concat(),
                noisy.iter().enumerate().map(|(n, sample)| sample * fade(n)).collect(),
                noisy.iter().map(|sample| (sample * 0.2 * 32_768.0).round() / 32_768.0).collect(),
            ];
            for way in ways {
                let near = noise_of(&way, rate).is_some_and(|noise| (noise - 14.0).abs() < 4.0);
                (found, all) = (found + usize::from(near), all + 1);
            }
        }
        assert!(found * 5 >= all * 4, "{found} of {all}");
    }

    #[test]
    fn what_fades_or_was_cut_out_is_no_noise() {
        // Words that fade by 60 dB in 0.3 s.
        let fades: Vec<f64> = (0..400).map(|hop| -20.0 - 2.0 * f64::from(hop % 34)).collect();
        assert_eq!(Hops { levels: &fades, speech: (0, 400) }.floor(), None);
        // Between words there is digital silence, and the voice itself is steady.
        let gated: Vec<f64> = (0..400).map(|hop| if hop % 50 < 30 { -20.0 } else { -140.0 }).collect();
        assert_eq!(Hops { levels: &gated, speech: (0, 400) }.floor(), None);
        // The same with noise.
        let noisy: Vec<f64> = fades.iter().map(|level| level.max(-40.0)).collect();
        assert_eq!(Hops { levels: &noisy, speech: (0, 400) }.floor().map(f64::round), Some(-40.0));
        // A steady sound.
        let steady: Vec<f64> = (0..400).map(|hop| -20.0 - f64::from(hop % 6)).collect();
        assert_eq!(Hops { levels: &steady, speech: (0, 400) }.floor(), None);
        // A single word between noise.
        let word: Vec<f64> =
            (0..100).map(|hop| if (40..60).contains(&hop) { -20.0 } else { -50.0 }).collect();
        assert_eq!(Hops { levels: &word, speech: (40, 60) }.floor().map(f64::round), Some(-50.0));
    }
}
