//! The settings of a bed: ambience, level, fades and ducking.

use super::step::GAIN;
use crate::diag::{Code, Span, Spanned};
use crate::toml::key::{DefaultValue, Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::Node;
use crate::unit::{Db, Seconds};

/// What a key for a bed takes.
pub(super) const A_BED: Kind = Kind::Either(&[Kind::Name, Kind::Table(&BED)]);

/// `bed = { … }`.
static BED: TableKeys = TableKeys::new(
    "a bed",
    &[
        Key::new("use", Kind::Name, "\"regen\"", "The ambience, a file of ambience/, or \"none\"."),
        Key::new(
            "under",
            Kind::Level(0.0, 40.0),
            "12",
            "How far below the voice it is while the voice is silent, in LU. Default {default}.",
        )
        .or(DefaultValue::Number(UNDER_SILENCE)),
        Key::new("gain", GAIN, "-20", "Instead of `under`, a level in dB relative to the file."),
        Key::new("fade_in", Kind::Time, "4", "Seconds of fade-in. Default {default}.")
            .or(DefaultValue::Time(FADE_IN)),
        Key::new("fade_out", Kind::Time, "6", "Seconds of fade-out. Default {default}.")
            .or(DefaultValue::Time(FADE_OUT)),
        Key::new("cross", Kind::Time, "6", "Seconds of crossfade from the previous bed. Default {default}.")
            .or(DefaultValue::Time(CROSS)),
        Key::new("duck", Kind::Table(&DUCK), "{ depth = 8 }", "How it is ducked under the voice."),
    ],
);

/// `duck = { … }`.
static DUCK: TableKeys = TableKeys::new(
    "a duck",
    &[
        Key::new(
            "lead",
            Kind::Time,
            "2",
            "Seconds before a phrase at which the bed starts to fall. Default {default}.",
        )
        .or(DefaultValue::Time(LEAD)),
        Key::new("fall", Kind::Time, "1.6", "Seconds of the fall. Default {default}.")
            .or(DefaultValue::Time(FALL)),
        Key::new(
            "hold",
            Kind::Time,
            "10",
            "The bed stays down in pauses up to this long, in seconds. Default {default}.",
        )
        .or(DefaultValue::Time(HOLD)),
        Key::new("rise", Kind::Time, "4", "Seconds of the rise. Default {default}.")
            .or(DefaultValue::Time(RISE)),
        Key::new(
            "depth",
            Kind::Level(0.0, 60.0),
            "8",
            "How far it falls, in dB. Default: to {default} LU below the voice.",
        )
        .or(DefaultValue::Number(UNDER_SPEECH)),
        Key::new(
            "shape",
            Kind::OneOf(&words(&DuckShape::WORDS)),
            "\"cosine\"",
            "cosine or linear, both in dB. Default cosine.",
        ),
    ],
);

const FADE_IN: Seconds = Seconds::whole(4);
const FADE_OUT: Seconds = Seconds::whole(6);
const CROSS: Seconds = Seconds::whole(6);
/// The times of a duck of the default depth; a deeper one is slower.
const LEAD: Seconds = Seconds::whole(2);
const FALL: Seconds = Seconds::from_millis(1_600);
const HOLD: Seconds = Seconds::whole(10);
const RISE: Seconds = Seconds::whole(4);

/// The bed settings of a script, a part or a course; `None` inherits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BedUse {
    /// The ambience, or `none`.
    pub name: Option<Spanned<String>>,
    under: Option<Db>,
    gain: Option<Db>,
    /// Where its level is written.
    pub level_span: Option<Span>,
    fade_in: Option<Seconds>,
    fade_out: Option<Seconds>,
    cross: Option<Seconds>,
    duck: DuckUse,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct DuckUse {
    lead: Option<Seconds>,
    fall: Option<Seconds>,
    hold: Option<Seconds>,
    rise: Option<Seconds>,
    depth: Option<Db>,
    shape: Option<DuckShape>,
}

/// The shape of the slopes of a duck, in dB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuckShape {
    /// A raised cosine.
    Cosine,
    Linear,
}

