//! Phrases are found in long readings: put together from a synthesised voice and from recordings of a person, in the ways in
//! which real readings go wrong (docs/alignment.md, section 7).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)]

use crate::support;

use std::path::Path;
use std::process::Command;

use adem::align::listen::{Heard, RATE, ReadingListener};
use adem::align::{Alignment, EarlierTakes, WantedPhrase};
use adem::engine::other_voices;
use adem::facts::pace::Pace;
use adem::script::language::Language;
use rayon::prelude::*;
use serde_json::{Value, json};
use support::browser::{run_script, scripted_browser};
use support::readings::{Reading, SCENARIOS, Scenario, Speaker, at_rate, build, trim};
use support::{Course, sound};

/// Phrases of a meditation, with some that come back.
const GERMAN: [&str; 22] = [
    "Willkommen. Ein paar Minuten, einfach für dich.",
    "Du kannst jederzeit aufhören, die Augen öffnen oder deine Haltung ändern.",
    "Wie geht es dir gerade?",
    "Vielleicht sind da Gedanken, vielleicht ein Gefühl.",
    "Atme ein.",
    "Und lass den Atem wieder gehen.",
    "Spür den Boden unter deinen Füßen.",
    "Es muss nichts Besonderes geschehen.",
    "Denk an einen Menschen, der dir am Herzen liegt.",
    "Mögest du geborgen sein.",
    "Mögest du gesund sein.",
    "Mögest du unbeschwert sein.",
    "Atme ein.",
    "Es darf auch ein anderer Wunsch sein.",
    "Und jetzt wende dich dir selbst zu.",
    "Leg eine Hand auf dein Herz, wenn du magst.",
    "Möge ich geborgen sein.",
    "Möge ich gesund sein.",
    "Hör auf die Geräusche um dich herum, nah und fern.",
    "Atme ein.",
    "Bewege langsam die Finger und die Zehen.",
    "Du kannst immer wieder zu diesem Atem zurückkommen.",
];

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn hear(samples: &[f32]) -> Heard {
    let mut listener = ReadingListener::new();
    // In pieces of another length than any window.
    samples.chunks(7_919).for_each(|piece| listener.push(piece));
    listener.finish()
}

fn align(heard: &Heard, phrases: &[WantedPhrase]) -> Alignment {
    adem::align::align(heard, phrases, EarlierTakes::LeftOut)
}

fn wanted(texts: &[String], language: &str, with_voice: bool) -> Vec<WantedPhrase> {
    let language = Language::parse(language).unwrap();
    let pace = Pace::usual(&language);
    let voices = if with_voice { other_voices(&language, texts) } else { vec![None; texts.len()] };
    let phrase = |(text, other_voice): (&String, _)| WantedPhrase {
        other_voice,
        ..WantedPhrase::of(text, pace.length(text).as_f64())
    };
    texts.iter().zip(voices).map(phrase).collect()
}

/// How many phrases are right, whole after the usual padding, wrong without a word, and doubtful; and how far the edges of those that
/// are right are off, in milliseconds.
#[derive(Clone, Debug, Default)]
struct Score {
    count: usize,
    right: usize,
    whole: usize,
    silent: usize,
    flagged: usize,
    off: [Vec<f64>; 2],
}

impl Score {
    fn add(&mut self, found: &Alignment, reading: &Reading) {
        for (found, truth) in found.phrases.iter().zip(&reading.truth) {
            let (right, whole) = match (found.span, truth) {
                (None, None) => (true, true),
                (Some((from, to)), Some((start, end))) => {
                    let both = to.min(*end) - from.max(*start);
                    let right = both > 0.5 * (end - start) && both > 0.5 * (to - from);
                    if right {
                        self.off[0].push(1_000.0 * (from - start).abs());
                        self.off[1].push(1_000.0 * (to - end).abs());
                    }
                    (right, right && from - 0.15 < start + 0.02 && to + 0.25 > end - 0.03)
                }
                (Some(_), None) | (None, Some(_)) => (false, false),
            };
            self.count += 1;
            self.right += usize::from(right);
            self.whole += usize::from(whole);
            self.silent += usize::from(!right && found.doubt.is_none());
            self.flagged += usize::from(found.doubt.is_some());
        }
    }

