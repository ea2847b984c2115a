//! What is judged of a recording before it is used: one table, each row with its number, its limit and its advice
//! (docs/sound.md, section 9).

use super::{Complaint, Take};
use crate::script::voice::VoiceKind;
use crate::unit::literal::print_measured;
use crate::unit::{HUNDREDTH, Lufs, SampleRate, Seconds, TENTH};

/// A recording as it is judged.
#[derive(Clone, Copy, Debug)]
pub struct JudgedClip<'a> {
    pub take: &'a Take,
    /// The rate of the prepared clip.
    pub rate: SampleRate,
    /// The level of the voice; `None` where clips keep the level they have.
    pub voice: Option<Lufs>,
    /// Whether it is to be softer than the others.
    pub soft: bool,
    /// How long its text takes at the pace of the voice.
    pub expected: Option<Seconds>,
    /// Whether it is the voice of a person, who can be recorded better, or of a machine.
    pub kind: VoiceKind,
}

/// A row of the table.
pub struct ClipCheck {
    /// Its name, which never changes.
    pub id: &'static str,
    /// What the number counts.
    pub unit: &'static str,
    pub limit: ClipLimit,
    number: fn(&JudgedClip<'_>) -> Option<f64>,
    /// What is wrong with one recording, after its name.
    wrong: fn(f64) -> String,
    /// What is wrong with several recordings, after their number.
    pub many: &'static str,
    pub advice: &'static str,
    /// The rows whose fault is the cause of this one where both are broken: only the cause is told.
    because: fn(&JudgedClip<'_>) -> &'static [&'static str],
}

/// What a number must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClipLimit {
    /// No less.
    Least(f64),
    /// No more.
    Most(f64),
    /// No less than the first and no more than the second.
    Within(f64, f64),
}

impl ClipLimit {
    /// In a few letters, such as `≥ 40`.
    pub fn words(self) -> String {
        match self {
            Self::Least(least) => format!("≥ {least}"),
            Self::Most(most) => format!("≤ {most}"),
            Self::Within(least, most) => format!("{least:.2}..{most}").replace(".00", ""),
        }
    }

    pub(super) fn holds(self, number: f64) -> bool {
        match self {
            Self::Least(least) => number >= least,
            Self::Most(most) => number <= most,
            Self::Within(least, most) => (least..=most).contains(&number),
        }
    }
}

/// What a row says of a recording.
pub struct ClipVerdict {
    pub check: &'static ClipCheck,
    /// The number; `None` where the recording has none, such as noise without pauses.
    pub number: Option<f64>,
    /// Where its fault is in the recording, in seconds; `None` where that is everywhere.
    pub at: Option<f64>,
    /// What is wrong, after the name of the file; `None` where nothing is.
    pub wrong: Option<String>,
}

impl ClipCheck {
    /// Whether the fault of this row is heard in every track, and nothing in the chain of the voice repairs it.
    pub fn is_past_repair(&self, take: &Take) -> bool {
        let effects = &take.facts.effects;
        match self.id {
            "bandwidth" | "coded" | "images" => true,
            "clipped" => effects.tops == 0,
            "room" => effects.reverb.0 <= 0.0,
            _ => false,
        }
    }

    /// What to do about this recording, after what the chain of its voice has done already.
    pub fn advice_for(&self, take: &Take) -> &'static str {
        match take.facts.effects.denoise {
            _ if self.id != "noise" => self.advice,
            share if share >= 1.0 => {
                "record in a quieter room or closer to the microphone for at least 40 dB: noise reduction does all it can"
            }
            share if share > 0.0 => {
                "record in a quieter room or closer to the microphone for at least 40 dB, or try `adem voice denoise 1`"
            }
            _ => self.advice,
        }
    }
}

/// How many rows there are.
pub const CHECKS: usize = 22;

/// The rows, in order.
pub fn clip_checks() -> impl Iterator<Item = &'static ClipCheck> {
    TABLE.iter()
}

