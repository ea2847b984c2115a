//! The loudness of a voice, and the gain of each clip.

use std::collections::BTreeMap;

use super::{Facts, Take};
use crate::dsp::loudness;
use crate::script::session::PhraseKey;
use crate::unit::{Db, Lufs};

/// The most that a clip is corrected by towards its session at full strength, in dB (docs/sound.md, section 3).
const MOST_CLIP_GAIN: f64 = 12.0;
/// How far a true peak may be over the loudness of the speech: of the 14 dB between −16 LUFS and −2 dBTP, the rest is for what
/// sounds under the voice, such as a bed of 16 LU under it, or the crackles of one of 20.
const MOST_CREST: Db = Db(13.0);
/// The most that a clip comes down for its peaks.
const MOST_FOR_PEAKS: Db = Db(5.0);
/// How often the range in which the loudness of the speech then lies is halved: to less than 0.0001 dB.
const HALVINGS: usize = 16;
/// How far a soft phrase is under the others, at least and at most.
const SOFTER: (Db, Db) = (Db(1.5), Db(5.5));
/// A clip so much louder than the median of all, after its gain, is left out of the level of the voice.
const FAR_LOUDER: Db = Db(15.0);

impl Facts {
    /// The gain of a phrase before the anchor; `speech` is what [`Self::speech_loudness`] says of its script.
    pub fn phrase_gain(&self, key: &PhraseKey, soft: bool, speech: Option<Lufs>) -> Db {
        match speech {
            Some(speech) if soft => self.soft_gain(key, speech),
            Some(speech) => self.held_gain(key, speech),
            None => self.clip_gain(key),
        }
    }

    /// How far a phrase is brought down as a whole, so that its peaks stay under the ceiling of every preset; `speech` is as for
    /// [`Self::phrase_gain`].
    pub fn lower_for_peaks(&self, key: &PhraseKey, soft: bool, speech: Option<Lufs>) -> Db {
        speech.filter(|_| !soft).map_or(Db(0.0), |speech| self.clip_gain(key) - self.held_gain(key, speech))
    }

    /// The gain of one clip before the anchor, where the phrases together have the loudness `speech`: so low that its peaks
    /// stay under the ceiling of every preset.
    fn held_gain(&self, key: &PhraseKey, speech: Lufs) -> Db {
        let gain = self.clip_gain(key);
        let highest = self.clips.get(key).and_then(|take| take.facts.effects.highest);
        let over = highest.map_or(0.0, |highest| (highest + gain).0 - (speech + MOST_CREST).0);
        gain - Db(over.clamp(0.0, MOST_FOR_PEAKS.0))
    }

    /// The gain of one clip before the anchor: the whole difference between its session and the level of the voice,
    /// plus a share of its difference to the session, `strength`.
    fn clip_gain(&self, key: &PhraseKey) -> Db {
        let Some((voice, take)) = self.voice_level.zip(self.clips.get(key)) else { return Db(0.0) };
        let session = take.session.unwrap_or(voice);
        let own = take.facts.loudness().unwrap_or(session);
        let most = self.strength * MOST_CLIP_GAIN;
        let gentle = (self.strength * (session - own).0).clamp(-most, most);
        Db((voice - session).0 + gentle)
    }

    /// The gain of the clip of a soft phrase before the anchor, where the other phrases have the loudness `speech`: that of
    /// its session, so that it stays as soft as it was spoken, but 1.5 to 5.5 LU under the others.
    fn soft_gain(&self, key: &PhraseKey, speech: Lufs) -> Db {
        let Some((voice, take)) = self.voice_level.zip(self.clips.get(key)) else { return Db(0.0) };
        let session = voice - take.session.unwrap_or(voice);
        let Some(own) = take.facts.loudness() else { return session };
        let softer = (speech - (own + session)).0.clamp(SOFTER.0.0, SOFTER.1.0);
        speech - Db(softer) - own
    }

