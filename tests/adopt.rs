//! `adem adopt`: a finished track with a bed under it becomes a script, which rendered again is the same exercise.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use crate::support;

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use support::Course;

/// The frames per second of the tracks.
const RATE: f64 = 48_000.0;

/// Eight phrases with pauses of 4 to 12 seconds, a bell at the start and one in the middle, fades, and rain that is turned down for
/// the voice: it comes up again in the two pauses of more than ten seconds.
const SCRIPT: &str = r#"language = "nl"
title = "Oude oefening"
bed = { use = "regen", under = 16, fade_in = 2, fade_out = 3 }
head = { fixed = 3 }
tail = { fixed = 6 }

[[part]]
title = "Aankomen"
steps = [
  { bell = "schaal", gain = -16 },
  { pause = { fixed = 5 } },
  { say = "Welkom bij deze oefening.", id = "welkom", pause = { fixed = 5 } },
  { say = "Je mag op elk moment stoppen.", id = "vrij", safety = true, pause = { fixed = 7 } },
  { say = "Voel hoe je voeten op de grond staan.", id = "voeten", pause = { fixed = 12 } },
  { say = "Adem rustig in, en adem rustig uit.", id = "adem", pause = { fixed = 9 } },
]

[[part]]
title = "Rusten"
steps = [
  { bell = "schaal", gain = -16 },
  { pause = { fixed = 4 } },
  { say = "Laat je schouders zakken.", id = "schouders", pause = { fixed = 8 } },
  { say = "Er hoeft nu even niets.", id = "niets", pause = { fixed = 11 } },
  { say = "Langzaam kom je weer terug.", id = "terug", pause = { fixed = 6 } },
  { say = "Dank je wel.", id = "dank", pause = { fixed = 0 } },
]
"#;

const PHRASES: [&str; 8] = [
    "Welkom bij deze oefening.",
    "Je mag op elk moment stoppen.",
    "Voel hoe je voeten op de grond staan.",
    "Adem rustig in, en adem rustig uit.",
    "Laat je schouders zakken.",
    "Er hoeft nu even niets.",
    "Langzaam kom je weer terug.",
    "Dank je wel.",
];

fn has(programs: &[&str]) -> bool {
    programs.iter().all(|program| {
        let flag = if *program == "ffmpeg" { "-version" } else { "--version" };
        let is_there = Command::new(program).arg(flag).output().is_ok();
        if !is_there {
            eprintln!("skipped: there is no {program}");
        }
        is_there
    })
}

/// A course in which a track lies that was rendered elsewhere and saved as an MP3 of 96 kbit/s: `old/oud.mp3` with its subtitles and its
/// timeline. `None`, said aloud, where a program is missing.
fn finished() -> Option<Course> {
    static MADE: OnceLock<Option<CourseFiles>> = OnceLock::new();
    let made = MADE.get_or_init(|| has(&["ffmpeg", "espeak-ng"]).then(rendered)).as_ref()?;
    let course = Course::bare();
    made.iter().for_each(|(path, bytes)| course.write(path, bytes));
    Some(course)
}

/// Files of a course, by path.
type CourseFiles = Vec<(String, Vec<u8>)>;

/// The files of the old track. It takes a while, so the tests share them.
fn rendered() -> CourseFiles {
    let course = Course::bare();
    course.write("scripts/vroeger.toml", SCRIPT);
    let bed =
        "title = \"Klank\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\ngenerate = \"rain\"\n";
    course.write("ambience/regen.toml", bed);
    let bell =
        "title = \"Klank\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\nbowl = { pitch = 330, ring = 5 }\n";
    course.write("ambience/bells/schaal.toml", bell);
    std::fs::create_dir_all(course.path("old")).unwrap();
    course.succeed(&["render", "vroeger", "--draft", "-o", "old/oud.wav"]);
    encode(&course, &["-b:a", "96k"], "old/oud.mp3");
    let files = std::fs::read_dir(course.path("old")).unwrap().map(|entry| entry.unwrap());
    files
        .filter(|entry| entry.path().is_file())
        .map(|entry| format!("old/{}", entry.file_name().to_str().unwrap()))
        .map(|path| (path.clone(), course.read(&path)))
        .collect()
}

