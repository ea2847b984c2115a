//! `breathe`: breaths on a grid, optionally with a phrase.

use super::kind::{ResolvedStep, RoundLimits, StepKeys, WrittenStep};
use super::on_grid;
use super::resolved::{Action, Step, StepSound};
use super::rounds::{ROUNDS, read_rounds};
use super::say::{Phrase, PhraseText};
use super::{PhraseTime, StepKind, StepText};
use crate::diag::{Code, Diagnostic, Sink, Span, Spanned};
use crate::script::check::Check;
use crate::script::resolve::InFile;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};
use crate::unit::Seconds;
use crate::unit::literal::print_duration;

/// The longest breath, 4.5 a minute (docs/sound.md, section 7).
pub(crate) const SLOWEST_BREATH: Seconds = Seconds::from_nanos(13_333_333_334);
/// The shortest breath (docs/sound.md, section 7).
const QUICKEST_BREATH: Seconds = Seconds::from_millis(2_000);
/// The most a breath may lengthen from one round to the next (docs/sound.md, section 7).
const MOST_CHANGE: Seconds = Seconds::from_millis(500);

pub(super) static KEYS: [Key; 1] = [Key::new(
    "breathe",
    Kind::Table(&TABLE),
    "{ in = 4, out = 6, times = [3, 6, 12] }",
    "Breaths on a grid: seconds in, seconds out, and least, natural and most rounds.",
)];

/// The breaths a minute of the first round.
const FROM: Key = Key::new(
    "from",
    Kind::Number(4.5, 30.0),
    "8",
    "The breaths a minute of the first round; the pace then changes evenly to that of `in` and `out` in the last. Default: the pace stays the same.",
);

/// `breathe = { … }`.
static TABLE: TableKeys = TableKeys::new(
    "a breath",
    &[
        Key::needed("in", Kind::Time, "4", "Seconds of the in-breath."),
        Key::needed("out", Kind::Time, "6", "Seconds of the out-breath, no shorter than the in-breath."),
        FROM,
        Key::needed(TIMES, ROUNDS, "[3, 6, 12]", "Least, natural and most rounds, or one number."),
    ],
);

const TIMES: &str = "times";

pub(super) static BREATHE: StepKeys = StepKeys {
    key: "breathe",
    with: on_grid::WITH,
    read: |table, _| BreathText::read(table).map(StepKind::Breathe),
};

/// A breath step as written.
#[derive(Clone, Debug)]
pub struct BreathText {
    pub inhale: Seconds,
    pub exhale: Seconds,
    /// The length of the first round; `None` if the pace stays the same.
    pub from: Option<Spanned<Seconds>>,
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// The phrase spoken on it.
    pub phrase: Option<PhraseText>,
    /// In how many rounds the phrase is spoken.
    pub spoken: u32,
    /// Where that is written.
    pub spoken_at: Option<Span>,
}

impl BreathText {
    fn read(step: &Table<'_>) -> Option<Self> {
        let node = step.get("breathe")?;
        if let Some([inhale, exhale, times]) = node.listed_numbers().as_deref() {
            let form = format!("{{ in = {inhale}, out = {exhale}, times = {times} }}");
            let list = node.refuse(Code::WrongType, "`breathe` takes a table of `in`, `out` and `times`");
            step.sink().emit(list.patch("write", node.span(), form));
            return None;
        }
        let table = node.table(&TABLE)?;
        let inhale = table.require("in").and_then(|node| node.time());
        let exhale = table.require("out").and_then(|node| node.time());
        let times = table.require(TIMES).and_then(|node| read_rounds(&node));
        let (phrase, spoken) = on_grid::read(step);
        let (inhale, exhale) = (inhale?, exhale?);
        check_pace(&node, inhale, exhale);
        let from = table.get(FROM.name).and_then(|node| Some((node.number()?, node)));
        let from =
            from.and_then(|(pace, node)| Some(Spanned::new(Seconds::from_f64(60.0 / pace)?, node.span())));
        Some(Self {
            inhale,
            exhale,
            from,
            times: times?,
            phrase,
            spoken,
            spoken_at: on_grid::place_of_spoken(step),
        })
    }

    /// A slash between the words of the two half-breaths, which would be one beat.
    fn check_bar(phrase: &PhraseText, check: &Check<'_>) {
        let text = &phrase.text;
        if text.value.contains('|') || text.value.matches(" / ").count() != 1 {
            return;
        }
        let slash =
            Diagnostic::warning(Code::BeatTooLong, text.span, "a `/` does not divide a text into beats");
        let written = check.written(text.span);
        check.sink.emit(if written.matches(" / ").count() == 1 {
            slash.patch("write a bar", text.span, written.replace(" / ", " | "))
        } else {
            slash.help("write a bar: |")
        });
    }