    /// The clips that are far louder than the others, with how much. Their energy would outweigh all others together, so
    /// that they do not count for the level of the voice.
    pub fn too_loud(&self) -> BTreeMap<&PhraseKey, Db> {
        let level = |key: &PhraseKey, take: &Take| Some(take.facts.loudness()? + self.clip_gain(key));
        let levels: Vec<(&PhraseKey, Lufs)> =
            self.clips.iter().filter_map(|(key, take)| Some((key, level(key, take)?))).collect();
        // Of two, nobody knows which is the odd one.
        let Some(median) = median_level(levels.iter().map(|(_, level)| *level)).filter(|_| levels.len() > 2)
        else {
            return BTreeMap::new();
        };
        let above = levels.into_iter().map(|(key, level)| (key, level - median));
        above.filter(|(_, above)| *above > FAR_LOUDER).collect()
    }

    /// The gated loudness of these phrases together, each with its clip gain; soft phrases and those that are far too
    /// loud are left out. Where every phrase is soft, the level of the voice, so that they are soft beside it; `None` without
    /// a clip.
    pub fn speech_loudness<'a>(&self, phrases: impl Iterator<Item = (&'a PhraseKey, bool)>) -> Option<Lufs> {
        let too_loud = self.too_loud();
        let mut any = false;
        let mut counted = Vec::new();
        for (key, soft) in phrases {
            let Some(take) = self.clips.get(key) else { continue };
            any = true;
            if !soft && !too_loud.contains_key(key) {
                counted.push((key, take));
            }
        }
        let pooled = |gain: &dyn Fn(&PhraseKey) -> Db| {
            let mut pool = Vec::new();
            for (key, take) in &counted {
                let power = gain(key).gain().0.powi(2);
                pool.extend(take.facts.blocks.iter().map(|energy| energy * power));
            }
            loudness::gated(&pool)
        };
        let speech = pooled(&|key| self.clip_gain(key)).map(|highest| {
            let held = |speech: Lufs| pooled(&|key| self.held_gain(key, speech)).unwrap_or(speech);
            held_alike(highest, held)
        });
        speech.or(self.voice_level.filter(|_| any))
    }
}

