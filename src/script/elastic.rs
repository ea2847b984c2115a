//! Pauses that can change: a natural, a least and a most length and a weight, like glue in TeX.

use crate::diag::{Code, Spanned};
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::Node;
use crate::unit::Seconds;
use crate::unit::literal::{nearest_duration, parse_duration};

/// A pause with a shorter natural length is at most doubled; a longer one has no upper limit (docs/layout.md, section 2).
const LONG: Seconds = Seconds::whole(20);
/// The smallest default for the least length, unless the natural length is shorter.
const SHORTEST: Seconds = Seconds::from_millis(600);

/// What a key for a pause takes.
pub(super) const A_PAUSE: Kind = Kind::Either(&[Kind::Time, Kind::Table(&PAUSE)]);

/// The weight of a pause.
const WEIGHT: Key = Key::new(
    "weight",
    Kind::Number(0.001, 1_000.0),
    "3",
    "How much it changes relative to other pauses of its length, 0.001 to 1000. Default 1.",
);

/// A pause as a table.
pub static PAUSE: TableKeys = TableKeys::new(
    "a pause",
    &[
        Key::new("natural", Kind::Time, "40", "Its length when no length is asked for, in seconds."),
        Key::new(
            "least",
            Kind::Time,
            "10",
            "Its shortest length. Default half of natural, but no less than 0.6 s.",
        ),
        Key::new(
            "most",
            Kind::Time,
            "90",
            "Its longest length. Default twice natural below 20 s, otherwise unlimited.",
        ),
        WEIGHT,
        Key::new("fixed", Kind::Time, "3", "A pause that never changes."),
    ],
);

/// What somebody meant who wrote limits as a list or as a range: `[5, 8, 12]`, `"5-8"`.
fn limits_in_a_row(node: &Node<'_>) -> Option<String> {
    let of_range = || {
        let (least, most) = node.as_text().and_then(split_range)?;
        Some(vec![least.as_f64(), most.as_f64()])
    };
    let numbers: Vec<f64> = node.listed_numbers().or_else(of_range)?;
    // In the order of the table.
    let numbers = match numbers[..] {
        [natural, least, most] if least < natural && natural <= most => vec![least, natural, most],
        _ => numbers,
    };
    if numbers.is_empty()
        || numbers[0] < 0.0
        || !numbers.is_sorted()
        || numbers.iter().any(|one| !one.is_finite())
    {
        return None;
    }
    match numbers[..] {
        [least, most] => {
            Some(format!("{{ natural = {}, least = {least}, most = {most} }}", f64::midpoint(least, most)))
        }
        [least, natural, most] => Some(format!("{{ natural = {natural}, least = {least}, most = {most} }}")),
        _ => None,
    }
}

/// The ends of a range of times: `5-8`, `20 to 60`, `2m..6m`.
pub(super) fn split_range(text: &str) -> Option<(Seconds, Seconds)> {
    let signs = ["..", "-", "–", "—", " to ", " tot ", " bis "];
    let (least, most) = signs.iter().find_map(|sign| text.split_once(sign))?;
    let time = |text: &str| {
        let text = text.trim();
        parse_duration(text).ok().or_else(|| parse_duration(&nearest_duration(text)?).ok())
    };
    let (least, most) = (time(least)?, time(most)?);
    (least < most).then_some((least, most))
}

/// The help for limits in the wrong order.
const ORDER: &str = "put them in rising order: `least`, `natural`, `most`";

/// A pause, or another length that can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elastic {
    /// The length when no total length is asked for.
    pub natural: Seconds,
    /// The shortest length, at most `natural`.
    pub least: Seconds,
    /// The longest length, at least `natural`; `None` for unlimited.
    pub most: Option<Seconds>,
    /// How much it changes relative to others of its length, in thousandths.
    pub weight: u32,
    /// It takes all remaining time before any other pause changes.
    pub fill: bool,
}

impl Elastic {
    /// A pause of this natural length n with the default limits (docs/layout.md, section 2): least min(n, max(0.6 s, n/2)),
    /// most 2n below 20 s and otherwise unlimited, weight 1.
    pub fn natural(natural: Seconds) -> Self {
        Self {
            natural,
            least: natural.min(SHORTEST.max(natural.half())),
            most: (natural < LONG).then(|| natural.times(2)),
            weight: 1_000,
            fill: false,
        }
    }

