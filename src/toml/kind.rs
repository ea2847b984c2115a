//! What a key takes: the kinds of values, in words.

use std::ops::RangeInclusive;

use super::key::TableKeys;
use super::table::choice;

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text with at least one visible character.
    Words,
    /// A name that is part of a path: a-z, 0-9 and single hyphens, 64 characters at most.
    Name,
    /// A language tag such as nl or pt-BR.
    Language,
    /// True or false.
    Flag,
    /// A whole number from the first to the second; `u64::MAX` is no limit.
    Whole(u64, u64),
    /// A number from the first to the second.
    Number(f64, f64),
    /// A level in dB from the first to the second: a number, or a text such as "-3 dB".
    Level(f64, f64),
    /// A time: seconds as a number, or a text such as "1m30s".
    Time,
    /// A time from the start, or a text such as "end-9s".
    Clock,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// A list of least, natural and most.
    Three(&'static Kind),
    /// A table.
    Table(&'static TableKeys),
    /// Any of these.
    Either(&'static [Kind]),
}

impl Kind {
    /// The keys of the tables that such a value is, or is a list of.
    pub fn table(&self) -> Option<&'static TableKeys> {
        match self {
            Self::Table(keys) => Some(keys),
            Self::List(kind) | Self::Three(kind) => kind.table(),
            Self::Either(kinds) => kinds.iter().find_map(Self::table),
            _ => None,
        }
    }

    /// The range of a whole number.
    ///
    /// # Panics
    /// Where it takes something else.
    pub fn whole_range(&self) -> RangeInclusive<u64> {
        let Self::Whole(least, most) = self else { panic!("{self:?} is no whole number") };
        *least..=*most
    }

    /// The range of a number or a level.
    ///
    /// # Panics
    /// Where it takes something else.
    pub fn number_range(&self) -> RangeInclusive<f64> {
        let (Self::Number(least, most) | Self::Level(least, most)) = self else {
            panic!("{self:?} is no number")
        };
        *least..=*most
    }

    /// What it takes, in words: `a whole number, 1 to 999`.
    pub fn describe(&self) -> String {
        match self {
            Self::Words => "a text".to_owned(),
            Self::Name => "a name".to_owned(),
            Self::Language => "a language tag".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole(least, u64::MAX) => format!("a whole number from {least}"),
            Self::Whole(least, most) => format!("a whole number, {least} to {most}"),
            Self::Number(least, most) => format!("a number, {least} to {most}"),
            Self::Level(least, most) => format!("a level in dB, {least} to {most}"),
            Self::Time => "a time".to_owned(),
            Self::Clock => "a time, or \"end-…\"".to_owned(),
            Self::OneOf(words) => choice(words),
            Self::List(kind) => format!("a list; each is {}", kind.describe()),
            Self::Three(kind) => format!("least, natural and most; each is {}", kind.describe()),
            Self::Table(keys) => format!("a table: {}", keys.what),
            Self::Either(kinds) => kinds.iter().map(Self::describe).collect::<Vec<_>>().join(", or "),
        }
    }
}
