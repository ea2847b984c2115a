//! Beds that follow each other part by part: long crossfades that keep the level and never overlap.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

use support::Course;
use support::sound;

/// A script with these parts, each with its bed and its silence in seconds.
fn script(parts: &[(&str, u32)], cross: u32) -> String {
    let mut text = format!(
        "track = 9\nlanguage = \"nl\"\ntitle = \"Stroom\"\nlevels = [\"full\"]\nhead = 0.5\ntail = 0.5\n\
         bed = {{ use = \"wit\", cross = {cross}, fade_in = 30, fade_out = 3, duck = {{ depth = 0 }} }}\n"
    );
    for (bed, seconds) in parts {
        let lines =
            format!("title = \"Deel\"\nbed = \"{bed}\"\nsteps = [{{ pause = {{ fixed = {seconds} }} }}]\n");
        text.extend(["\n[[part]]\n", &lines]);
    }
    text
}

fn course(parts: &[(&str, u32)], cross: u32) -> Course {
    let course = Course::new();
    for (name, generate) in [("wit", "white"), ("roze", "pink"), ("bruin", "brown"), ("zee", "sea")] {
        let text = format!(
            "title = \"{name}\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\ngenerate = \"{generate}\"\n"
        );
        course.write(&format!("ambience/{name}.toml"), text);
    }
    course.write("scripts/stroom.toml", script(parts, cross));
    course
}

/// Start and length of the beds of a plan, in frames.
fn beds(course: &Course) -> Vec<(u64, u64)> {
    let plan = course.plan(&["9", "--length", "natural"]);
    let events = plan["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "bed");
    events.map(|event| (event["start"].as_u64().unwrap(), event["frames"].as_u64().unwrap())).collect()
}

#[test]
fn a_crossfade_is_centred_on_its_border_and_has_the_length_of_its_settings() {
    let beds = beds(&course(&[("wit", 60), ("roze", 60), ("zee", 60)], 20));
    assert_eq!(beds.len(), 3);
    for pair in beds.windows(2) {
        assert_eq!(pair[0].0 + pair[0].1 - pair[1].0, 20 * 48_000);
    }
    // The first part includes the head of half a second.
    assert_eq!(beds[1].0, 50 * 48_000 + 24_000);
}

#[test]
fn crossfades_never_overlap_however_short_a_part_is() {
    let beds = beds(&course(&[("wit", 30), ("roze", 4), ("bruin", 9), ("zee", 1), ("wit", 30)], 20));
    assert_eq!(beds.len(), 5);
    let overlaps: Vec<u64> = beds.windows(2).map(|pair| pair[0].0 + pair[0].1 - pair[1].0).collect();
    assert_eq!(overlaps, [4, 4, 1, 1].map(|seconds: u64| seconds * 48_000));
    for three in beds.windows(3) {
        assert!(three[0].0 + three[0].1 <= three[2].0, "three beds at once");
    }
}

#[test]
fn the_level_stays_through_a_crossfade() {
    let course = course(&[("wit", 16), ("roze", 16), ("bruin", 16)], 12);
    course.succeed(&[
        "render", "9", "--length", "natural", "--format", "wav32f", "--mix", "bed", "-o", "bed.wav",
    ]);
    let bed = sound::read(&course.read("bed.wav"));
    // The fade-in of half a minute is shortened for the crossfade; after it the level is constant. Without a voice, the
    // whole file is brought to the loudness of such versions.
    let mut first = None;
    for second in (12..44).step_by(3) {
        let cut = |plane: &Vec<f32>| plane[second * 48_000..(second + 3) * 48_000].to_vec();
        let piece =
            sound::Sound { rate: bed.rate, bits: bed.bits, planes: bed.planes.iter().map(cut).collect() };
        let loudness = piece.integrated();
        let first = *first.get_or_insert(loudness);
        assert!((loudness - first).abs() < 1.5, "{second} s: {loudness} LUFS after {first}");
    }
}
