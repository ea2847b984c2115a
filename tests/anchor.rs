//! The voice is the anchor of levels: neither pauses nor beds change its level.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use support::Course;
use support::sound::{self, Sound};

const BED: &str = "bed = { use = \"bruis\", fade_in = 1, fade_out = 1 }";
const PAUSES: [(&str, u32); 4] = [("welkom", 2), ("vrij", 1), ("voeten", 2), ("in-uit", 1)];

/// Renders the small course with longer pauses and another bed. Returns the level of each phrase in the voice stem, in dBFS,
/// and the loudness of the stem.
fn voice(times: u32, bed: &str) -> (Vec<f64>, f64) {
    let course = Course::new();
    course.edit("scripts/plek.toml", BED, bed);
    let mut script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    for (id, pause) in PAUSES {
        let line = script.lines().find(|line| line.contains(&format!("id = \"{id}\""))).unwrap().to_owned();
        let longer = line.replace(&format!("pause = {pause}"), &format!("pause = {}", pause * times));
        assert!(times == 1 || longer != line, "{line}");
        script = script.replace(&line, &longer);
    }
    course.write("scripts/plek.toml", script);
    let render = ["render", "2", "--length", "natural", "--format", "wav32f", "-o", "t.wav", "--stems", "s"];
    course.succeed(&render);
    let plan = course.plan(&["2", "--length", "natural"]);
    let stem = sound::read(&course.read("s/voice.wav"));
    (levels(&plan, &stem), stem.integrated())
}