static TABLE: [ClipCheck; CHECKS] = [
    ClipCheck {
        id: "bits",
        unit: "bits",
        limit: ClipLimit::Least(16.0),
        number: |clip| clip.take.facts.measures.bits.map(f64::from),
        wrong: |bits| format!("has only {bits:.0} bits, so its noise is audible"),
        many: "have so few bits that their noise is audible",
        advice: "record and save it with 24 bits",
        because: |_| &[],
    },
    ClipCheck {
        id: "clipped",
        unit: "places",
        limit: ClipLimit::Most(0.0),
        number: |clip| Some(clip.take.facts.measures.clipped as f64),
        wrong: |runs| format!("is clipped in {runs:.0} place{}", if runs == 1.0 { "" } else { "s" }),
        many: "are clipped",
        advice: "record it again with less gain: peaks under -6 dBFS; what `declip` in the chain of the voice restores is a guess",
        because: |_| &[],
    },
    ClipCheck {
        id: "peak",
        unit: "dBFS",
        limit: ClipLimit::Most(-0.3),
        number: |clip| Some(clip.take.facts.measures.peak.0),
        wrong: |peak| format!("has a peak of {peak:.1} dBFS, where nothing is left"),
        many: "have peaks where nothing is left",
        advice: "record it again with less gain: peaks under -6 dBFS",
        because: |_| &["clipped"],
    },
    ClipCheck {
        id: "loudness",
        unit: "LUFS",
        limit: ClipLimit::Least(-50.0),
        number: |clip| clip.take.facts.loudness().map(|loudness| loudness.0),
        wrong: |loudness| format!("is recorded too softly, at {loudness:.0} LUFS"),
        many: "are recorded too softly",
        advice: "record it again with more gain, or closer to the microphone: about -24 LUFS",
        because: |_| &[],
    },
    ClipCheck {
        id: "level",
        unit: "LU",
        limit: ClipLimit::Within(-10.0, 10.0),
        number: level,
        wrong: |level| {
            let (by, how) = (level.abs(), if level < 0.0 { "softer" } else { "louder" });
            format!("is {by:.0} LU {how} than the rest of its session, more than levelling makes up for")
        },
        many: "are much softer or louder than the rest of their session",
        advice: "record it again at the same distance and gain, or keep it as it is with `adem voice accept` once you have heard it; a phrase that is always softer has `soft = true` in its script",
        because: |_| &["loudness"],
    },
    ClipCheck {
        id: "noise",
        unit: "dB",
        limit: ClipLimit::Least(40.0),
        number: noise,
        wrong: |noise| format!("is noisy: its noise is {noise:.0} dB below the voice"),
        many: "are noisy",
        advice: "record in a quieter room or closer to the microphone for at least 40 dB, or try `adem voice denoise 0.5`",
        because: |clip| {
            let measures = &clip.take.facts.measures;
            // Half of the noise at least.
            let is_hum = measures.noise.zip(measures.hum).is_some_and(|(noise, hum)| hum.0 <= noise.0 + 3.0);
            if is_hum { &["bits", "loudness", "room", "hum"] } else { &["bits", "loudness", "room"] }
        },
    },
    ClipCheck {
        id: "hum",
        unit: "dB",
        limit: ClipLimit::Least(50.0),
        number: |clip| {
            let facts = &clip.take.facts;
            facts.measures.hum.map(|hum| hum.0 + facts.effects.hum.0)
        },
        wrong: |hum| format!("has mains hum, {hum:.0} dB below the voice"),
        many: "have mains hum",
        advice: "use another cable or socket, or run the computer on its battery, and record it again, or take the hum out with `adem voice hum`",
        because: |_| &[],
    },
    ClipCheck {
        id: "bandwidth",
        unit: "Hz",
        limit: ClipLimit::Least(NARROW),
        number: bandwidth,
        wrong: |hz| {
            let sounds = if hz < TELEPHONE { "sounds like a telephone" } else { "is dull, as after a call" };
            format!("{sounds}: there is nothing above {:.1} kHz", hz / 1000.0)
        },
        many: "are dull or sound like a telephone: nothing high is left",
        advice: "record at 44.1 or 48 kHz, not over a telephone, a headset or a call; where it was converted since, take the recording from before that",
        because: |_| &["coded"],
    },
    ClipCheck {
        id: "coded",
        unit: "holes of 1000",
        limit: ClipLimit::Most(CODED),
        number: coded,
        wrong: |_| "was coded with too few bits, as an MP3 of 32 kbit/s: its highs come and go".to_owned(),
        many: "were coded with too few bits",
        advice: "take the recording from before it was coded; if there is none, record it again and save it as WAV or FLAC",
        because: |_| &[],
    },
    ClipCheck {
        id: "images",
        unit: "likeness",
        limit: ClipLimit::Most(0.85),
        number: |clip| clip.take.facts.measures.images,
        wrong: |_| {
            "is aliased: it was converted without a filter, and its highs are a mirror image of what is below them".to_owned()
        },
        many: "are aliased: their highs are a mirror image, as after a conversion of the rate without a filter",
        advice: "take the recording from before its rate was changed, or change it with a program that filters, such as SoX or ffmpeg",
        because: |_| &[],
    },
    ClipCheck {
        id: "side",
        unit: "dB",
        limit: ClipLimit::Most(20.0),
        number: |clip| clip.take.facts.measures.side.map(|side| side.0),
        wrong: |_| "has one side that is as good as empty".to_owned(),
        many: "have one side that is as good as empty",
        advice: "export it as mono, from the side with the voice",
        because: |_| &[],
    },
    ClipCheck {
        id: "cancelled",
        unit: "dB",
        limit: ClipLimit::Most(10.0),
        number: |clip| clip.take.facts.measures.cancelled.map(|lost| lost.0),
        wrong: |lost| format!("has sides that cancel each other: their sum loses {lost:.0} dB"),
        many: "have sides that cancel each other",
        advice: "turn the polarity of one side round, or export one side as mono",
        because: |_| &["side"],
    },
    ClipCheck {
        id: "apart",
        unit: "ms",
        limit: ClipLimit::Within(-MOST_APART, MOST_APART),
        number: |clip| clip.take.facts.measures.apart.map(|late| 1_000.0 * late),
        wrong: |late| {
            let side = if late > 0.0 { "right" } else { "left" };
            format!("has a {side} side that is {:.1} ms late, so that its mix sounds hollow", late.abs())
        },
        many: "have one side that is late, so that their mix sounds hollow",
        advice: "export one side as mono",
        because: |_| &["side"],
    },
    ClipCheck {
        id: "wow",
        unit: "times as sharp",
        limit: ClipLimit::Most(WAVERS),
        number: wavering,
        wrong: |_| "wavers in speed, as a worn tape does (wow)".to_owned(),
        many: "waver in speed, as a worn tape does (wow)",
        advice: "play the tape again on another machine, or take the recording from before its speed was changed",
        because: |_| &["clipped"],
    },
    ClipCheck {
        id: "start",
        unit: "dB",
        limit: ClipLimit::Least(10.0),
        number: |clip| clip.take.facts.measures.start.map(|start| start.0),
        wrong: |_| "begins in the middle of a word".to_owned(),
        many: "begin in the middle of a word",
        advice: "cut it again with half a second of silence before the voice",
        because: |_| &["noise", "room"],
    },
    ClipCheck {
        id: "end",
        unit: "dB",
        limit: ClipLimit::Least(20.0),
        number: |clip| clip.take.facts.measures.end.map(|end| end.0),
        wrong: |_| "ends in the middle of a word".to_owned(),
        many: "end in the middle of a word",
        advice: "cut it again with half a second of silence after the voice",
        because: |_| &["noise", "room"],
    },
    ClipCheck {
        id: "room",
        unit: "s",
        limit: ClipLimit::Most(0.5),
        number: ringing,
        wrong: |seconds| format!("echoes: its room rings for {}", print_measured(seconds, TENTH)),
        many: "echo: their room rings too long",
        advice: "record among curtains, clothes or cushions, and closer to the microphone; where that cannot be, write `chain = { dereverb = 6 }` in voice.toml, which lowers the echo",
        because: |_| &[],
    },
    ClipCheck {
        id: "holes",
        unit: "places",
        limit: ClipLimit::Most(0.0),
        number: |clip| clip.take.facts.measures.holes.map(|holes| holes as f64),
        wrong: |holes| {
            format!("has {holes:.0} hole{} in the middle of a sound", if holes == 1.0 { "" } else { "s" })
        },
        many: "have holes in the middle of a sound",
        advice: "record it again with other programs closed and a larger buffer, and without a wireless microphone",
        because: |_| &[],
    },
    ClipCheck {
        id: "cough",
        unit: "s",
        limit: ClipLimit::Most(0.0),
        number: |clip| clip.take.facts.measures.cough,
        wrong: |seconds| {
            format!(
                "has a loud sound that is no speech, {} of a cough or a knock",
                print_measured(seconds, HUNDREDTH)
            )
        },
        many: "have a cough or a knock in them",
        advice: "listen to it there: cut it out if it lies beside the words, else record it again",
        because: |_| &["noise", "room", "clipped", "start", "end"],
    },
    ClipCheck {
        id: "repeated",
        unit: "s",
        limit: ClipLimit::Most(0.0),
        number: repeated,
        wrong: |seconds| {
            format!("says the same twice: {} on, the same sound comes again", print_measured(seconds, TENTH))
        },
        many: "say the same twice",
        advice: "cut the second time off",
        because: |_| &[],
    },
    ClipCheck {
        id: "reread",
        unit: "of other words",
        limit: ClipLimit::Least(READ_AGAIN),
        number: reread,
        wrong: |_| "reads its text twice".to_owned(),
        many: "read their text twice",
        advice: "listen to both, and cut one of them off",
        because: |_| &["repeated"],
    },
    ClipCheck {
        id: "length",
        unit: "times its text",
        limit: ClipLimit::Within(1.0 / 3.0, 3.0),
        number: length,
        wrong: |times| {
            if times < 1.0 {
                format!(
                    "is too short for its text: {:.0} % of what it takes at the pace of the voice",
                    times * 100.0
                )
            } else {
                format!("is too long for its text: {times:.1} times what it takes at the pace of the voice")
            }
        },
        many: "are much shorter or longer than their texts",
        advice: "check that this is the recording of this phrase",
        because: |clip| {
            // Noise at its edges makes a recording longer, and a lost word a little shorter, but not as short as this.
            let is_short = length(clip).is_some_and(|times| times < 1.0);
            if is_short { &[] } else { &["noise", "start", "end", "repeated", "reread"] }
        },
    },
];

