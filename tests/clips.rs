//! What the voice chain did to each recording, as `adem plan --clips` reports it: every stage is measured and can be turned
//! off.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test of many recordings says how many are named

use crate::support;

use std::f32::consts::TAU;

use serde_json::Value;
use support::degraded::{self, FAULTS, Voice};
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

const ALL: &str = "{ hum = true, declip = true, dereverb = 6, rumble = 70, clicks = true, denoise = 0.5, tone = 3, sibilance = 4, breath = 8, moments = 4, peaks = 4 }";
/// The figure of each stage, and the chain with the stage turned off.
const STAGES: [(&str, &str, &str); 9] = [
    ("tops", "declip = true", "declip = false"),
    ("echo_db", "dereverb = 6", "dereverb = 0"),
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

/// A word with a tenth of a second of noise around 7 kHz in its middle, so many dB over the tone of its vowel at 2 kHz.
fn word_with_an_s(over: f32, seed: u64) -> Vec<u8> {
    const VOWEL: f32 = 0.08;
    let mut samples = sound::speech(&[1.0]);
    let wave = |hz: f32, n: usize| (TAU * hz * n as f32 / 48_000.0).sin();
    (14_400..62_400).for_each(|n| samples[n] += VOWEL * wave(2_000.0, n));
    // Smoothed twice, so that little of it reaches the band of the vowels.
    let smooth = |samples: &[f32]| samples.windows(12).map(|part| part.iter().sum()).collect::<Vec<f32>>();
    let slow = smooth(&smooth(&sound::noise(0.2, seed)));
    let hiss: Vec<f32> = (0..4_800).map(|n| slow[n] * wave(7_000.0, n)).collect();
    let power = |samples: &[f32]| samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32;
    let gain = 10f32.powf(over / 20.0) * VOWEL / (2.0 * power(&hiss)).sqrt();
    samples[38_400..43_200].iter_mut().zip(hiss).for_each(|(sample, hiss)| *sample = gain * hiss);
    sound::wav(&[samples], 48_000, 24)
}

/// The clips of a voice in which one s of eleven is sharp.
#[test]
fn a_sharp_s_among_soft_ones_is_lowered_and_they_stay() {
    let course = Course::bare();
    let mut steps = String::new();
    for number in 0..11 {
        let safety = if number == 0 { ", safety = true" } else { "" };
        let step = format!("  {{ say = \"Zin {number}.\", id = \"zin-{number}\", pause = 2{safety} }},\n");
        steps.push_str(&step);
        let over = if number == 4 { 6.0 } else { -8.0 };
        course.write(&format!("voice/nl/anna/plek/zin-{number}.wav"), word_with_an_s(over, number + 1));
    }
    let script = format!("language = \"nl\"\ntitle = \"De plek\"\n\n[[part]]\nsteps = [\n{steps}]\n");
    course.write("scripts/plek.toml", script);
    for clip in clips(&course, "\"speech\"") {
        let lowered = clip["sibilance_db"].as_f64().unwrap();
        let is_sharp = clip["phrase"].as_str().unwrap().ends_with("zin-4");
        assert!(if is_sharp { (-4.05..-3.0).contains(&lowered) } else { lowered == 0.0 }, "{clip:#}");
    }
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
            // Up to 6 dB towards the session, and up to 5 dB down for peaks, which all of six clips may need.
            within("level_db", -11.0, 6.0);
            within("rumble_db", -3.0, 0.2);
            for check in clip["checks"].as_array().unwrap() {
                // Their texts are not what they say, so their lengths tell nothing. One was an MP3 that ends at 7.8 kHz.
                let was_mp3 = clip["file"].as_str().unwrap().contains("es-19demarzo");
                let is_true = check["id"] == "length" || (was_mp3 && check["id"] == "coded");
                let told = !is_true && !check["wrong"].is_null();
                assert!(!told, "{set}: {check:#}");
            }
        }
    }
}

