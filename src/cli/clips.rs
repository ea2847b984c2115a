//! `adem plan --clips`: what the recordings of a version measure, and what each stage of the voice chain did to them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::table::columns;
use crate::engine::Plan;
use crate::facts::Take;
use crate::facts::clip_checks::{CHECKS, ClipCheck, ClipVerdict, JudgedClip, clip_checks, judge_clip};
use crate::script::session::Phrase;
use crate::script::voice::{Chain, Stages};
use crate::unit::{Db, Lufs};

/// The phrase and its checks.
const COLUMNS: usize = 1 + CHECKS;

/// The heads of the columns, and their units.
const HEAD: [[&str; 21]; 2] = [
    [
        "phrase", "loud", "noise", "before", "after", "tops", "hum", "rumble", "clicks", "denoise", "echo",
        "bass", "treble", "s", "breath", "moments", "turned", "peaks", "held", "whole", "level",
    ],
    [
        "", "LUFS", "dB", "s", "s", "", "dB", "dB", "", "dB", "dB", "dB", "dB", "dB", "dB", "dB", "dB", "dB",
        "%", "dB", "dB",
    ],
];

/// The figures of one recording. A stage that is not in its chain has none.
struct ClipRow<'a> {
    phrase: &'a Phrase,
    take: &'a Take,
    /// How loud the prepared clip is, before its gain, in LUFS.
    loud: Option<f64>,
    /// The noise in its pauses below the voice of the track, both after levelling, in dB.
    noise: Option<f64>,
    /// The silence cut off before the voice, in seconds.
    before: f64,
    /// The silence cut off after the voice, in seconds.
    after: f64,
    /// The tops that were restored.
    tops: Option<usize>,
    hum: Option<f64>,
    rumble: Option<f64>,
    clicks: Option<usize>,
    denoise: Option<f64>,
    echo: Option<f64>,
    tone: Option<[f64; 2]>,
    sibilance: Option<f64>,
    breath: Option<f64>,
    moments: Option<f64>,
    /// How far the highest peak fell as phases were turned, in dB.
    turned: Option<f64>,
    /// The most that a peak was lowered by after that, and in how much of the clip peaks were, in per cent.
    peaks: Option<f64>,
    held: Option<f64>,
    /// How far the whole clip was lowered for its peaks, in dB; part of its level.
    whole: Option<f64>,
    /// The gain of levelling, in dB: of the clip towards its session, and of the session towards the voice.
    level: f64,
    /// What the checks of recordings say of it; none for a draft.
    checks: Vec<ClipVerdict>,
}

/// The recordings, in the order of the script.
fn rows(plan: &Plan) -> Vec<ClipRow<'_>> {
    let phrases = &plan.session.all_phrases;
    let voice = plan.facts.speech_loudness(phrases.iter().map(|phrase| (&phrase.key, phrase.soft)));
    let takes = phrases.iter().filter_map(|phrase| Some((phrase, plan.facts.clips.get(&phrase.key)?)));
    takes.map(|(phrase, take)| row(plan, voice, phrase, take)).collect()
}

fn row<'a>(plan: &Plan, voice: Option<Lufs>, phrase: &'a Phrase, take: &'a Take) -> ClipRow<'a> {
    let facts = &take.facts;
    let chain = if take.is_draft() { Chain::draft() } else { plan.session.voice.chain };
    let stages = chain.stages();
    // These stages only attenuate: the figure is negative.
    let reduction =
        |of: fn(&Stages) -> bool, by: Db| stages.as_ref().filter(|stages| of(stages)).map(|_| -by.0);
    let level = plan.facts.phrase_gain(&phrase.key, phrase.soft, voice).0;
    let rate = facts.source_rate.as_f64();
    ClipRow {
        phrase,
        take,
        loud: facts.loudness().map(|loudness| loudness.0),
        noise: voice.zip(facts.room).map(|(voice, room)| room.level + level - voice.0),
        before: facts.in_point.0 as f64 / rate,
        after: (facts.source_frames - facts.out_point).0 as f64 / rate,
        tops: stages.as_ref().filter(|stages| stages.declip).map(|_| facts.effects.tops),
        hum: reduction(|stages| stages.hum, facts.effects.hum),
        rumble: reduction(|stages| stages.rumble > 0.0, facts.effects.rumble),
        clicks: stages.as_ref().filter(|stages| stages.clicks).map(|_| facts.effects.clicks),
        denoise: reduction(|stages| stages.denoise > 0.0, facts.effects.noise),
        echo: reduction(|stages| stages.dereverb > Db(0.0), facts.effects.reverb),
        tone: stages
            .as_ref()
            .filter(|stages| stages.tone > Db(0.0))
            .map(|_| [facts.fitting.tone.bass().0, facts.fitting.tone.treble().0]),
        sibilance: reduction(|stages| stages.sibilance > Db(0.0), facts.effects.sibilance),
        breath: reduction(|stages| stages.breath > Db(0.0), facts.effects.breath),
        moments: reduction(|stages| stages.moments > Db(0.0), facts.effects.momentary),
        turned: reduction(|stages| stages.peaks > Db(0.0), facts.effects.turned),
        peaks: reduction(|stages| stages.peaks > Db(0.0), facts.effects.peaks),
        held: stages.as_ref().filter(|stages| stages.peaks > Db(0.0)).map(|_| 100.0 * facts.effects.held),
        whole: reduction(
            |stages| stages.peaks > Db(0.0),
            plan.facts.lower_for_peaks(&phrase.key, phrase.soft, voice),
        ),
        level,
        checks: judge_clip(&JudgedClip {
            take,
            rate: plan.facts.rate,
            voice: plan.facts.voice_level,
            soft: phrase.soft,
            expected: Some(plan.facts.pace.length(&phrase.text)),
            kind: plan.session.voice.kind,
        }),
    }
}