/// A difference in length of less than this tells nothing, in seconds.
const LENGTH_SLACK: f64 = 1.5;

/// What says its text twice takes at least so many times what its text takes.
const LEAST_REPEATED: f64 = 1.5;

/// Below this there is nothing of an s, and a voice sounds as over a telephone, in Hz.
const TELEPHONE: f64 = 6_000.0;
/// Below this something of an s is missing: what was recorded at 16 kHz, or a call, ends at 8 kHz.
const NARROW: f64 = 9_000.0;
/// What ends below that and has more holes than this was coded with too few bits.
const CODED: f64 = 10.0;
/// Two microphones half a metre apart are nearer to each other than this, in milliseconds.
const MOST_APART: f64 = 2.0;
/// What stands still in a recording is no sharper than this where a wavering is taken out that is not there.
const WAVERS: f64 = 1.12;
/// Two readings of a text are nearer to each other than this; other words have 0.8 and more.
const READ_AGAIN: f64 = 0.6;

/// A machine's voice may have no more bandwidth; nobody can record it better.
fn bandwidth(clip: &JudgedClip<'_>) -> Option<f64> {
    let least = match clip.kind {
        VoiceKind::Human => NARROW,
        VoiceKind::Synthetic => TELEPHONE,
    };
    clip.take.facts.measures.bandwidth.filter(|hz| *hz < least || *hz >= NARROW)
}

