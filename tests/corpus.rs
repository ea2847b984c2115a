//! What fuzzers and people have found, in small files: none of it panics or goes on without end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::path::Path;

/// The most bytes of one file.
const MOST: usize = 4 << 10;

fn each(folder: &str, test: fn(&[u8])) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert!(bytes.len() <= MOST, "{} is too large", file.display());
        println!("{}", file.display());
        test(&bytes);
    }
}

#[test]
fn recordings() {
    fuzz::quietly();
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
