//! The levels of a mix: voice, bells, breath and beds, all from facts and all relative to the speech anchor, so that
//! 5 and 40 minutes, full and light, with and without bed carry the same voice (DESIGN, sound).

use crate::asset::facts::{BellFacts, Facts};
use crate::script::bed::{BedLevel, BedSettings, DuckSettings};
use crate::script::preset::Anchor;
use crate::script::session::{Phrase, Session, Strike};
use crate::unit::{Db, Gain, Lufs, Seconds};

/// Beds come so much lower where the preset is accessible. At 28 LU below speech a phrase 4 LU softer than the others
/// still has 20 dB over a bed whose root mean square is 4 dB above its loudness.
const ACCESSIBLE: Db = Db(8.0);
/// A breath swell's loudest moment lies so far below it: it accompanies and never calls.
const SWELL_UNDER: Db = Db(14.0);
/// A pace's loudest moment lies so far below it: felt more than heard.
const TICK_UNDER: Db = Db(20.0);
/// The next phrase waits until a bell is so far below the voice.
const BELL_CLEAR: Db = Db(20.0);

/// How far under the loudness of a phrase the RMS level of a bed lies for the phrase to be 20 dB over it: 2.3 dB that a
/// voice on both sides reads louder than its RMS level, 3 for its own short pauses, 3 for a bed that comes and goes.
const ACCESSIBLE_UNDER: f64 = 20.0 + 2.3 + 3.0 + 3.0;

/// The levels of one session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// What the voice bus is changed by.
    voice: Db,
    /// The loudness of speech in the mix, which everything else is placed under.
    reference: Lufs,
    /// How far below it the loudest moment of a bell lies.
    bells: Db,
    /// How much lower beds are than they ask to be.
    beds_lower: Db,
}

impl Levels {
    /// Reckons the levels from all phrases of the script at every level.
    ///
    /// With the speech anchor the voice comes to the target. With `integrated` the recordings keep their level, the
    /// rest is placed around them, and the master brings the whole to the target.
    pub fn new(session: &Session, facts: &Facts) -> Self {
        let loudness =
            facts.speech_loudness(session.all_phrases.iter().map(|phrase| (&phrase.key, phrase.soft)));
        let preset = &session.preset;
        let (voice, reference) = match (preset.anchor, loudness) {
            (Anchor::Speech, Some(loudness)) => (preset.target - loudness, preset.target),
            (Anchor::Integrated, Some(loudness)) => (Db(0.0), loudness),
            (_, None) => (Db(0.0), preset.target),
        };
        let beds_lower = if preset.accessible { ACCESSIBLE } else { Db(0.0) };
        Self { voice, reference, bells: preset.bells, beds_lower }
    }

    /// The loudness of speech in the mix.
    pub fn reference(&self) -> Lufs {
        self.reference
    }

    /// What the voice is changed by, but for the correction of single clips.
    pub fn voice(&self) -> Db {
        self.voice
    }

    /// The gain of a phrase: that of the voice and the gentle correction of its clip.
    pub fn phrase(&self, facts: &Facts, phrase: &Phrase) -> Gain {
        (self.voice + facts.clip_gain(&phrase.key, phrase.soft)).gain()
    }

    /// The gain of a bell, in dB: the author's own, or one that puts its loudest moment as far under the voice as the
    /// preset says.
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

    /// The level below which a bell no longer covers a phrase.
    pub fn bell_is_clear(&self) -> Lufs {
        self.reference - BELL_CLEAR
    }

    /// The gain of a breath swell of these lengths.
    pub fn swell(&self, facts: &Facts, inhale: Seconds, exhale: Seconds) -> Gain {
        let loudest = facts.swells.get(&(inhale, exhale)).and_then(BellFacts::max_momentary);
        loudest.map_or(Gain::SILENCE, |loudest| (self.reference - SWELL_UNDER - loudest).gain())
    }

    /// The gain of a bed while the voice is silent.
    pub fn bed(&self, facts: &Facts, bed: &BedSettings) -> Gain {
        match bed.level {
            BedLevel::Gain(gain) => (gain - self.beds_lower).gain(),
            BedLevel::Under(under) => {
                facts.beds.get(&bed.name).and_then(|bed| bed.loudness).map_or(Gain::SILENCE, |loudness| {
                    (self.reference - under - self.beds_lower - loudness).gain()
                })
            }
        }
    }

    /// How a bed makes way. Where everybody should be able to follow, it lies so far under the quietest phrase that its
    /// RMS level stays 20 dB under that of each of them.
    pub fn duck(&self, session: &Session, facts: &Facts, bed: &BedSettings) -> DuckSettings {
        if !session.preset.accessible {
            return bed.duck;
        }
        let loudness = |phrase: &Phrase| {
            let own = facts.clips.get(&phrase.key)?.facts.loudness()?;
            Some(own + self.voice + facts.clip_gain(&phrase.key, phrase.soft))
        };
        let quietest = session.all_phrases.iter().filter_map(loudness).map(|lufs| lufs.0).reduce(f64::min);
        let rms = facts.beds.get(&bed.name).and_then(|bed| bed.rms);
        let (Some(quietest), Some(rms), Some(gain)) = (quietest, rms, self.bed(facts, bed).db()) else {
            return bed.duck;
        };
        let allowed = quietest - ACCESSIBLE_UNDER;
        bed.duck.deepened(Db((rms + gain).0 - allowed))
    }
}