/// Makes another file of the old track.
fn encode(course: &Course, options: &[&str], to: &str) {
    let mut command = Command::new("ffmpeg");
    command.current_dir(course.root()).args(["-v", "error", "-y", "-i", "old/oud.wav"]).args(options).arg(to);
    assert!(command.status().unwrap().success());
}

/// The samples of a file at 48 kHz, mono, as an independent program decodes them.
fn samples(course: &Course, path: &str) -> Vec<f32> {
    let mut command = Command::new("ffmpeg");
    command.current_dir(course.root());
    command.args(["-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", "48000", "-"]);
    let bytes = command.output().unwrap().stdout;
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

/// The start and the end of each phrase of a timeline, in seconds.
fn phrases(document: &Value) -> Vec<(f64, f64)> {
    let events = document["events"].as_array().unwrap();
    let spoken = events.iter().filter(|event| event["kind"] == "phrase");
    spoken
        .map(|event| {
            let start = event["start"].as_f64().unwrap() / RATE;
            (start, start + event["frames"].as_f64().unwrap() / RATE)
        })
        .collect()
}

fn json(course: &Course, path: &str) -> Value {
    serde_json::from_slice(&course.read(path)).unwrap()
}

/// The frame at a time in seconds.
fn frame(seconds: f64) -> usize {
    (seconds * RATE).round() as usize
}

/// How alike two stretches are, 0 to 1.
fn alike(one: &[f32], other: &[f32]) -> f64 {
    let (mut both, mut own, mut others) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        (both, own, others) = (both + a * b, own + a * a, others + b * b);
    }
    both / (own * others).sqrt().max(1e-12)
}

/// The lag in seconds, up to 60 ms, at which a stretch is most alike, and how alike it is then.
fn lag(one: &[f32], other: &[f32], at: usize, frames: usize) -> (f64, f64) {
    let most = (0.06 * RATE) as usize;
    let own = &one[at..(at + frames).min(one.len() - most)];
    let found = (0..=2 * most).step_by(4).filter_map(|shift| {
        let from = (at + shift).checked_sub(most)?;
        Some((shift as f64 / RATE - 0.06, alike(own, other.get(from..from + own.len())?)))
    });
    found.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

fn level(samples: &[f32]) -> f64 {
    let power = samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    10.0 * power.max(1e-12).log10()
}

/// The integrated loudness, as an independent meter has it.
fn loudness(samples: &[f32]) -> f64 {
    let mut meter = ebur128::EbuR128::new(1, 48_000, ebur128::Mode::I).unwrap();
    meter.add_frames_f32(samples).unwrap();
    meter.loudness_global().unwrap()
}

#[test]
fn a_finished_track_is_adopted_and_is_the_same_exercise() {
    let Some(course) = finished() else { return };
    let old = samples(&course, "old/oud.mp3");
    let before = course.read("old/oud.mp3");
    let truth = phrases(&json(&course, "old/oud.timeline.json"));
    let run = course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.vtt", "--json"]);
    let document: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(document["fixed"], Value::Null);
    let rows = document["rows"].as_array().unwrap();
    let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).collect::<Vec<_>>();
    let texts: Vec<_> = of("phrase").iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert_eq!(texts, PHRASES);
    let bells: Vec<f64> = of("bell").iter().map(|row| row["start"].as_f64().unwrap()).collect();
    assert_eq!(bells.len(), 2, "{bells:?}");
    assert!((bells[0] - 3.0).abs() < 0.1, "{bells:?}");
    // The original stays as it is, and its copy is the same.
    assert!(course.read("old/oud.mp3") == before && course.read("recordings/oud.mp3") == before);
    let check = course.succeed(&["check"]);
    assert!(!check.stderr.contains("error"), "{}", check.stderr);
    assert!(course.succeed(&["fmt", "--check"]).code == 0);

    course.succeed(&["render", "oud", "-o", "new.wav"]);
    let new = samples(&course, "new.wav");
    assert!(old.len().abs_diff(new.len()) <= 1, "{} {}", old.len(), new.len());
    assert!(alike(&old, &new) > 0.999, "{}", alike(&old, &new));
    assert!((loudness(&old) - loudness(&new)).abs() < 0.1);
    let placed = phrases(&json(&course, "new.timeline.json"));
    for ((from, to), (start, _)) in truth.iter().zip(&placed) {
        let (lag, alike) = lag(&old, &new, (from * RATE) as usize, ((to - from) * RATE) as usize);
        assert!(lag.abs() < 0.002 && alike > 0.99, "{from}: {lag} {alike}");
        // The clip of a draft begins a little before its first sound.
        assert!((start - from).abs() < 0.15, "{from} {start}");
    }
    // The length is the same in frames at every rate that the recording has.
    let plan = course.plan(&["oud"]);
    assert_eq!(plan["frames"].as_u64().unwrap(), new.len() as u64);
}

