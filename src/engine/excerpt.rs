//! A stretch of a finished track, rendered alone, for whoever wants to hear a place at once.

use super::render::{master_gain, master_settings};
use super::{Engine, Error, Plan};
use crate::asset::bed::WINDOW;
use crate::delivery::mix::Mix;
use crate::dsp::limiter::Limiter;
use crate::event::Task;
use crate::render::{MixWindow, Mixdown};
use crate::unit::{Frames, Position};

impl Engine {
    /// Left and right of a stretch of a track as a render of a mix has it; phrases without a recording are silent. The limiter begins a
    /// window before the stretch, by which time it has forgotten what came before.
    ///
    /// # Errors
    /// [`Error::World`] if a sound cannot be used, [`Error::Stopped`].
    pub fn excerpt(
        &self,
        plan: &Plan,
        mix: Mix,
        from: Position,
        frames: Frames,
        task: &Task<'_>,
    ) -> Result<[Vec<f32>; 2], Error> {
        let rate = plan.timeline.rate;
        let store = self.store(rate);
        let mixdown = Mixdown::open(&plan.timeline, &store, self.course(), plan.session.voice.chain, mix)?;
        let settings = master_settings(plan);
        // The gain is that of the whole mix, whatever of it is wanted.
        let gain = if mix == Mix::Full {
            master_gain((&mixdown, &store), settings, task)?.gain()
        } else {
            let chain = plan.session.voice.chain;
            let whole = Mixdown::open(&plan.timeline, &store, self.course(), chain, Mix::Full)?;
            master_gain((&whole, &store), settings, task)?.gain()
        };
        let end = (from + frames).0.min(mixdown.frames().0);
        let first = (from.0 / WINDOW).saturating_sub(1);
        let mut limiter = Limiter::new(rate, settings.1.gain(), 2);
        let mut finished = [Vec::new(), Vec::new()];
        let mut sum = [Vec::new(), Vec::new()];
        let mut window = MixWindow::default();
        // The limiter looks ahead, so it needs a little more than it gives.
        for index in first..mixdown.windows() {
            if first * WINDOW + finished[0].len() as u64 >= end {
                break;
            }
            if task.is_cancelled() {
                return Err(Error::Stopped);
            }
            mixdown.window(&store, index, gain, false, &mut window)?;
            for block in 0..window.blocks() {
                limiter.push(&window.block(block, &mut sum).mix, &mut finished);
            }
        }
        if first * WINDOW + (finished[0].len() as u64) < end {
            limiter.finish(&mut finished);
        }
        let skip = (from.0.min(end) - first * WINDOW) as usize;
        let keep = (end.saturating_sub(from.0)) as usize;
        Ok(finished.map(|plane| plane[skip..skip + keep].to_vec()))
    }
}
