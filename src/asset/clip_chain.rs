//! The voice chain: the stages that clean a clip, in their order, and what each of them did.

use crate::dsp::voice::room::RoomNoise;
use crate::dsp::voice::tone::{SpectralBalance, Tone};
use crate::dsp::voice::{click, de_ess, denoise, expander, frames, moments, peaks, powers, rumble};
use crate::script::voice::Stages;
use crate::unit::{Db, SampleRate};

use super::clip::Resample;
use crate::dsp::speech::{Speech, listen};
use crate::facts::ChainEffects;

/// A clip after the chain, not cut yet.
pub struct Treated {
    /// Where somebody speaks in it.
    pub speech: Speech,
    /// How bright it was before its tone was changed.
    pub balance: SpectralBalance,
    /// The room that is left in its pauses.
    pub room: Option<RoomNoise>,
    /// What the stages did.
    pub effects: ChainEffects,
}

/// So far from the voice nothing but the room is heard, in seconds.
const APART: f64 = 0.05;

/// Sends a clip through the chain, in place. `None` where nobody speaks in it; then it is spoilt.
///
/// Filters come first, so that what they take away misleads nobody; then the level of the voice is found, which what
/// follows is measured against.
///
/// # Errors
/// Those of the resampler, which only noise reduction needs.
pub fn treat<E>(
    samples: &mut Vec<f32>,
    rate: SampleRate,
    stages: &Stages,
    tone: Tone,
    resample: Resample<'_, E>,
) -> Result<Option<Treated>, E> {
    let mut effects = ChainEffects::default();
    if stages.rumble > 0.0 {
        let before = level(samples);
        rumble::remove_rumble(samples, rate, stages.rumble);
        effects.rumble = before - level(samples);
    }
    if stages.clicks {
        effects.clicks = click::mend_clicks(samples, rate);
    }
    if stages.denoise > 0.0 {
        let before = floor(samples, rate);
        reduce_noise(samples, rate, stages.denoise, resample)?;
        effects.noise = before - floor(samples, rate);
    }
    let Some((speech, level)) = listen(samples, rate) else { return Ok(None) };
    let balance =
        if stages.tone > Db(0.0) { SpectralBalance::of(samples, rate) } else { SpectralBalance::default() };
    tone.apply(samples, rate);
    if stages.sibilance > Db(0.0) {
        effects.sibilance = de_ess::de_ess(samples, rate, stages.sibilance);
    }
    if stages.breath > Db(0.0) {
        effects.breath = expander::soften(samples, rate, level, stages.breath);
    }
    if stages.moments > Db(0.0) {
        effects.momentary = moments::hold_moments(samples, rate, stages.moments);
    }
    if stages.peaks > Db(0.0) {
        effects.peaks = peaks::hold_peaks(samples, rate, stages.peaks);
    }
    let room = RoomNoise::of(samples, &quiet(&speech, samples.len(), rate), rate);
    Ok(Some(Treated { speech, balance, room, effects }))
}

/// The level of all of it; what is silent lies at −200 dB.
fn level(samples: &[f32]) -> Db {
    Db(10.0 * powers(samples, samples.len()).first().map_or(1e-20, |power| power.max(1e-20)).log10())
}

/// The level below which a tenth of its 20 ms stretches lie.
fn floor(samples: &[f32], rate: SampleRate) -> Db {
    let mut powers = powers(samples, frames(0.02, rate));
    powers.sort_by(f64::total_cmp);
    Db(10.0 * powers.get(powers.len() / 10).map_or(1e-20, |power| power.max(1e-20)).log10())
}

/// Noise reduction at the one rate it knows.
fn reduce_noise<E>(
    samples: &mut Vec<f32>,
    rate: SampleRate,
    share: f64,
    resample: Resample<'_, E>,
) -> Result<(), E> {
    let known = SampleRate::new(denoise::RATE).expect("48 kHz is a rate");
    if rate == known {
        denoise::denoise(samples, rate, share);
        return Ok(());
    }
    let length = samples.len();
    let mut there = resample(std::mem::take(samples), rate, known)?;
    denoise::denoise(&mut there, known, share);
    *samples = resample(there, known, rate)?;
    samples.resize(length, 0.0);
    Ok(())
}

/// The stretches before, between and after the islands of a voice.
fn quiet(speech: &Speech, frames: usize, rate: SampleRate) -> Vec<(usize, usize)> {
    let apart = (APART * rate.as_f64()) as usize;
    let starts = std::iter::once(0).chain(speech.islands.iter().map(|island| island.1 + apart));
    let ends = speech.islands.iter().map(|island| island.0.saturating_sub(apart)).chain([frames]);
    starts.zip(ends).filter(|(from, to)| from < to).collect()
}