/// The rows of which one names each fault of `degraded`; what cannot be told from one recording has none (docs/voice.md). Without
/// its highs, what a coder left of a clip of this course is told as well as that they are missing.
const NAMED: [(&str, &[&str]); 12] = [
    ("clipped", &["clipped"]),
    ("reverb", &["room"]),
    ("mp3", &["coded", "bandwidth"]),
    ("narrow", &["bandwidth", "coded"]),
    ("aliased", &["images"]),
    ("decimated", &["bandwidth", "coded"]),
    ("no-start", &["start"]),
    ("no-end", &["end"]),
    ("twice", &["reread"]),
    ("cough", &["cough"]),
    ("hole", &["holes"]),
    ("wow", &["wow"]),
];

/// What is told of voices with every fault that cannot be missed: the recordings and their texts, and how many of each fault
/// may be missed.
fn faults_are_named(language: &str, voices: &[(Voice, String)], missed: usize) {
    let course = Course::empty();
    let voice =
        "name = \"Anna\"\nkind = \"human\"\ncredit = \"Anna\"\nlicence = \"CC0-1.0\"\nchain = \"off\"\n";
    course.write(
        "course.toml",
        format!("title = \"Proef\"\nlanguages = [\"{language}\"]\nvoices = {{ {language} = \"anna\" }}\n"),
    );
    course.write(&format!("voice/{language}/anna/voice.toml"), voice);
    let mut steps = String::from("  { say = \"Stop.\", id = \"stop\", safety = true, pause = 2 },\n");
    let mut add = |name: String, voice: &Voice, text: &str| {
        steps.extend(["  { say = \"", text, "\", id = \"", &name, "\", pause = 2 },\n"]);
        course.write(&format!("voice/{language}/anna/plek/{name}.wav"), voice.wav());
    };
    for (number, (voice, text)) in voices.iter().enumerate() {
        add(format!("clean-{number}"), voice, text);
        FAULTS.iter().for_each(|(name, make)| add(format!("{name}-{number}"), &make(voice), text));
    }
    course.write(
        "scripts/plek.toml",
        format!("language = \"{language}\"\ntitle = \"De plek\"\n\n[[part]]\nsteps = [\n{steps}]\n"),
    );
    let json =
        |arguments: &[&str]| -> Value { serde_json::from_slice(&course.adem(arguments).stdout).unwrap() };
    let plan = json(&["plan", "plek", "--clips", "--draft", "--json"]);
    let told = json(&["check", "--json"]).to_string();
    let wrong = |name: &str| -> Vec<String> {
        let is_clip = |clip: &&Value| clip["phrase"].as_str().unwrap().ends_with(name);
        let clip = plan["clips"].as_array().unwrap().iter().find(is_clip).unwrap_or_else(|| panic!("{name}"));
        let checks = clip["checks"].as_array().unwrap().iter();
        let wrong = checks.filter(|check| !check["wrong"].is_null());
        wrong.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
    };
    for number in 0..voices.len() {
        let name = format!("clean-{number}");
        assert_eq!(wrong(&name), Vec::<String>::new(), "{name}");
        assert!(!told.contains(&format!("{name}.wav")), "{name}: {told}");
    }
    for (fault, rows) in NAMED {
        let names = || (0..voices.len()).map(|number| format!("{fault}-{number}"));
        if rows.is_empty() {
            assert!(names().all(|name| wrong(&name).is_empty()), "{fault}");
            continue;
        }
        let is_missed = |name: &String| !wrong(name).iter().any(|id| rows.contains(&id.as_str()));
        let all: Vec<_> = names().filter(is_missed).map(|name| (wrong(&name), name)).collect();
        eprintln!("{language} {fault}: {} of {} named", voices.len() - all.len(), voices.len());
        assert!(all.len() <= missed, "{fault}: {all:?}");
        for name in names().filter(|name| !is_missed(name)) {
            assert!(told.contains(&format!("{name}.wav")), "{name}: {told}");
        }
    }
}

