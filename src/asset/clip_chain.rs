//! The voice chain: the processing stages that clean a clip, in order, and a record of what each one did.

use crate::dsp::true_peak::TruePeak;
use crate::dsp::voice::fitting::Fitting;
use crate::dsp::voice::room_noise::RoomNoise;
use crate::dsp::voice::tone::SpectralBalance;
use crate::dsp::voice::{
    breath, click, de_ess, declip, denoise, dereverb, frames, hum, momentary, peaks, phase, powers, rumble,
};
use crate::script::voice::Stages;
use crate::unit::{Db, SampleRate};

use crate::dsp::speech::{Speech, listen};
use crate::facts::ChainEffects;

/// The result of the chain; the clip is not trimmed yet.
pub struct Treated {
    /// Where the speech is.
    pub speech: Speech,
    /// Its bass and treble before they were corrected.
    pub balance: SpectralBalance,
    /// How far each s is over its vowels before it was lowered, in dB.
    pub sibilants: Vec<f32>,
    /// The background noise in its pauses.
    pub room: Option<RoomNoise>,
    pub effects: ChainEffects,
}

/// At this distance from speech only the background noise is heard, in seconds.
const APART: f64 = 0.05;

/// Processes a clip in place. Returns `None` if it contains no speech; its samples are then partly processed.
///
/// The filters run first, so that the later stages do not react to what they remove. Then the speech level is
/// measured, which the later stages use as their reference.
pub fn treat(samples: &mut [f32], rate: SampleRate, stages: &Stages, fitting: Fitting) -> Option<Treated> {
    let mut effects = ChainEffects::default();
    // Before anything moves what was cut off at one height.
    if stages.declip {
        effects.tops = declip::restore_tops(samples, rate);
    }
    if stages.hum {
        effects.hum = hum::remove_hum(samples, rate);
    }
    if stages.rumble > 0.0 {
        let before = level(samples);
        rumble::remove_rumble(samples, rate, stages.rumble);
        effects.rumble = before - level(samples);
    }
    if stages.clicks {
        effects.clicks = click::repair_clicks(samples, rate);
    }
    if stages.denoise > 0.0 {
        let before = floor(samples, rate);
        denoise::denoise(samples, rate, stages.denoise);
        effects.noise = before - floor(samples, rate);
        effects.denoise = stages.denoise;
    }
    if stages.dereverb > Db(0.0) {
        effects.reverb = dereverb::lower_echo(samples, rate, stages.dereverb);
    }
    let (speech, level) = listen(samples, rate)?;
    let balance =
        if stages.tone > Db(0.0) { SpectralBalance::of(samples, rate) } else { SpectralBalance::default() };
    fitting.tone.apply(samples, rate);
    let mut sibilants = Vec::new();
    if stages.sibilance > Db(0.0) {
        sibilants = de_ess::sibilants(samples, rate);
        if let Some(usual) = fitting.usual_s {
            effects.sibilance = de_ess::de_ess(samples, rate, stages.sibilance, usual);
        }
    }
    if stages.breath > Db(0.0) {
        effects.breath = breath::lower_breaths(samples, rate, level, stages.breath);
    }
    if stages.moments > Db(0.0) {
        effects.momentary = momentary::limit_momentary(samples, rate, stages.moments);
    }
    if stages.peaks > Db(0.0) {
        effects.turned = phase::turn_phases(samples, rate, stages.crest);
        let held = peaks::limit_peaks(samples, rate, stages.peaks, stages.crest);
        (effects.peaks, effects.held) = (held.most, held.share);
        let mut meter = TruePeak::new(rate);
        meter.push(samples);
        effects.highest = meter.peak().db();
    }
    let room = RoomNoise::of(samples, &quiet(&speech, samples.len(), rate), rate);
    Some(Treated { speech, balance, sibilants, room, effects })
}

/// The RMS level of the whole clip in dBFS; −200 for silence.
fn level(samples: &[f32]) -> Db {
    Db(10.0 * powers(samples, samples.len()).first().map_or(1e-20, |power| power.max(1e-20)).log10())
}

/// The noise floor in dBFS: the 10th percentile of the levels of 20 ms frames.
fn floor(samples: &[f32], rate: SampleRate) -> Db {
    let mut powers = powers(samples, frames(0.02, rate));
    powers.sort_by(f64::total_cmp);
    Db(10.0 * powers.get(powers.len() / 10).map_or(1e-20, |power| power.max(1e-20)).log10())
}

/// The ranges before, between and after the islands of speech.
fn quiet(speech: &Speech, frames: usize, rate: SampleRate) -> Vec<(usize, usize)> {
    let apart = (APART * rate.as_f64()) as usize;
    let starts = std::iter::once(0).chain(speech.islands.iter().map(|island| island.1 + apart));
    let ends = speech.islands.iter().map(|island| island.0.saturating_sub(apart)).chain([frames]);
    starts.zip(ends).filter(|(from, to)| from < to).collect()
}