    /// A pause that takes all remaining time; its natural length is 0.
    pub fn fill() -> Self {
        Self { natural: Seconds::ZERO, least: Seconds::ZERO, most: None, weight: 1_000, fill: true }
    }

    /// A length that never changes.
    pub fn fixed(length: Seconds) -> Self {
        Self { natural: length, least: length, most: Some(length), weight: 1_000, fill: false }
    }

    /// The default pause after a phrase: 3 s.
    pub fn after_phrase() -> Self {
        Self::natural(Seconds::whole(3))
    }

    /// The silence before the first sound: 1 s, 0.5 to 3.
    pub fn head() -> Self {
        Self {
            least: Seconds::from_millis(500),
            most: Some(Seconds::whole(3)),
            ..Self::natural(Seconds::whole(1))
        }
    }

    /// The silence after the last sound: 4 s, 0.5 to 15.
    pub fn tail() -> Self {
        Self {
            least: Seconds::from_millis(500),
            most: Some(Seconds::whole(15)),
            ..Self::natural(Seconds::whole(4))
        }
    }

    /// The same pause with all its lengths limited to `most`.
    #[must_use]
    pub fn at_most(self, most: Seconds) -> Self {
        Self {
            natural: self.natural.min(most),
            least: self.least.min(most),
            most: Some(self.most.map_or(most, |own| own.min(most))),
            ..self
        }
    }

    /// The natural or fixed length of a pause as it is written, without an error where there is none.
    pub(super) fn typed(node: &Node<'_>) -> Option<Spanned<Seconds>> {
        node.silently(|node| {
            if !node.is_table() {
                return Some(Spanned::new(node.time()?, node.span()));
            }
            let table = node.table(&PAUSE)?;
            let length = table.get("natural").or_else(|| table.get("fixed"))?;
            Some(Spanned::new(length.time()?, length.span()))
        })
    }

    /// Reads a pause: a time, or a table. Missing limits are those that `base` gives for the natural length.
    pub fn read(node: &Node<'_>, base: impl Fn(Seconds) -> Self) -> Option<Self> {
        if let Some(limits) = limits_in_a_row(node) {
            let table = node.refuse(Code::WrongType, format!("`{}` with limits is a table", node.key()));
            node.sink().emit(table.patch("write", node.span(), limits));
            return None;
        }
        if !node.is_table() {
            return node.time().map(base);
        }
        let table = node.table(&PAUSE)?;
        if let Some(fixed) = table.get("fixed") {
            if let Some(other) = ["natural", "least", "most", "weight"].into_iter().find(|key| table.has(key))
            {
                let clash = fixed.refuse(Code::Clash, format!("a fixed pause cannot have `{other}`"));
                table.sink().emit(clash.help(format!("write either `fixed` or `{other}`")));
            }
            return fixed.time().map(Self::fixed);
        }
        let natural = table.require("natural")?.time()?;
        let mut pause = base(natural);
        if let Some(least) = table.get("least") {
            pause.least = least.time()?;
            if pause.least > natural {
                let order = least.refuse(Code::Order, "`least` is longer than `natural`");
                node.sink().emit(order.help(ORDER));
                return None;
            }
        }
        if let Some(most) = table.get("most") {
            pause.most = Some(most.time()?);
            if pause.most < Some(natural) {
                let order = most.refuse(Code::Order, "`most` is shorter than `natural`");
                node.sink().emit(order.help(ORDER));
                return None;
            }
        }
        if let Some(weight) = table.get(WEIGHT.name) {
            pause.weight = (weight.number()? * 1_000.0).round() as u32;
        }
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_limits_are_those_of_the_layout_page() {
        let short = Elastic::natural(Seconds::whole(1));
        assert_eq!((short.least, short.most), (Seconds::from_millis(600), Some(Seconds::whole(2))));
        let tiny = Elastic::natural(Seconds::from_millis(200));
        assert_eq!(tiny.least, Seconds::from_millis(200));
        let long = Elastic::natural(Seconds::whole(20));
        assert_eq!((long.least, long.most), (Seconds::whole(10), None));
    }
}