/// A machine's voice was on no tape.
fn wavering(clip: &JudgedClip<'_>) -> Option<f64> {
    (clip.kind == VoiceKind::Human).then_some(clip.take.facts.measures.wow)?
}

/// A machine's voice was in no room.
fn ringing(clip: &JudgedClip<'_>) -> Option<f64> {
    (clip.kind == VoiceKind::Human).then_some(clip.take.facts.measures.ringing)?
}

/// Only a coder that has too few bits cuts the highs off too; others leave holes that are not heard.
fn coded(clip: &JudgedClip<'_>) -> Option<f64> {
    let measures = &clip.take.facts.measures;
    let is_narrow = bandwidth(clip)? < NARROW;
    measures.coded.map(|holes| if is_narrow { holes } else { holes.min(CODED) })
}

/// A text may say a thing twice itself; then it is no longer than its text.
fn reread(clip: &JudgedClip<'_>) -> Option<f64> {
    let measures = &clip.take.facts.measures;
    let (speech, expected) = (measures.speech?, clip.expected?.as_f64());
    let is_long = speech > LEAST_REPEATED * expected && speech - expected > LENGTH_SLACK;
    measures.reread.filter(|_| is_long)
}

/// Where the fault of a row is in the recording, after what is wrong; empty where it is everywhere.
fn place(id: &str, clip: &JudgedClip<'_>) -> String {
    let measures = &clip.take.facts.measures;
    if id == "noise" && clip.take.facts.effects.denoise > 0.0 {
        return " after noise reduction".to_owned();
    }
    let words = match id {
        "clipped" if measures.clipped > 1 => ", first at",
        "holes" if measures.holes > Some(1) => ", first at",
        "reread" => ": it begins again at",
        _ => ", at",
    };
    place_of(id, clip)
        .map_or(String::new(), |seconds| format!("{words} {}", print_measured(seconds, HUNDREDTH)))
}