    /// A changing pace may only slow down, by at most half a second from one breath to the next (docs/sound.md, section
    /// 7), even in the version with the fewest rounds.
    fn check_ramp(&self, sink: &Sink) {
        let Some(from) = &self.from else { return };
        let (first, last) = (from.value, self.inhale + self.exhale);
        let pace = |round: Seconds| 60.0 / round.as_f64();
        if first > last {
            let faster = Diagnostic::error(Code::SlowBreath, from.span, "the breath would get faster");
            let help = format!(
                "the pace may only slow down: set `from` to more than {:.1} breaths a minute, the pace of the last round",
                pace(last)
            );
            sink.emit(faster.help(help));
            return;
        }
        let needed = rounds_of_ramp(first, last);
        if u64::from(self.times[0]) < needed {
            let message = format!("over {} rounds the pace would change too fast to follow", self.times[0]);
            let (first, last) = (pace(first), pace(last));
            sink.emit(
                Diagnostic::error(Code::SlowBreath, from.span, message)
                    .note(format!("from {first:.1} to {last:.1} breaths a minute, a breath may lengthen by at most 0.5 s a round"))
                    .help(format!("set the least of `times` to {needed} or more, or `from` nearer to {last:.1}")),
            );
        }
    }
}

/// The fewest rounds in which a breath can lengthen from one length to another.
fn rounds_of_ramp(first: Seconds, last: Seconds) -> u64 {
    last.nanos().saturating_sub(first.nanos()).div_ceil(MOST_CHANGE.nanos()) + 1
}

/// Refuses breaths outside the limits of docs/sound.md, section 7.
fn check_pace(node: &Node<'_>, inhale: Seconds, exhale: Seconds) {
    let whole = inhale + exhale;
    let message = if inhale > exhale {
        "the in-breath is longer than the out-breath".to_owned()
    } else if whole > SLOWEST_BREATH {
        format!("a breath of {} is slower than 4.5 breaths a minute", print_duration(whole))
    } else if whole < QUICKEST_BREATH {
        format!("a breath of {} is too fast to follow", print_duration(whole))
    } else {
        return;
    };
    let slow = node.refuse(Code::SlowBreath, message);
    node.sink().emit(slow.help("use { in = 4, out = 6 }, six breaths a minute, or something near it"));
}

impl WrittenStep for BreathText {
    fn phrases(&self) -> Vec<&PhraseText> {
        self.phrase.iter().collect()
    }

    fn children(&self) -> &[StepText] {
        &[]
    }

    fn check(&self, check: &Check<'_>) {
        self.check_ramp(check.sink);
        on_grid::check_spoken(check.sink, self.spoken_at, self.spoken, self.times[2]);
        if let Some(phrase) = &self.phrase {
            phrase.check_beats(2, check.sink);
            Self::check_bar(phrase, check);
        }
    }

    fn comment_on(&self, phrase: &PhraseText) -> Option<String> {
        let (inhale, exhale) = (self.inhale.as_f64(), self.exhale.as_f64());
        Some(if phrase.beats() > 1 {
            format!("On the breath: in {inhale} s | out {exhale} s. Keep the bar.")
        } else {
            format!("On the out-breath, spoken whole: no longer than {exhale} s.")
        })
    }

    /// In the quickest round.
    fn time_for(&self, phrase: &PhraseText) -> Option<PhraseTime> {
        let whole = self.inhale + self.exhale;
        let share = self.from.as_ref().map_or(1.0, |from| from.value.as_f64() / whole.as_f64()).min(1.0);
        let halves = if phrase.beats() > 1 { vec![self.inhale, self.exhale] } else { vec![self.exhale] };
        let times: Option<_> = halves.iter().map(|half| Seconds::from_f64(half.as_f64() * share)).collect();
        times.map(PhraseTime::pieces)
    }

    fn resolve(&self, span: Span, file: &InFile<'_>) -> Vec<Step> {
        let breath = Breath {
            inhale: self.inhale,
            exhale: self.exhale,
            from: self.from.as_ref().map(|from| from.value),
            times: self.times,
            phrase: self.phrase.as_ref().and_then(|phrase| file.phrase(phrase)),
            spoken: self.spoken,
        };
        vec![Step { span, action: Action::Breathe(breath) }]
    }

    fn rounds(&self) -> Option<RoundLimits> {
        Some(RoundLimits { key: TIMES, times: self.times })
    }
}

/// A breath step of a session.
#[derive(Clone, Debug)]
pub struct Breath {
    pub inhale: Seconds,
    pub exhale: Seconds,
    /// The length of the first round; `None` if the pace stays the same. The last round is `inhale` and `exhale`.
    pub from: Option<Seconds>,
    /// Least, natural and most rounds.
    pub times: [u32; 3],
    /// The phrase spoken on it.
    pub phrase: Option<Phrase>,
    /// In how many rounds the phrase is spoken.
    pub spoken: u32,
}

impl ResolvedStep for Breath {
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
        Some(StepSound::Swell { inhale: self.inhale, exhale: self.exhale })
    }

    /// A pace that changes needs enough rounds to do so slowly.
    fn fewest_rounds(&self) -> u32 {
        let needed = self.from.map_or(1, |from| rounds_of_ramp(from, self.inhale + self.exhale));
        u32::try_from(needed).unwrap_or(u32::MAX)
    }

    fn rounds(&self) -> Option<RoundLimits> {
        Some(RoundLimits { key: TIMES, times: self.times })
    }

    fn set_rounds(&mut self, times: [u32; 3]) {
        self.times = times;
    }
}
