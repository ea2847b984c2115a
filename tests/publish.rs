//! Every published file, read by other programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test that skips says so

use crate::support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use adem::delivery::format::Format;
use adem::export::format::{TagFormat, built_with, facts};
use adem::qc::RowId;
use serde_json::Value;
use support::browser::{faults_of_pages, told_by};
use support::{Course, sound};

/// The file extensions of the formats, each with its default format.
fn formats() -> impl Iterator<Item = (&'static str, Format)> {
    Format::ENDINGS.into_iter().filter(|(_, format)| built_with(*format).is_ok())
}

/// A course with every key of [publish], and every file of its one exercise.
fn published() -> Course {
    let course = Course::new();
    course.edit("course.toml", "[presets.whole]", "[publish]\nauthor = \"Somebody Else\"\nyear = 2026\ncopyright = \"© 2026 Jip Ünal\"\nlicence = \"CC-BY-4.0\"\n\n[presets.whole]");
    let title = "title = \"De plek · 場所 🌿 مكان\"\nauthor = \"Jip Ünal\"";
    course.edit("scripts/plek.toml", "title = \"De plek\"", title);
    course.succeed(&["render", "2", "--all-files", "-o", "out/plek"]);
    course
}

/// What other programs read from a folder; prints a line and returns `None` if they are not installed.
fn read_by_others(folder: &Path) -> Option<Value> {
    let python = std::env::var_os("ADEM_READERS").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/facts.py");
    let output =
        Command::new(python).arg(script).arg(folder).args(formats().map(|(ending, _)| ending)).output();
    match output {
        Ok(output) if output.status.success() => Some(serde_json::from_slice(&output.stdout).unwrap()),
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let missing =
                told.contains("ModuleNotFoundError") || told.contains("No such file or directory: 'ffprobe'");
            assert!(missing, "{told}");
            eprintln!(
                "skipped: install ffmpeg, and mutagen, webvtt-py, jsonschema and rpp for the Python of ADEM_READERS"
            );
            None
        }
        Err(_) => {
            eprintln!("skipped: there is no Python");
            None
        }
    }
}

/// The chapters as the timeline has them: seconds and titles.
fn chapters(timeline: &Value) -> Vec<(f64, String)> {
    let rate = timeline["rate"].as_f64().unwrap();
    let chapter = |chapter: &Value| {
        (chapter["start"].as_f64().unwrap() / rate, chapter["title"].as_str().unwrap().to_owned())
    };
    timeline["chapters"].as_array().unwrap().iter().map(chapter).collect()
}

/// Whether a reader found every chapter, to the millisecond.
fn same_chapters(found: &Value, planned: &[(f64, String)]) -> bool {
    let found = found.as_array().unwrap();
    found.len() == planned.len()
        && found.iter().zip(planned).all(|(found, (start, title))| {
            (found[0].as_f64().unwrap() - start).abs() < 0.000_6 && found[1] == title.as_str()
        })
}