#[test]
fn other_lengths_have_no_step_in_level_and_no_seam() {
    let Some(course) = finished() else { return };
    let old = samples(&course, "old/oud.mp3");
    course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.vtt"]);
    let whole = old.len() as f64 / RATE;
    for share in [0.8, 1.3] {
        let length = format!("{}s", (whole * share) as u64);
        course.succeed(&["render", "oud", "--length", &length, "-o", "other.wav"]);
        let new = samples(&course, "other.wav");
        let document = json(&course, "other.timeline.json");
        let placed = phrases(&document);
        assert_eq!(placed.len(), PHRASES.len());
        let first = course.plan(&["oud"]);
        for ((from, to), (there, _)) in placed.iter().zip(phrases(&first)) {
            let own = &new[frame(*from)..frame(*to)];
            let at = frame(there);
            // A join moves what follows it by up to 6 ms, to where both sides are most alike (render::mixed::alike).
            let start = &own[..own.len().min(24_000)];
            let at = (at.saturating_sub(300)..=at + 300)
                .max_by(|one, other| alike(start, &old[*one..]).total_cmp(&alike(start, &old[*other..])))
                .unwrap();
            let same = alike(own, &old[at..at + own.len()]);
            assert!(same > 0.98, "{share}: the phrase at {from} is whole: {same}");
        }
        // In the pauses after phrases, the bed has no hole and no bump: it is as loud as in the pause of the recording, where it
        // was turned down for the voice.
        let theirs = phrases(&first);
        for (pair, own) in placed.windows(2).zip(theirs.windows(2)) {
            let (from, to) = (frame(pair[0].1 + 0.4), frame(pair[1].0 - 0.6));
            let bells = document["events"].as_array().unwrap().iter().any(|event| {
                let start = event["start"].as_f64().unwrap() as usize;
                event["kind"] == "bell" && (from..to).contains(&start)
            });
            if bells || to < from + 48_000 {
                continue;
            }
            let fifths = |samples: &[f32]| samples.chunks_exact(9_600).map(level).collect::<Vec<f64>>();
            let heard = fifths(&new[from..to]);
            let steps = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
            assert!(steps < 2.5, "{share}: a step of {steps} dB after {}", pair[0].1);
            let usual = fifths(&old[frame(own[0].1 + 0.4)..frame(own[1].0 - 0.6)]);
            let least = usual.iter().copied().fold(f64::MAX, f64::min) - 1.5;
            let most = usual.iter().copied().fold(f64::MIN, f64::max) + 1.5;
            assert!(
                heard.iter().all(|level| (least..most).contains(level)),
                "{share}: the pause after {} is {heard:.1?}, and in the recording {usual:.1?}",
                pair[0].1
            );
        }
    }
}

