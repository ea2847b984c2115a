//! The kinds of values a key takes, and how users read about them.

use std::fmt;
use std::ops::RangeInclusive;

use super::key::TableKeys;
use super::table::choice;

/// The kind of value a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text with at least one visible character.
    Words,
    /// A name that is part of a path: a-z, 0-9 and single hyphens, 64 characters at most.
    Name,
    /// A language tag such as nl or pt-BR.
    Language,
    Flag,
    /// A whole number, least and most; `u64::MAX` means no limit.
    Whole(u64, u64),
    /// A number, least and most.
    Number(f64, f64),
    /// A level in dB, least and most: a number, or a text such as "-3 dB".
    Level(f64, f64),
    /// A time: seconds as a number, or a text such as "1m30s".
    Time,
    /// A time, least and most in whole seconds.
    TimeWithin(u64, u64),
    /// A time from the start, or a text such as "end-9s".
    Clock,
    /// One of these words.
    OneOf(&'static [&'static str]),
    List(&'static Kind),
    /// A list of three: least, natural and most.
    Three(&'static Kind),
    Table(&'static TableKeys),
    /// Any of these.
    Either(&'static [Kind]),
}

impl Kind {
    /// The first result of `of` among the kinds this one allows.
    fn first<T>(&self, of: &dyn Fn(&Self) -> Option<T>) -> Option<T> {
        if let Self::Either(kinds) = self { kinds.iter().find_map(|kind| kind.first(of)) } else { of(self) }
    }

    /// The keys of the table, where the value is a table or a list of tables.
    pub fn table(&self) -> Option<&'static TableKeys> {
        let own = self.first(&|kind| if let Self::Table(keys) = kind { Some(*keys) } else { None });
        own.or_else(|| self.item()?.table())
    }

    /// The kind of an item, where the value is a list.
    pub(super) fn item(&self) -> Option<&'static Self> {
        self.first(&|kind| if let Self::List(item) | Self::Three(item) = kind { Some(*item) } else { None })
    }

    /// Whether a list may stand there.
    pub(super) fn takes_list(&self) -> bool {
        self.first(&|kind| matches!(kind, Self::List(_) | Self::Three(_)).then_some(())).is_some()
    }

    /// Whether it is a text of the user's own.
    pub(super) fn takes_text(&self) -> bool {
        self.first(&|kind| matches!(kind, Self::Words | Self::Name).then_some(())).is_some()
    }

    /// Whether it takes this number, or this true or false, as it stands without quotes.
    pub(super) fn takes_bare(&self, word: &str) -> bool {
        let is_flag = matches!(word, "true" | "false");
        let is_number = word.parse::<f64>().is_ok_and(f64::is_finite);
        let is_a_number = |kind: &Self| {
            matches!(
                kind,
                Self::Whole(..)
                    | Self::Number(..)
                    | Self::Level(..)
                    | Self::Time
                    | Self::TimeWithin(..)
                    | Self::Clock
            )
        };
        let takes = |kind: &Self| {
            ((is_flag && matches!(kind, Self::Flag)) || (is_number && is_a_number(kind))).then_some(())
        };
        self.first(&takes).is_some()
    }

    /// Whether it is the name of something.
    pub(super) fn is_name(&self) -> bool {
        self.first(&|kind| matches!(kind, Self::Name).then_some(())).is_some()
    }

    /// The range of a whole number.
    pub(super) fn whole_range(&self) -> Option<RangeInclusive<u64>> {
        self.first(&|kind| if let Self::Whole(least, most) = kind { Some(*least..=*most) } else { None })
    }

    /// The range of a number or a level.
    pub(super) fn number_range(&self) -> Option<RangeInclusive<f64>> {
        self.first(&|kind| {
            let (Self::Number(least, most) | Self::Level(least, most)) = kind else { return None };
            Some(*least..=*most)
        })
    }

    /// The range of a time in whole seconds; `None` if any time is allowed.
    pub(super) fn time_range(&self) -> Option<RangeInclusive<u64>> {
        self.first(&|kind| if let Self::TimeWithin(least, most) = kind { Some(*least..=*most) } else { None })
    }

    /// Its limits, such as `1 to 999`.
    pub(super) fn limits(&self) -> Option<String> {
        fn limits<T: fmt::Display>(range: &RangeInclusive<T>) -> String {
            format!("{} to {}", range.start(), range.end())
        }
        let whole = self.whole_range().map(|range| limits(&range));
        whole
            .or_else(|| self.number_range().map(|range| limits(&range)))
            .or_else(|| self.time_range().map(|range| limits(&range)))
    }

    /// For users, such as `a whole number, 1 to 999`.
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
            Self::TimeWithin(least, most) => format!("a time, {least} to {most} s"),
            Self::Clock => "a time, or \"end-…\"".to_owned(),
            Self::OneOf(words) => choice(words),
            Self::List(kind) => format!("a list; each is {}", kind.describe()),
            Self::Three(kind) => format!("least, natural and most; each is {}", kind.describe()),
            Self::Table(keys) => format!("a table: {}", keys.what),
            Self::Either(kinds) => kinds.iter().map(Self::describe).collect::<Vec<_>>().join(", or "),
        }
    }
}
