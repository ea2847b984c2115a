//! Many chapters with long titles, as adem and another program read them in every format.

use std::io::Cursor;
use std::process::Command;

use super::tests_sound::{planes, sample_tags, spec, there};
use super::{built_with, missed_chapters, track_writer};
use crate::decode::tags::Labels;
use crate::delivery::format::Format;
use crate::export::Tags;
use crate::layout::Chapter;
use crate::unit::Position;

const COUNT: usize = 300;
/// Opus knows it too.
const RATE: u32 = 48_000;

/// Titles of 127 bytes and more, the lengths at which sizes of seven and eight bits differ.
fn title(number: usize) -> String {
    format!("{number} {}", "場".repeat(41 + number % 7))
}

/// A file of three seconds with a chapter every hundredth.
fn file(format: Format) -> Vec<u8> {
    let start = |number: usize| Position((number * 480) as u64);
    let chapters = (0..COUNT).map(|number| Chapter { title: title(number), start: start(number) }).collect();
    let tags = Tags { chapters, ..sample_tags() };
    let planes = planes(2, 3 * RATE as usize);
    let spec = spec(format, RATE, 2, planes[0].len());
    let mut writer = track_writer(Cursor::new(Vec::new()), &spec, &tags).unwrap();
    writer.write(&planes.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn formats() -> impl Iterator<Item = Format> {
    Format::ENDINGS.into_iter().map(|(_, format)| format).filter(|format| built_with(*format).is_ok())
}

#[test]
fn adem_reads_the_title_and_the_chapters_it_wrote_in_every_format() {
    for format in formats() {
        let labels = Labels::read(Box::new(Cursor::new(file(format))));
        assert_eq!(labels.title.as_deref(), Some("De veilige plek · 安全な場所 🌿"), "{format:?}");
        let most = if missed_chapters(format, COUNT).is_some() { 255 } else { COUNT };
        assert_eq!(labels.chapters.len(), most, "{format:?}");
        for (number, start) in labels.chapters.iter().enumerate() {
            assert!((start - number as f64 / 100.0).abs() < 0.001, "{format:?}: {number} at {start}");
        }
    }
}

#[test]
fn another_program_reads_every_chapter_with_its_whole_title() {
    if !there("ffprobe") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for format in formats() {
        let path = folder.path().join(format!("track.{}", format.extension()));
        std::fs::write(&path, file(format)).unwrap();
        let show = ["-v", "error", "-show_entries", "chapter_tags=title", "-of", "csv=p=0"];
        let output = Command::new("ffprobe").args(show).arg(&path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let found: Vec<_> = text.lines().map(str::to_owned).collect();
        let expected: Vec<_> = (0..COUNT).map(title).collect();
        assert_eq!(found, expected, "{format:?}");
    }
}

#[test]
fn what_a_format_drops_is_told() {
    assert_eq!(missed_chapters(Format::M4a, 255), None);
    assert!(missed_chapters(Format::M4a, 256).unwrap().contains("the first 255 of 256"));
    assert_eq!(missed_chapters(Format::Mp3, 1_000), None);
    assert!(missed_chapters(Format::Opus, 1_001).unwrap().contains("the first 1000 of 1001"));
    assert_eq!(missed_chapters(Format::Wav24, 5_000), None);
}