fn levels(plan: &serde_json::Value, stem: &Sound) -> Vec<f64> {
    let phrases = plan["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "phrase");
    phrases
        .map(|event| {
            let (start, frames) = (event["start"].as_u64().unwrap(), event["frames"].as_u64().unwrap());
            stem.level(start, start + frames.min(40_000))
        })
        .collect()
}

#[test]
fn neither_pauses_nor_beds_change_the_level_of_the_voice() {
    let (usual, loudness) = voice(1, BED);
    assert!((loudness + 18.0).abs() < 0.3, "{loudness} LUFS");
    let under = |under: u32| format!("bed = {{ use = \"bruis\", under = {under} }}");
    // Beds at -26, -36 and -58 LUFS, one at -60 or less, and none.
    let beds = [under(8), under(18), under(40), "bed = { use = \"bruis\", gain = -60 }".to_owned()];
    let others =
        [(3, BED.to_owned()), (10, BED.to_owned()), (10, under(8)), (3, "bed = \"none\"".to_owned())];
    for (times, bed) in beds.into_iter().map(|bed| (1, bed)).chain(others) {
        let (levels, heard) = voice(times, &bed);
        assert_eq!(levels.len(), usual.len());
        for (level, usual) in levels.iter().zip(&usual) {
            assert!((level - usual).abs() <= 0.05, "pauses x{times}, {bed}: {level} dBFS instead of {usual}");
        }
        // A meter counts blocks from the start of a file, so its reading changes slightly when phrases move.
        assert!((heard - loudness).abs() <= 0.1, "pauses x{times}, {bed}: {heard} LUFS, not {loudness}");
    }
}

#[test]
fn an_accessible_preset_keeps_every_phrase_20_db_over_the_bed() {
    for bed in ["bruis", "regen"] {
        let course = Course::new();
        course.edit("scripts/plek.toml", BED, &format!("bed = {{ use = \"{bed}\", under = 8 }}"));
        course.edit(
            "course.toml",
            "[presets.whole]",
            "[presets.clear]\naccessible = true\n\n[presets.whole]",
        );
        let version = ["2", "--preset", "clear"];
        course.succeed(
            &[&["render"], &version[..], &["--format", "wav32f", "-o", "t.wav", "--stems", "s"]].concat(),
        );
        let stem = |name: &str| sound::read(&course.read(&format!("s/{name}.wav")));
        let (voice, bed_stem) = (stem("voice"), stem("bed"));
        let plan = course.plan(&version);
        for event in plan["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "phrase") {
            let start = event["start"].as_u64().unwrap();
            let end = start + event["frames"].as_u64().unwrap();
            let over = voice.level(start, end) - bed_stem.level(start, end);
            assert!(over >= 20.0, "{bed}, {}: {over} dB", event["id"]);
        }
    }
}

/// The level of each tenth of a second of a voice mix, in dBFS, and the longest digital silence in it, in frames.
fn gaps(course: &Course) -> (Vec<f64>, usize) {
    let render = ["render", "2", "--mix", "voice", "--format", "wav32f", "-o", "-"];
    let mix = sound::read(&course.succeed(&render).stdout);
    let tenths = (48_000..mix.frames() - 120_000).step_by(4_800).map(|from| mix.level(from, from + 4_800));
    let inside = &mix.planes[0][4_800..mix.planes[0].len() - 4_800];
    let silent = inside.split(|sample| *sample != 0.0).map(<[f32]>::len).max().unwrap();
    (tenths.collect(), silent)
}

#[test]
fn the_gaps_of_a_voice_have_generated_or_recorded_room_tone_or_none() {
    let course = Course::new();
    let voice = String::from_utf8(course.read("voice/nl/anna/voice.toml")).unwrap();
    let quiet = |levels: &[f64]| levels.iter().copied().filter(|level| *level < -60.0).collect::<Vec<_>>();
    for recorded in [false, true] {
        if recorded {
            course.sound("voice/nl/anna/room-tone.wav", "noise 5");
        }
        let (levels, silent) = gaps(&course);
        let quiet = quiet(&levels);
        assert!(silent < 8, "{silent} frames of digital silence");
        assert!(quiet.len() > 50 && quiet.iter().all(|level| (-76.0..-64.0).contains(level)), "{quiet:?}");
    }
    course.write("voice/nl/anna/voice.toml", format!("{voice}chain = {{ room = false }}\n"));
    assert!(gaps(&course).1 > 4_800, "no room was wanted");
    course.write("voice/nl/anna/voice.toml", format!("{voice}chain = \"off\"\n"));
    assert!(gaps(&course).1 > 4_800, "a chain that is off adds nothing");
    course.write("voice/nl/anna/voice.toml", voice);
    course.sound("voice/nl/anna/room-tone.wav", "noise 1");
    let run = course.adem(&["plan", "2"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("room-tone.wav is shorter than 2s"), "{}", run.stderr);
}

/// A room that is recorded passes the same stages as the clips, so that its hum does not stay where theirs went.
#[test]
fn a_recorded_room_loses_its_hum_where_the_clips_do() {
    let course = Course::new();
    let voice = String::from_utf8(course.read("voice/nl/anna/voice.toml")).unwrap();
    let mut room = sound::read(&sound::named("noise 5")).planes.remove(0);
    let turn = |hz: f32, n: usize| std::f32::consts::TAU * hz * n as f32 / 48_000.0;
    let loudest = room.iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
    for (n, sample) in room.iter_mut().enumerate() {
        *sample += loudest * [50.02, 100.04, 150.06].map(|hz| turn(hz, n).sin()).iter().sum::<f32>();
    }
    course.write(
        "voice/nl/anna/room-tone.wav",
        sound::wav(&[room.iter().map(|x| x * 0.2).collect()], 48_000, 24),
    );
    let share = |hum: bool| {
        course.write("voice/nl/anna/voice.toml", format!("{voice}chain = {{ hum = {hum} }}\n"));
        let render = ["render", "2", "--mix", "voice", "--format", "wav32f", "-o", "-"];
        let mix = sound::read(&course.succeed(&render).stdout);
        let level = |piece: &&[f32]| piece.iter().map(|x| x * x).sum::<f32>() / 9_600.0;
        let pieces = mix.planes[0][48_000..mix.frames() as usize - 120_000].chunks_exact(9_600);
        let quietest = pieces.min_by(|a, b| level(a).total_cmp(&level(b))).unwrap();
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (n, sample) in quietest.iter().enumerate() {
            sine += sample * turn(150.06, n).sin();
            cosine += sample * turn(150.06, n).cos();
        }
        // The power of this line in that of the whole.
        2.0 * (sine * sine + cosine * cosine) / 9_600.0 / 9_600.0 / level(&quietest)
    };
    let (before, after) = (share(false), share(true));
    assert!(before > 0.1 && after < before / 30.0, "{before} {after}");
}