/// The loudness of speech that is the same after what is held for its sake: clips that are lowered for their peaks make all of it
/// softer, and that lowers them again. Going round and round ends far from it where most clips are lowered, so that it is
/// halved in: what is held falls by no more than the loudness does.
fn held_alike(highest: Lufs, held: impl Fn(Lufs) -> Lufs) -> Lufs {
    if held(highest) >= highest {
        return highest;
    }
    let (mut low, mut high) = (highest - MOST_FOR_PEAKS, highest);
    for _ in 0..HALVINGS {
        let middle = Lufs(f64::midpoint(low.0, high.0));
        if held(middle) < middle {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

/// The level of a voice or session for which none is written down: the median of its clips, rounded to half a LU, so
/// that adding one clip rarely changes it.
pub fn median_level(clips: impl Iterator<Item = Lufs>) -> Option<Lufs> {
    let mut levels: Vec<f64> = clips.map(|level| level.0).collect();
    levels.sort_by(f64::total_cmp);
    let middle = levels.get(levels.len() / 2)?;
    let median =
        if levels.len() % 2 == 1 { *middle } else { f64::midpoint(*middle, levels[levels.len() / 2 - 1]) };
    Some(Lufs((median * 2.0).round() / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::recording::RecordingMeasures;
    use crate::dsp::voice::tone::SpectralBalance;
    use crate::facts::pace::Pace;
    use crate::facts::{ChainEffects, ClipFacts, Fitting};
    use crate::unit::{Frames, SampleRate};

    fn clip(loudness: f64) -> Take {
        let facts = ClipFacts {
            source: String::new(),
            source_rate: SampleRate::DEFAULT,
            source_frames: Frames(48_000),
            in_point: Frames(0),
            out_point: Frames(48_000),
            frames: Frames(48_000),
            onset: Frames(0),
            islands: Vec::new(),
            blocks: vec![loudness::energy_of(Lufs(loudness)); 10],
            balance: SpectralBalance::default(),
            room: None,
            sibilants: Vec::new(),
            fitting: Fitting::default(),
            effects: ChainEffects::default(),
            complaints: Vec::new(),
            measures: RecordingMeasures::peaks(&[], None, SampleRate::DEFAULT),
        };
        Take { path: String::new(), facts, session: None, stale: None, despite: Vec::new() }
    }

    fn key(id: &str) -> PhraseKey {
        PhraseKey { file: "a".into(), id: id.into() }
    }

    fn facts(clips: &[(&str, f64)], voice_level: Option<f64>) -> Facts {
        Facts {
            rate: SampleRate::DEFAULT,
            clips: clips.iter().map(|(id, loudness)| (key(id), clip(*loudness))).collect(),
            drafted_by: None,
            voice_level: voice_level.map(Lufs),
            strength: 0.5,
            bells: BTreeMap::new(),
            swells: BTreeMap::new(),
            tick: None,
            beds: BTreeMap::new(),
            room: None,
            pace: Pace::usual(&crate::script::language::Language::parse("nl").unwrap()),
        }
    }

    #[test]
    fn a_clip_is_brought_halfway_to_its_session_or_as_far_as_the_voice_says() {
        let mut facts = facts(&[("loud", -20.0), ("whisper", -40.0)], Some(-24.0));
        let gain = |facts: &Facts, id: &str| facts.clip_gain(&key(id)).0;
        assert!((gain(&facts, "loud") + 2.0).abs() < 1e-9 && (gain(&facts, "whisper") - 6.0).abs() < 1e-9);
        facts.strength = 1.0;
        assert!((gain(&facts, "loud") + 4.0).abs() < 1e-9 && (gain(&facts, "whisper") - 12.0).abs() < 1e-9);
        facts.strength = 0.0;
        assert_eq!((gain(&facts, "loud"), gain(&facts, "whisper")), (0.0, 0.0));
    }

    #[test]
    fn a_clip_comes_down_until_its_peaks_are_under_the_ceiling() {
        let mut facts = facts(&[("a", -24.0), ("b", -24.0), ("c", -24.0), ("loud", -21.0)], Some(-24.0));
        let peaks = |facts: &mut Facts, id: &str, highest: f64| {
            facts.clips.get_mut(&key(id)).unwrap().facts.effects.highest = Some(Db(highest));
        };
        let keys = ["a", "b", "c", "loud"].map(key);
        let speech = |facts: &Facts| facts.speech_loudness(keys.iter().map(|key| (key, false))).unwrap();
        let before = speech(&facts);
        ["a", "b", "c"].into_iter().for_each(|id| peaks(&mut facts, id, -11.2));
        peaks(&mut facts, "loud", -21.0 + 12.8);
        let after = speech(&facts);
        assert!(before.0 - after.0 > 0.1, "{before} {after}");
        let gain = facts.phrase_gain(&key("loud"), false, Some(after));
        assert!((-21.0 + 12.8 + gain.0 - after.0 - MOST_CREST.0).abs() < 0.01, "{gain} {after}");
        assert_eq!(facts.phrase_gain(&key("a"), false, Some(after)), Db(0.0), "its peaks are low enough");
        // Peaks that nothing lowers, as where the chain is off, take no more than this.
        peaks(&mut facts, "loud", 0.0);
        let gain = facts.phrase_gain(&key("loud"), false, Some(speech(&facts)));
        assert!((gain.0 + 1.5 + MOST_FOR_PEAKS.0).abs() < 1e-9, "{gain}");
    }

    #[test]
    fn speech_has_the_loudness_it_is_said_to_have_where_all_clips_are_held() {
        let clips = [("a", -24.0), ("b", -25.0), ("c", -23.0), ("d", -24.0)];
        let mut facts = facts(&clips, Some(-24.0));
        for (id, crest) in [("a", 13.1), ("b", 13.3), ("c", 13.2), ("d", 13.2)] {
            let take = facts.clips.get_mut(&key(id)).unwrap();
            take.facts.effects.highest = Some(Db(take.facts.loudness().unwrap().0 + crest));
        }
        let keys = clips.map(|(id, _)| key(id));
        let speech = facts.speech_loudness(keys.iter().map(|key| (key, false)));
        let sent: Vec<f64> = keys
            .iter()
            .flat_map(|key| {
                let power = facts.phrase_gain(key, false, speech).gain().0.powi(2);
                facts.clips[key].facts.blocks.iter().map(move |energy| energy * power)
            })
            .collect();
        let off = loudness::gated(&sent).unwrap() - speech.unwrap();
        assert!(off.0.abs() < 0.001, "{off}");
    }

    #[test]
    fn a_soft_phrase_is_softer_than_the_others_whatever_its_recording() {
        let clips = [("loud", -20.0), ("whisper", -40.0), ("soft", -27.0)];
        let facts = facts(&clips, Some(-24.0));
        let level = |id: &str, own: f64| own + facts.soft_gain(&key(id), Lufs(-23.5)).0;
        assert!((level("loud", -20.0) + 25.0).abs() < 1e-9 && (level("whisper", -40.0) + 29.0).abs() < 1e-9);
        assert!((level("soft", -27.0) + 27.0).abs() < 1e-9, "it is as soft as it was spoken");
    }

    #[test]
    fn a_session_comes_all_the_way_and_its_clips_halfway() {
        let mut facts = facts(&[("a", -24.0), ("draft", -14.0), ("soft", -30.0)], Some(-24.0));
        for id in ["draft", "soft"] {
            facts.clips.get_mut(&key(id)).unwrap().session = Some(Lufs(-16.0));
        }
        assert_eq!(facts.clip_gain(&key("a")), Db(0.0));
        // Eight down with all drafts, and one more for being two louder than they are.
        assert!((facts.clip_gain(&key("draft")).0 + 9.0).abs() < 1e-9);
        // At -38 after the gain of its session, a soft phrase comes up to 5.5 under the others.
        assert!((facts.soft_gain(&key("soft"), Lufs(-24.0)).0 - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_pool_counts_gains_and_leaves_soft_phrases_out() {
        let facts = facts(&[("a", -20.0), ("b", -28.0), ("soft", -30.0)], Some(-24.0));
        let (a, b, soft) = (key("a"), key("b"), key("soft"));
        let pooled = facts.speech_loudness([(&a, false), (&b, false), (&soft, true)].into_iter()).unwrap();
        // -22 and -26 in equal numbers.
        let expected = 10.0 * f64::midpoint(10f64.powf(-2.2), 10f64.powf(-2.6)).log10();
        assert!((pooled.0 - expected).abs() < 1e-9, "{pooled}");
    }

    #[test]
    fn one_clip_far_too_loud_does_not_move_the_others() {
        let many = [("a", -23.0), ("b", -24.0), ("c", -25.0)];
        let (a, b, c, mad) = (key("a"), key("b"), key("c"), key("mad"));
        let pool = [(&a, false), (&b, false), (&c, false), (&mad, false)];
        let before = facts(&many, Some(-24.0)).speech_loudness(pool.into_iter()).unwrap();
        let with = facts(&[many.as_slice(), &[("mad", 20.0)]].concat(), Some(-24.0));
        assert_eq!(with.speech_loudness(pool.into_iter()).unwrap(), before);
        assert_eq!(with.too_loud().into_keys().collect::<Vec<_>>(), [&mad]);
        // A loud one is within the limit.
        assert!(facts(&[many.as_slice(), &[("loud", -14.0)]].concat(), Some(-24.0)).too_loud().is_empty());
    }

    #[test]
    fn the_level_of_a_session_is_the_median_of_its_clips_in_half_units() {
        assert_eq!(median_level([-23.2, -22.0, -30.0].map(Lufs).into_iter()), Some(Lufs(-23.0)));
        assert_eq!(median_level(std::iter::empty()), None);
    }
}
