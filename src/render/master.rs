//! Renders windows in parallel and passes them on in order, through the limiter.
//!
//! While one batch of windows goes through the serial part (limiter, encoder), the next is rendered. The number of
//! windows in a batch depends on the machine; their contents do not.

use rayon::prelude::*;

use crate::asset::{SoundError, Store};
use crate::dsp::limited::LimitedLoudness;
use crate::dsp::limiter::{Limiter, LimiterWork};
use crate::render::{MixBlock, MixWindow, Mixdown, StemBlock};
use crate::unit::{Db, Frames, Gain};

/// The most windows rendered at once; each takes 2 MiB, or 5 MiB with stems.
const MOST_AT_ONCE: usize = 8;

/// The output of the limiter, in order.
pub struct Batch<'a> {
    /// Finished left and right. The limiter looks ahead, so these lag a little behind the stems.
    pub finished: [&'a [f32]; 2],
    /// The stems of a block before the limiter, if they were requested.
    pub stems: Option<StemBlock<'a>>,
    /// How much of the track has been rendered.
    pub done: Frames,
}

/// Renders a track, limits it, and passes it to `take` block by block. Returns what the limiter did.
///
/// # Errors
/// Those of rendering, and those of `take`.
pub fn master<E: From<SoundError> + Send>(
    (mixdown, store): (&Mixdown, &Store<'_>),
    gain: Gain,
    ceiling: Db,
    with_stems: bool,
    take: &mut (impl FnMut(Batch<'_>) -> Result<(), E> + Send),
) -> Result<LimiterWork, E> {
    let mut limiter = Limiter::new(store.rate, ceiling.gain(), 2);
    let mut ready = [Vec::new(), Vec::new()];
    let mut sum = [Vec::new(), Vec::new()];
    let mut done = Frames::ZERO;
    in_order((mixdown, store), gain, with_stems, &mut |window: &MixWindow| -> Result<(), E> {
        for index in 0..window.blocks() {
            let MixBlock { mix, stems } = window.block(index, &mut sum);
            ready.iter_mut().for_each(Vec::clear);
            limiter.push(&mix, &mut ready);
            done += Frames(mix[0].len() as u64);
            take(Batch { finished: [&ready[0], &ready[1]], stems, done })?;
        }
        Ok(())
    })?;
    ready.iter_mut().for_each(Vec::clear);
    limiter.finish(&mut ready);
    take(Batch { finished: [&ready[0], &ready[1]], stems: None, done })?;
    Ok(limiter.work())
}

/// Measures a whole mix before any gain, for the anchor `integrated`.
///
/// # Errors
/// Those of rendering, and those of `progress`.
pub fn measure<E: From<SoundError> + Send>(
    (mixdown, store): (&Mixdown, &Store<'_>),
    progress: &mut (impl FnMut(Frames) -> Result<(), E> + Send),
) -> Result<LimitedLoudness, E> {
    let mut meter = LimitedLoudness::new(store.rate, mixdown.frames());
    let mut sum = [Vec::new(), Vec::new()];
    let mut done = Frames::ZERO;
    in_order((mixdown, store), Gain::UNITY, false, &mut |window: &MixWindow| {
        for index in 0..window.blocks() {
            let [left, right] = window.block(index, &mut sum).mix;
            meter.push([left, right]);
            done += Frames(left.len() as u64);
        }
        progress(done)
    })?;
    Ok(meter)
}

/// Renders every window, several in parallel, and passes them on in order.
fn in_order<E: From<SoundError> + Send>(
    (mixdown, store): (&Mixdown, &Store<'_>),
    gain: Gain,
    with_stems: bool,
    hand_on: &mut (impl FnMut(&MixWindow) -> Result<(), E> + Send),
) -> Result<(), E> {
    let at_once = rayon::current_num_threads().clamp(1, MOST_AT_ONCE) as u64;
    let windows = mixdown.windows();
    let render = |first: u64, most: u64, mut batch: Vec<MixWindow>| -> Result<Vec<MixWindow>, SoundError> {
        batch.resize_with(most.min(windows - first) as usize, MixWindow::default);
        batch.par_iter_mut().enumerate().try_for_each(|(place, window)| {
            mixdown.window(store, first + place as u64, gain, with_stems, window)
        })?;
        Ok(batch)
    };
    // The first window is rendered alone, so that a preview starts as soon as possible.
    let mut ready = render(0, 1, Vec::new())?;
    let mut spare = Vec::new();
    let mut next = ready.len() as u64;
    while !ready.is_empty() {
        let (handed, rendered) =
            rayon::join(|| ready.iter().try_for_each(&mut *hand_on), || render(next, at_once, spare));
        handed?;
        (spare, ready) = (ready, rendered?);
        next += ready.len() as u64;
    }
    Ok(())
}