#[test]
fn other_programs_read_everything_that_was_written() {
    let course = published();
    course.succeed(&["export", "reaper", "2", "-o", "out/reaper"]);
    std::fs::copy(course.path("out/reaper/plek.rpp"), course.path("out/plek.rpp")).unwrap();
    let Some(found) = read_by_others(&course.path("out")) else { return };
    let planned = chapters(&found["timeline.json"]);
    assert_eq!(planned.len(), 3);
    let length = found["timeline.json"]["frames"].as_f64().unwrap() / 48_000.0;
    for (format, kind) in formats() {
        let (probe, mutagen) = (&found[format]["ffprobe"], &found[format]["mutagen"]);
        assert!((mutagen["duration"].as_f64().unwrap() - length).abs() < 0.03, "{format}: {mutagen}");
        assert!(same_chapters(&probe["chapters"], &planned), "{format}: {probe}");
        assert_eq!(probe["tags"]["title"], "De plek · 場所 🌿 مكان", "{format}");
        assert_eq!(probe["tags"]["artist"], "Anna", "{format}");
        assert_eq!(probe["tags"]["album"], "Proef", "{format}");
        // The author of the script, not of the course; ffprobe has no name for it in RIFF.
        let composer = &probe["tags"]["composer"];
        let unnamed = facts(kind).tags == TagFormat::Riff && composer.is_null();
        assert!(composer == "Jip Ünal" || unnamed, "{format}: {composer}");
    }
    let vtt = found["vtt"].as_array().unwrap();
    assert_eq!(found["vtt"], found["srt"]);
    for phrase in ["[bel] Welkom.", "Je kunt altijd stoppen.", "Voel je voeten.", "Tot de volgende keer."] {
        assert_eq!(vtt.iter().filter(|cue| cue[2] == phrase).count(), 1, "{phrase} in {vtt:?}");
    }
    assert_eq!(found["cues.json"]["segments"].as_array().unwrap().len(), vtt.len());
    assert_eq!(found["chapters.json"]["chapters"].as_array().unwrap().len(), 3);
    for page in ["transcript.html", "practice.html", "report.html"] {
        // The report is read by those who make the track, and speaks English.
        assert_eq!(found[page]["language"], if page == "report.html" { "en" } else { "nl" });
        assert_eq!(found[page]["mistakes"], Value::Array(Vec::new()), "{page}");
    }
    assert_eq!(found["waveform.svg"], "{http://www.w3.org/2000/svg}svg");
    let verdict = |id: RowId| &found["report.json"]["checks"]["rows"][id.number() - 1]["verdict"];
    let levels = [RowId::SpeechLoudness, RowId::ProgrammeLoudness, RowId::TruePeak].map(verdict);
    assert_eq!(levels, ["ok", "info", "ok"]);
    assert_eq!(found["rpp"]["regions"], 3);
    assert_eq!(found["rpp"]["tracks"]["bed"], 1);
    assert_eq!(
        found["report.json"]["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|input| input["path"].as_str().unwrap().starts_with("voice/nl/anna/"))
            .count(),
        6
    );
}

#[test]
fn the_checklist_reads_the_tags_of_every_format() {
    let course = published();
    for (ending, _) in formats() {
        let told = course.succeed(&["qc", &format!("out/plek.{ending}"), "--json"]);
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        let row = &told["files"][0]["rows"][RowId::Labels.number() - 1];
        assert_eq!(row["measured"], "a title, 3 chapters", "{ending}: {row}");
    }
}

/// One row of the table of formats for each format, from what was read.
fn table(found: &Value) -> String {
    let planned = chapters(&found["timeline.json"]);
    let length = found["timeline.json"]["frames"].as_f64().unwrap() / 48_000.0;
    let mut table = String::from(
        "| format | reader | length | chapters | title, artist, album | track, disc, year | author | licence | cover |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mark = |fine: bool| if fine { "yes" } else { "–" };
    for (format, _) in formats() {
        for reader in ["ffprobe", "mutagen"] {
            let read = &found[format][reader];
            let tags = &read["tags"];
            let has = |value: &str| {
                tags.as_object()
                    .unwrap()
                    .values()
                    .any(|tag| tag.as_str().is_some_and(|tag| tag.contains(value)))
            };
            let named = |names: &[&str]| names.iter().any(|name| !tags[*name].is_null());
            let numbers = [
                &["track", "tracknumber", "trck", "trkn"][..],
                &["disc", "discnumber", "tpos", "disk"],
                &["date", "tdrc", "tyer", "©day"],
            ];
            let numbers: Vec<_> = numbers.into_iter().map(|names| mark(named(names))).collect();
            let off = read["duration"].as_f64().unwrap() - length;
            let _ = writeln!(
                table,
                "| {format} | {reader} | {} | {} | {} | {} | {} | {} | {} |",
                if off.abs() < 0.000_5 { "exact".to_owned() } else { format!("{:+.0} ms", off * 1_000.0) },
                mark(same_chapters(&read["chapters"], &planned)),
                mark(has("De plek") && has("Anna") && has("Proef")),
                numbers.join(", "),
                mark(named(&["composer", "tcom", "©wrt"])),
                mark(has("CC-BY-4.0")),
                mark(read["cover"] == true),
            );
        }
    }
    table
}

/// Compares a part of docs/formats.md with what it should be, or rewrites it.
fn assert_page(part: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {part} -->\n"), format!("<!-- /{part} -->"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (written, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("ADEM_REWRITE").is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "write it anew: ADEM_REWRITE=1 cargo test --test all publish::the_table");
    }
}

#[test]
fn the_table_of_formats_is_what_the_program_knows_of_them() {
    let mut table = String::from(
        "| name | what it is | usual coding | tags | chapters | cover | media type | rates in Hz |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    // The first name is that of an extension alone, listed beside the format it stands for.
    for name in &Format::NAMES[1..] {
        let format = Format::named(name).unwrap();
        let facts = facts(format);
        let usual = Format::named(format.extension()) == Some(format) && format.extension() != *name;
        let rates = format.rates().map_or("any".to_owned(), |rates| {
            rates.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
        });
        let _ = writeln!(
            table,
            "| `{name}`{} | {} | {} | {} | {} | {} | `{}` | {rates} |",
            if usual { format!(" (`{}`)", format.extension()) } else { String::new() },
            facts.title,
            facts.coding,
            facts.tags.name(),
            facts.chapters,
            if facts.has_cover { "yes" } else { "–" },
            facts.media_type,
        );
    }
    assert_page("formats", &table);
}

#[test]
fn the_table_of_readers_is_what_other_programs_read() {
    if formats().count() < Format::ENDINGS.len() {
        return;
    }
    let course = published();
    let Some(found) = read_by_others(&course.path("out")) else { return };
    assert_page("read", &table(&found));
}

/// Plays each file, seeks into two captions, and sends what is shown there.
const PAGE: &str = r#"<!DOCTYPE html><meta charset="utf-8"><body><script>
const told = [];
const event = (target, name) => new Promise((done, fail) => {
  target.addEventListener(name, done, { once: true });
  target.addEventListener("error", () => fail(new Error(name + ": " + (target.error && target.error.message))), { once: true });
});
async function play(name) {
  const video = document.createElement("video");
  // Some builds lack AAC because of patents.
  if (name.endsWith(".m4a") && !video.canPlayType('audio/mp4; codecs="mp4a.40.2"')) return { name, cannot: true };
  const track = document.createElement("track");
  track.kind = "captions"; track.srclang = "nl"; track.default = true; track.src = "plek.vtt";
  video.append(track); document.body.append(video);
  track.track.mode = "showing";
  const loaded = Promise.all([event(video, "loadedmetadata"), event(track, "load")]);
  video.src = name;
  await loaded;
  const cues = [...track.track.cues];
  const shown = [];
  for (const cue of [cues[1], cues[cues.length - 2]]) {
    const there = event(video, "seeked");
    video.currentTime = cue.startTime + 0.2;
    await there;
    await video.play();
    while (video.currentTime < cue.startTime + 0.4) await new Promise((go) => setTimeout(go, 20));
    shown.push({ wanted: cue.text, shown: [...track.track.activeCues].map((active) => active.text) });
    video.pause();
  }
  return { name, duration: video.duration, cues: cues.length, shown };
}
(async () => {
  try { for (const name of NAMES) told.push(await play(name)); } catch (error) { told.push({ error: String(error) }); }
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });
})();
</script>"#;

