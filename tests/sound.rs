//! The sound of renders: track 1 of this repository in both languages, measured by outside meters, and beds with known
//! gains.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use crate::support;

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use support::Course;
use support::program::Program;
use support::sound::{self, Sound};

/// Track 1 in one language, at its least length.
struct Track {
    plan: Value,
    bytes: Vec<u8>,
    mix: Sound,
    voice: Sound,
    bed: Sound,
}

/// Both languages, rendered once for all tests.
static TRACKS: LazyLock<[Track; 2]> = LazyLock::new(|| ["nl", "en"].map(Track::render));

impl Track {
    fn render(language: &str) -> Self {
        let folder = Course::empty();
        let course = env!("CARGO_MANIFEST_DIR");
        let run = |arguments: &[&str]| {
            // A bed that is as loud everywhere: the recorded one has birds.
            let version =
                ["-C", course, arguments[0], "1", "--lang", language, "--length", "3m", "--bed", "regen"];
            let program = Program::new(folder.root(), &[&version, &arguments[1..]].concat());
            let run = program.run();
            assert_eq!(run.code, 0, "{}", run.stderr);
            run
        };
        run(&["render", "--format", "wav32f", "-o", "track.wav", "--stems", "stems"]);
        let bytes = folder.read("track.wav");
        let stem = |name: &str| sound::read(&folder.read(&format!("stems/{name}.wav")));
        let (voice, bed) = (stem("voice"), stem("bed"));
        let plan = serde_json::from_slice(&run(&["plan", "--json"]).stdout).unwrap();
        Self { plan, mix: sound::read(&bytes), bytes, voice, bed }
    }

    fn rate(&self) -> u64 {
        self.plan["rate"].as_u64().unwrap()
    }

    fn frames(&self) -> u64 {
        self.plan["frames"].as_u64().unwrap()
    }

    /// Start and end of the events of a kind, with the event.
    fn events(&self, kind: &str) -> Vec<(u64, u64, &Value)> {
        let events = self.plan["events"].as_array().unwrap().iter().filter(|event| event["kind"] == kind);
        events
            .map(|event| {
                let (start, end) = span(event);
                (start, end, event)
            })
            .collect()
    }

    /// Where the voice sounds: every phrase, or its beats if it is split.
    fn pieces(&self) -> Vec<(u64, u64)> {
        let phrases = self.events("phrase").into_iter();
        phrases
            .flat_map(|(start, end, event)| match event["beats"].as_array() {
                Some(beats) => beats.iter().map(span).collect(),
                None => vec![(start, end)],
            })
            .collect()
    }

    /// The gaps of the voice, from the start to the end.
    fn silences(&self) -> Vec<(u64, u64)> {
        let pieces = self.pieces();
        let starts = std::iter::once(0).chain(pieces.iter().map(|piece| piece.1));
        let ends = pieces.iter().map(|piece| piece.0).chain([self.frames()]);
        starts.zip(ends).filter(|(start, end)| start < end).collect()
    }
}

fn span(event: &Value) -> (u64, u64) {
    let start = event["start"].as_u64().unwrap();
    (start, start + event["frames"].as_u64().unwrap())
}

#[test]
fn every_file_has_the_planned_number_of_frames() {
    for track in &*TRACKS {
        for sound in [&track.mix, &track.voice, &track.bed] {
            assert_eq!((sound.frames(), u64::from(sound.rate)), (track.frames(), track.rate()));
        }
    }
}

#[test]
fn the_voice_is_at_its_anchor_and_the_mix_under_its_ceiling() {
    for track in &*TRACKS {
        let voice = track.voice.integrated();
        assert!((voice + 18.0).abs() < 0.3, "{voice} LUFS");
        let peak = track.mix.true_peak();
        assert!(peak < -2.0 + 0.05, "{peak} dBTP");
    }
}

