//! `walk`: paces on a grid, optionally with a phrase.

use super::kind::{ResolvedStep, RoundLimits, StepKeys, WrittenStep};
use super::on_grid;
use super::resolved::{Action, Step, StepSound};
use super::rounds::{ROUNDS, read_rounds};
use super::say::{Phrase, PhraseText};
use super::{PhraseTime, StepKind, StepText};
use crate::diag::Span;
use crate::script::check::Check;
use crate::script::resolve::InFile;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::Table;
use crate::unit::Seconds;

pub(super) static KEYS: [Key; 1] = [Key::new(
    "walk",
    Kind::Table(&TABLE),
    "{ pace = 50, steps = [8, 16, 40] }",
    "Paces on a grid: paces a minute, and least, natural and most paces.",
)];

const PACE: Key = Key::needed(
    "pace",
    Kind::Number(4.0, 140.0),
    "50",
    "Paces a minute, 4 to 140; slow walking is usually 40 to 60.",
);

/// `walk = { … }`.
static TABLE: TableKeys = TableKeys::new(
    "a walk",
    &[
        PACE,
        Key::needed(STEPS, ROUNDS, "[8, 16, 40]", "Least, natural and most paces, or one number."),
        Key::new(
            "ticks",
            Kind::Flag,
            "true",
            "Whether each pace has a tick. Default false: walkers find their own pace.",
        ),
    ],
);

const STEPS: &str = "steps";

pub(super) static WALK: StepKeys =
    StepKeys { key: "walk", with: on_grid::WITH, read: |table, _| WalkText::read(table).map(StepKind::Walk) };

/// A walk step as written.
#[derive(Clone, Debug)]
pub struct WalkText {
    /// The length of one pace.
    pub pace: Seconds,
    /// Least, natural and most paces.
    pub paces: [u32; 3],
    /// Whether each pace has a tick.
    pub ticks: bool,
    /// The phrase spoken on it.
    pub phrase: Option<PhraseText>,
    /// How often the phrase is spoken.
    pub spoken: u32,
}

impl WalkText {
    fn read(step: &Table<'_>) -> Option<Self> {
        let table = step.get("walk")?.table(&TABLE)?;
        let pace = table.require(PACE.name).and_then(|node| node.number());
        let paces = table.require(STEPS).and_then(|node| read_rounds(&node));
        let ticks = table.get("ticks").and_then(|node| node.flag()).unwrap_or(false);
        let (phrase, spoken) = on_grid::read(step);
        let pace = Seconds::from_f64(60.0 / pace?)?;
        Some(Self { pace, paces: paces?, ticks, phrase, spoken })
    }
}

impl WrittenStep for WalkText {
    fn phrases(&self) -> Vec<&PhraseText> {
        self.phrase.iter().collect()
    }

    fn children(&self) -> &[StepText] {
        &[]
    }

    /// Nothing to check: a phrase may have any number of beats, one a pace.
    fn check(&self, _: &Check<'_>) {}

    fn comment_on(&self, phrase: &PhraseText) -> Option<String> {
        let pace = (600.0 / self.pace.as_f64()).round() / 10.0;
        Some(if phrase.beats() > 1 {
            format!("On the steps: one beat a step, {pace} steps a minute. Keep the bars.")
        } else {
            format!("On the steps, {pace} a minute; spoken whole.")
        })
    }

    fn time_for(&self, phrase: &PhraseText) -> Option<PhraseTime> {
        (phrase.beats() > 1).then(|| PhraseTime::pieces(vec![self.pace; phrase.beats()]))
    }

    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step> {
        let walk = Walk {
            pace: self.pace,
            paces: self.paces,
            ticks: self.ticks,
            phrase: self.phrase.as_ref().and_then(|phrase| file.phrase(phrase)),
            spoken: self.spoken,
        };
        vec![Step { span, action: Action::Walk(walk) }]
    }

    fn rounds(&self) -> Option<RoundLimits> {
        Some(RoundLimits { key: STEPS, times: self.paces })
    }

    /// The phrase needs one pace for each beat.
    fn first_round(&self, phrase: usize) -> u32 {
        self.phrases().get(phrase).map_or(1, |phrase| phrase.beats() as u32)
    }
}

/// A walk step of a session.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The length of one pace.
    pub pace: Seconds,
    /// Least, natural and most paces.
    pub paces: [u32; 3],
    /// Whether each pace has a tick.
    pub ticks: bool,
    /// The phrase spoken on it.
    pub phrase: Option<Phrase>,
    /// How often the phrase is spoken.
    pub spoken: u32,
}

impl ResolvedStep for Walk {
    fn phrase(&self) -> Option<&Phrase> {
        self.phrase.as_ref()
    }

    fn phrase_mut(&mut self) -> Option<&mut Phrase> {
        self.phrase.as_mut()
    }

    fn children(&self) -> Vec<&[Step]> {
        Vec::new()
    }

    fn children_mut(&mut self) -> Vec<&mut [Step]> {
        Vec::new()
    }

    fn sound(&self) -> Option<StepSound<'_>> {
        self.ticks.then_some(StepSound::Tick)
    }

    /// The paces a phrase needs depend on its recording, so with a safety phrase the least number stays.
    fn fewest_rounds(&self) -> u32 {
        let safe = self.phrase.as_ref().is_some_and(|phrase| phrase.safety);
        if safe { self.paces[0] } else { 1 }
    }

    fn rounds(&self) -> Option<RoundLimits> {
        Some(RoundLimits { key: STEPS, times: self.paces })
    }

    fn set_rounds(&mut self, times: [u32; 3]) {
        self.paces = times;
    }
}