    fn share(&self, of: usize) -> f64 {
        100.0 * of as f64 / self.count.max(1) as f64
    }

    /// The row of a table: counts, and the median and the 95th percentile of both edges.
    fn row(mut self, name: &str) -> String {
        self.off.iter_mut().for_each(|off| off.sort_by(f64::total_cmp));
        let at =
            |off: &[f64], share: f64| off.get(((off.len() - 1) as f64 * share).round() as usize).copied();
        let edge = |off: &[f64]| {
            let [median, most] = [0.5, 0.95].map(|share| at(off, share).unwrap_or(f64::NAN));
            format!("{median:.0} / {most:.0}")
        };
        let shares =
            [self.right, self.whole, self.silent, self.flagged].map(|of| format!("{:.1}", self.share(of)));
        format!(
            "| {name} | {} | {} | {} | {} |",
            self.count,
            shares.join(" | "),
            edge(&self.off[0]),
            edge(&self.off[1])
        )
    }
}

fn has_voice() -> bool {
    let there = Command::new("espeak-ng").arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: espeak-ng is not installed");
    }
    there
}

/// The least share of right and of whole phrases, and the most that are wrong without a word, in per cent.
fn targets(scenario: Scenario) -> (f64, f64, f64) {
    match scenario {
        Scenario::Clean | Scenario::Slow | Scenario::Skipped | Scenario::Tight => (99.0, 97.0, 0.5),
        Scenario::Slate | Scenario::Finished | Scenario::Noisy => (97.0, 95.0, 1.0),
        Scenario::Retakes | Scenario::All => (93.0, 90.0, 2.0),
    }
}

#[test]
fn a_synthesised_voice_is_found_in_every_scenario() {
    if !has_voice() {
        return;
    }
    let speaker = Speaker::Espeak { voice: "de+m3".to_owned(), speed: 118, pitch: 42 };
    let lines = texts(&GERMAN);
    let wanted = wanted(&lines, "de", true);
    SCENARIOS.into_par_iter().for_each(|(scenario, name)| {
        let mut score = Score::default();
        let reading = build(scenario, "de", &speaker, &lines, 11);
        let found = align(&hear(&reading.samples), &wanted);
        assert!(!found.is_of_other_words(), "{name}: {:?}", found.unlike);
        score.add(&found, &reading);
        eprintln!("{}", score.clone().row(name));
        let (right, whole, silent) = targets(scenario);
        assert!(score.share(score.right) >= right, "{name}: {score:?}");
        assert!(score.share(score.whole) >= whole, "{name}: {score:?}");
        assert!(score.share(score.silent) <= silent, "{name}: {score:?}");
    });
}

/// Clips of a person with their texts, trimmed; none where there are no recordings.
fn person(folder: &str) -> Vec<(String, Vec<f32>)> {
    let Some(root) = support::recordings::folder() else {
        eprintln!("skipped: ADEM_TEST_AUDIO names no folder of recordings");
        return Vec::new();
    };
    let folder = root.join("speech").join(folder);
    let list = std::fs::read_to_string(folder.join("clips.tsv")).unwrap();
    let clip = |line: &str| {
        let (file, text) = line.split_once('\t').filter(|(_, text)| !text.is_empty())?;
        Some((text.to_owned(), trim(&decoded(&folder.join(file)))))
    };
    list.lines().filter_map(clip).collect()
}

fn decoded(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let sound = adem::decode::decode_all(Box::new(std::io::Cursor::new(bytes))).unwrap().buffer;
    support::readings::resampled(sound.plane(0), sound.rate().as_f64(), RATE as f64)
}

