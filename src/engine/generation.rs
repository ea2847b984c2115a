//! Which render wrote a file: the files of one render have the same generation, a short hash of what its sound was made of.
//! A process that is killed while it gives its files their names leaves those of two renders beside each other.

use std::path::Path;

use serde::Deserialize;

use crate::decode::tags::{broadcast_reference, named_tag};
use crate::delivery::format::Format;
use crate::delivery::publish::Beside;
use crate::diag::{Code, Diagnostic, Sources, Span};
use crate::export::tags::{GENERATION, GENERATION_MARK};
use crate::export::text::captions::vtt_generation;
use crate::export::text::page::page_generation;
use crate::files::{Files, Source};

/// Where renders go unless another place is named.
const OUT: &str = "out";
const TIMELINE: &str = ".timeline.json";
const REPORT: &str = ".report.json";
const CAPTIONS: &str = ".vtt";
const PAGES: [Beside; 3] = [Beside::ReportPage, Beside::TranscriptPage, Beside::Practice];
const STEMS: &str = ".stems";
/// Folders below [`OUT`] that are searched: deliveries, their weeks and tracks.
const MOST_DEPTH: usize = 6;

/// The generation of a sound file that adem wrote; `None` for any other file.
pub(super) fn generation(mut source: Box<dyn Source>) -> Option<String> {
    match broadcast_reference(source.as_mut()) {
        Some(reference) => reference.strip_prefix(GENERATION_MARK).map(str::to_owned),
        None => named_tag(source, GENERATION),
    }
}

/// Names every timeline in the output folder that has files of another render beside it. Files that cannot be read are
/// passed over: they are no inputs of the course.
pub(super) fn check_generations(files: &dyn Files, sources: &mut Sources) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut waiting = vec![(OUT.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let entries = files.list(Path::new(&folder)).unwrap_or_default();
        for entry in &entries {
            if entry.is_folder && depth < MOST_DEPTH && !entry.name.starts_with('.') {
                waiting.push((format!("{folder}/{}", entry.name), depth + 1));
            }
            let Some(stem) = entry.name.strip_suffix(TIMELINE).filter(|_| !entry.is_folder) else { continue };
            let timeline = format!("{folder}/{}", entry.name);
            let Some(own) = told(files, &timeline) else { continue };
            let mut others = Vec::new();
            for other in entries.iter().filter(|other| belongs(&other.name, stem)) {
                let path = format!("{folder}/{}", other.name);
                if other.is_folder {
                    let stems = files.list(Path::new(&path)).unwrap_or_default();
                    others.extend(stems.iter().map(|stem| format!("{path}/{}", stem.name)));
                } else {
                    others.push(path);
                }
            }
            others.retain(|path| told(files, path).is_some_and(|other| other != own));
            found.extend(tell(&timeline, &others, sources));
        }
    }
    found
}

/// What is read of a timeline or a report: all of a long one would take time.
#[derive(Deserialize)]
struct Generated {
    generation: Option<String>,
}

/// Whether a file or a folder of stems lies beside the timeline of a track because it is of that track.
fn belongs(name: &str, stem: &str) -> bool {
    let Some(rest) = name.strip_prefix(stem) else { return false };
    let is_sound = |ending: &str| Format::of_ending(ending, Format::Wav24).is_some();
    let is_page = |ending: &str| PAGES.iter().any(|page| page.ending() == ending);
    if let Some((format, ending)) = rest.strip_prefix('_').and_then(|rest| rest.split_once('.')) {
        return Format::named(format).is_some() && is_sound(ending);
    }
    [REPORT, CAPTIONS, STEMS].contains(&rest)
        || rest.strip_prefix('.').is_some_and(|ending| is_sound(ending) || is_page(ending))
}

/// The generation of a file, by its kind.
fn told(files: &dyn Files, path: &str) -> Option<String> {
    if path.ends_with(TIMELINE) || path.ends_with(REPORT) {
        let document: Generated = serde_json::from_slice(&files.read(Path::new(path)).ok()?).ok()?;
        return document.generation;
    }
    let text = || Some(String::from_utf8_lossy(&files.read(Path::new(path)).ok()?).into_owned());
    if path.ends_with(CAPTIONS) {
        return vtt_generation(&text()?);
    }
    if PAGES.iter().any(|page| path.ends_with(page.ending())) {
        return page_generation(&text()?);
    }
    generation(files.open(Path::new(path)).ok()?)
}

fn tell(timeline: &str, others: &[String], sources: &mut Sources) -> Option<Diagnostic> {
    let (first, more) = others.split_first()?;
    let what = if more.is_empty() {
        format!("{first} is from another render than the timeline beside it")
    } else {
        format!("{} files are from another render than the timeline beside them", others.len())
    };
    let place = Span::new(sources.add_unread(timeline), 0..0);
    let mut warning = Diagnostic::warning(Code::MixedFiles, place, what)
        .note("a render was stopped while it wrote them, or some were copied here");
    if !more.is_empty() {
        warning = warning.note(others.join(", "));
    }
    Some(warning.help("render the track again: that replaces all of its files"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_track_are_known_by_their_names() {
        for name in [
            "a.vtt",
            "a.practice.html",
            "a.report.html",
            "a.wav",
            "a.mp3",
            "a.opus",
            "a_wav16.wav",
            "a_flac.flac",
            "a.report.json",
            "a.stems",
        ] {
            assert!(belongs(name, "a"), "{name}");
        }
        for name in ["a.srt", "a.html", "ab.wav", "a_light.wav", "a.timeline.json", "b.wav", "a.wav.bak", "a"]
        {
            assert!(!belongs(name, "a"), "{name}");
        }
    }
}
