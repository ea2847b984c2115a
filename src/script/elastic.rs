//! Elastic silence: a natural length, a least, a most and a weight, like the glue of TeX.

use crate::diag::Code;
use crate::toml::key::{Key, TableKeys};
use crate::toml::kind::Kind;
use crate::toml::table::Node;
use crate::unit::Seconds;

/// Below this natural length a pause is at most doubled; from it on it may grow without end
/// (docs/layout.md, section 2).
const LONG: Seconds = Seconds::whole(20);
/// No default least is below this.
const SHORTEST: Seconds = Seconds::from_millis(600);

/// A length that may bend: a time, or a table.
pub(super) const A_PAUSE: Kind = Kind::Either(&[Kind::Time, Kind::Table(&PAUSE)]);

/// How willingly a pause stretches.
const WEIGHT: Key = Key::new(
    "weight",
    Kind::Number(0.001, 1_000.0),
    "3",
    "How willingly it stretches beside others, 0.001 to 1000. Default 1.",
);

/// A pause as a table.
pub static PAUSE: TableKeys = TableKeys::new(
    "a pause",
    &[
        Key::new("natural", Kind::Time, "40", "Its length when nothing pulls at it, in seconds."),
        Key::new(
            "least",
            Kind::Time,
            "10",
            "How short it may get. Default half of natural, but no less than 0.6 s.",
        ),
        Key::new(
            "most",
            Kind::Time,
            "90",
            "How long it may get. Default twice natural below 20 s, else without end.",
        ),
        WEIGHT,
        Key::new("fixed", Kind::Time, "3", "A pause that never changes."),
    ],
);

/// The remedy for limits that do not enclose the natural length.
const ORDER: &str = "put them in rising order: `least`, `natural`, `most`";

/// A length that may bend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elastic {
    /// When nothing pulls at it.
    pub natural: Seconds,
    /// The shortest; never above natural.
    pub least: Seconds,
    /// The longest; `None` is without end; never below natural.
    pub most: Option<Seconds>,
    /// How willingly it bends beside others, in thousandths.
    pub weight: u32,
    /// It takes whatever is left, before any other pause bends.
    pub fill: bool,
}

impl Elastic {
    /// A pause of this natural length with the limits of the model: least min(n, max(0.6 s, n/2)), most 2n below
    /// 20 s and none from there, weight 1.
    pub fn natural(natural: Seconds) -> Self {
        Self {
            natural,
            least: natural.min(SHORTEST.max(natural.half())),
            most: (natural < LONG).then(|| natural.times(2)),
            weight: 1_000,
            fill: false,
        }
    }

    /// A pause that takes whatever is left: nothing by itself.
    pub fn fill() -> Self {
        Self { natural: Seconds::ZERO, least: Seconds::ZERO, most: None, weight: 1_000, fill: true }
    }

    /// A length that never changes.
    pub fn fixed(length: Seconds) -> Self {
        Self { natural: length, least: length, most: Some(length), weight: 1_000, fill: false }
    }

    /// The pause after a phrase that names none: 3 s.
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

    /// The same pause, nowhere longer than this.
    #[must_use]
    pub fn at_most(self, most: Seconds) -> Self {
        Self {
            natural: self.natural.min(most),
            least: self.least.min(most),
            most: Some(self.most.map_or(most, |own| own.min(most))),
            ..self
        }
    }

    /// Reads a pause: a time, or a table. Limits that are not written are those of `base` around the natural length.
    pub fn read(node: &Node<'_>, base: impl Fn(Seconds) -> Self) -> Option<Self> {
        if !node.is_table() {
            return node.time().map(base);
        }
        let table = node.table(&PAUSE)?;
        if let Some(fixed) = table.get("fixed") {
            if let Some(other) = ["natural", "least", "most", "weight"].into_iter().find(|key| table.has(key))
            {
                let clash = fixed.refuse(Code::Clash, format!("a fixed pause has no `{other}`"));
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
    fn the_default_limits_are_those_of_the_model() {
        let short = Elastic::natural(Seconds::whole(1));
        assert_eq!((short.least, short.most), (Seconds::from_millis(600), Some(Seconds::whole(2))));
        let tiny = Elastic::natural(Seconds::from_millis(200));
        assert_eq!(tiny.least, Seconds::from_millis(200));
        let long = Elastic::natural(Seconds::whole(20));
        assert_eq!((long.least, long.most), (Seconds::whole(10), None));
    }
}
