//! Takes of different sessions, and drafts beside recordings, get one level; a bed is ducked for the softest phrase.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use std::fmt::Write as _;

use serde_json::Value;
use support::Course;
use support::sound;

/// A sound of speech, changed by a number of dB.
fn speech(seconds: f32, db: f32) -> Vec<u8> {
    let factor = 10f32.powf(db / 20.0);
    let samples = sound::speech(&[seconds]).iter().map(|sample| sample * factor).collect();
    sound::wav(&[samples], sound::RATE, 24)
}

/// A script with a number of phrases: p0, p1 and so on.
fn script(phrases: usize, more: &str) -> String {
    let mut text =
        "track = 3\nlanguage = \"nl\"\ntitle = \"Dagen\"\nbed = \"none\"\n\n[[part]]\nsteps = [\n".to_owned();
    for phrase in 0..phrases {
        let safety = if phrase == 0 { ", safety = true" } else { "" };
        writeln!(text, "  {{ say = \"Zin {phrase}.\", id = \"p{phrase}\", pause = 2{safety}{more} }},")
            .unwrap();
    }
    text + "]\n"
}

/// The levels of the phrases in the voice stem of track 3, in dBFS, and their events.
fn levels(course: &Course, arguments: &[&str]) -> (Vec<f64>, Vec<Value>) {
    let render = ["render", "3", "--format", "wav32f", "-o", "t.wav", "--stems", "s"];
    course.succeed(&[&render, arguments].concat());
    let voice = sound::read(&course.read("s/voice.wav"));
    let timeline: Value = serde_json::from_slice(&course.read("t.timeline.json")).unwrap();
    let events = timeline["events"].as_array().unwrap().clone();
    let phrases: Vec<Value> = events.into_iter().filter(|event| event["kind"] == "phrase").collect();
    let level = |event: &Value| {
        let (start, frames) = (event["start"].as_u64().unwrap(), event["frames"].as_u64().unwrap());
        voice.level(start, start + frames)
    };
    (phrases.iter().map(level).collect(), phrases)
}

fn spread(levels: &[f64]) -> f64 {
    let highest = levels.iter().copied().fold(f64::MIN, f64::max);
    highest - levels.iter().copied().fold(f64::MAX, f64::min)
}

#[test]
fn a_session_recorded_much_softer_is_brought_to_the_others_and_a_single_take_halfway() {
    let course = Course::new();
    course.write("scripts/dagen.toml", script(12, ""));
    for phrase in 0..12 {
        // Six in the first session, five in another one 12 dB softer, and one in a third.
        let (take, db) = match phrase {
            0..6 => ("", 0.0),
            6..11 => ("_t2", -12.0),
            _ => ("_t3", -6.0),
        };
        course.write(&format!("voice/nl/anna/dagen/p{phrase}{take}.wav"), speech(1.2, db));
    }
    let (levels, _) = levels(&course, &[]);
    assert!(spread(&levels[..11]) < 0.6, "{levels:?}");
    assert!((levels[11] - levels[0] + 3.0).abs() < 0.6, "{levels:?}");
}

#[test]
fn a_session_is_the_one_that_the_file_beside_a_take_names() {
    let course = Course::new();
    course.write("scripts/dagen.toml", script(12, ""));
    for phrase in 0..12 {
        // First takes of one script, on two days: on the second everything is 12 dB softer.
        let (db, session) = if phrase < 6 { (0.0, "2026-11-01-1") } else { (-12.0, "2026-11-28-1") };
        course.write(&format!("voice/nl/anna/dagen/p{phrase}.wav"), speech(1.2, db));
        let beside = format!("session = \"{session}\"\n");
        course.write(&format!("voice/nl/anna/dagen/p{phrase}.toml"), beside);
    }
    let (levels, _) = levels(&course, &[]);
    assert!(spread(&levels) < 0.6, "{levels:?}");
}

/// A draft command that copies a file beside the course.
#[cfg(unix)]
#[test]
fn drafts_are_as_loud_as_the_recordings_they_stand_beside() {
    let course = Course::new();
    course.write("scripts/dagen.toml", script(8, ""));
    for phrase in 0..4 {
        course.write(&format!("voice/nl/anna/dagen/p{phrase}.wav"), speech(1.2, 0.0));
    }
    course.write("machine.wav", speech(1.5, 14.0));
    let machine = course.path("machine.wav");
    let command = format!("draft = {{ command = [\"cp\", \"{}\", \"{{out}}\"] }}\n", machine.display());
    let voice = String::from_utf8(course.read("voice/nl/anna/voice.toml")).unwrap();
    // A draft command needs {text}, too.
    let command = command.replace("\"cp\", ", "\"sh\", \"-c\", \"cp \\\"$1\\\" \\\"$2\\\"\", \"{text}\", ");
    course.write("voice/nl/anna/voice.toml", voice + &command);
    let (levels, phrases) = levels(&course, &["--draft", "--trust"]);
    assert_eq!(phrases.iter().filter(|phrase| phrase["draft"] == true).count(), 4);
    assert!(spread(&levels) < 1.0, "{levels:?}");
    // Drafts do not change how recordings are levelled.
    let own: Vec<f64> = phrases[..4].iter().map(|phrase| phrase["gain_db"].as_f64().unwrap()).collect();
    assert!(spread(&own) < 0.01, "{own:?}");
}

/// How deep the bed of track 3 is ducked, in dB, with these settings.
fn depth(duck: &str, last: f32) -> f64 {
    let course = Course::new();
    let bed = format!("bed = {{ use = \"regen\", fade_in = 1, fade_out = 1{duck} }}");
    let text = script(6, "").replace("bed = \"none\"", &bed);
    course.write("scripts/dagen.toml", text.replace("id = \"p5\"", "id = \"p5\", soft = true"));
    for phrase in 0..6 {
        let db = if phrase == 5 { last } else { 0.0 };
        course.write(&format!("voice/nl/anna/dagen/p{phrase}.wav"), speech(1.2, db));
    }
    let plan = course.plan(&["3"]);
    let beds = plan["events"].as_array().unwrap().iter().find(|event| event["kind"] == "bed").unwrap();
    beds["duck"]["depth_db"].as_f64().unwrap()
}

#[test]
fn a_duck_is_deep_enough_for_the_softest_phrase_unless_its_depth_is_set() {
    // A soft phrase is 1.5 LU under the others at least, and 5.5 at most.
    let usual = depth("", 0.0);
    assert!((9.0..10.5).contains(&usual), "{usual}");
    let softer = depth("", -4.0);
    assert!((softer - usual - 2.5).abs() < 1.0, "{softer} after {usual}");
    let softest = depth("", -20.0);
    assert!((softest - usual - 4.0).abs() < 0.1 && softest <= 14.0, "{softest} after {usual}");
    assert_eq!(depth(", duck = { depth = 8 }", -20.0), 8.0);
}