#[test]
fn a_browser_plays_mp3_m4a_and_opus_and_shows_the_right_caption_at_the_right_time() {
    let course = Course::new();
    let formats = if cfg!(feature = "mp3") { "mp3,m4a,opus" } else { "m4a,opus" };
    course.succeed(&["render", "2", "--format", formats, "-o", "out/plek"]);
    let names: Vec<_> = formats.split(',').map(|format| format!("plek.{format}")).collect();
    let page = PAGE.replace("NAMES", &serde_json::to_string(&names).unwrap());
    let Some(told) = told_by(&page, &course.path("out")) else { return };
    let told: Vec<Value> = serde_json::from_str(&told).unwrap();
    assert_eq!(told.len(), names.len(), "{told:?}");
    let length = course.plan(&["2"])["frames"].as_f64().unwrap() / 48_000.0;
    for file in told {
        assert!(file["error"].is_null(), "{file}");
        if file["cannot"] == true {
            eprintln!("skipped: this Chromium plays no AAC");
            continue;
        }
        assert!((file["duration"].as_f64().unwrap() - length).abs() < 0.03, "{file} lasts {length}");
        for cue in file["shown"].as_array().unwrap() {
            assert_eq!(cue["shown"], Value::Array(vec![cue["wanted"].clone()]), "{file}");
        }
    }
}

/// The text with what follows a mark on its line replaced.
fn masked(text: String, mark: &str) -> String {
    let Some((before, after)) = text.split_once(mark) else { return text };
    let rest = after.split_once('\n').map_or("", |(_, rest)| rest);
    format!("{before}{mark}…\n{rest}")
}

