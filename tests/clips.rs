//! What the voice chain did to each recording, as `adem plan --clips` reports it: every stage is measured and can be turned
//! off.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::f32::consts::TAU;

use serde_json::Value;
use support::sound;
use support::{Course, recordings};

/// A phrase with something for each stage: rumble, a click in its first pause, an s sharper than three others, a breath in its
/// second pause, and a high peak.
fn poor() -> Vec<u8> {
    let mut samples = sound::speech(&[1.0, 1.2]);
    let noise = sound::read(&sound::named("noise 4")).planes[0].clone();
    for (n, sample) in samples.iter_mut().enumerate() {
        *sample += 0.02 * (TAU * 30.0 * n as f32 / 48_000.0).sin() + 0.002 * noise[n];
    }
    // An s has its energy above 6 kHz: the second difference of noise.
    for (from, level) in [(90_000, 0.4), (100_000, 0.12), (108_000, 0.12), (116_000, 0.12)] {
        for n in from..from + 5_000 {
            samples[n] += level * (noise[n] - 2.0 * noise[n - 1] + noise[n - 2]);
        }
    }
    // A breath has its energy in the middle: the mean of noise.
    for n in 0..11_000 {
        let edge = (n.min(10_999 - n) as f32 / 2_000.0).min(1.0);
        samples[66_000 + n] += 0.5 * edge * noise[66_000 + n..66_012 + n].iter().sum::<f32>() / 12.0;
    }
    samples[6_000] += 0.3;
    for (n, sample) in samples.iter_mut().enumerate().take(42_400).skip(40_000) {
        *sample *= 1.0 + 4.0 * (TAU * (n - 40_000) as f32 / 4_800.0).sin().powi(2);
    }
    sound::wav(&[samples], 48_000, 24)
}

fn clips(course: &Course, chain: &str) -> Vec<Value> {
    let about = format!(
        "name = \"Anna\"\nkind = \"human\"\ncredit = \"Anna\"\nlicence = \"CC0-1.0\"\nchain = {chain}\n"
    );
    course.write("voice/nl/anna/voice.toml", about);
    let run = course.succeed(&["plan", "plek", "--clips", "--json"]);
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    json["clips"].as_array().unwrap().clone()
}

const ALL: &str = "{ hum = true, rumble = 70, clicks = true, denoise = 0.5, tone = 3, sibilance = 4, breath = 8, moments = 4, peaks = 4 }";
/// The figure of each stage, and the chain with the stage turned off.
const STAGES: [(&str, &str, &str); 7] = [
    ("rumble_db", "rumble = 70", "rumble = 0"),
    ("clicks", "clicks = true", "clicks = false"),
    ("denoise_db", "denoise = 0.5", "denoise = 0"),
    ("sibilance_db", "sibilance = 4", "sibilance = 0"),
    ("breath_db", "breath = 8", "breath = 0"),
    ("moments_db", "moments = 4", "moments = 0"),
    ("peaks_db", "peaks = 4", "peaks = 0"),
];

#[test]
fn every_stage_reports_what_it_did_and_can_be_turned_off() {
    let course = Course::bare();
    course.write("voice/nl/anna/plek/vrij.wav", poor());
    let clip = clips(&course, ALL).remove(0);
    let number = |name: &str| clip[name].as_f64().unwrap_or_else(|| panic!("{name}: {clip:#}"));
    assert!(number("rumble_db") < -0.1 && number("denoise_db") < -0.2, "{clip:#}");
    assert!(number("clicks") >= 1.0, "{clip:#}");
    let clip = clips(&course, &ALL.replace("denoise = 0.5", "denoise = 0")).remove(0);
    let number = |name: &str| clip[name].as_f64().unwrap_or_else(|| panic!("{name}: {clip:#}"));
    for (name, most) in [("breath_db", 8.0), ("peaks_db", 4.0)] {
        assert!((-most - 0.05..-0.5).contains(&number(name)), "{name}: {clip:#}");
    }
    assert!(number("cut_before_s") > 0.1 && number("cut_after_s") > 0.1, "{clip:#}");
    for (name, with, without) in STAGES {
        let clip = clips(&course, &ALL.replace(with, without)).remove(0);
        assert!(clip[name].is_null(), "{name}: {clip:#}");
    }
    let off = clips(&course, "\"off\"").remove(0);
    assert!(STAGES.iter().all(|(name, ..)| off[name].is_null()), "{off:#}");
    assert_eq!((&off["cut_before_s"], &off["cut_after_s"]), (&Value::from(0.0), &Value::from(0.0)));
}

