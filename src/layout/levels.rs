//! The levels of a mix: voice, bells, breath and beds, computed from facts and relative to the speech anchor, so that
//! every version of a script has the voice at the same level (docs/sound.md, section 3).

use crate::delivery::preset::Anchor;
use crate::facts::{BellFacts, Facts};
use crate::script::bed::{BedLevel, BedSettings, DuckSettings};
use crate::script::session::{Phrase, Session, Strike};
use crate::unit::{Db, Gain, Lufs, Seconds};

/// How far the loudest momentary level of a breath swell is below the voice.
const SWELL_UNDER: Db = Db(14.0);
/// How far the loudest momentary level of a tick is below the voice.
const TICK_UNDER: Db = Db(20.0);
/// The next phrase waits until a bell has decayed this far below the voice.
const BELL_CLEAR: Db = Db(20.0);

/// How far the RMS level of a bed must be under the loudness of a phrase for the phrase to be 20 dB above the bed. The
/// loudness of a voice on both channels is 2.3 dB above its RMS level, short pauses within a phrase take 3 dB, and
/// changes in the level of the bed another 3 dB.
const ACCESSIBLE_UNDER: Db = Db(20.0 + 2.3 + 3.0 + 3.0);

/// Each phrase is at least 18 LU above the bed, and each three seconds of speech at least 15 LU (docs/sound.md, section
/// 8, row 14), plus a margin of 0.5 LU, as only part of a bed is measured.
const UNDER_PHRASE: Db = Db(18.5);
const UNDER_THREE_SECONDS: Db = Db(15.5);
/// A bed that is ducked deeper than this seems to disappear (docs/sound.md, section 8, row 16).
const DEEPEST: Db = Db(14.0);

/// The softest speech of a script in the mix, over all guidance levels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Softest {
    /// The loudness of the softest phrase.
    phrase: Option<Lufs>,
    /// The loudness of the softest three seconds.
    three_seconds: Option<Lufs>,
}

/// The levels of one session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// The gain of the voice bus.
    voice: Db,
    /// The loudness of speech in the mix. All other levels are relative to it.
    reference: Lufs,
    /// How far the loudest momentary level of a bell is below the reference.
    bells: Db,
    softest: Softest,
    /// Whether each phrase must be 20 dB above the bed.
    accessible: bool,
}

impl Levels {
    /// Computes the levels from all phrases of the script at every guidance level.
    ///
    /// With the speech anchor the voice is brought to the target loudness. With `integrated` the recordings keep their
    /// level, all else is relative to them, and the master brings the mix to the target. A finished recording keeps its level
    /// unless a preset was asked for.
    pub fn new(session: &Session, facts: &Facts) -> Self {
        let loudness =
            facts.speech_loudness(session.all_phrases.iter().map(|phrase| (&phrase.key, phrase.soft)));
        let preset = &session.preset;
        let (voice, reference) = match (preset.anchor, loudness) {
            (Anchor::Speech, Some(loudness)) if session.keeps_level() => (Db(0.0), loudness),
            (Anchor::Speech, Some(loudness)) => (preset.target - loudness, preset.target),
            (Anchor::Integrated, Some(loudness)) => (Db(0.0), loudness),
            (_, None) => (Db(0.0), preset.target),
        };
        let softest = Softest::of(session, facts, voice);
        Self { voice, reference, bells: preset.bells, softest, accessible: preset.accessible }
    }

    /// The loudness of speech in the mix.
    pub fn reference(&self) -> Lufs {
        self.reference
    }

    /// The gain of the voice bus, without the corrections of clips.
    pub fn voice(&self) -> Db {
        self.voice
    }

    /// The gain of a phrase: that of the voice bus and the correction of its clip.
    pub fn phrase(&self, facts: &Facts, phrase: &Phrase) -> Gain {
        (self.voice + facts.clip_gain(&phrase.key, phrase.soft)).gain()
    }

