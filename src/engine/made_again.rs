//! Renders the version of a finished file again, to compare the file with it.

use super::listen::Hearing;
use super::render::{master_gain, master_settings};
use super::{Engine, Error, Lock, Plan, PlanJob, RenderJob};
use crate::asset::SoundError;
use crate::delivery::mix::Mix;
use crate::dsp::limiter::LimiterWork;
use crate::event::Task;
use crate::layout::TimelineDocument;
use crate::qc::Missing;
use crate::render::Mixdown;
use crate::render::master::{Batch, master};

impl Engine {
    /// Plans the version of a timeline document again.
    ///
    /// # Errors
    /// Why it can no longer be rendered as it was.
    pub(super) fn plan_again(&self, document: &TimelineDocument) -> Result<Plan, Missing> {
        let (Some(asked), Some(generation)) = (&document.asked, &document.generation) else {
            return Err(Missing::Asked);
        };
        let job: PlanJob = serde_json::from_value(asked.clone()).map_err(|_| Missing::Asked)?;
        let is_same = |plan: &Plan| {
            let job = RenderJob { mix: document.mix.unwrap_or(Mix::Full), ..RenderJob::default() };
            self.ingredients(plan, &job).is_ok_and(|own| own.generation() == *generation)
        };
        let planned = |job: &PlanJob| self.plan(job, &Task::silent()).ok().filter(is_same);
        // A version that was locked to another one has its part starts in its own document.
        let locked = || {
            let lock = Lock::Timeline { name: String::new(), document: Box::new(document.clone()) };
            let mut job = job.clone();
            (job.length.length, job.length.lock) = (None, Some(lock));
            planned(&job)
        };
        let plan = planned(&job).or_else(locked).ok_or(Missing::SameCourse)?;
        self.require_clips(&plan).map_err(|_| Missing::SameCourse)?;
        Ok(plan)
    }

    /// Renders a version beside the file that is heard. Returns what the limiter did.
    ///
    /// # Errors
    /// [`Error`] if a recording has disappeared or changed.
    pub(super) fn render_beside(
        &self,
        plan: &Plan,
        mix: Mix,
        hearing: &mut Hearing,
    ) -> Result<LimiterWork, Error> {
        let rate = plan.timeline.rate;
        let store = self.store(rate);
        let chain = plan.session.voice.chain;
        let mixdown = Mixdown::open(&plan.timeline, &store, &self.course, chain, mix)?;
        let settings = master_settings(plan);
        let gain = master_gain((&mixdown, &store), settings, &Task::silent())?;
        let mut done = 0;
        master((&mixdown, &store), gain.gain(), settings.1, false, &mut |batch: Batch<'_>| {
            let [left, right] = batch.finished;
            if let Some(comparer) = &mut hearing.comparer {
                if plan.session.preset.coding.mono {
                    let mono: Vec<f32> = left.iter().zip(right).map(|(l, r)| 0.5 * (l + r)).collect();
                    comparer.push_expected([&mono, &mono]);
                } else {
                    comparer.push_expected([left, right]);
                }
            }
            done += left.len() as u64;
            while hearing.heard < done && hearing.go_on() {}
            Ok::<(), SoundError>(())
        })
        .map_err(Error::from)
    }
}