#[test]
fn the_table_of_the_clips_is_as_it_was() {
    let course = Course::new();
    course.write("voice/nl/anna/plek/voeten.wav", poor());
    insta::assert_snapshot!("table", course.adem(&["plan", "2", "--clips"]).shown());
}

/// Mains hum is named as what it is, and the remedy of its message, typed, takes it out.
#[test]
fn a_hum_is_named_and_its_remedy_takes_it_out() {
    let course = Course::bare();
    let mut samples = sound::speech(&[1.0, 1.2, 0.8]);
    for (n, sample) in samples.iter_mut().enumerate() {
        let line = |k: f32| (TAU * 50.02 * k * n as f32 / 48_000.0 + k).sin() / k;
        *sample += 0.003 * [1.0, 2.0, 3.0, 5.0].map(line).iter().sum::<f32>();
    }
    course.write("voice/nl/anna/plek/vrij.wav", sound::wav(&[samples], 48_000, 24));
    let wrong = |clip: &Value| -> Vec<String> {
        let checks = clip["checks"].as_array().unwrap().iter().filter(|check| !check["wrong"].is_null());
        checks.map(|check| format!("{}: {}", check["id"], check["advice"])).collect()
    };
    let clip = clips(&course, "\"speech\"").remove(0);
    let told = wrong(&clip);
    assert!(
        told.iter().any(|told| told.starts_with("\"hum\"") && told.contains("`adem voice hum`")),
        "{told:?}"
    );
    assert!(!told.iter().any(|told| told.starts_with("\"noise\"")), "{told:?}");
    course.succeed(&["voice", "hum", "--lang", "nl"]);
    let run = course.succeed(&["plan", "plek", "--clips", "--json"]);
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    let clip = &json["clips"][0];
    assert!(clip["hum_db"].as_f64().is_some_and(|hum| hum < -15.0), "{clip:#}");
    let told = wrong(clip);
    assert!(!told.iter().any(|told| told.contains("hum") || told.starts_with("\"noise\"")), "{told:?}");
    course.succeed(&["voice", "hum", "off", "--lang", "nl"]);
    let text = String::from_utf8(course.read("voice/nl/anna/voice.toml")).unwrap();
    assert!(text.contains("chain = { hum = false }"), "{text}");
}

#[test]
fn recordings_of_people_stay_within_the_limits_of_each_stage() {
    for (language, set) in [("de", "kerstin"), ("en", "ljspeech"), ("nl", "css10")] {
        let mut files = recordings(&format!("speech/{set}"), &["flac"]);
        files.truncate(6);
        if files.is_empty() {
            return;
        }
        let course = Course::spoken(language, &files);
        let run = course.succeed(&["plan", "plek", "--clips", "--json"]);
        let json: Value = serde_json::from_slice(&run.stdout).unwrap();
        let clips = json["clips"].as_array().unwrap();
        assert_eq!(clips.len(), files.len());
        for clip in clips {
            let within = |name: &str, from: f64, to: f64| {
                let value = clip[name].as_f64().unwrap();
                assert!((from..=to).contains(&value), "{set} {name}: {clip:#}");
            };
            within("sibilance_db", -4.0, 0.0);
            within("breath_db", -8.0, 0.0);
            within("level_db", -6.0, 6.0);
            within("rumble_db", -3.0, 0.2);
            for check in clip["checks"].as_array().unwrap() {
                // Their texts are not what they say, so their lengths tell nothing.
                let told = check["id"] != "length" && !check["wrong"].is_null();
                assert!(!told, "{set}: {check:#}");
            }
        }
    }
}
