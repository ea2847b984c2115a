//! What fuzzers and people have found, in small files: none of it panics or goes on without end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout)] // the bytes that were found

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::path::Path;

/// The most bytes of one file.
const MOST: usize = 4 << 10;

fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|file| (file.display().to_string(), std::fs::read(file).unwrap())).collect()
}

/// Runs every file, and mutations of them: 300, or as many as `ADEM_FUZZ` says. The bytes of one that panics are printed.
fn each(folder: &str, test: fn(&[u8])) {
    fuzz::quietly();
    let files = corpus(folder);
    for (name, bytes) in &files {
        assert!(bytes.len() <= MOST, "{name} is too large");
        run(name, bytes, test);
    }
    let rounds = std::env::var("ADEM_FUZZ").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(300);
    let seed = std::env::var("ADEM_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_127);
    let mut random = Random(seed);
    for _ in 0..rounds {
        let (name, bytes) = &files[random.below(files.len())];
        let (_, other) = &files[random.below(files.len())];
        let mut bytes = bytes.clone();
        for _ in 0..=random.below(8) {
            mutate(&mut bytes, other, &mut random);
        }
        bytes.truncate(MOST);
        run(&format!("{name}, mutated"), &bytes, test);
    }
}

fn run(name: &str, bytes: &[u8], test: fn(&[u8])) {
    let done = std::panic::catch_unwind(|| test(bytes));
    let why = done.err().map(|why| {
        let text = why.downcast_ref::<String>().cloned();
        text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    });
    if let Some(why) = why {
        println!("{name}: {why}\n{bytes:02x?}");
        panic!("{name}: {why}");
    }
}

/// Random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most.max(1)
    }
}

/// One change, as fuzzers make them.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const ODD: [u8; 16] =
        [0, 1, 0x7f, 0x80, 0xff, b'"', b'\n', b'\r', b'\\', b'#', b'~', b'[', b'{', b'=', 0xef, 0xfe];
    if bytes.is_empty() {
        bytes.push(0);
    }
    let at = random.below(bytes.len());
    let end = (at + 1 + random.below(16)).min(bytes.len());
    match random.below(8) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = ODD[random.below(ODD.len())],
        2 => bytes.insert(at, ODD[random.below(ODD.len())]),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        5 => bytes[at..end].fill(ODD[random.below(5)]),
        6 => bytes.truncate(at + 1),
        _ => {
            let from = random.below(other.len());
            let piece = &other[from..(from + 64).min(other.len())];
            let to = (at + piece.len()).min(bytes.len());
            bytes.splice(at..to, piece.iter().copied());
        }
    }
}

#[test]
fn recordings() {
    each("decode", fuzz::decode);
}

#[test]
fn toml_files() {
    each("script", fuzz::script);
}

#[test]
fn po_files() {
    each("po", fuzz::po);
}