#[test]
fn a_person_is_found_in_every_fourth_scenario() {
    let mut clips = person("kerstin");
    if clips.is_empty() || !has_voice() {
        return;
    }
    clips.truncate(12);
    let lines: Vec<String> = clips.iter().map(|(text, _)| text.clone()).collect();
    let wanted = wanted(&lines, "de", true);
    let speaker = Speaker::Clips(clips);
    // Clean, with retakes, and all faults at once: the voice of a machine reads in every scenario.
    for (scenario, name) in SCENARIOS.into_iter().step_by(4) {
        let mut score = Score::default();
        let reading = build(scenario, "de", &speaker, &lines, 21);
        score.add(&align(&hear(&reading.samples), &wanted), &reading);
        eprintln!("{}", score.clone().row(name));
        assert!(score.share(score.right) >= 95.0, "{name}: {score:?}");
    }
}

#[test]
fn without_another_voice_lengths_and_pauses_find_a_clean_reading() {
    if !has_voice() {
        return;
    }
    let lines = texts(&GERMAN);
    let speaker = Speaker::Espeak { voice: "de+f4".to_owned(), speed: 110, pitch: 40 };
    let reading = build(Scenario::Clean, "de", &speaker, &lines, 31);
    let mut score = Score::default();
    score.add(&align(&hear(&reading.samples), &wanted(&lines, "de", false)), &reading);
    assert!(score.share(score.right) >= 95.0, "{score:?}");
}

#[test]
fn another_text_is_told_and_what_was_corrected_stays() {
    if !has_voice() {
        return;
    }
    let lines = texts(&GERMAN);
    let speaker = Speaker::Espeak { voice: "de+m3".to_owned(), speed: 110, pitch: 40 };
    let reading = build(Scenario::Clean, "de", &speaker, &lines, 41);
    let heard = hear(&reading.samples);
    let other: Vec<String> =
        (0..20).map(|at| format!("Bitte {at} rote Schuhe in den Keller stellen.")).collect();
    assert!(align(&heard, &wanted(&other, "de", true)).is_of_other_words());
    let mut phrases = wanted(&lines, "de", true);
    // A phrase is said to be where the one after it is: the others make way.
    phrases[6].fixed = reading.truth[7];
    let found = align(&heard, &phrases);
    assert_eq!(found.phrases[6].span, reading.truth[7]);
    assert_eq!(found.phrases[6].doubt, None);
    assert!(found.phrases[7].doubt.is_some(), "{:?}", found.phrases[7]);
    assert!(found.phrases[8].doubt.is_none(), "{:?}", found.phrases[8]);
}

/// A reading of a course's phrases as a WAV, in the default voice of English with another pitch.
fn spoken(lines: &[&str], silence: f64) -> Vec<u8> {
    let mut samples = vec![0.0f32; RATE];
    for line in lines {
        let out = Command::new("espeak-ng")
            .args(["-v", "en-us+m3", "-s", "115", "--stdout", "--", line])
            .output()
            .unwrap();
        samples.extend(trim(&at_rate(&out.stdout)));
        samples.resize(samples.len() + (silence * RATE as f64) as usize, 0.0);
    }
    let mut dice = support::readings::Dice::new(5);
    samples.iter_mut().for_each(|x| *x += (dice.between(-0.0004, 0.0004)) as f32);
    sound::wav(&[samples], RATE as u32, 16)
}