    /// The gain of a bell: the one in the script, or else one that puts its loudest momentary level below the voice as
    /// the preset says.
    pub fn bell(&self, facts: &Facts, strike: &Strike) -> Db {
        if let Some(gain) = strike.gain {
            return gain;
        }
        let loudest = facts.bells.get(&strike.bell).and_then(BellFacts::max_momentary);
        loudest.map_or(Db(0.0), |loudest| self.reference - self.bells - loudest)
    }

    /// The gain of the ticks of a walk.
    pub fn tick(&self, facts: &Facts) -> Gain {
        let loudest = facts.tick.as_ref().and_then(BellFacts::max_momentary);
        loudest.map_or(Gain::SILENCE, |loudest| (self.reference - TICK_UNDER - loudest).gain())
    }

    /// The level below which a bell no longer masks a phrase.
    pub fn bell_is_clear(&self) -> Lufs {
        self.reference - BELL_CLEAR
    }

    /// The gain of a breath swell of these lengths.
    pub fn swell(&self, facts: &Facts, inhale: Seconds, exhale: Seconds) -> Gain {
        let loudest = facts.swells.get(&(inhale, exhale)).and_then(BellFacts::max_momentary);
        loudest.map_or(Gain::SILENCE, |loudest| (self.reference - SWELL_UNDER - loudest).gain())
    }

    /// The gain of a bed while the voice is silent. With an accessible preset it is lowered until every phrase is 20 dB
    /// above the RMS level of the ducked bed.
    pub fn bed(&self, facts: &Facts, bed: &BedSettings) -> Gain {
        let (loudness, rms) = facts.beds.get(&bed.name).map_or((None, None), |bed| (bed.loudness, bed.rms));
        let usual = match (bed.level, loudness) {
            (BedLevel::Gain(gain), _) => gain,
            (BedLevel::Under(under), Some(loudness)) => self.reference - under - loudness,
            (BedLevel::Under(_), None) => return Gain::SILENCE,
        };
        let softest = self.softest.phrase.unwrap_or(self.reference);
        let lower = rms
            .filter(|_| self.accessible)
            .map_or(0.0, |rms| (rms + usual - bed.duck.depth).0 - (softest - ACCESSIBLE_UNDER).0);
        (usual - Db(lower.max(0.0))).gain()
    }

    /// The duck of a bed: as written in the script, or else as deep as its loudest three seconds and the softest speech
    /// need.
    pub fn duck(&self, facts: &Facts, bed: &BedSettings) -> DuckSettings {
        let loudest = facts.beds.get(&bed.name).and_then(|bed| bed.loudest);
        let (Some(loudest), Some(gain)) = (loudest, self.bed(facts, bed).db()) else { return bed.duck };
        if self.accessible || bed.duck.depth_is_set {
            return bed.duck;
        }
        let allowed = [
            self.softest.phrase.map(|phrase| phrase - UNDER_PHRASE),
            self.softest.three_seconds.map(|loudness| loudness - UNDER_THREE_SECONDS),
        ];
        let needed = allowed.into_iter().flatten().map(|allowed| (loudest + gain - allowed).0);
        bed.duck.deepened(Db(needed.fold(0.0, f64::max).min(DEEPEST.0)))
    }
}

impl Softest {
    fn of(session: &Session, facts: &Facts, voice: Db) -> Self {
        let mut softest = Self::default();
        let lower = |held: &mut Option<Lufs>, level: Option<Lufs>| {
            *held = [*held, level].into_iter().flatten().reduce(|a, b| if b.0 < a.0 { b } else { a });
        };
        for phrase in &session.all_phrases {
            let Some(take) = facts.clips.get(&phrase.key) else { continue };
            let gain = voice + facts.clip_gain(&phrase.key, phrase.soft);
            lower(&mut softest.phrase, take.facts.loudness().map(|own| own + gain));
            // The gaps between beats are not speech.
            if phrase.beats.len() == 1 {
                lower(&mut softest.three_seconds, take.facts.softest_seconds().map(|own| own + gain));
            }
        }
        softest
    }
}