/// The recordings as two tables, rounded to 0.1: what the chain did to them, and how they are judged.
pub(super) fn table(plan: &Plan) -> String {
    let rows = rows(plan);
    let mut lines: Vec<[String; 21]> = HEAD.iter().map(|head| head.map(str::to_owned)).collect();
    lines.extend(rows.iter().map(ClipRow::cells));
    let timeline = &plan.timeline;
    let (title, language, voice) = (&timeline.title, &timeline.language, &timeline.voice);
    let head = format!("{title} · {} ({language}) · voice {voice}", language.name());
    let mut text = format!("{head}\n{}", columns(&lines, 1));
    if rows.iter().any(|row| !row.checks.is_empty()) {
        let _ = write!(text, "\n{}", columns(&judged(&rows), 1));
    }
    text
}

/// The number of each check for each recording, under its limit; what is not within it has a mark.
fn judged(rows: &[ClipRow<'_>]) -> Vec<[String; COLUMNS]> {
    let line = |first: &str, cell: &dyn Fn(&ClipCheck) -> String| {
        let mut line: [String; COLUMNS] = std::array::from_fn(|_| String::new());
        first.clone_into(&mut line[0]);
        for (place, check) in line[1..].iter_mut().zip(clip_checks()) {
            *place = cell(check);
        }
        line
    };
    let mut lines = vec![
        line("phrase", &|check| check.id.to_owned()),
        line("", &|check| check.unit.to_owned()),
        line("limit", &|check| check.limit.words()),
    ];
    for row in rows.iter().filter(|row| !row.checks.is_empty()) {
        lines.push(line(&row.phrase.key.to_string(), &|check| {
            let verdict = row.checks.iter().find(|verdict| verdict.check.id == check.id);
            let number = verdict.and_then(|verdict| verdict.number);
            let mark = if verdict.is_some_and(|verdict| verdict.wrong.is_some()) { "!" } else { "" };
            number.map_or("-".to_owned(), |number| format!("{mark}{}", (number * 10.0).round() / 10.0 + 0.0))
        }));
    }
    lines
}

/// The recordings as a JSON document; a stage that is not in the chain is `null`.
pub(super) fn document(plan: &Plan) -> String {
    let clips: Vec<Value> = rows(plan).iter().map(ClipRow::document).collect();
    let document = json!({
        "script": plan.timeline.script,
        "language": plan.timeline.language.to_string(),
        "voice": plan.timeline.voice,
        "voice_lufs": plan.facts.voice_level.map(|level| hundredths(level.0)),
        "clips": clips,
    });
    format!("{document:#}\n")
}

impl ClipRow<'_> {
    fn cells(&self) -> [String; 21] {
        // Adding 0 turns -0 into 0.
        let tenth = |value: f64| format!("{:.1}", (value * 10.0).round() / 10.0 + 0.0);
        let tenths = |value: Option<f64>| value.map_or("-".to_owned(), tenth);
        let count = |value: Option<usize>| value.map_or("-".to_owned(), |count| count.to_string());
        [
            self.phrase.key.to_string(),
            tenths(self.loud),
            tenths(self.noise),
            tenths(Some(self.before)),
            tenths(Some(self.after)),
            count(self.tops),
            tenths(self.hum),
            tenths(self.rumble),
            count(self.clicks),
            tenths(self.denoise),
            tenths(self.echo),
            tenths(self.tone.map(|tone| tone[0])),
            tenths(self.tone.map(|tone| tone[1])),
            tenths(self.sibilance),
            tenths(self.breath),
            tenths(self.moments),
            tenths(self.turned),
            tenths(self.peaks),
            tenths(self.held),
            tenths(self.whole),
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
            "tops": self.tops,
            "hum_db": value(self.hum),
            "rumble_db": value(self.rumble),
            "clicks": self.clicks,
            "denoise_db": value(self.denoise),
            "echo_db": value(self.echo),
            "bass_db": value(self.tone.map(|tone| tone[0])),
            "treble_db": value(self.tone.map(|tone| tone[1])),
            "sibilance_db": value(self.sibilance),
            "breath_db": value(self.breath),
            "moments_db": value(self.moments),
            "turned_db": value(self.turned),
            "peaks_db": value(self.peaks),
            "peaks_held_percent": value(self.held),
            "whole_for_peaks_db": value(self.whole),
            "level_db": hundredths(self.level),
            "checks": self.checks.iter().map(verdict).collect::<Vec<_>>(),
        })
    }
}

fn verdict(verdict: &ClipVerdict) -> Value {
    let check = verdict.check;
    json!({
        "id": check.id,
        "unit": check.unit,
        "limit": check.limit.words(),
        "number": verdict.number.map(hundredths),
        "wrong": verdict.wrong,
        "advice": verdict.wrong.as_ref().map(|_| check.advice),
    })
}

/// Rounded to 0.01, without a negative zero.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}