#[test]
fn plain_text_in_the_wrong_number_and_bad_recordings_are_named_and_nothing_is_written() {
    let Some(course) = finished() else { return };
    let before = course.files("");
    let adopt =
        |recording: &str, text: &str| course.adem(&["adopt", recording, "--lang", "nl", "--text", text]);
    let refused = |recording: &str, text: &str, wanted: &str| {
        let run = adopt(recording, text);
        assert!(run.code != 0 && run.stderr.contains(wanted), "{recording} {text}: {}", run.stderr);
        assert!(!course.has("scripts/oud.toml") && !course.has("recordings"), "{recording} {text}");
    };
    course.write("old/empty.vtt", "WEBVTT\n\n");
    refused("old/oud.mp3", "old/empty.vtt", "has no words");
    let half: String = String::from_utf8(course.read("old/oud.vtt")).unwrap();
    let half = &half[..half.find("vroeger/schouders").unwrap()];
    course.write("old/half.vtt", half);
    refused("old/oud.mp3", "old/half.vtt", "somebody speaks where");
    encode(&course, &["-ar", "8000"], "old/telephone.wav");
    refused("old/telephone.wav", "old/oud.vtt", "8000 Hz");
    encode(&course, &["-af", "pan=stereo|c0=c0|c1=0*c0"], "old/ear.wav");
    refused("old/ear.wav", "old/oud.vtt", "in one ear");
    support::sound::write_hours(&course.path("old/long.wav"), 3);
    refused("old/long.wav", "old/oud.vtt", "ffmpeg -ss 0:00:00 -to 0:30:00 -i old/long.wav long-1.flac");
    encode(&course, &["-af", "volume=0"], "old/silent.wav");
    refused("old/silent.wav", "old/oud.vtt", "only silence");
    refused("old/oud.vtt", "old/oud.vtt", "old/oud.vtt");
    refused("old/nothing.mp3", "old/oud.vtt", "nothing.mp3");
    // A dry run writes nothing either.
    let run = course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.vtt", "--dry-run"]);
    assert!(
        run.text().contains("Er hoeft nu even niets.") && run.text().contains("[[part]]"),
        "{}",
        run.text()
    );
    let after: Vec<_> = course.files("").into_iter().filter(|path| !path.starts_with("old/")).collect();
    let before: Vec<_> = before.into_iter().filter(|path| !path.starts_with("old/")).collect();
    assert_eq!(after, before);
    // A name that exists is refused with another.
    course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.vtt"]);
    let run = adopt("old/oud.mp3", "old/oud.vtt");
    assert!(run.code != 0 && run.stderr.contains("--name oud-2"), "{}", run.stderr);
    course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.vtt", "--name", "oud-2"]);
}

#[test]
fn another_bed_and_the_voice_alone_are_refused_with_the_reason() {
    let Some(course) = finished() else { return };
    course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.vtt"]);
    let run = course.adem(&["render", "oud", "--bed", "bruis", "-o", "x.wav"]);
    assert!(run.code != 0 && run.stderr.contains("its clips have a bed in them"), "{}", run.stderr);
    let run = course.adem(&["render", "oud", "--mix", "voice", "-o", "x.wav"]);
    assert!(run.code != 0 && run.stderr.contains("mixed with its bed"), "{}", run.stderr);
    // Another voice has the bed of the recording under it.
    course.succeed(&["render", "oud", "--voice", "anna", "--draft", "-o", "x.wav"]);
}

#[test]
fn plain_text_is_found_by_its_words() {
    let Some(course) = finished() else { return };
    let truth = phrases(&json(&course, "old/oud.timeline.json"));
    course.write("old/oud.txt", format!("# Aankomen\n{}\n", PHRASES.join("\n")));
    let run = course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.txt", "--json"]);
    let document: Value = serde_json::from_slice(&run.stdout).unwrap();
    let rows = document["rows"].as_array().unwrap().iter().filter(|row| row["kind"] == "phrase");
    let found: Vec<f64> = rows.map(|row| row["start"].as_f64().unwrap()).collect();
    assert_eq!(found.len(), truth.len());
    for (found, (from, _)) in found.iter().zip(&truth) {
        assert!((-0.03..0.2).contains(&(found - from)), "{found} {from}");
    }
    course.succeed(&["render", "oud", "-o", "new.wav"]);
    assert!(alike(&samples(&course, "old/oud.mp3"), &samples(&course, "new.wav")) > 0.999);
}