/// A recording whose right side is 10 ms late is named, as its mix is hollow.
#[test]
fn a_side_that_is_late_is_named() {
    let course = Course::bare();
    let left = sound::speech(&[1.0, 1.2]);
    let right = [vec![0.0; 480], left[..left.len() - 480].to_vec()].concat();
    course.write("voice/nl/anna/plek/vrij.wav", sound::wav(&[left, right], 48_000, 24));
    let clip = clips(&course, "\"speech\"").remove(0);
    let checks = clip["checks"].as_array().unwrap();
    let apart = checks.iter().find(|check| check["id"] == "apart").unwrap();
    assert_eq!(apart["number"].as_f64(), Some(10.0), "{apart:#}");
    let run = course.adem(&["check"]);
    assert!(run.stderr.contains("has a right side that is 10.0 ms late"), "{}", run.shown());
}

#[test]
fn every_fault_of_a_recording_is_named() {
    let bytes = std::fs::read("voice/nl/duif/ademruimte-vriendelijkheid/andere-wens.ogg").unwrap();
    faults_are_named("nl", &[(Voice::decoded(bytes), "Een andere wens mag ook.".to_owned())], 0);
}

/// The recordings of a set with their texts, the shortest first.
fn spoken(set: &str) -> Vec<(Voice, String)> {
    let Some(folder) = support::recordings::folder() else { return Vec::new() };
    let folder = folder.join("speech").join(set);
    let texts = std::fs::read_to_string(folder.join("clips.tsv")).unwrap_or_default();
    let clip = |line: &str| {
        let (file, text) = line.split_once('\t')?;
        let voice = Voice::decoded(std::fs::read(folder.join(file)).ok()?);
        Some((voice, text.split('\t').next()?.replace('"', "")))
    };
    let mut clips: Vec<_> = texts.lines().filter_map(clip).collect();
    clips.sort_by_key(|(voice, _)| voice.samples.len() / voice.rate as usize);
    clips
}

#[test]
#[ignore = "takes minutes: six recordings of two readers with twelve faults"]
fn faults_of_real_voices_are_named() {
    for (language, set) in [("de", "kerstin"), ("en", "ljspeech")] {
        let clips = spoken(set);
        let clips: Vec<_> = clips
            .into_iter()
            .filter(|(voice, _)| voice.samples.len() > 2 * voice.rate as usize)
            .take(6)
            .collect();
        if !clips.is_empty() {
            faults_are_named(language, &clips, 1);
        }
    }
}

#[test]
fn what_is_not_repaired_is_refused_by_a_strict_render() {
    let course = Course::bare();
    let voice = Voice { samples: sound::speech(&[1.0]), rate: 48_000 };
    let set = |chain: &str| {
        let about = "name = \"Anna\"\nkind = \"human\"\ncredit = \"Anna\"\nlicence = \"CC0-1.0\"\n";
        course.write("voice/nl/anna/voice.toml", format!("{about}chain = {chain}\n"));
    };
    let strict = || course.adem(&["render", "plek", "--bed", "none", "--strict", "-o", "a.wav"]);
    course.write("voice/nl/anna/plek/vrij.wav", degraded::clipped(&voice).wav());
    set("{ declip = false }");
    let run = strict();
    assert!(run.code == 1 && run.stderr.contains("error[spoilt-clip]"), "{}", run.shown());
    assert!(run.stderr.contains("is clipped in ") && run.stderr.contains(", first at 0.3"), "{}", run.stderr);
    assert!(!course.has("a.wav"));
    // Restored, it is told and used.
    set("\"speech\"");
    assert!(clips(&course, "\"speech\"")[0]["tops"].as_u64().unwrap() >= 3);
    let run = course.succeed(&["plan", "plek"]);
    assert!(run.stderr.contains("warning[poor-clip]") && !run.stderr.contains("spoilt"), "{}", run.stderr);
    // Nothing brings highs back; what was heard and accepted is used.
    course.write("voice/nl/anna/plek/vrij.wav", degraded::below(&voice, 3_400.0).wav());
    let run = strict();
    assert!(run.code == 1 && run.stderr.contains("error[spoilt-clip]"), "{}", run.shown());
    assert!(run.stderr.contains("there is nothing above 3."), "{}", run.stderr);
    course.succeed(&["voice", "accept", "plek/vrij"]);
    assert!(!course.succeed(&["plan", "plek"]).stderr.contains("spoilt-clip"));
}