#[test]
fn phrases_of_a_file_are_found_without_a_course() {
    if !has_voice() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let lines =
        ["Welcome to this short exercise.", "Feel your feet on the floor.", "May you be well, and at ease."];
    let missing = "Think of a lake in the early morning.";
    std::fs::write(folder.path().join("reading.wav"), spoken(&lines, 2.0)).unwrap();
    let phrases = json!([
        {"id": "a", "text": lines[0]}, {"id": "b", "text": lines[1]}, {"id": "lake", "text": missing}, {"id": "c", "text": lines[2]},
    ]);
    std::fs::write(folder.path().join("phrases.json"), phrases.to_string()).unwrap();
    let arguments = ["voice", "import", "reading.wav", "--phrases", "phrases.json", "--lang", "en", "--json"];
    let run = support::program::Program::new(folder.path(), &arguments).run();
    let found: Value = serde_json::from_slice(&run.stdout).unwrap();
    let found = found["phrases"].as_array().unwrap();
    let ids: Vec<_> = found.iter().map(|phrase| phrase["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "lake", "c"]);
    assert!((found[0]["start"].as_f64().unwrap() - 1.0).abs() < 0.06, "{found:?}");
    assert_eq!((&found[2]["start"], &found[2]["flag"]), (&Value::Null, &json!("not-found")));
    assert!(found[3]["start"].as_f64().unwrap() > found[1]["end"].as_f64().unwrap());
    assert!(found[3]["flag"].is_null(), "{found:?}");
}

/// The English phrases of the small course that have a text, in order.
const PLEK: [&str; 5] =
    ["Welcome.", "You may always stop.", "Feel your feet.", "In and out", "Until next time."];

fn unrecorded() -> Course {
    let course = Course::new();
    for clip in ["plek/welkom", "plek/vrij", "plek/voeten", "plek/in-uit", "slot/tot"] {
        course.remove(&format!("voice/en/beth/{clip}.wav"));
    }
    course
}

#[test]
fn a_reading_becomes_the_takes_of_a_voice_and_stays_as_it_is() {
    if !has_voice() {
        return;
    }
    let course = unrecorded();
    let reading = spoken(&PLEK, 2.5);
    course.write("reading.wav", reading.clone());
    let import = ["voice", "import", "reading.wav", "--lang", "en", "--script", "plek"];
    let dry = course.adem(&[&import[..], &["--dry-run"]].concat());
    assert!(dry.text().contains("plek/voeten"), "{}", dry.text());
    assert!(!course.has("voice/en/beth/plek/voeten.wav"));
    assert!(!course.has("out/voice"));
    course.adem(&[&import[..], &["--yes"]].concat());
    for clip in ["plek/welkom", "plek/vrij", "plek/voeten", "plek/in-uit"] {
        assert!(course.has(&format!("voice/en/beth/{clip}.wav")), "{clip}: {}", dry.text());
    }
    assert_eq!(course.read("reading.wav"), reading);
    let names = pages(&course);
    assert_eq!(names.len(), 1, "{names:?}");
    let page = String::from_utf8(course.read(&format!("{}.html", names[0]))).unwrap();
    assert!(page.contains("Feel your feet.") && page.contains("<audio"), "{page}");
    let list: Value = serde_json::from_slice(&course.read(&format!("{}.json", names[0]))).unwrap();
    assert_eq!(list["phrases"].as_array().unwrap().len(), 5, "{list:#}");
    // Again: nothing is overwritten, and nothing is there twice.
    let before = course.read("voice/en/beth/plek/voeten.wav");
    course.adem(&[&import[..], &["--yes"]].concat());
    assert_eq!(course.read("voice/en/beth/plek/voeten.wav"), before);
    assert!(!course.has("voice/en/beth/plek/voeten_t2.wav"));
}

/// The proof pages of a course, without their ending.
fn pages(course: &Course) -> Vec<String> {
    let folder = std::fs::read_dir(course.path("out/voice")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| Some(format!("out/voice/{}", name.strip_suffix(".html")?))).collect()
}

#[test]
fn a_reading_of_the_first_part_is_taken_and_another_reading_has_its_own_page() {
    if !has_voice() {
        return;
    }
    let course = unrecorded();
    course.write("a/reading.wav", spoken(&PLEK[..3], 2.5));
    let import = |path: &str, more: &[&str]| {
        let arguments = ["voice", "import", path, "--lang", "en", "--script", "plek", "--yes"];
        course.adem(&[&arguments[..], more].concat())
    };
    let run = import("a/reading.wav", &[]);
    assert!(
        run.stderr.contains("the reading ends with `plek/voeten`, and the 2 phrases after it"),
        "{}",
        run.stderr
    );
    assert!(course.has("voice/en/beth/plek/voeten.wav"));
    assert!(!course.has("voice/en/beth/plek/in-uit.wav"));
    let first = pages(&course);
    // What is said of a phrase on the page: that it is not read, or that it is where nobody speaks.
    let corrections = json!([
        {"id": "plek/in-uit", "start": null, "end": null}, {"id": "slot/tot", "start": 0.2, "end": 0.7},
    ]);
    course.write("corrections.json", corrections.to_string());
    let run = import("a/reading.wav", &["--corrections", "corrections.json"]);
    assert!(run.text().contains("is not read here"), "{}", run.text());
    assert!(
        run.text().contains("nobody is heard from 0.2 to 0.7 s; correct the place on the proof page"),
        "{}",
        run.text()
    );
    assert_eq!(pages(&course), first);
    let slated = [&["Recording of Tuesday, second session, first take."][..], &PLEK].concat();
    course.write("b/reading.wav", spoken(&slated, 2.0));
    import("b/reading.wav", &[]);
    let both = pages(&course);
    assert_eq!(both.len(), 2, "{both:?}");
    let Some((tests, browser)) = scripted_browser() else { return };
    let mut node = Command::new("node");
    node.arg(tests.join("proof.mjs")).arg(browser);
    node.args(
        first
            .iter()
            .chain(both.iter().filter(|page| !first.contains(page)))
            .map(|page| course.path(&format!("{page}.html"))),
    );
    node.arg(course.path("saved.json"));
    if !run_script(node) {
        return;
    }
    // What the page of the second reading has saved is taken for that, and for no other.
    let run = import("a/reading.wav", &["--corrections", "saved.json"]);
    assert!(run.code == 2 && run.stderr.contains("is of another reading (reading.wav)"), "{}", run.stderr);
    let run = import("b/reading.wav", &["--corrections", "saved.json"]);
    assert!(run.text().contains("corrected"), "{}", run.text());
}

#[test]
fn a_folder_of_clips_is_told_apart_without_a_course() {
    if !has_voice() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        "Welcome to this short exercise.",
        "Feel your feet on the floor, and the air around you.",
        "May you be well, and at ease.",
        "Think of a lake in the early morning.",
        "You can always come back to this breath.",
    ];
    std::fs::create_dir(folder.path().join("clips")).unwrap();
    for (number, line) in lines.iter().rev().enumerate() {
        let path = folder.path().join(format!("clips/{number}.wav"));
        std::fs::write(path, spoken(&[*line], 1.0)).unwrap();
    }
    let phrase = |line: &&str| json!({"id": line, "text": line});
    let phrases = Value::from(lines.iter().map(phrase).collect::<Vec<_>>());
    std::fs::write(folder.path().join("phrases.json"), phrases.to_string()).unwrap();
    let arguments = ["voice", "import", "clips", "--phrases", "phrases.json", "--lang", "en", "--json"];
    let run = support::program::Program::new(folder.path(), &arguments).run();
    let found: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(found["phrases"][0]["file"], "4.wav", "{found:#}");
    assert_eq!(found["phrases"][4]["file"], "0.wav", "{found:#}");
}

#[test]
fn a_fault_of_a_whole_reading_is_told_once() {
    if !has_voice() {
        return;
    }
    let course = unrecorded();
    let mono = at_rate(&spoken(&PLEK, 2.0));
    let empty = vec![0.0; mono.len()];
    course.write("side.wav", sound::wav(&[mono, empty], RATE as u32, 16));
    let run = course.adem(&["voice", "import", "side.wav", "--lang", "en", "--script", "plek", "--dry-run"]);
    let told = run.text().matches("one side that is as good as empty").count();
    assert_eq!(told, 1, "{}", run.text());
}

#[test]
fn a_reading_of_something_else_is_refused_and_nothing_is_written() {
    if !has_voice() {
        return;
    }
    let course = unrecorded();
    let other = [
        "The train to the coast leaves at nine.",
        "Please bring an umbrella, and two warm blankets.",
        "Nobody knew the answer.",
    ];
    course.write("other.wav", spoken(&other, 2.0));
    let run = course.adem(&["voice", "import", "other.wav", "--lang", "en", "--script", "plek", "--yes"]);
    assert!(run.stderr.contains("does not seem to be a reading of these words"), "{}", run.stderr);
    assert!(!course.has("voice/en/beth/plek/voeten.wav"));
    sound::write_hours(&course.path("long file.wav"), 6);
    let run = course.adem(&["voice", "import", "long file.wav", "--lang", "en", "--script", "plek", "--yes"]);
    assert!(run.stderr.contains("-i 'long file.wav' 'long file-1.flac'"), "{}", run.stderr);
    course.write("silence.wav", sound::wav(&[vec![0.0; 48_000 * 3]], 48_000, 16));
    let run = course.adem(&["voice", "import", "silence.wav", "--lang", "en", "--script", "plek", "--yes"]);
    assert!(run.stderr.contains("nothing is heard in"), "{}", run.stderr);
}

/// A reading that is measured.
struct MeasuredReading {
    language: &'static str,
    speaker: Speaker,
    lines: Vec<String>,
    seed: u64,
}

/// The readings of the table in docs/alignment.md, section 7: of voices and texts that no constant was chosen by.
fn measured_readings() -> Vec<MeasuredReading> {
    let lines = |language: &str| -> Vec<String> {
        let path = format!("{}/tests/support/readings/{language}.txt", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    };
    let variants = ["m7", "f5", "f1", "m4", "klatt4"];
    let mut all = Vec::new();
    for (number, language) in ["nl", "de", "fr", "es"].into_iter().enumerate() {
        for second in 0..2 {
            let voice = format!("{language}+{}", variants[(2 * number + second + number / 2) % 5]);
            let speed = 104 + 6 * second as u32 + 3 * number as u32;
            let speaker = Speaker::Espeak { voice, speed, pitch: 36 + 5 * second as u32 };
            let seed = 900 + (10 * number + second) as u64;
            all.push(MeasuredReading { language, speaker, lines: lines(language), seed });
        }
    }
    for (number, voice) in ["slt", "rms", "awb"].into_iter().enumerate() {
        let speaker = Speaker::Flite { voice: voice.to_owned(), stretch: 1.15 + 0.1 * number as f64 };
        all.push(MeasuredReading { language: "en", speaker, lines: lines("en"), seed: 950 + number as u64 });
    }
    for (number, (folder, language)) in [("kerstin", "de"), ("ljspeech", "en")].into_iter().enumerate() {
        let mut clips = person(folder);
        clips.reverse();
        let lines = clips.iter().map(|(text, _)| text.clone()).collect();
        let seed = 970 + number as u64;
        all.push(MeasuredReading { language, speaker: Speaker::Clips(clips), lines, seed });
    }
    all
}

/// Prints the table of docs/alignment.md, section 7. Needs espeak-ng, flite and `ADEM_TEST_AUDIO`.
#[test]
#[ignore = "takes half an hour; with --release -- --ignored --nocapture"]
fn every_scenario_is_measured() {
    let readings = measured_readings();
    for (number, (scenario, name)) in SCENARIOS.into_iter().enumerate() {
        let mut score = Score::default();
        for one in &readings {
            let seed = 10 * one.seed + number as u64;
            let reading = build(scenario, one.language, &one.speaker, &one.lines, seed);
            score.add(&align(&hear(&reading.samples), &wanted(&one.lines, one.language, true)), &reading);
        }
        eprintln!("{}", score.row(name));
    }
}