#[test]
fn a_second_language_is_matched_and_becomes_a_translation() {
    let Some(course) = finished() else { return };
    course.succeed(&["adopt", "old/oud.mp3", "--lang", "nl", "--text", "old/oud.vtt"]);
    let english = [
        "Welcome to this exercise.",
        "You may stop at any moment.",
        "Feel how your feet stand on the ground.",
        "Breathe in calmly, and breathe out calmly.",
        "Let your shoulders sink.",
        "Nothing has to be done for now.",
        "Slowly you come back again.",
        "Thank you.",
    ];
    let script =
        PHRASES.iter().zip(english).fold(SCRIPT.to_owned(), |text, (own, other)| text.replace(own, other));
    course.write("scripts/early.toml", script.replace("language = \"nl\"", "language = \"en\""));
    course.write(
        "course.toml",
        "title = \"Proef\"\nlanguages = [\"nl\", \"en\"]\nvoices = { nl = \"anna\", en = \"beth\" }\n",
    );
    course.write(
        "voice/en/beth/voice.toml",
        String::from_utf8(course.read("voice/nl/anna/voice.toml")).unwrap(),
    );
    let sound = |text: &str| format!("title = \"Klank\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n{text}");
    course.write("ambience/regen.toml", sound("[[layer]]\ngenerate = \"rain\"\n"));
    course.write("ambience/bells/schaal.toml", sound("bowl = { pitch = 330, ring = 5 }\n"));
    course.succeed(&["render", "early", "--draft", "-o", "old/early.wav"]);
    for path in ["scripts/early.toml", "ambience/regen.toml", "ambience/bells/schaal.toml"] {
        course.remove(path);
    }
    let adopt = ["adopt", "old/early.wav", "--lang", "en", "--text", "old/early.vtt", "--script", "oud"];
    course.succeed(&adopt);
    let po = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    assert!(english.iter().all(|text| po.contains(text)), "{po}");
    assert!(!course.succeed(&["check"]).stderr.contains("error"));
    course.succeed(&["render", "oud", "--lang", "en", "-o", "en.wav"]);
    let (old, new) = (samples(&course, "old/early.wav"), samples(&course, "en.wav"));
    let truth = phrases(&json(&course, "old/early.timeline.json"));
    let placed = phrases(&json(&course, "en.timeline.json"));
    assert_eq!(placed.len(), truth.len());
    for ((from, to), (start, _)) in truth.iter().zip(&placed) {
        let shift = ((start - from) * RATE).round() as i64;
        let at = (from * RATE) as usize + 9_600;
        let own = &old[at..((to - 0.2) * RATE) as usize];
        let same = |more: i64| {
            let first = (at as i64 + shift + more) as usize;
            new.get(first..first + own.len()).map_or(0.0, |other| alike(own, other))
        };
        let every_fourth = (-9_600i64..=9_600).step_by(4).map(|more| (more, same(more)));
        let (near, _) = every_fourth.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        let best = (near - 4..=near + 4).map(same).fold(0.0, f64::max);
        assert!(best > 0.98, "the phrase at {from}: {best}");
    }
}

#[test]
fn a_melody_in_the_pauses_keeps_its_length() {
    let Some(course) = finished() else { return };
    let mut command = Command::new("ffmpeg");
    command.current_dir(course.root()).args(["-v", "error", "-y", "-i", "old/oud.wav", "-f", "lavfi", "-i"]);
    command.arg("aevalsrc='0.03*sin(2*PI*t*(220+44*mod(floor(t)*3\\,7)))':d=200:s=48000");
    command.args(["-filter_complex", "amix=inputs=2:duration=first:normalize=0", "old/lied.wav"]);
    assert!(command.status().unwrap().success());
    course.succeed(&["adopt", "old/lied.wav", "--lang", "nl", "--text", "old/oud.vtt"]);
    course.succeed(&["render", "lied", "-o", "lied.wav"]);
    assert!(alike(&samples(&course, "old/lied.wav"), &samples(&course, "lied.wav")) > 0.999);
    let run = course.adem(&["render", "lied", "--length", "60s", "-o", "x.wav"]);
    assert!(run.code != 0 && run.stderr.contains("music with a melody"), "{}", run.stderr);
    assert!(course.adem(&["fit", "lied"]).text().contains("music with a melody"));
}

#[test]
fn outside_a_course_it_says_how_to_make_one() {
    let course = Course::empty();
    let run = course.adem(&["adopt", "a.mp3", "--lang", "nl", "--text", "a.txt"]);
    assert!(run.code != 0 && run.stderr.contains("adem new"), "{}", run.stderr);
}
