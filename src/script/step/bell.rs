//! `bell`: strikes a bell.

use super::kind::{ResolvedStep, RoundLimits, StepKeys, WrittenStep};
use super::resolved::{Action, Step, StepSound};
use super::say::{Phrase, PhraseText};
use super::{StepKind, StepText};
use crate::diag::{Span, Spanned};
use crate::script::check::Check;
use crate::script::course::Course;
use crate::script::resolve::InFile;
use crate::toml::key::Key;
use crate::toml::kind::Kind;
use crate::toml::table::Table;
use crate::unit::Db;

/// What `gain` takes.
pub(in crate::script) const GAIN: Kind = Kind::Level(-60.0, 24.0);

pub(super) static KEYS: [Key; 3] = [
    Key::new("bell", Kind::Name, "\"schaal\"", "Strikes a bell of ambience/bells."),
    Key::new("gain", GAIN, "-3", "The level of that bell in dB. Default: adem chooses one."),
    Key::new(
        "over",
        Kind::Flag,
        "true",
        "The next phrase does not wait for the bell to fade. Default false.",
    ),
];

pub(super) static BELL: StepKeys = StepKeys {
    key: "bell",
    with: &["gain", "over"],
    read: |table, _| BellText::read(table).map(StepKind::Bell),
};

/// A bell step as written.
#[derive(Clone, Debug)]
pub struct BellText {
    pub name: Spanned<String>,
    /// The level; `None` leaves it to adem.
    pub gain: Option<Db>,
    /// Whether the next phrase starts without waiting for the bell to fade.
    pub over: bool,
}

impl BellText {
    /// Reads a bell from a step or a cue.
    pub fn read(table: &Table<'_>) -> Option<Self> {
        Some(Self {
            name: table.require("bell")?.name()?,
            gain: table.get("gain").and_then(|node| node.db()),
            over: table.get("over").and_then(|node| node.flag()).unwrap_or(false),
        })
    }

    /// Resolves the bell; its level is that of the step, else that of its own file.
    pub(in crate::script) fn strike(&self, course: &Course) -> Strike {
        let own = course.bells.get(&self.name.value).and_then(|bell| bell.gain);
        Strike { bell: self.name.value.clone(), gain: self.gain.or(own), over: self.over }
    }
}

impl WrittenStep for BellText {
    fn phrases(&self) -> Vec<&PhraseText> {
        Vec::new()
    }

    fn children(&self) -> &[StepText] {
        &[]
    }

    fn check(&self, check: &Check<'_>) {
        check.bell(&self.name);
    }

    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step> {
        vec![Step { span, action: Action::Bell(self.strike(file.course())) }]
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }
}

/// A bell step of a session.
#[derive(Clone, Debug)]
pub struct Strike {
    /// The name of the bell.
    pub bell: String,
    /// The level; `None` leaves it to adem.
    pub gain: Option<Db>,
    /// Whether the next phrase starts without waiting for the bell to fade.
    pub over: bool,
}

impl ResolvedStep for Strike {
    fn phrase(&self) -> Option<&Phrase> {
        None
    }

    fn children(&self) -> Vec<&[Step]> {
        Vec::new()
    }

    fn children_mut(&mut self) -> Vec<&mut [Step]> {
        Vec::new()
    }

    fn sound(&self) -> Option<StepSound<'_>> {
        Some(StepSound::Bell(self))
    }

    fn rounds(&self) -> Option<RoundLimits> {
        None
    }
}