impl DuckShape {
    const WORDS: [(&'static str, Self); 2] = [("cosine", Self::Cosine), ("linear", Self::Linear)];
}

/// The level of a bed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BedLevel {
    /// Relative to the voice, while the voice is silent.
    Under(Db),
    /// Relative to the file.
    Gain(Db),
}

/// How a bed is ducked under the voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DuckSettings {
    /// How long before a phrase the bed starts to fall.
    pub lead: Seconds,
    /// The duration of the fall.
    pub fall: Seconds,
    /// The bed stays down in pauses up to this long.
    pub hold: Seconds,
    /// The duration of the rise.
    pub rise: Seconds,
    /// How far it falls.
    pub depth: Db,
    pub shape: DuckShape,
    /// Whether the depth was set by the author; such a depth is never changed.
    pub depth_is_set: bool,
}

/// The resolved settings of a bed.
#[derive(Clone, Debug, PartialEq)]
pub struct BedSettings {
    pub name: String,
    pub level: BedLevel,
    /// The fade-in at the start of a track or after silence.
    pub fade_in: Seconds,
    pub fade_out: Seconds,
    /// The crossfade from another bed.
    pub cross: Seconds,
    pub duck: DuckSettings,
}

/// How far a bed is below the voice while the voice speaks (docs/sound.md, section 4).
const UNDER_SPEECH: f64 = 20.0;
/// How far it is below the voice while the voice is silent.
const UNDER_SILENCE: f64 = 12.0;

impl DuckSettings {
    /// A bed that does not fall.
    pub fn none() -> Self {
        DuckUse { depth: Some(Db(0.0)), ..DuckUse::default() }.resolve(Db(0.0))
    }
}

impl BedUse {
    /// A bed with all other settings inherited.
    pub fn named(name: Spanned<String>) -> Self {
        Self { name: Some(name), ..Self::default() }
    }

    /// Reads `bed = { … }`, or a bare name.
    pub fn read(node: &Node<'_>) -> Option<Self> {
        if node.is_text() {
            return node.name().map(Self::named);
        }
        let table = node.table(&BED)?;
        let time = |key: &str| table.get(key).and_then(|node| node.time());
        let bed = Self {
            name: table.get("use").and_then(|node| node.name()),
            under: table.get("under").and_then(|node| node.db()),
            gain: table.get("gain").and_then(|node| node.db()),
            level_span: table.get("under").or_else(|| table.get("gain")).map(|node| node.span()),
            fade_in: time("fade_in"),
            fade_out: time("fade_out"),
            cross: time("cross"),
            duck: table.get("duck").and_then(|node| DuckUse::read(&node)).unwrap_or_default(),
        };
        if let (Some(_), Some(gain)) = (bed.under, table.get("gain")) {
            let clash = gain.refuse(Code::Clash, "a bed has either `under` or `gain`");
            node.sink().emit(
                clash.help("`under` sets the level relative to the voice, `gain` relative to the file"),
            );
        }
        Some(bed)
    }

    /// These settings, with those of `base` where this has none.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        let level_is_set = self.under.is_some() || self.gain.is_some();
        Self {
            name: self.name.clone().or_else(|| base.name.clone()),
            under: if level_is_set { self.under } else { base.under },
            gain: if level_is_set { self.gain } else { base.gain },
            level_span: if level_is_set { self.level_span } else { base.level_span },
            fade_in: self.fade_in.or(base.fade_in),
            fade_out: self.fade_out.or(base.fade_out),
            cross: self.cross.or(base.cross),
            duck: self.duck.over(&base.duck),
        }
    }

    /// The resolved settings; `None` if there is no bed.
    pub fn resolve(&self) -> Option<BedSettings> {
        let name = self.name.as_ref().map(|name| name.value.clone()).filter(|name| name != "none")?;
        let under = self.under.unwrap_or(Db(UNDER_SILENCE));
        let usual = Db((UNDER_SPEECH - under.0).max(0.0));
        Some(BedSettings {
            name,
            level: self.gain.map_or(BedLevel::Under(under), BedLevel::Gain),
            fade_in: self.fade_in.unwrap_or(FADE_IN),
            fade_out: self.fade_out.unwrap_or(FADE_OUT),
            cross: self.cross.unwrap_or(CROSS),
            duck: self.duck.resolve(usual),
        })
    }
}

