//! Windows rendered in parallel, gathered in order, and handed on through the limiter.
//!
//! While one batch of windows goes through the serial tail (limiter, encoder), the next is rendered. How many windows
//! a batch has depends on the machine, what is in them does not.

use rayon::prelude::*;

use crate::asset::SoundError;
use crate::dsp::limited::LimitedLoudness;
use crate::dsp::limiter::Limiter;
use crate::render::{Mixdown, Stems, Window};
use crate::unit::{Db, Frames, Gain, SampleRate};

/// The most windows rendered at once; each takes 2 MiB, and 6 more with stems.
const MOST_AT_ONCE: usize = 8;

/// The serial tail goes through a window in blocks of so many frames, which stay near its core on their way through
/// limiter and encoder.
const TAIL_BLOCK: usize = 8_192;

/// What the tail hands on, in order.
pub struct Batch<'a> {
    /// Finished left and right. The limiter looks ahead, and stems come by the window, so these do not lie side by side.
    pub finished: [&'a [f32]; 2],
    /// The stems of a window before the limiter, with its first block, where they were asked for.
    pub stems: Option<&'a Stems>,
    /// How much of the track has been rendered.
    pub done: Frames,
}

/// Renders a track, limits it, and hands it to `take` block by block. Returns how many frames the limiter touched.
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
    in_order(mixdown, gain, with_stems, &mut |window: &Window| -> Result<(), E> {
        let [left, right] = &window.mix;
        let mut stems = window.stems.as_ref();
        for (left, right) in left.chunks(TAIL_BLOCK).zip(right.chunks(TAIL_BLOCK)) {
            ready.iter_mut().for_each(Vec::clear);
            limiter.push(&[left, right], &mut ready);
            done += Frames(left.len() as u64);
            take(Batch { finished: [&ready[0], &ready[1]], stems: stems.take(), done })?;
        }
        Ok(())
    })?;
    ready.iter_mut().for_each(Vec::clear);
    limiter.finish(&mut ready);
    take(Batch { finished: [&ready[0], &ready[1]], stems: None, done })?;
    Ok(limiter.touched())
}

/// Listens to a whole mix before any gain, for the anchor `integrated`.
///
/// # Errors
/// Those of rendering, and those of `pace`.
pub fn measure<E: From<SoundError> + Send>(
    mixdown: &Mixdown<'_>,
    rate: SampleRate,
    pace: &mut (impl FnMut(Frames) -> Result<(), E> + Send),
) -> Result<LimitedLoudness, E> {
    let mut meter = LimitedLoudness::new(rate, mixdown.frames());
    let mut done = Frames::ZERO;
    in_order(mixdown, Gain::UNITY, false, &mut |window: &Window| {
        let [left, right] = &window.mix;
        meter.push([left, right]);
        done += Frames(left.len() as u64);
        pace(done)
    })?;
    Ok(meter)
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
    let render = |first: u64, most: u64, mut batch: Vec<Window>| -> Result<Vec<Window>, SoundError> {
        batch.resize_with(most.min(windows - first) as usize, Window::default);
        batch
            .par_iter_mut()
            .enumerate()
            .try_for_each(|(place, window)| mixdown.window(first + place as u64, gain, with_stems, window))?;
        Ok(batch)
    };
    // The first window goes ahead alone, so that whoever listens hears it at once.
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