#[test]
fn captions_and_transcripts_are_those_of_the_snapshots() {
    let course = Course::new();
    for language in ["nl", "en"] {
        course.succeed(&[
            "render",
            "2",
            "--lang",
            language,
            "--all-files",
            "--format",
            "wav",
            "-o",
            &format!("out/{language}"),
        ]);
        for ending in ["vtt", "srt", "transcript.md", "transcript.txt", "chapters.json"] {
            let text = String::from_utf8(course.read(&format!("out/{language}.{ending}"))).unwrap();
            // It changes with every version of the sound.
            let text = masked(text, "NOTE adem-generation:");
            insta::assert_snapshot!(format!("{language}-{ending}"), text);
        }
    }
}

#[test]
fn what_is_read_before_a_track_is_on_its_transcripts_and_practice_sheet() {
    let course = Course::new();
    let pages = ["transcript.md", "transcript.txt", "transcript.html", "practice.html"];
    let files = pages.map(|page| format!("\"{page}\"")).join(", ");
    let publish = format!("[publish]\nfiles = [\"wav\", {files}]\n\n[presets.whole]");
    course.edit("course.toml", "[presets.whole]", &publish);
    let render = |language: &str, name: &str| {
        course.succeed(&["render", "2", "--lang", language, "-o", &format!("out/{name}.wav")]);
        pages.map(|page| String::from_utf8(course.read(&format!("out/{name}.{page}"))).unwrap())
    };
    let bare = render("nl", "bare");
    for page in &bare {
        assert!(!page.contains("Voor je begint"), "{page}");
    }
    let sound = course.read("out/bare.wav");
    let general =
        "languages = [\"nl\", \"en\"]\nbefore = [\"Niet tijdens\\n het *rijden*.\", \"Zet het zacht.\"]";
    course.edit("course.toml", "languages = [\"nl\", \"en\"]", general);
    course.edit("scripts/plek.toml", "title = \"De plek\"", "title = \"De plek\"\nbefore = [\"Ga zitten.\"]");
    let mut po = String::from_utf8(course.read("scripts/po/en.po")).unwrap();
    for (context, text, translation) in [
        ("course:before", "Niet tijdens\\n het *rijden*.", "Not while *driving*."),
        ("course:before", "Zet het zacht.", "Keep it soft."),
        ("plek:before", "Ga zitten.", "Sit down."),
    ] {
        let _ = write!(po, "\nmsgctxt \"{context}\"\nmsgid \"{text}\"\nmsgstr \"{translation}\"\n");
    }
    course.write("scripts/po/en.po", po);
    for (language, heading, texts, first) in [
        ("nl", "Voor je begint", ["Niet tijdens het *rijden*.", "Zet het zacht.", "Ga zitten."], "Aankomen"),
        ("en", "Before you begin", ["Not while *driving*.", "Keep it soft.", "Sit down."], "Arriving"),
    ] {
        let [markdown, text, page, sheet] = render(language, language);
        let [one, two, three] = texts;
        let escaped = one.replace('*', "\\*");
        let block = format!("\n## {heading}\n\n{escaped}\n\n{two}\n\n{three}\n\n## {first}");
        assert!(markdown.contains(&block), "{markdown}");
        assert!(text.contains(&format!("\n{heading}\n\n{one}\n{two}\n{three}\n\n{first}")), "{text}");
        let block = format!(
            "<h2>{heading}</h2>\n<p>{one}</p>\n<p>{two}</p>\n<p>{three}</p>\n<h2 id=\"part-1\">{first}"
        );
        assert!(page.contains(&block), "{page}");
        assert!(sheet.contains(&format!("<h2>{heading}</h2>\n<p>{one} {two} {three}</p>\n")), "{sheet}");
    }
    assert_eq!(course.read("out/nl.wav"), sound, "it is read, never spoken");
}

/// The number after a word in a line of a Reaper project.
fn number(line: &str, word: &str) -> Option<f64> {
    line.trim().strip_prefix(word)?.split_whitespace().next()?.parse().ok()
}

fn frames_of(seconds: f64) -> usize {
    (seconds * 48_000.0).round() as usize
}

fn item_line<'a>(item: &'a str, word: &str) -> &'a str {
    item.lines().find(|line| line.trim().starts_with(word)).unwrap()
}

/// A raised cosine, `at` frames into a fade.
fn raised(at: usize, fade: usize) -> f64 {
    if at >= fade { 1.0 } else { 0.5 - 0.5 * (std::f64::consts::PI * at as f64 / fade as f64).cos() }
}

