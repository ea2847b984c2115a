//! What is judged of a recording before it is used: one table, each row with its number, its limit and its advice
//! (docs/sound.md, section 9).

use super::{Complaint, Take};
use crate::unit::literal::print_measured;
use crate::unit::{Lufs, SampleRate, Seconds, TENTH};

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
    /// What is wrong, after the name of the file; `None` where nothing is.
    pub wrong: Option<String>,
}

/// How many rows there are.
pub const CHECKS: usize = 16;

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
        advice: "record it again with less gain: peaks under -6 dBFS; a lower level afterwards does not mend it",
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
        limit: ClipLimit::Least(6_000.0),
        number: |clip| clip.take.facts.measures.bandwidth,
        wrong: |hz| format!("sounds like a telephone: there is nothing above {:.1} kHz", hz / 1000.0),
        many: "sound like a telephone: nothing high is left",
        advice: "record at 44.1 or 48 kHz, not over a telephone, a headset or a call",
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
        number: |clip| clip.take.facts.measures.ringing,
        wrong: |seconds| format!("echoes: its room rings for {}", print_measured(seconds, TENTH)),
        many: "echo: their room rings too long",
        advice: "record among curtains, clothes or cushions, and closer to the microphone",
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
        because: |_| &["noise", "start", "end", "repeated"],
    },
];

/// A difference in length of less than this tells nothing, in seconds.
const LENGTH_SLACK: f64 = 1.5;

/// What says its text twice takes at least so many times what its text takes.
const LEAST_REPEATED: f64 = 1.5;

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
        Complaint::Lost { .. } => &["start", "end", "length", "loudness", "level", "room", "holes"],
        // Any sample may be wrong.
        Complaint::Checksum => &[
            "clipped",
            "peak",
            "loudness",
            "level",
            "noise",
            "hum",
            "bandwidth",
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
            ClipVerdict { check, number, wrong: broken.map(check.wrong) }
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
