//! `adem plan --clips`: what the recordings of a version measure, and what each stage of the voice chain did to them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::engine::Plan;
use crate::facts::Take;
use crate::script::session::Phrase;
use crate::script::voice::{Chain, Stages};
use crate::unit::{Db, Lufs};

/// The columns of numbers: their heads, and their units below.
const HEAD: [[&str; 15]; 2] = [
    [
        "phrase", "loud", "noise", "before", "after", "rumble", "clicks", "denoise", "bass", "treble", "s",
        "breath", "moments", "peaks", "level",
    ],
    ["", "LUFS", "dB", "s", "s", "dB", "", "dB", "dB", "dB", "dB", "dB", "dB", "dB", "dB"],
];

/// What is told of one recording. A stage that is not in its chain has no figure.
struct Row<'a> {
    phrase: &'a Phrase,
    take: &'a Take,
    /// How loud the prepared clip is, before its gain, in LUFS.
    loud: Option<f64>,
    /// How far the room in its pauses lies under the voice of the track once it is levelled, in dB.
    noise: Option<f64>,
    /// What was cut off before the voice and behind it, in seconds.
    before: f64,
    after: f64,
    rumble: Option<f64>,
    clicks: Option<usize>,
    denoise: Option<f64>,
    tone: Option<[f64; 2]>,
    sibilance: Option<f64>,
    breath: Option<f64>,
    moments: Option<f64>,
    peaks: Option<f64>,
    /// The gain that brings it towards its session, and its session to the voice.
    level: f64,
}

/// The recordings, in the order of the script.
fn rows(plan: &Plan) -> Vec<Row<'_>> {
    let phrases = &plan.session.all_phrases;
    let voice = plan.facts.speech_loudness(phrases.iter().map(|phrase| (&phrase.key, phrase.soft)));
    let takes = phrases.iter().filter_map(|phrase| Some((phrase, plan.facts.clips.get(&phrase.key)?)));
    takes.map(|(phrase, take)| row(plan, voice, phrase, take)).collect()
}

fn row<'a>(plan: &Plan, voice: Option<Lufs>, phrase: &'a Phrase, take: &'a Take) -> Row<'a> {
    let facts = &take.facts;
    let chain = if take.is_draft() { Chain::draft() } else { plan.session.voice.chain };
    let stages = chain.stages();
    // A stage takes away: its figure is a fall.
    let fall = |of: fn(&Stages) -> bool, by: Db| stages.as_ref().filter(|stages| of(stages)).map(|_| -by.0);
    let level = plan.facts.clip_gain(&phrase.key, phrase.soft).0;
    let rate = facts.source_rate.as_f64();
    Row {
        phrase,
        take,
        loud: facts.loudness().map(|loudness| loudness.0),
        noise: voice.zip(facts.room).map(|(voice, room)| room.level + level - voice.0),
        before: facts.in_point.0 as f64 / rate,
        after: (facts.source_frames - facts.out_point).0 as f64 / rate,
        rumble: fall(|stages| stages.rumble > 0.0, facts.effects.rumble),
        clicks: stages.as_ref().filter(|stages| stages.clicks).map(|_| facts.effects.clicks),
        denoise: fall(|stages| stages.denoise > 0.0, facts.effects.noise),
        tone: stages
            .as_ref()
            .filter(|stages| stages.tone > Db(0.0))
            .map(|_| [facts.tone.low.0, facts.tone.high.0]),
        sibilance: fall(|stages| stages.sibilance > Db(0.0), facts.effects.sibilance),
        breath: fall(|stages| stages.breath > Db(0.0), facts.effects.breath),
        moments: fall(|stages| stages.moments > Db(0.0), facts.effects.momentary),
        peaks: fall(|stages| stages.peaks > Db(0.0), facts.effects.peaks),
        level,
    }
}

/// The recordings as a table for people, in tenths.
pub(super) fn table(plan: &Plan) -> String {
    let mut lines: Vec<[String; 15]> = HEAD.iter().map(|head| head.map(str::to_owned)).collect();
    lines.extend(rows(plan).iter().map(Row::cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..HEAD[0].len()).map(width).collect();
    let mut text =
        format!("{} · {} · voice {}\n", plan.timeline.title, plan.timeline.language, plan.timeline.voice);
    for line in &lines {
        let _ = write!(text, "{:<1$}", line[0], widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    }
    text
}

/// The recordings as a JSON document; a stage that is not in the chain is `null`.
pub(super) fn document(plan: &Plan) -> String {
    let clips: Vec<Value> = rows(plan).iter().map(Row::document).collect();
    let document = json!({
        "script": plan.timeline.script,
        "language": plan.timeline.language.to_string(),
        "voice": plan.timeline.voice,
        "voice_lufs": plan.facts.voice_level.map(|level| hundredths(level.0)),
        "clips": clips,
    });
    format!("{document:#}\n")
}

impl Row<'_> {
    fn cells(&self) -> [String; 15] {
        // Adding nought takes the sign off a nought.
        let tenth = |value: f64| format!("{:.1}", (value * 10.0).round() / 10.0 + 0.0);
        let tenths = |value: Option<f64>| value.map_or("-".to_owned(), tenth);
        [
            self.phrase.key.to_string(),
            tenths(self.loud),
            tenths(self.noise),
            tenths(Some(self.before)),
            tenths(Some(self.after)),
            tenths(self.rumble),
            self.clicks.map_or("-".to_owned(), |clicks| clicks.to_string()),
            tenths(self.denoise),
            tenths(self.tone.map(|tone| tone[0])),
            tenths(self.tone.map(|tone| tone[1])),
            tenths(self.sibilance),
            tenths(self.breath),
            tenths(self.moments),
            tenths(self.peaks),
            tenths(Some(self.level)),
        ]
    }

    fn document(&self) -> Value {
        let value = |value: Option<f64>| value.map(hundredths);
        json!({
            "phrase": self.phrase.key.to_string(),
            "file": self.take.path,
            "loudness_lufs": value(self.loud),
            "noise_under_voice_db": value(self.noise),
            "cut_before_s": hundredths(self.before),
            "cut_after_s": hundredths(self.after),
            "rumble_db": value(self.rumble),
            "clicks": self.clicks,
            "denoise_db": value(self.denoise),
            "bass_db": value(self.tone.map(|tone| tone[0])),
            "treble_db": value(self.tone.map(|tone| tone[1])),
            "sibilance_db": value(self.sibilance),
            "breath_db": value(self.breath),
            "moments_db": value(self.moments),
            "peaks_db": value(self.peaks),
            "level_db": hundredths(self.level),
        })
    }
}

/// Rounded to 0.01, and no nought with a sign.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}
