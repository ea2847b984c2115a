//! The levels of a mix: voice, bells, breath and beds, all from facts and all relative to the speech anchor, so that
//! 5 and 40 minutes, full and light, with and without bed carry the same voice (docs/sound.md,
//! section 3).

use crate::delivery::preset::Anchor;
use crate::facts::{BellFacts, Facts};
use crate::script::bed::{BedLevel, BedSettings, DuckSettings};
use crate::script::session::{Phrase, Session, Strike};
use crate::unit::{Db, Gain, Lufs, Seconds};

/// A breath swell's loudest moment lies so far below it: it accompanies and never calls.
const SWELL_UNDER: Db = Db(14.0);
/// A pace's loudest moment lies so far below it: felt more than heard.
const TICK_UNDER: Db = Db(20.0);
/// The next phrase waits until a bell is so far below the voice.
const BELL_CLEAR: Db = Db(20.0);

/// How far under the loudness of a phrase the RMS level of a bed lies for the phrase to be 20 dB over it: 2.3 dB that a
/// voice on both sides reads louder than its RMS level, 3 for its own short pauses, 3 for a bed that comes and goes.
const ACCESSIBLE_UNDER: Db = Db(20.0 + 2.3 + 3.0 + 3.0);

/// No phrase stands less than 18 LU over the bed and no three seconds of speech less than 15 (docs/sound.md,
/// section 8, row 14), with half a LU to spare, as the bed was not listened to from end to end.
const UNDER_PHRASE: Db = Db(18.5);
const UNDER_MOMENT: Db = Db(15.5);
/// A bed that falls deeper under speech seems to go away (docs/sound.md, section 8, row 16).
const DEEPEST: Db = Db(14.0);

/// The softest speech of a script at any level, as it is mixed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Softest {
    /// The loudness of the softest phrase.
    phrase: Option<Lufs>,
    /// That of the softest three seconds.
    moment: Option<Lufs>,
}

/// The levels of one session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// What the voice bus is changed by.
    voice: Db,
    /// The loudness of speech in the mix, which everything else is placed under.
    reference: Lufs,
    /// How far below it the loudest moment of a bell lies.
    bells: Db,
    /// The softest of the speech, which beds make way for.
    softest: Softest,
    /// Whether those who hear less well can follow every phrase.
    accessible: bool,
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
        let softest = Softest::of(session, facts, voice);
        Self { voice, reference, bells: preset.bells, softest, accessible: preset.accessible }
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

    /// The gain of a bed while the voice is silent. Where everybody should be able to follow, the bed comes as much
    /// lower as it must for every phrase to be 20 dB over its RMS level while it makes way as usual.
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

    /// How a bed makes way: as it was told, or else as deep as its loudest moments and the softest speech ask.
    pub fn duck(&self, facts: &Facts, bed: &BedSettings) -> DuckSettings {
        let loudest = facts.beds.get(&bed.name).and_then(|bed| bed.loudest);
        let (Some(loudest), Some(gain)) = (loudest, self.bed(facts, bed).db()) else { return bed.duck };
        if self.accessible || bed.duck.depth_is_set {
            return bed.duck;
        }
        let allowed = [
            self.softest.phrase.map(|phrase| phrase - UNDER_PHRASE),
            self.softest.moment.map(|moment| moment - UNDER_MOMENT),
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
            // What lies between two beats is a pause, and no speech.
            if phrase.beats.len() == 1 {
                lower(&mut softest.moment, take.facts.softest_seconds().map(|own| own + gain));
            }
        }
        softest
    }
}