#[test]
fn the_items_of_a_reaper_project_add_up_to_the_stems() {
    let course = Course::new();
    course.succeed(&["export", "reaper", "2", "-o", "out/reaper"]);
    course.succeed(&["export", "audacity", "2", "-o", "out/audacity"]);
    let project = String::from_utf8(course.read("out/reaper/plek.rpp")).unwrap();
    for (track, stem) in project.split("<TRACK").skip(1).zip(["voice", "cues", "bed"]) {
        let stem = sound::read(&course.read(&format!("out/audacity/stems/{stem}.wav")));
        let mut sum = vec![0f64; stem.planes[0].len()];
        // A duck is compared where it is level.
        let mut level = vec![true; sum.len()];
        for item in track.split("<ITEM").skip(1) {
            let find = |word: &str| item.lines().find_map(|line| number(line, word)).unwrap();
            let file =
                item.lines().find_map(|line| line.trim().strip_prefix("FILE ")).unwrap().trim_matches('"');
            let media = sound::read(&course.read(&format!("out/reaper/{file}")));
            let frames = |word: &str| frames_of(find(word));
            let (start, length, from) = (frames("POSITION"), frames("LENGTH"), frames("SOFFS"));
            let fade = |word: &str| frames_of(number(item_line(item, word), &format!("{word} 5")).unwrap());
            let (fade_in, fade_out) = (fade("FADEIN"), fade("FADEOUT"));
            let points = item.lines().filter_map(|line| line.trim().strip_prefix("PT "));
            let points: Vec<(usize, f64)> = points
                .map(|point| {
                    let numbers: Vec<f64> = point.split(' ').map(|number| number.parse().unwrap()).collect();
                    (frames_of(numbers[0]), numbers[1])
                })
                .collect();
            for frame in 0..length.min(media.planes[0].len().saturating_sub(from)) {
                let next = points.partition_point(|(at, _)| *at <= frame);
                let before = next.checked_sub(1).map_or(1.0, |index| points[index].1);
                let after = points.get(next).map_or(before, |point| point.1);
                level[start + frame] &= (before - after).abs() < 1e-9;
                let gain =
                    before * find("VOLPAN") * raised(frame, fade_in) * raised(length - frame, fade_out);
                sum[start + frame] += f64::from(media.planes[0][from + frame]) * gain;
            }
        }
        // Fades around beats are rounded differently, which affects a few milliseconds of some clips.
        let heard = || sum.iter().zip(&stem.planes[0]).zip(&level).filter(|(_, level)| **level);
        let far = heard().filter(|((sum, sample), _)| (*sum - f64::from(**sample)).abs() > 1e-5);
        assert!(far.count() < 4 * 240, "the items of a track are its stem");
        assert!(heard().any(|((_, sample), _)| sample.abs() > 0.01));
    }
    let labels = String::from_utf8(course.read("out/audacity/labels.txt")).unwrap();
    assert!(labels.lines().all(|line| line.split('\t').count() == 3), "{labels}");
    assert!(labels.contains("\t# Aankomen\n") && labels.contains("plek/welkom: Welkom."), "{labels}");
}

#[test]
fn very_long_titles_and_all_scripts_are_handled() {
    let course = Course::new();
    let title = format!("{} 🌿 \u{202E}שלום «/\\\\:*?<>|»", "Een heel lange titel ".repeat(24));
    assert!(title.chars().count() > 500);
    course.edit(
        "scripts/plek.toml",
        "title = \"De plek\"",
        &format!("title = '''{}'''", title.replace("\\\\", "\\")),
    );
    let run = course.adem(&["render", "2", "--all-files"]);
    assert_eq!(run.code, 0, "{}", run.shown());
    run.assert_no_panic();
    // What Windows, macOS or Linux forbids in names (Microsoft, "Naming Files, Paths, and Namespaces").
    let forbidden = |name: &String| name.chars().any(|c| "<>:\"\\|?*".contains(c) || c.is_control());
    let names = course.files("out");
    assert!(names.len() > 20 && !names.iter().any(forbidden), "{names:?}");
}

