//! Windows rendered in parallel, gathered in order, and handed on through the limiter.
//!
//! While one batch of windows goes through the serial tail (limiter, encoder), the next is rendered. How many windows
//! a batch has depends on the machine, what is in them does not.

use rayon::prelude::*;

use crate::asset::SoundError;
use crate::dsp::limiter::Limiter;
use crate::dsp::meter::Meter;
use crate::render::{Mixdown, Stems, Window};
use crate::unit::{Db, Frames, Gain, Lufs, SampleRate};

/// The most windows rendered at once; each takes 2 MiB, and 6 more with stems.
const MOST_AT_ONCE: usize = 8;

/// What the tail gets of each window, in order.
pub struct Batch<'a> {
    /// Finished left and right; the limiter looks ahead, so this lies a little behind the stems.
    pub finished: [&'a [f32]; 2],
    /// The stems before the limiter, where they were asked for.
    pub stems: Option<&'a Stems>,
    /// How much of the track has been rendered.
    pub done: Frames,
}

/// Renders a track, limits it, and hands it to `take` window by window. Returns how many frames the limiter touched.
///
/// # Errors
/// Those of rendering, and those of `take`.
pub fn master<E: From<SoundError> + Send>(
    mixdown: &Mixdown<'_>,
    rate: SampleRate,
    gain: Gain,
    ceiling: Db,
    with_stems: bool,
    take: &mut (impl FnMut(Batch<'_>) -> Result<(), E> + Send),
) -> Result<u64, E> {
    let mut limiter = Limiter::new(rate, ceiling.gain(), 2);
    let mut ready = [Vec::new(), Vec::new()];
    let mut done = Frames::ZERO;
    in_order(mixdown, gain, with_stems, &mut |window: &Window| {
        let [left, right] = &window.mix;
        ready.iter_mut().for_each(Vec::clear);
        limiter.push(&[left, right], &mut ready);
        done += Frames(left.len() as u64);
        take(Batch { finished: [&ready[0], &ready[1]], stems: window.stems.as_ref(), done })
    })?;
    ready.iter_mut().for_each(Vec::clear);
    limiter.finish(&mut ready);
    take(Batch { finished: [&ready[0], &ready[1]], stems: None, done })?;
    Ok(limiter.touched())
}

/// The integrated loudness of a whole mix before any gain, for the anchor `integrated`; `None` for silence.
///
/// # Errors
/// Those of rendering, and those of `pace`.
pub fn measure<E: From<SoundError> + Send>(
    mixdown: &Mixdown<'_>,
    rate: SampleRate,
    pace: &mut (impl FnMut(Frames) -> Result<(), E> + Send),
) -> Result<Option<Lufs>, E> {
    let mut meter = Meter::new(rate, 2);
    let mut done = Frames::ZERO;
    in_order(mixdown, Gain::UNITY, false, &mut |window: &Window| {
        let [left, right] = &window.mix;
        meter.push(&[left, right]);
        done += Frames(left.len() as u64);
        pace(done)
    })?;
    Ok(meter.finish().integrated)
}

/// Renders every window, several at once, and hands them on in order.
fn in_order<E: From<SoundError> + Send>(
    mixdown: &Mixdown<'_>,
    gain: Gain,
    with_stems: bool,
    hand_on: &mut (impl FnMut(&Window) -> Result<(), E> + Send),
) -> Result<(), E> {
    let at_once = rayon::current_num_threads().clamp(1, MOST_AT_ONCE) as u64;
    let windows = mixdown.windows();
    let render = |first: u64| -> Result<Vec<Window>, SoundError> {
        let indices = first..(first + at_once).min(windows);
        indices.into_par_iter().map(|index| mixdown.window(index, gain, with_stems)).collect()
    };
    // The first window goes ahead alone, so that whoever listens hears it at once.
    let mut batch = vec![];
    if windows > 0 {
        batch.push(mixdown.window(0, gain, with_stems)?);
    }
    let mut next = batch.len() as u64;
    while !batch.is_empty() {
        let (handed, rendered) = rayon::join(|| batch.iter().try_for_each(&mut *hand_on), || render(next));
        handed?;
        batch = rendered?;
        next += batch.len() as u64;
    }
    Ok(())
}
