//! Lowers single peaks of a recording that becomes a bed, such as the crackles of a fire, so that the limiter has nothing
//! to do. As [`crate::dsp::voice::peaks`] does for a voice: at a ratio of 4 : 1, with the highest threshold that brings the highest peak down
//! to a crest over the loudness, and nothing else is changed. It works on a stream, as a bed may be hours long; how the
//! stream is cut into blocks changes no sample.
//!
//! The crest is 18 dB: a bed that is 10 LU under a voice, and 20 while it speaks, then has its highest peaks 8 dB over the
//! loudness of the voice in silence and 2 dB under it in speech, where a voice with peaks of 13 dB stays under the ceiling.

use super::voice::peaks::{LOOK, SHARE, lowest, smooth};
use crate::unit::{Db, Lufs, SampleRate};

/// How far the highest peak may be over the loudness.
const CREST: Db = Db(18.0);
/// Frames whose gain is computed at a time.
const CHUNK: usize = 1 << 16;

/// The amplitude above which peaks are lowered; `None` where no peak of a recording is over the crest.
pub fn threshold(loudness: Option<Lufs>, peak: f64) -> Option<f64> {
    let peak = 20.0 * peak.log10();
    let over = peak - loudness?.0 - CREST.0;
    (over > 0.0).then(|| 10f64.powf((peak - over / SHARE) / 20.0))
}

/// Lowers the peaks of a stream of one channel or two, of which both have the same gain.
pub struct PeakHold {
    threshold: f64,
    /// How far a gain looks, in frames.
    look: usize,
    /// What is not finished, with as much before it as gains look back.
    held: Vec<Vec<f32>>,
    /// How much of it is finished.
    done: usize,
}

impl PeakHold {
    pub fn new(threshold: f64, rate: SampleRate, channels: usize) -> Self {
        let look = (LOOK * rate.as_f64()).round() as usize;
        Self { threshold, look, held: vec![Vec::new(); channels], done: 0 }
    }

    /// Takes the next block, and adds what is finished to `out`.
    pub fn push(&mut self, planes: &[&[f32]], out: &mut [Vec<f32>]) {
        self.held.iter_mut().zip(planes).for_each(|(held, plane)| held.extend_from_slice(plane));
        // The lowest wanted gain is looked for as far as `look`, and that is smoothed over as much.
        let reach = 2 * self.look;
        if self.frames() >= self.done + CHUNK + reach {
            self.emit(self.frames() - reach, out);
            let past = self.done.saturating_sub(reach);
            self.held.iter_mut().for_each(|held| drop(held.drain(..past)));
            self.done -= past;
        }
    }

    /// Adds the rest to `out`.
    pub fn finish(&mut self, out: &mut [Vec<f32>]) {
        self.emit(self.frames(), out);
    }

    fn frames(&self) -> usize {
        self.held.first().map_or(0, Vec::len)
    }

    fn emit(&mut self, to: usize, out: &mut [Vec<f32>]) {
        let range = self.done..to;
        let level =
            |frame: usize| self.held.iter().map(|held| f64::from(held[frame].abs())).fold(0.0, f64::max);
        let levels: Vec<f64> = (0..self.frames()).map(level).collect();
        if levels.iter().all(|level| *level <= self.threshold) {
            out.iter_mut()
                .zip(&self.held)
                .for_each(|(out, held)| out.extend_from_slice(&held[range.clone()]));
        } else {
            let wanted = levels.iter().map(|level| {
                if *level > self.threshold { (self.threshold / level).powf(SHARE) } else { 1.0 }
            });
            let gains = smooth(&lowest(wanted, self.look), self.look);
            for (out, held) in out.iter_mut().zip(&self.held) {
                let samples = held[range.clone()].iter().zip(&gains[range.clone()]);
                out.extend(samples.map(|(sample, gain)| (f64::from(*sample) * gain) as f32));
            }
        }
        self.done = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::noise::HashNoise;

    const RATE: SampleRate = SampleRate::DEFAULT;

    /// Soft noise with a loud crackle now and then, on one side only.
    fn fire(frames: usize) -> [Vec<f32>; 2] {
        let mut planes = [vec![0.0; frames], vec![0.0; frames]];
        for (seed, plane) in (1..).zip(&mut planes) {
            HashNoise::new(seed).fill(0, plane);
            plane.iter_mut().for_each(|sample| *sample *= 0.02);
        }
        for at in (7_000..frames - 100).step_by(31_000) {
            planes[0][at..at + 40].iter_mut().for_each(|sample| *sample *= 40.0);
        }
        planes
    }

    fn held(planes: &[Vec<f32>; 2], threshold: f64, block: usize) -> Vec<Vec<f32>> {
        let (mut hold, mut out) = (PeakHold::new(threshold, RATE, 2), vec![Vec::new(); 2]);
        for from in (0..planes[0].len()).step_by(block) {
            let to = planes[0].len().min(from + block);
            hold.push(&[&planes[0][from..to], &planes[1][from..to]], &mut out);
        }
        hold.finish(&mut out);
        out
    }

    fn peak(plane: &[f32]) -> f64 {
        plane.iter().map(|sample| f64::from(sample.abs())).fold(0.0, f64::max)
    }

    #[test]
    fn peaks_come_down_to_the_crest_and_what_lies_between_them_is_unchanged() {
        let planes = fire(200_000);
        let loudness = Lufs(-36.0);
        let threshold = threshold(Some(loudness), peak(&planes[0])).unwrap();
        let after = held(&planes, threshold, 4_096);
        let crest = 20.0 * peak(&after[0]).log10() - loudness.0;
        assert!((crest - CREST.0).abs() < 0.05, "{crest} dB");
        // Halfway between two crackles every bit stays, on both sides.
        for (before, after) in planes.iter().zip(&after) {
            assert_eq!(before[20_000..25_000], after[20_000..25_000]);
        }
        // The other side is lowered with it, so that nothing moves to the side.
        let ratio = f64::from(after[1][7_020]) / f64::from(planes[1][7_020]);
        assert!(
            (ratio - f64::from(after[0][7_020]) / f64::from(planes[0][7_020])).abs() < 1e-6 && ratio < 0.5
        );
    }

    #[test]
    fn blocks_change_no_sample_and_a_recording_without_peaks_needs_nothing() {
        let planes = fire(300_000);
        let whole = held(&planes, 0.1, 300_000);
        assert_eq!(whole[0].len(), 300_000);
        for block in [997, 8_192, 100_000] {
            assert!(held(&planes, 0.1, block) == whole, "{block}");
        }
        assert_eq!(threshold(Some(Lufs(-20.0)), 0.5), None);
        assert_eq!(threshold(None, 0.5), None);
    }
}