#[test]
fn another_program_reads_the_same_frames_levels_and_peaks() {
    for track in &*TRACKS {
        let Some(decoded) = ffmpeg(&track.bytes, &["-f", "f32le", "-"]) else { return };
        assert_eq!(decoded.0.len() as u64, track.frames() * 8, "two channels of four bytes");
        let samples =
            |bytes: &[u8]| bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        let decoded: Vec<f32> = samples(&decoded.0);
        assert!(decoded.iter().step_by(2).eq(&track.mix.planes[0]), "the same samples");
        let (_, told) =
            ffmpeg(&track.bytes, &["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]).unwrap();
        let number = |name: &str| -> f64 {
            let rest = told.rsplit_once(name).unwrap_or_else(|| panic!("{told}")).1;
            rest.split_whitespace().next().unwrap().parse().unwrap()
        };
        assert!(number("Peak:") <= -1.9, "{told}");
        assert!((number("I:") - track.mix.integrated()).abs() < 0.15, "{told}");
    }
}

/// The output of ffmpeg for a file, stdout and stderr; prints a line and returns `None` without ffmpeg.
fn ffmpeg(bytes: &[u8], arguments: &[&str]) -> Option<(Vec<u8>, String)> {
    let folder = Course::empty();
    folder.write("in.wav", bytes);
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-i"])
        .arg(folder.path("in.wav"))
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => Some((output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())),
        Err(error) => {
            eprintln!("skipped: no ffmpeg ({error})");
            None
        }
    }
}

#[test]
fn every_phrase_sounds_where_the_timeline_says_and_nowhere_else() {
    for track in &*TRACKS {
        assert!(track.pieces().len() > 15);
        for (start, end) in track.pieces() {
            let level = track.voice.level(start, end);
            assert!(level > -36.0, "from {start} to {end}: {level} dBFS");
        }
        for (start, end) in track.silences() {
            let level = track.voice.level(start, end);
            assert!(level < -60.0, "from {start} to {end}: {level} dBFS");
        }
    }
}

#[test]
fn no_mix_with_a_bed_is_ever_digitally_silent() {
    for track in &*TRACKS {
        let [left, right] = &track.mix.planes[..] else { panic!("two channels") };
        let silent = |frame: &usize| left[*frame] == 0.0 && right[*frame] == 0.0;
        let first = (0..left.len()).find(|frame| !silent(frame)).unwrap();
        let last = (0..left.len()).rfind(|frame| !silent(frame)).unwrap();
        assert!(first < 480 && last + 480 > left.len(), "the bed is there from the start to the end");
        let mut run = 0;
        for frame in first..last {
            run = if silent(&frame) { run + 1 } else { 0 };
            assert!(run < 16, "digital silence at frame {frame}");
        }
    }
}

#[test]
fn speech_on_a_grid_begins_when_the_breath_turns() {
    for track in &*TRACKS {
        let mut found = 0;
        let rate = track.rate();
        let turns: Vec<u64> = track.events("breath").iter().map(|breath| breath.0).collect();
        for (start, end, event) in track.events("phrase") {
            let Some(beats) = event["beats"].as_array() else { continue };
            for beat in beats {
                let (from, to) = span(beat);
                let onset = onset(&track.voice, from, to);
                let turn = *turns.iter().min_by_key(|turn| turn.abs_diff(onset)).unwrap();
                let late = (onset as f64 - turn as f64) / rate as f64;
                assert!(late.abs() <= 0.015, "{}: {late} s after the turn", event["id"]);
                found += 1;
            }
            assert!(end > start);
        }
        assert!(found >= 6, "there are beats to look at");
    }
}

/// Where sound starts: the first 2 ms within 45 dB of the loudest 2 ms, so that a soft m or n counts, with the 4 ms after
/// them, so that a single swing of the room tone does not.
fn onset(voice: &Sound, from: u64, to: u64) -> u64 {
    let hop = u64::from(voice.rate) / 500;
    let levels: Vec<f64> =
        (from..to - hop).step_by(hop as usize).map(|at| voice.level(at, at + hop)).collect();
    let loudest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let first =
        levels.windows(3).position(|three| three.iter().all(|level| *level > loudest - 45.0)).unwrap();
    from + first as u64 * hop
}

#[test]
fn the_bed_is_as_far_below_the_voice_as_the_script_says() {
    for track in &*TRACKS {
        let rate = track.rate();
        // Long silences, without the rise and the fall of the bed.
        let silences =
            track.silences().into_iter().map(|(start, end)| (start + 5 * rate, end.saturating_sub(3 * rate)));
        let open: Vec<_> = silences
            .filter(|(start, end)| start + 3 * rate < *end && *end < track.frames() - 10 * rate)
            .collect();
        assert!(!open.is_empty(), "there is a long silence");
        let silent = excerpts(&track.bed, &open).integrated();
        assert!((silent + 32.0).abs() < 1.0, "14 LU under -18 LUFS: {silent}");
        let speaking = excerpts(&track.bed, &track.pieces()).integrated();
        assert!((speaking + 38.0).abs() < 1.0, "20 LU under -18 LUFS: {speaking}");
    }
}

/// Sections of a sound, joined.
fn excerpts(sound: &Sound, spans: &[(u64, u64)]) -> Sound {
    let cut = |plane: &Vec<f32>| {
        spans.iter().flat_map(|(from, to)| &plane[*from as usize..*to as usize]).copied().collect()
    };
    Sound { rate: sound.rate, bits: sound.bits, planes: sound.planes.iter().map(cut).collect() }
}

/// The small course with other bed settings.
fn bed_with(settings: &str) -> (Course, Sound) {
    let course = Course::new();
    course.edit("scripts/plek.toml", "use = \"bruis\", fade_in = 1, fade_out = 1", settings);
    course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", "id = \"voeten\", pause = 30");
    let bed = course.succeed(&["render", "2", "--format", "wav32f", "--mix", "bed", "-o", "-"]);
    (course, sound::read(&bed.stdout))
}

