//! The levels of a mix: voice, bells, breath and beds, computed from facts and relative to the speech anchor, so that
//! every version of a script has the voice at the same level (docs/sound.md, section 3).

use crate::delivery::preset::Anchor;
use crate::facts::{BedFacts, BellFacts, Facts, energy_of, loudness_of};
use crate::script::bed::{BedLevel, BedSettings, DuckSettings};
use crate::script::session::{Phrase, Session, Strike};
use crate::unit::{Db, Gain, Lufs, Seconds};

/// How far the loudest momentary level of a breath swell is below the voice.
const SWELL_UNDER: Db = Db(14.0);
/// How far a swell falls below each phrase, so that it hardly counts in what sounds under it.
const SWELL_UNDER_PHRASE: Db = Db(30.0);
/// A swell that has made way stays low in pauses up to this long; a longer hold would leave no breath to hear.
const SWELL_HOLD: Seconds = Seconds::whole(2);
/// How far the loudest momentary level of a tick is below the voice.
const TICK_UNDER: Db = Db(20.0);
/// The next phrase waits until a bell has decayed this far below the voice.
const BELL_CLEAR: Db = Db(20.0);

/// What sounds besides the voice is at least this far under it: all of it on average (docs/sound.md, section 4), under each
/// phrase, and under each three seconds of speech (section 8, row 14), plus a margin of 0.8 and 0.5 LU, as only part of a bed
/// is measured.
const UNDER_VOICE: Db = Db(20.0);
const UNDER_PHRASE: Db = Db(18.8);
const UNDER_THREE_SECONDS: Db = Db(15.5);
/// The same under each phrase of an accessible version, in LU and as root mean squares (row 15).
const ACCESSIBLE_UNDER_PHRASE: Db = Db(20.5);
/// The loudness of a voice on both channels is 2.3 dB above its RMS level, and short pauses within a phrase take another 1.5.
const LOUDNESS_OVER_RMS: Db = Db(3.8);
/// A bed that is ducked deeper than this seems to disappear (docs/sound.md, section 8, row 16).
const DEEPEST: Db = Db(14.0);
/// The most that cues may take of what is allowed under a phrase; the bed always has the rest.
const MOST_OF_CUES: f64 = 0.8;

/// How loud a phrase is in the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PhraseLevel {
    /// The whole phrase.
    pub whole: Lufs,
    /// Its softest three seconds; `None` if it is shorter, or cut into beats.
    pub three_seconds: Option<Lufs>,
}

impl PhraseLevel {
    /// The energy of a swell that has made way for it.
    pub(super) fn energy_of_swell(self) -> f64 {
        energy_of(self.whole - SWELL_UNDER_PHRASE)
    }
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
    /// The loudness of the recordings with their clip gains, without that of the voice bus.
    speech: Option<Lufs>,
    /// The loudness of the softest phrase of the script, over all guidance levels.
    softest: Option<Lufs>,
    /// Whether each phrase must be 20 dB above everything else.
    accessible: bool,
}

impl Levels {
    /// Computes the levels from all phrases of the script at every guidance level.
    ///
    /// With the speech anchor the voice is brought to the target loudness. With `integrated` the recordings keep their
    /// level, all else is relative to them, and the master brings the mix to the target. A finished recording keeps its level
    /// unless a preset was asked for.
    pub fn new(session: &Session, facts: &Facts) -> Self {
        let phrases = session.all_phrases.iter();
        let loudness = facts.speech_loudness(phrases.clone().map(|phrase| (&phrase.key, phrase.soft)));
        let preset = &session.preset;
        let (voice, reference) = match (preset.anchor, loudness) {
            (Anchor::Speech, Some(loudness)) if session.keeps_level() => (Db(0.0), loudness),
            (Anchor::Speech, Some(loudness)) => (preset.target - loudness, preset.target),
            (Anchor::Integrated, Some(loudness)) => (Db(0.0), loudness),
            (_, None) => (Db(0.0), preset.target),
        };
        let (bells, accessible) = (preset.bells, preset.accessible);
        let levels = Self { voice, reference, bells, speech: loudness, softest: None, accessible };
        let softest = phrases.filter_map(|phrase| levels.of_phrase(facts, phrase));
        let softest = softest.map(|level| level.whole).reduce(|a, b| if b < a { b } else { a });
        Self { softest, ..levels }
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
        self.phrase_gain(facts, phrase).gain()
    }

    fn phrase_gain(&self, facts: &Facts, phrase: &Phrase) -> Db {
        self.voice + facts.phrase_gain(&phrase.key, phrase.soft, self.speech)
    }

