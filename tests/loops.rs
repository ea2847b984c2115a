//! Recordings looped without a given crossfade, including real ones where `ADEM_TEST_AUDIO` is set.

use crate::support;

use support::sound::{self, Sound};
use support::{Course, recordings};

/// The bed alone, of the small course with this length in minutes.
fn bed(file: &str, bytes: &[u8], minutes: u32, crossfade: &str) -> Sound {
    let course = Course::new();
    course.write(&format!("ambience/{file}"), bytes);
    let layer = format!(
        "title = \"B\"\ncredit = \"b\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\nfile = \"{file}\"\n{crossfade}"
    );
    course.write("ambience/lus.toml", layer);
    let settings = "use = \"lus\", fade_in = 0, fade_out = 0, gain = 0, duck = { depth = 0 }";
    course.edit("scripts/plek.toml", "use = \"bruis\", fade_in = 1, fade_out = 1", settings);
    let pause = format!("id = \"voeten\", pause = \"{minutes}m\"");
    course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", &pause);
    let render = ["render", "2", "--length", "natural", "--format", "wav32f", "--mix", "bed", "-o", "-"];
    sound::read(&course.succeed(&render).stdout)
}

/// The largest step between two samples of each tenth of a second, relative to the typical one around it.
fn clicks(bed: &Sound) -> f32 {
    let plane = &bed.planes[0];
    let steps: Vec<f32> = plane
        .chunks(480)
        .map(|part| part.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max))
        .collect();
    steps
        .windows(21)
        .map(|around| {
            let mut usual = around.to_vec();
            usual.sort_by(f32::total_cmp);
            around[10] / usual[18].max(1e-4)
        })
        .fold(0.0, f32::max)
}

/// The mean power of each hundredth of a second of the left channel.
fn powers(bed: &Sound) -> Vec<f64> {
    let mean = |hop: &[f32]| hop.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 480.0;
    bed.planes[0].chunks_exact(480).map(mean).collect()
}

/// The level in dB of sliding windows of this many hundredths of a second, a hundredth apart.
fn sliding_levels(powers: &[f64], length: usize) -> Vec<f64> {
    let level = |part: &[f64]| 10.0 * (part.iter().sum::<f64>() / length as f64).max(1e-14).log10();
    powers.windows(length).map(level).collect()
}

/// The largest change of level between neighbouring windows of 0.4 s.
fn jump(powers: &[f64]) -> f64 {
    let levels = sliding_levels(powers, 40);
    levels.iter().zip(&levels[40..]).map(|(one, next)| (next - one).abs()).fold(0.0, f64::max)
}

/// The highest autocorrelation of the levels of tenths of a second at lags of ten seconds or more; 1 for a repetition.
fn similarity(powers: &[f64]) -> f64 {
    let levels: Vec<f64> = sliding_levels(powers, 10).into_iter().step_by(10).collect();
    let mean = levels.iter().sum::<f64>() / levels.len() as f64;
    let like = |lag: usize| -> f64 {
        let pairs = levels.iter().zip(&levels[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / (levels.len() - lag) as f64
    };
    let own = like(0);
    (100..levels.len() / 2).map(|lag| like(lag) / own).fold(0.0, f64::max)
}

#[test]
fn a_recording_without_a_given_crossfade_loops_without_a_seam() {
    let bed = bed("lus.wav", &sound::named("noise 20"), 2, "");
    let whole = bed.level(0, bed.frames());
    for from in (0..bed.frames() - 24_000).step_by(24_000) {
        let level = bed.level(from, from + 24_000);
        assert!((level - whole).abs() < 0.5, "{level} dBFS at {from}, elsewhere {whole}");
    }
    assert!(clicks(&bed) < 1.5);
    // No two passes of the loop have the same length, so the sound differs from that of one pass ago.
    let plane = &bed.planes[0];
    let same = |lag: usize| {
        let pairs = plane[lag..].iter().zip(plane).take(480_000);
        pairs.map(|(a, b)| f64::from(a * b)).sum::<f64>()
    };
    assert!(same(0) > 0.0 && bed.planes[0] != bed.planes[1]);
}

#[test]
fn any_rate_any_length_and_one_channel_will_do() {
    for (name, file) in
        [("speech 9", "lus.wav"), ("192k", "lus.wav"), ("8-bit", "lus.wav"), ("tone 7", "lus.wav")]
    {
        let bed = bed(file, &sound::named(name), 1, "");
        assert!(bed.planes[0] == bed.planes[1], "{name}: mono on both sides");
        assert!(bed.frames() > 60 * 48_000);
    }
}

#[test]
fn real_recordings_loop_without_a_click_or_a_jump() {
    for file in recordings("ambience", &["ogg"]).into_iter().step_by(2) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let (looped, plain) = (bed(name, &bytes, 3, ""), bed(name, &bytes, 3, "crossfade = 2\n"));
        let (steps, own) = (clicks(&looped), clicks(&plain));
        // Fire and drops have steps of their own; the joins add none.
        assert!(steps < 1.5 * own, "{name}: steps of {steps} times the usual, in the recording {own}");
        let (looped, plain) = (powers(&looped), powers(&plain));
        let (change, own) = (jump(&looped), jump(&plain));
        assert!(change < own + 1.5, "{name}: the level jumps by {change} dB, in the recording by {own}");
        // What returns within these three minutes returns along another path.
        let (looped_similarity, plain_similarity) = (similarity(&looped), similarity(&plain));
        assert!(
            plain_similarity < 0.7 || looped_similarity < 0.8 * plain_similarity,
            "{name}: similarity {looped_similarity}, of a plain loop {plain_similarity}"
        );
        let drift = sliding_levels(&looped, 3_000).into_iter().step_by(3_000).collect::<Vec<_>>();
        let last = drift[drift.len() / 2..].iter().sum::<f64>() / drift[drift.len() / 2..].len() as f64;
        let first = drift[..drift.len() / 2].iter().sum::<f64>() / (drift.len() / 2) as f64;
        assert!((last - first).abs() < 2.0, "{name}: {first} dB in the first half, {last} in the second");
    }
}
