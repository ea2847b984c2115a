//! Renders have the same bytes with one thread or many, with a cache or without.

use crate::support;

use support::Course;

/// The small course with every kind of sound: rain, a loop at another rate, clips, a recorded bell, a bowl, breaths, a
/// crossfade to a second bed, and a length of more than ten windows.
fn course() -> Course {
    let course = Course::new();
    course.edit("scripts/plek.toml", "use = \"bruis\"", "use = \"alles\"");
    course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", "id = \"voeten\", pause = 30");
    course.edit(
        "scripts/plek.toml",
        "{ bell = \"tik\" },",
        "{ bell = \"tik\" }, { bell = \"schaal\", over = true },",
    );
    course.edit("scripts/plek.toml", "use = \"slot\"", "use = \"slot\"\nbed = \"bruis\"");
    course.write(
        "ambience/alles.toml",
        "title = \"Alles\"\ncredit = \"adem\"\nlicence = \"CC0-1.0\"\n\n[[layer]]\ngenerate = \"rain\"\n\n\
         [[layer]]\nfile = \"lus.wav\"\ncrossfade = 1\ngain = -3\n",
    );
    course
}

#[test]
fn the_bytes_depend_neither_on_threads_nor_on_the_cache() {
    let course = course();
    for (what, version) in [
        ("16 bits with dither", &["--format", "wav16"][..]),
        ("another rate, and the whole file measured", &["--rate", "44100", "--preset", "whole"]),
    ] {
        let mut first: Option<Vec<u8>> = None;
        for threads in ["1", "5"] {
            // The cache is off, or filled by one thread and read by several.
            let kept = course.path(&format!("cache-{}", version.len()));
            for cache in ["off".as_ref(), kept.as_os_str()] {
                let run = course
                    .program(&[&["render", "2", "-o", "-"], version].concat())
                    .env("RAYON_NUM_THREADS", threads)
                    .env("ADEM_CACHE", cache)
                    .run();
                assert_eq!(run.code, 0, "{}", run.stderr);
                let first = first.get_or_insert_with(|| run.stdout.clone());
                assert!(*first == run.stdout, "{what}: {threads} threads, cache {}", cache.display());
            }
        }
        assert!(first.unwrap().len() > 10 * 262_144 * 4, "more than ten windows");
    }
}