/// The steepest slopes down and up, in dB a second (docs/sound.md, section 4).
const STEEPEST: (f64, f64) = (15.0, 6.0);

impl DuckSettings {
    /// A duck of this depth as gentle as beds are ducked, with these times before which it does not rise again.
    pub fn gentle(depth: Db, hold: Seconds) -> Self {
        let duck = DuckUse::default().resolve(depth);
        Self { hold, rise: gentle(depth, STEEPEST.0), ..duck }
    }

    /// The same duck, deeper, with its slopes lengthened to stay within the steepest allowed. A slope that the author made
    /// steeper than that keeps its time.
    #[must_use]
    pub fn deepened(self, depth: Db) -> Self {
        if depth <= self.depth {
            return self;
        }
        let slower = |time: Seconds, steepest| {
            if time < gentle(self.depth, steepest) { time } else { time.max(gentle(depth, steepest)) }
        };
        let (fall, rise) = (slower(self.fall, STEEPEST.0), slower(self.rise, STEEPEST.1));
        Self { depth, fall, rise, lead: self.lead.max(fall), ..self }
    }
}

/// The time in which a raised cosine of this depth is nowhere steeper than `steepest` dB a second: its middle is π/2 times as
/// steep as the average. Rounded up to a tenth of a second.
fn gentle(depth: Db, steepest: f64) -> Seconds {
    let seconds = std::f64::consts::FRAC_PI_2 * depth.0 / steepest;
    Seconds::from_millis(((seconds * 10.0).ceil() * 100.0) as u64)
}

impl DuckUse {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&DUCK)?;
        let time = |key: &str| table.get(key).and_then(|node| node.time());
        Some(Self {
            lead: time("lead"),
            fall: time("fall"),
            hold: time("hold"),
            rise: time("rise"),
            depth: table.get("depth").and_then(|node| node.db()),
            shape: table.get("shape").and_then(|node| node.one_of(&DuckShape::WORDS)),
        })
    }

    /// The resolved settings; default times are long enough for the depth.
    fn resolve(&self, usual: Db) -> DuckSettings {
        let depth = self.depth.unwrap_or(usual);
        let fall = self.fall.unwrap_or_else(|| gentle(depth, STEEPEST.0).max(FALL));
        DuckSettings {
            lead: self.lead.unwrap_or_else(|| fall.max(LEAD)),
            fall,
            hold: self.hold.unwrap_or(HOLD),
            rise: self.rise.unwrap_or_else(|| gentle(depth, STEEPEST.1).max(RISE)),
            depth,
            shape: self.shape.unwrap_or(DuckShape::Cosine),
            depth_is_set: self.depth.is_some(),
        }
    }

    fn over(&self, base: &Self) -> Self {
        Self {
            lead: self.lead.or(base.lead),
            fall: self.fall.or(base.fall),
            hold: self.hold.or(base.hold),
            rise: self.rise.or(base.rise),
            depth: self.depth.or(base.depth),
            shape: self.shape.or(base.shape),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deeper_duck_is_slower_and_the_usual_one_keeps_its_times() {
        let usual = DuckUse::default().resolve(Db(8.0));
        assert_eq!((usual.lead, usual.fall), (Seconds::whole(2), Seconds::from_millis(1_600)));
        assert_eq!((usual.hold, usual.rise), (Seconds::whole(10), Seconds::whole(4)));
        for depth in [8.0, 16.0, 24.0, 40.0] {
            let duck = usual.deepened(Db(depth));
            let steep = |time: Seconds| std::f64::consts::FRAC_PI_2 * depth / time.as_f64();
            assert!(steep(duck.fall) <= STEEPEST.0 && steep(duck.rise) <= STEEPEST.1, "{duck:?}");
            assert!(duck.lead >= duck.fall && duck.depth == Db(depth));
            assert_eq!(DuckUse::default().resolve(Db(depth)), duck);
        }
        assert_eq!(usual.deepened(Db(2.0)), usual);
    }
}
