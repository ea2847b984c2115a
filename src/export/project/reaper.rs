//! A project for the audio editor Reaper, in the text format that version 6 and later read: one track for each stem,
//! an item for each sound, a region for each part and a marker for each phrase.

use std::fmt::Write as _;

use crate::unit::{Db, Frames, Gain, Position, SampleRate};

/// The contents of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaperProject {
    pub rate: SampleRate,
    /// The length of the track.
    pub frames: Frames,
    /// The gain of the master.
    pub gain: Gain,
    /// The parts: title, start and end.
    pub regions: Vec<(String, Position, Position)>,
    /// The phrases: text and start.
    pub markers: Vec<(String, Position)>,
    /// The tracks, from top to bottom.
    pub tracks: Vec<ReaperTrack>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReaperTrack {
    /// The stem: voice, cues or bed.
    pub name: &'static str,
    /// In order of start.
    pub items: Vec<ReaperItem>,
}

/// A range of an audio file, placed on a track.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaperItem {
    pub name: String,
    /// The path of the file, relative to the project.
    pub file: String,
    /// Where it starts in the project.
    pub start: Position,
    /// How much of the file is used.
    pub frames: Frames,
    /// The first frame of the file that is used.
    pub from: Frames,
    pub gain: Gain,
    /// The lengths of the fade-in and the fade-out.
    pub fades: (Frames, Frames),
    /// Volume automation: positions in the project and levels, joined by slow-start, slow-end curves.
    pub envelope: Vec<(Position, Db)>,
}

/// The project as a file.
pub fn reaper_project(project: &ReaperProject) -> String {
    let mut text = String::from("<REAPER_PROJECT 0.1 \"6.0\" 0\n");
    let _ = writeln!(text, "  SAMPLERATE {} 1 0", project.rate.hz());
    text.push_str("  TEMPO 60 4 4\n  TIMEMODE 0 0 -1 30 0 0 -1\n");
    let _ = writeln!(text, "  MASTER_VOLUME {} 0 -1 -1 1", number(project.gain.0));
    for (index, (name, start, end)) in (1..).zip(&project.regions) {
        // A region is a marker at its start, and one without a name but with the same number at its end.
        let _ = writeln!(text, "  MARKER {index} {} {} 1", project.seconds(start.0), quoted(name));
        let _ = writeln!(text, "  MARKER {index} {} \"\" 1", project.seconds(end.0));
    }
    for (index, (name, start)) in (1..).zip(&project.markers) {
        let _ = writeln!(text, "  MARKER {index} {} {} 0", project.seconds(start.0), quoted(name));
    }
    for track in &project.tracks {
        let _ =
            writeln!(text, "  <TRACK\n    NAME {}\n    VOLPAN 1 0 -1 -1 1\n    NCHAN 2", quoted(track.name));
        track.items.iter().for_each(|item| project.write_item(&mut text, item));
        text.push_str("  >\n");
    }
    text.push_str(">\n");
    text
}

impl ReaperProject {
    fn write_item(&self, text: &mut String, item: &ReaperItem) {
        let fade = |frames: Frames| self.seconds(frames.0);
        // Fade shape 5 starts and ends slowly, as adem's own fades do.
        let _ = writeln!(
            text,
            "    <ITEM\n      POSITION {}\n      LENGTH {}\n      LOOP 0\n      FADEIN 5 {} 0 5 0 0 0\n      FADEOUT 5 {} 0 5 0 0 0",
            self.seconds(item.start.0),
            self.seconds(item.frames.0),
            fade(item.fades.0),
            fade(item.fades.1),
        );
        let _ = writeln!(
            text,
            "      NAME {}\n      VOLPAN {} 0 1 -1\n      SOFFS {}",
            quoted(&item.name),
            number(item.gain.0),
            self.seconds(item.from.0)
        );
        let _ = writeln!(text, "      <SOURCE WAVE\n        FILE {}\n      >", quoted(&item.file));
        if !item.envelope.is_empty() {
            text.push_str("      <VOLENV\n        ACT 1 -1\n        VIS 1 1 1\n");
            for (at, level) in &item.envelope {
                let at = at.0.saturating_sub(item.start.0);
                let _ = writeln!(text, "        PT {} {} 2", self.seconds(at), number(level.gain().0));
            }
            text.push_str("      >\n");
        }
        text.push_str("    >\n");
    }

    /// Ten digits, enough to find a frame at 192 kHz.
    fn seconds(&self, frames: u64) -> String {
        number(frames as f64 / f64::from(self.rate.hz()))
    }
}

/// A number with at most ten decimals, without trailing zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.10}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A text in a kind of quotes that it does not contain; the format has no escapes.
fn quoted(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match ['"', '\'', '`'].into_iter().find(|quote| !text.contains(*quote)) {
        Some(quote) => format!("{quote}{text}{quote}"),
        None => format!("`{}`", text.replace('`', "'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_in_quotes_that_it_does_not_contain() {
        assert_eq!(quoted("een\n \"plek\""), "'een \"plek\"'");
        assert_eq!(quoted("'\"`"), "`'\"'`");
    }

    #[test]
    fn a_project_has_every_item_at_its_position() {
        let frames = |seconds: u64| Frames(seconds * 48_000);
        let at = |seconds: u64| Position(seconds * 48_000);
        let item = ReaperItem {
            name: "Adem \"in\".".to_owned(),
            file: "media/plek-in.wav".to_owned(),
            start: at(3),
            frames: Frames(60_000),
            from: Frames(1),
            gain: Gain(0.5),
            fades: (Frames(240), Frames::ZERO),
            envelope: vec![(at(3), Db(0.0)), (at(4), Db(-8.0))],
        };
        let project = ReaperProject {
            rate: SampleRate::DEFAULT,
            frames: frames(10),
            gain: Gain::UNITY,
            regions: vec![("Aankomen".to_owned(), at(1), at(10))],
            markers: vec![("Adem in.".to_owned(), at(3))],
            tracks: vec![ReaperTrack { name: "voice", items: vec![item] }],
        };
        insta::assert_snapshot!("reaper-project", reaper_project(&project));
    }
}