#[test]
fn a_cover_that_is_not_a_picture_is_an_error_with_a_remedy_and_leaves_no_files() {
    let course = Course::new();
    course.edit("course.toml", "[presets.whole]", "[publish]\ncover = \"cover.png\"\n\n[presets.whole]");
    let missing = course.adem(&["render", "2", "--format", "flac"]);
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("cover.png does not exist"), "{}", missing.stderr);
    course.write("cover.png", "buy milk");
    let broken = course.adem(&["render", "2", "--format", "flac"]);
    assert_eq!(broken.code, 1);
    for part in
        ["error[bad-cover]: cover.png is neither PNG nor JPEG", "--> course.toml:", "help: save the picture"]
    {
        assert!(broken.stderr.contains(part), "{part}: {}", broken.stderr);
    }
    assert!(!course.has("out"));
    // WAV has no cover, so a broken one does not matter there.
    assert_eq!(course.adem(&["render", "2"]).code, 0);
}

#[test]
fn a_name_that_some_system_cannot_hold_is_wrong_usage() {
    let course = Course::new();
    for (name, why) in
        [("a:b.wav", "':'"), ("NUL.wav", "a device"), ("what?.mp3", "'?'"), ("a\tb.wav", "'\\t'")]
    {
        let run = course.adem(&["render", "2", "-o", &format!("out/{name}")]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains("Windows does not allow") && run.stderr.contains(why), "{}", run.stderr);
    }
    assert!(!course.has("out"));
}

#[test]
fn a_disk_that_fills_up_keeps_the_old_files_and_nothing_else() {
    let course = Course::new();
    course.write("small/old.opus", "old");
    let folder = course.path("small");
    let script = format!(
        "mount -t tmpfs -o size=3m tmpfs {folder} || exit 77; echo old > {folder}/a.opus; \
         {adem} -C {root} render 2 --all-files -o {folder}/a; code=$?; echo left: $(ls -A {folder}) $(cat {folder}/a.opus); exit $code",
        folder = folder.display(),
        adem = env!("CARGO_BIN_EXE_adem"),
        root = course.root().display(),
    );
    let run =
        Command::new("unshare").args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).output();
    let Some(output) = run.ok().filter(|output| !matches!(output.status.code(), Some(1 | 77) | None)) else {
        eprintln!("skipped: no small disk can be made here");
        return;
    };
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("the disk is full"), "{told}");
    let left = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(left.contains("left: a.opus old"), "{left}");
}

#[test]
fn which_files_come_with_a_render_is_one_list() {
    let course = Course::new();
    course.succeed(&["render", "2", "-o", "usual/a.wav"]);
    let usual = [
        "usual/a.chapters.json",
        "usual/a.qc.json",
        "usual/a.timeline.json",
        "usual/a.transcript.md",
        "usual/a.vtt",
        "usual/a.wav",
    ];
    assert_eq!(course.files("usual"), usual);
    course.edit(
        "course.toml",
        "[presets.whole]",
        "[publish]\nfiles = [\"flac\", \"opus\", \"srt\"]\n\n[presets.whole]",
    );
    course.succeed(&["render", "2"]);
    let endings: Vec<_> =
        course.files("out").iter().map(|name| PathBuf::from(name).extension().unwrap().to_owned()).collect();
    assert_eq!(endings, ["flac", "opus", "srt"]);
}

#[test]
fn pages_are_read_on_narrow_screens_by_night_and_by_those_who_do_not_see_them() {
    let course = Course::new();
    let long = "title = \"Verantwoordelijkheidsgevoel-en-hulpvaardigheidsbereidheid\"";
    course.edit("scripts/plek.toml", "title = \"Adem\"", long);
    let files = "\n[publish]\nfiles = [\"wav16\", \"report.html\", \"transcript.html\", \"practice.html\"]\n";
    course.write("course.toml", String::from_utf8(course.read("course.toml")).unwrap() + files);
    course.succeed(&["render", "2", "-o", "out/t.wav"]);
    let report = String::from_utf8(course.read("out/t.report.html")).unwrap();
    assert!(report.contains("<html lang=\"en\"") && report.contains("<h1 lang=\"nl\""), "{report}");
    let frames = course.plan(&["2"])["frames"].as_u64().unwrap();
    let clock = format!("0:{}", (frames + 24_000) / 48_000);
    assert!(
        report.contains(&format!(">{clock}<")) && report.contains(&format!(">{frames}<")),
        "{clock} beside {frames} frames: {report}"
    );
    let pages = ["t.report.html", "t.transcript.html", "t.practice.html"];
    let Some(told) = faults_of_pages(&pages, &course.path("out")) else { return };
    assert_eq!(told.len(), 12);
    assert!(told.iter().any(|(page, _)| page.ends_with("night")), "{told:?}");
    for (page, wrong) in told {
        assert_eq!(wrong, [""; 0], "{page}");
    }
}