#[test]
fn a_duck_has_the_depth_length_and_lead_of_its_settings() {
    let settings = "use = \"bruis\", fade_in = 0, fade_out = 0, gain = -20";
    let (course, plain) = bed_with(&format!("{settings}, duck = {{ depth = 0 }}"));
    let (_, ducked) =
        bed_with(&format!("{settings}, duck = {{ lead = 1, fall = 0.5, hold = 3, rise = 2, depth = 9 }}"));
    let gain = |frame: u64| {
        let index = frame as usize;
        20.0 * f64::from(ducked.planes[0][index] / plain.planes[0][index]).log10()
    };
    let plan = course.plan(&["2"]);
    let phrases: Vec<_> = plan["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == "phrase")
        .map(span)
        .collect();
    let second = 48_000;
    let near = |at: u64, wanted: f64| {
        assert!((gain(at) - wanted).abs() < 0.01, "{} dB at {at}, not {wanted}", gain(at));
    };
    for (start, end) in &phrases {
        near(*start, -9.0);
        near((start + end) / 2, -9.0);
        near(end - 1, -9.0);
    }
    // The pauses between the first three phrases are within the hold; thirty seconds of silence follow.
    for pair in phrases[..3].windows(2) {
        near(pair[0].1.midpoint(pair[1].0), -9.0);
    }
    let (silence, next) = (phrases[2].1, phrases[3].0);
    near(silence + 2 * second, 0.0);
    near(silence + second, -4.5);
    near(next - second, 0.0);
    near(next - second * 3 / 4, -4.5);
    near(next - second / 2, -9.0);
}

#[test]
fn a_loop_has_no_audible_seam() {
    let settings = "use = \"lus\", fade_in = 0, fade_out = 0, gain = 0, duck = { depth = 0 }";
    let (_, bed) = bed_with(settings);
    // Five seconds with a crossfade of one second repeat every four seconds.
    let (unit, tenth) = (4 * 48_000, 4_800);
    let whole = bed.level(0, bed.frames());
    let sharp = |from: u64, to: u64| {
        let steps = |plane: &Vec<f32>| {
            plane[from as usize..to as usize].windows(2).map(|s| (s[1] - s[0]).abs()).fold(0.0, f32::max)
        };
        bed.planes.iter().map(steps).fold(0.0, f32::max)
    };
    let sharpest = sharp(2 * tenth, unit - 2 * tenth);
    let bright = |from: u64, to: u64| {
        let difference = |plane: &Vec<f32>| plane.windows(2).map(|s| s[1] - s[0]).collect();
        let planes =
            bed.planes.iter().map(|plane| plane[from as usize..to as usize].to_vec()).collect::<Vec<_>>();
        let planes: Vec<Vec<f32>> = planes.iter().map(difference).collect();
        let frames = planes[0].len() as u64;
        Sound { rate: bed.rate, bits: bed.bits, planes }.level(0, frames)
    };
    let brightness = bright(0, bed.frames());
    let seams = (1..bed.frames() / unit).map(|count| count * unit);
    assert!(seams.clone().count() >= 8);
    for seam in seams {
        // Before the seam, across it, and through the crossfade after it.
        for from in (seam - 2 * tenth..seam + unit / 4).step_by(tenth as usize) {
            let (level, tone) = (bed.level(from, from + tenth), bright(from, from + tenth));
            assert!((level - whole).abs() < 0.7, "{level} dBFS at {from}, elsewhere {whole}");
            assert!((tone - brightness).abs() < 0.7, "as bright as elsewhere at {from}: {tone} {brightness}");
            assert!(sharp(from, from + tenth) < 1.5 * sharpest, "no click at {from}");
        }
    }
}