    /// How loud a phrase is in the mix; `None` without a clip, or if it is silent.
    pub(super) fn of_phrase(&self, facts: &Facts, phrase: &Phrase) -> Option<PhraseLevel> {
        let clip = &facts.clips.get(&phrase.key)?.facts;
        let gain = self.phrase_gain(facts, phrase);
        // The gaps between beats are not speech.
        let three_seconds = clip.softest_seconds().filter(|_| phrase.beats.len() == 1);
        Some(PhraseLevel {
            whole: clip.loudness()? + gain,
            three_seconds: three_seconds.map(|loudness| loudness + gain),
        })
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

    /// The duck of a swell under a phrase, or under the voice where a phrase has no level yet.
    pub(super) fn swell_duck(&self, phrase: Option<PhraseLevel>) -> DuckSettings {
        let level = phrase.map_or(self.reference, |phrase| phrase.whole);
        let depth = (self.reference - SWELL_UNDER) - (level - SWELL_UNDER_PHRASE);
        DuckSettings::gentle(depth, SWELL_HOLD)
    }

    /// The gain of a bed while the voice is silent. With an accessible preset it is lowered as far as the softest phrase
    /// needs it beyond the deepest duck.
    pub fn bed(&self, facts: &Facts, bed: &BedSettings) -> Gain {
        let bed_facts = facts.beds.get(&bed.name);
        let usual = match (bed.level, bed_facts.and_then(|bed| bed.loudness)) {
            (BedLevel::Gain(gain), _) => gain,
            (BedLevel::Under(under), Some(loudness)) => self.reference - under - loudness,
            (BedLevel::Under(_), None) => return Gain::SILENCE,
        };
        let softest = PhraseLevel { whole: self.softest.unwrap_or(self.reference), three_seconds: None };
        let deepest =
            if bed.duck.depth_is_set { bed.duck.depth } else { Db(bed.duck.depth.0.max(DEEPEST.0)) };
        let lower = bed_facts
            .filter(|_| self.accessible)
            .and_then(|bed| self.needed_depth(bed, usual, softest, 0.0))
            .map_or(0.0, |needed| (needed - deepest).0);
        (usual - Db(lower.max(0.0))).gain()
    }

    /// How far a bed falls under a phrase under which cues have this mean energy: as written in the script, or else as deep
    /// as its loudest three seconds and the phrase need.
    pub(super) fn bed_depth(
        &self,
        facts: &Facts,
        bed: &BedSettings,
        phrase: Option<PhraseLevel>,
        cues: f64,
    ) -> Db {
        let needed = facts.beds.get(&bed.name).zip(self.bed(facts, bed).db()).zip(phrase);
        let needed = needed.and_then(|((bed, gain), phrase)| self.needed_depth(bed, gain, phrase, cues));
        match needed {
            Some(needed) if !bed.duck.depth_is_set => {
                // What the cues take of the background is taken from the bed.
                let less = (self.reference - UNDER_VOICE) - without(self.reference - UNDER_VOICE, cues);
                Db(needed.0.max((bed.duck.depth + less).0).min(DEEPEST.0.max(bed.duck.depth.0)))
            }
            _ => bed.duck.depth,
        }
    }

    /// How far a bed at this gain has to fall under a phrase; negative if it need not.
    fn needed_depth(&self, bed: &BedFacts, gain: Db, phrase: PhraseLevel, cues: f64) -> Option<Db> {
        let loudest = bed.loudest? + gain;
        let whole = if self.accessible { ACCESSIBLE_UNDER_PHRASE } else { UNDER_PHRASE };
        let mut needed = vec![loudest - without(phrase.whole - whole, cues)];
        needed.extend(phrase.three_seconds.map(|level| loudest - without(level - UNDER_THREE_SECONDS, cues)));
        if self.accessible
            && let (Some(rms), Some(loudness)) = (bed.rms, bed.loudness)
        {
            let loudest_rms = rms + gain + (loudest - gain - loudness);
            let allowed = without(phrase.whole - ACCESSIBLE_UNDER_PHRASE - LOUDNESS_OVER_RMS, cues);
            needed.push(Db(loudest_rms.0 - allowed.0));
        }
        Some(Db(needed.into_iter().map(|db| db.0).fold(f64::MIN, f64::max)))
    }
}

/// What is left of a level when sounds of this mean energy are taken from it.
fn without(level: Lufs, cues: f64) -> Lufs {
    let whole = energy_of(level);
    loudness_of(whole - cues.min(MOST_OF_CUES * whole)).unwrap_or(level)
}
