//! What layout knows of sounds: lengths, onsets and loudness, never samples. Made once by decoding, then cached.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::chain::Done;
use super::pace::Pace;
use super::speech::{Beat, Speech, beats};
use crate::dsp::loudness;
use crate::dsp::voice::room::Room;
use crate::dsp::voice::tone::Colour;
pub use crate::dsp::voice::tone::Tone;
use crate::script::session::PhraseKey;
use crate::unit::{Db, Frames, Lufs, SampleRate, Seconds};

/// The facts of one prepared clip at the render rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipFacts {
    /// The hash of the file's bytes.
    pub source: String,
    /// The rate of the file.
    pub source_rate: SampleRate,
    /// The length of the file, in its frames.
    pub source_frames: Frames,
    /// Where the clip is cut in, in frames of the file.
    pub in_point: Frames,
    /// Where it is cut out, in frames of the file.
    pub out_point: Frames,
    /// Its length as it will be mixed.
    pub frames: Frames,
    /// Where the voice audibly begins in it.
    pub onset: Frames,
    /// Stretches of sound with holes of at least 60 ms between them.
    pub islands: Vec<(Frames, Frames)>,
    /// Energies of its 400 ms blocks (docs/sound.md, section 3). None where nobody wanted them.
    pub blocks: Vec<f64>,
    /// How bright it was recorded.
    pub colour: Colour,
    /// The room that is left in its pauses.
    pub room: Option<Room>,
    /// The shelves it was prepared with, which bring its session to the tone of the others.
    pub tone: Tone,
    /// What the stages of the voice chain did to it.
    pub done: Done,
    /// The highest sample of the recording.
    pub peak: f32,
    /// What is poor about the recording.
    pub complaints: Vec<Complaint>,
}

/// Which facts of a clip are wanted beyond its length; they cost more than decoding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How loud it is.
    pub loudness: bool,
    /// Where it may be cut into beats.
    pub islands: bool,
}

impl Wanted {
    /// All of them. A clip that is cut to its speech always has them.
    pub const ALL: Self = Self { loudness: true, islands: true };
    /// Its length alone.
    pub const NONE: Self = Self { loudness: false, islands: false };
}

/// What is poor about a recording that can be used all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Complaint {
    /// So few bits that they can be heard.
    FewBits(u32),
    /// Samples stuck at full scale.
    Clipped(u64),
}

impl ClipFacts {
    /// The loudness of the clip by itself, gated like the pool of all clips; `None` where it is too quiet.
    pub fn loudness(&self) -> Option<Lufs> {
        loudness::gated(&self.blocks)
    }

    /// The loudness of the softest three seconds of it; `None` where it is shorter.
    pub fn softest_seconds(&self) -> Option<Lufs> {
        // A block lies around its hop and the three before it, so these 27 lie within thirty hops.
        let inside = self.blocks.get(3..self.blocks.len().saturating_sub(3))?;
        let mean = |window: &[f64]| window.iter().sum::<f64>() / window.len() as f64;
        inside.windows(27).map(mean).reduce(f64::min).and_then(loudness::loudness_of)
    }

    /// Cuts the clip at its beats, whose texts have these shares of the letters; `None` where it cannot be cut.
    pub fn beats(&self, shares: &[f64], rate: SampleRate) -> Option<Vec<Beat>> {
        let index = |frames: Frames| frames.index();
        let islands = self.islands.iter().map(|&(from, to)| (index(from), index(to))).collect();
        beats(&Speech { start: 0, onset: index(self.onset), end: index(self.frames), islands }, shares, rate)
    }
}

/// The facts of a bell at the render rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BellFacts {
    /// The whole ring.
    pub frames: Frames,
    /// The energies of its 400 ms blocks, a hop apart, as [`ClipFacts::blocks`].
    pub blocks: Vec<f64>,
}

impl BellFacts {
    /// Its loudest moment.
    pub fn max_momentary(&self) -> Option<Lufs> {
        loudness::momentary_max(&self.blocks)
    }

    /// When a bell changed by `gain` has fallen below `level` for good, in frames from its strike.
    pub fn clear(&self, gain: Db, level: Lufs, rate: SampleRate) -> Frames {
        let limit = loudness::energy_of(level - gain);
        let over = self.blocks.iter().rposition(|energy| *energy > limit).map_or(0, |last| last + 1);
        Frames((over * rate.hop()) as u64).min(self.frames)
    }
}

/// The facts of a bed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BedFacts {
    /// Its integrated loudness; `None` for silence.
    pub loudness: Option<Lufs>,
    /// The loudness of its loudest three seconds; `None` for silence, or where it was not listened to.
    pub loudest: Option<Lufs>,
    /// Its RMS level in dBFS, the mean of both channels; `None` for silence.
    pub rms: Option<Db>,
}

/// Everything layout may know of the sounds of one session.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The rate all lengths are in.
    pub rate: SampleRate,
    /// The clips there are.
    pub clips: BTreeMap<PhraseKey, Take>,
    /// The level of the voice, which its recording sessions are brought to; `None` leaves clips alone.
    pub voice_level: Option<Lufs>,
    /// The bells.
    pub bells: BTreeMap<String, BellFacts>,
    /// The breath swells, by the length of the in-breath and the out-breath.
    pub swells: BTreeMap<(Seconds, Seconds), BellFacts>,
    /// The tick of a pace, where one is heard.
    pub tick: Option<BellFacts>,
    /// The beds.
    pub beds: BTreeMap<String, BedFacts>,
    /// The tone of the room the voice was recorded in; `None` where its gaps are left empty.
    pub room: Option<RoomTone>,
    /// How quickly the voice speaks, for what nobody has recorded yet.
    pub pace: Pace,
}

