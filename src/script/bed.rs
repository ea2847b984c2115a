//! How a bed lies under a track: which one, how loud, how it comes and goes, how it makes way for the voice.

use super::keys;
use super::table::Node;
use crate::diag::{Code, Spanned};
use crate::unit::{Db, Seconds};

/// What a script, a part or a course says of the bed; what is `None` is said elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BedUse {
    /// The ambience, or `none`.
    pub name: Option<Spanned<String>>,
    under: Option<Db>,
    gain: Option<Db>,
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

/// The form of a duck's slopes, in dB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuckShape {
    /// A raised cosine.
    Cosine,
    /// A straight line.
    Linear,
}

/// The level of a bed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BedLevel {
    /// So far below the voice while it is silent.
    Under(Db),
    /// As the file is, changed by so much.
    Gain(Db),
}

/// How a bed makes way for the voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DuckSettings {
    /// It begins to fall so long before a phrase.
    pub lead: Seconds,
    /// It falls in this time.
    pub fall: Seconds,
    /// Pauses up to this long are held through.
    pub hold: Seconds,
    /// It rises in this time.
    pub rise: Seconds,
    /// How far it falls.
    pub depth: Db,
    /// The form of its slopes.
    pub shape: DuckShape,
}

/// A bed with everything settled.
#[derive(Clone, Debug, PartialEq)]
pub struct BedSettings {
    /// The ambience.
    pub name: String,
    /// Its level.
    pub level: BedLevel,
    /// It comes in this time at the start of a track or after silence.
    pub fade_in: Seconds,
    /// It goes in this time.
    pub fade_out: Seconds,
    /// It takes over from another bed in this time.
    pub cross: Seconds,
    /// How it makes way.
    pub duck: DuckSettings,
}

/// How far a bed lies below the voice while it speaks (sound standards 4: SBR 20 LU).
const UNDER_SPEECH: f64 = 20.0;
/// How far it lies below while the voice is silent.
const UNDER_SILENCE: f64 = 12.0;

impl BedUse {
    /// A bed that somebody named on the command line.
    pub fn named(name: Spanned<String>) -> Self {
        Self { name: Some(name), ..Self::default() }
    }

    /// Reads `bed = { … }`, or a bare name.
    pub fn read(node: &Node<'_>) -> Option<Self> {
        if node.is_text() {
            return node.name().map(Self::named);
        }
        let table = node.table(&keys::BED)?;
        let time = |key: &str| table.get(key).and_then(|node| node.time());
        let bed = Self {
            name: table.get("use").and_then(|node| node.name()),
            under: table.get("under").and_then(|node| node.db(0.0..=40.0)),
            gain: table.get("gain").and_then(|node| node.db(-60.0..=24.0)),
            fade_in: time("fade_in"),
            fade_out: time("fade_out"),
            cross: time("cross"),
            duck: table.get("duck").and_then(|node| DuckUse::read(&node)).unwrap_or_default(),
        };
        if let (Some(_), Some(gain)) = (bed.under, table.get("gain")) {
            let clash = gain.refuse(Code::Clash, "a bed has either `under` or `gain`");
            node.sink()
                .emit(clash.help("`under` follows the voice, `gain` leaves the file at a level of your own"));
        }
        Some(bed)
    }

    /// What this one says, and where it is silent what `base` says.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        let level_said = self.under.is_some() || self.gain.is_some();
        Self {
            name: self.name.clone().or_else(|| base.name.clone()),
            under: if level_said { self.under } else { base.under },
            gain: if level_said { self.gain } else { base.gain },
            fade_in: self.fade_in.or(base.fade_in),
            fade_out: self.fade_out.or(base.fade_out),
            cross: self.cross.or(base.cross),
            duck: self.duck.over(&base.duck),
        }
    }

    /// Everything settled; `None` where there is no bed.
    pub fn settle(&self) -> Option<BedSettings> {
        let name = self.name.as_ref().map(|name| name.value.clone()).filter(|name| name != "none")?;
        let under = self.under.unwrap_or(Db(UNDER_SILENCE));
        let depth = self.duck.depth.unwrap_or(Db((UNDER_SPEECH - under.0).max(0.0)));
        Some(BedSettings {
            name,
            level: self.gain.map_or(BedLevel::Under(under), BedLevel::Gain),
            fade_in: self.fade_in.unwrap_or(Seconds::whole(4)),
            fade_out: self.fade_out.unwrap_or(Seconds::whole(6)),
            cross: self.cross.unwrap_or(Seconds::whole(6)),
            duck: DuckSettings {
                lead: self.duck.lead.unwrap_or(Seconds::whole(2)),
                fall: self.duck.fall.unwrap_or(Seconds::from_millis(1_600)),
                hold: self.duck.hold.unwrap_or(Seconds::whole(10)),
                rise: self.duck.rise.unwrap_or(Seconds::whole(4)),
                depth,
                shape: self.duck.shape.unwrap_or(DuckShape::Cosine),
            },
        })
    }
}

impl DuckUse {
    fn read(node: &Node<'_>) -> Option<Self> {
        let table = node.table(&keys::DUCK)?;
        let time = |key: &str| table.get(key).and_then(|node| node.time());
        Some(Self {
            lead: time("lead"),
            fall: time("fall"),
            hold: time("hold"),
            rise: time("rise"),
            depth: table.get("depth").and_then(|node| node.db(0.0..=60.0)),
            shape: table.get("shape").and_then(|node| node.one_of(&["cosine", "linear"])).map(|shape| {
                match shape {
                    "linear" => DuckShape::Linear,
                    _ => DuckShape::Cosine,
                }
            }),
        })
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
