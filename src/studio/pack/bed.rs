//! The bed of a script as a small file that a page repeats under a take that is heard in its place.

use super::original::{mono, opus};
use crate::delivery::mix::Mix;
use crate::engine::{Engine, Plan, PlanJob};
use crate::event::Task;
use crate::layout::BedSpan;
use crate::script::language::Language;
use crate::script::session::Variant;
use crate::unit::{Db, Frames, SampleRate, Seconds};

/// How much of a bed goes along: more than is heard around a phrase.
const LENGTH: Seconds = Seconds::whole(24);
const BITS: u32 = 48;

/// The bed of a script as it is laid out.
pub(super) struct BedOf<'a> {
    engine: &'a Engine,
    plan: Plan,
    span: BedSpan,
}

impl<'a> BedOf<'a> {
    /// The longest bed of a script in a language; `None` where it has none, or cannot be laid out.
    pub(super) fn of(
        engine: &'a Engine,
        script: &str,
        language: &Language,
        voice: Option<&str>,
    ) -> Option<Self> {
        let plan = |language: Option<&Language>, voice: Option<&str>| {
            let (language, voice) = (language.cloned(), voice.map(str::to_owned));
            let variant = Variant { language, voice, ..Variant::default() };
            engine.plan(&PlanJob { variant, ..PlanJob::of(script) }, &Task::silent()).ok()
        };
        // A language that has no voice yet has the bed of the one that the script is written in.
        let plan = plan(Some(language), voice).or_else(|| plan(None, None))?;
        let span = plan.timeline.beds.iter().max_by_key(|span| span.frames)?.clone();
        Some(Self { engine, plan, span })
    }

    /// Scripts with the same have the same bed at the same level.
    pub(super) fn name(&self) -> String {
        format!("{}-{:.1}", self.span.name, self.span.gain.db().unwrap_or(Db(-99.0)).0)
    }

    /// How loud a voice of one channel is over it, in LUFS: the target counts it on two, which is 3 dB more (docs/sound.md, section 1).
    pub(super) fn voice(&self) -> f64 {
        self.plan.session.preset.target.0 - 10.0 * 2.0_f64.log10()
    }

    /// Its middle as Ogg Opus of one channel, without the phrases under which it falls.
    pub(super) fn packed(&self, language: &Language) -> Option<Vec<u8>> {
        let rate = self.plan.timeline.rate;
        let BedSpan { start, frames, fade_in, fade_out, .. } = self.span;
        let between = frames.0.saturating_sub(fade_in.0 + fade_out.0);
        let frames = Frames(LENGTH.frames(rate).0.min(between));
        if frames.0 == 0 {
            return None;
        }
        let from = start + fade_in + Frames((between - frames.0) / 2);
        let planes = self.engine.excerpt(&self.plan, Mix::Bed, from, frames, &Task::silent()).ok()?;
        opus(&mono(&planes, planes[0].len()), rate, SampleRate::DEFAULT, BITS, language)
    }
}