/// What is known of the tone of a room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomTone {
    /// A recording of it, below the course folder; `None` for noise made after the clips.
    pub file: Option<String>,
    /// What it is like, as recorded.
    pub room: Room,
}

/// The recording that is used for a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// The file, below the course folder.
    pub path: String,
    /// What it holds.
    pub facts: ClipFacts,
    /// The level of the session it was recorded in; `None` where that is the level of the voice.
    pub session: Option<Lufs>,
}

impl Take {
    /// Whether a machine spoke it because there is no recording yet.
    pub fn is_draft(&self) -> bool {
        self.path.starts_with(super::draft::DRAFT_PATH)
    }
}

/// How far a clip is brought to the level of its session, and the most it is changed
/// (docs/sound.md, section 3).
const STRENGTH: f64 = 0.5;
const MOST_CLIP_GAIN: f64 = 6.0;

impl Facts {
    /// What one clip is changed by before the anchor: all of what its session lacks to the level of the voice, and the
    /// gentle correction of the clip in its session, half of what it lacks and at most 6 dB. A soft phrase has the first
    /// alone, so that it is as soft as it was meant to be.
    pub fn clip_gain(&self, key: &PhraseKey, soft: bool) -> Db {
        let Some((voice, take)) = self.voice_level.zip(self.clips.get(key)) else { return Db(0.0) };
        let session = take.session.unwrap_or(voice);
        let own = take.facts.loudness().filter(|_| !soft).unwrap_or(session);
        let gentle = (STRENGTH * (session - own).0).clamp(-MOST_CLIP_GAIN, MOST_CLIP_GAIN);
        Db((voice - session).0 + gentle)
    }

    /// The speech-active loudness of these phrases, pooled, each with its clip gain; soft ones are left out.
    pub fn speech_loudness<'a>(&self, phrases: impl Iterator<Item = (&'a PhraseKey, bool)>) -> Option<Lufs> {
        let mut pool = Vec::new();
        for (key, soft) in phrases.filter(|(_, soft)| !soft) {
            let Some(take) = self.clips.get(key) else { continue };
            let power = self.clip_gain(key, soft).gain().0.powi(2);
            pool.extend(take.facts.blocks.iter().map(|energy| energy * power));
        }
        loudness::gated(&pool)
    }
}

/// The level of a voice or a session nobody has written down: the median of its clips, rounded to half a LU, so that
/// one more clip seldom moves it.
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
            colour: Colour::default(),
            room: None,
            tone: Tone::default(),
            peak: 0.5,
            done: Done::default(),
            complaints: Vec::new(),
        };
        Take { path: String::new(), facts, session: None }
    }

    fn key(id: &str) -> PhraseKey {
        PhraseKey { file: "a".into(), id: id.into() }
    }

    fn facts(clips: &[(&str, f64)], voice_level: Option<f64>) -> Facts {
        Facts {
            rate: SampleRate::DEFAULT,
            clips: clips.iter().map(|(id, loudness)| (key(id), clip(*loudness))).collect(),
            voice_level: voice_level.map(Lufs),
            bells: BTreeMap::new(),
            swells: BTreeMap::new(),
            tick: None,
            beds: BTreeMap::new(),
            room: None,
            pace: Pace::usual(&crate::script::language::Language::parse("nl").unwrap()),
        }
    }

    #[test]
    fn a_clip_is_brought_halfway_to_its_session_and_a_whisper_stays_one() {
        let facts = facts(&[("loud", -20.0), ("whisper", -40.0)], Some(-24.0));
        assert!((facts.clip_gain(&key("loud"), false).0 + 2.0).abs() < 1e-9);
        assert!((facts.clip_gain(&key("whisper"), false).0 - 6.0).abs() < 1e-9);
        assert_eq!(facts.clip_gain(&key("whisper"), true), Db(0.0));
    }

    #[test]
    fn a_session_comes_all_the_way_and_its_clips_halfway() {
        let mut facts = facts(&[("a", -24.0), ("draft", -14.0), ("soft", -30.0)], Some(-24.0));
        for id in ["draft", "soft"] {
            facts.clips.get_mut(&key(id)).unwrap().session = Some(Lufs(-16.0));
        }
        assert_eq!(facts.clip_gain(&key("a"), false), Db(0.0));
        // Eight down with all drafts, and one more for being two louder than they are.
        assert!((facts.clip_gain(&key("draft"), false).0 + 9.0).abs() < 1e-9);
        assert!((facts.clip_gain(&key("soft"), true).0 + 8.0).abs() < 1e-9);
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
    fn the_level_of_a_session_is_the_median_of_its_clips_in_half_units() {
        assert_eq!(median_level([-23.2, -22.0, -30.0].map(Lufs).into_iter()), Some(Lufs(-23.0)));
        assert_eq!(median_level(std::iter::empty()), None);
    }
}