/// The same in seconds.
fn place_of(id: &str, clip: &JudgedClip<'_>) -> Option<f64> {
    let measures = &clip.take.facts.measures;
    match id {
        "clipped" => measures.clipped_at,
        "holes" => measures.hole_at,
        "cough" => measures.cough_at,
        "reread" => measures.reread_at,
        _ => None,
    }
}

/// How far the noise lies under the speech once the stages that lower it have done so. Where a hum that is gone was most of
/// it, it was not measured how much is left.
fn noise(clip: &JudgedClip<'_>) -> Option<f64> {
    let facts = &clip.take.facts;
    let (noise, effects) = (facts.measures.noise?.0, &facts.effects);
    let power = |under: f64| 10f64.powf(-under / 10.0);
    let gone = |hum: f64| power(hum) - power(hum + effects.hum.0.max(0.0));
    let left = power(noise) - facts.measures.hum.map_or(0.0, |hum| gone(hum.0));
    let is_known = left > power(noise) * MEASURED;
    is_known.then(|| -10.0 * left.log10() + effects.noise.0.max(0.0))
}

/// What is left of a noise is known where it is at least this share of it.
const MEASURED: f64 = 0.2;

/// How loud a recording is against its session; a soft phrase may be softer.
fn level(clip: &JudgedClip<'_>) -> Option<f64> {
    let session = clip.take.session.or(clip.voice)?;
    let level = clip.take.facts.loudness()?.0 - session.0;
    (!clip.soft || level > 0.0).then_some(level)
}

/// A text may say a thing twice itself; then it is no longer than its text.
fn repeated(clip: &JudgedClip<'_>) -> Option<f64> {
    let expected = clip.expected?.as_f64();
    let measures = &clip.take.facts.measures;
    let is_long = measures.speech? > LEAST_REPEATED * expected;
    Some(measures.repeated.filter(|_| is_long).unwrap_or(0.0))
}

fn length(clip: &JudgedClip<'_>) -> Option<f64> {
    let expected = clip.expected?.as_f64();
    let facts = &clip.take.facts;
    let spoken = facts.measures.speech.unwrap_or(facts.frames.0 as f64 / clip.rate.as_f64());
    let times = spoken / expected;
    Some(if (spoken - expected).abs() < LENGTH_SLACK { times.clamp(1.0 / 3.0, 3.0) } else { times })
}

/// The rows that damage of a recording breaks, whatever the recording was like.
fn broken_by(damage: &Complaint) -> &'static [&'static str] {
    match damage {
        // Its last word is missing.
        Complaint::Cut { .. } => &["end", "length", "loudness", "level", "room"],
        Complaint::Lost { .. } => &["start", "end", "length", "loudness", "level", "room", "holes", "cough"],
        // Any sample may be wrong.
        Complaint::Checksum => &[
            "clipped",
            "peak",
            "loudness",
            "level",
            "noise",
            "hum",
            "bandwidth",
            "coded",
            "wow",
            "cough",
            "start",
            "end",
            "room",
            "holes",
            "length",
        ],
        Complaint::Wild { .. } => &["clipped", "peak", "loudness", "level"],
    }
}

/// Judges a recording by every row. What another fault explains is not told, nor what it was accepted with. A draft is no recording: nobody can record it
/// better.
pub fn judge_clip(clip: &JudgedClip<'_>) -> Vec<ClipVerdict> {
    if clip.take.is_draft() {
        return Vec::new();
    }
    let mut verdicts: Vec<_> = clip_checks()
        .map(|check| {
            let number = (check.number)(clip);
            let broken = number.filter(|number| !check.limit.holds(*number));
            let wrong = broken.map(|number| (check.wrong)(number) + &place(check.id, clip));
            let at = place_of(check.id, clip).filter(|_| wrong.is_some());
            ClipVerdict { check, number, at, wrong }
        })
        .collect();
    let broken: Vec<&str> =
        verdicts.iter().filter(|verdict| verdict.wrong.is_some()).map(|verdict| verdict.check.id).collect();
    let damage: Vec<&str> = clip.take.facts.complaints.iter().flat_map(broken_by).copied().collect();
    for verdict in &mut verdicts {
        let explained = (verdict.check.because)(clip).iter().any(|cause| broken.contains(cause));
        let accepted = clip.take.despite.iter().any(|id| id == verdict.check.id);
        if explained || accepted || damage.contains(&verdict.check.id) {
            verdict.wrong = None;
        }
    }
    verdicts
}
