//! `[publish]` of a course: the metadata of finished files, and the files that a render writes.

use super::format::Format;
use crate::diag::{Code, Spanned};
use crate::toml::key::{DefaultValue, Key, TableKeys, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table};

/// `[publish]` of a course.
pub static PUBLISH: TableKeys = TableKeys::new(
    "what is published",
    &[
        Key::new(
            "files",
            Kind::List(&Kind::OneOf(&words(&Extra::WORDS))),
            "[\"mp3\", \"vtt\", \"transcript.md\"]",
            "The files that a render writes: audio formats and files beside them. Without a format, that of the preset. Default timeline.json, qc.json, vtt, chapters.json and transcript.md.",
        ),
        Key::new(
            "author",
            Kind::Words,
            "\"Anna de Vries\"",
            "The author of scripts that name none; the composer in tags.",
        ),
        Key::new("year", Kind::Whole(1900, 9999), "2026", "The year of publication."),
        Key::new("genre", Kind::Words, "\"Meditation\"", "The genre in tags. Default {default}.")
            .or(DefaultValue::Word(GENRE)),
        Key::new("copyright", Kind::Words, "\"© 2026 Anna de Vries\"", "The copyright line."),
        Key::new("licence", Kind::Words, "\"CC-BY-4.0\"", "The licence of the finished files."),
        Key::new(
            "cover",
            Kind::Words,
            "\"cover.png\"",
            "A square PNG or JPEG in the course folder, shown with every track. Without it adem draws one.",
        ),
    ],
);

const GENRE: &str = "Meditation";

/// A file that a render can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// The track in this format.
    Sound(Format),
    /// A file beside the track.
    Beside(Beside),
}

/// A file beside the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beside {
    /// The timeline as JSON.
    Timeline,
    /// The results of the checklist as JSON.
    Qc,
    /// Captions as WebVTT.
    Vtt,
    /// Captions as `SubRip`.
    Srt,
    /// Captions as JSON, with their ids.
    Cues,
    /// Chapters in the JSON format of Podcasting 2.0.
    Chapters,
    /// The transcript as Markdown.
    TranscriptMarkdown,
    /// The transcript as plain text.
    TranscriptText,
    /// The transcript as HTML.
    TranscriptPage,
    /// The practice sheet.
    Practice,
    Cover,
    /// The waveform as SVG.
    WaveformSvg,
    /// The waveform as PNG.
    WaveformPng,
    /// The report as JSON.
    ReportJson,
    /// The report as HTML.
    ReportPage,
    /// Labels for Audacity.
    Labels,
    /// A folder of stems.
    Stems,
}

impl Beside {
    /// All of them with their extensions.
    pub const ALL: [(&'static str, Self); 17] = [
        ("timeline.json", Self::Timeline),
        ("qc.json", Self::Qc),
        ("vtt", Self::Vtt),
        ("srt", Self::Srt),
        ("cues.json", Self::Cues),
        ("chapters.json", Self::Chapters),
        ("transcript.md", Self::TranscriptMarkdown),
        ("transcript.txt", Self::TranscriptText),
        ("transcript.html", Self::TranscriptPage),
        ("practice.html", Self::Practice),
        ("cover.png", Self::Cover),
        ("waveform.svg", Self::WaveformSvg),
        ("waveform.png", Self::WaveformPng),
        ("report.json", Self::ReportJson),
        ("report.html", Self::ReportPage),
        ("labels.txt", Self::Labels),
        ("stems", Self::Stems),
    ];
    /// The files that are written by default.
    pub const USUAL: [Self; 5] =
        [Self::Timeline, Self::Qc, Self::Vtt, Self::Chapters, Self::TranscriptMarkdown];

    /// The extension, as in `name.vtt`.
    pub fn ending(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

impl Extra {
    /// The names in `[publish]`: formats, then extensions.
    const WORDS: [(&'static str, Self); Format::WORDS.len() + Beside::ALL.len()] = {
        let mut words = [("", Self::Beside(Beside::Stems)); Format::WORDS.len() + Beside::ALL.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = if at < Format::WORDS.len() {
                (Format::WORDS[at].0, Self::Sound(Format::WORDS[at].1))
            } else {
                let (ending, beside) = Beside::ALL[at - Format::WORDS.len()];
                (ending, Self::Beside(beside))
            };
            at += 1;
        }
        words
    };
}

/// `[publish]`.
#[derive(Clone, Debug)]
pub struct Publish {
    /// The formats to write; empty for that of the preset.
    pub formats: Vec<Format>,
    /// The files beside the track.
    pub beside: Vec<Beside>,
    /// The author of the exercises.
    pub author: Option<String>,
    /// The year of publication.
    pub year: Option<u32>,
    pub genre: String,
    /// The copyright line.
    pub copyright: Option<String>,
    /// The licence of the finished files.
    pub licence: Option<String>,
    /// A picture in the course folder.
    pub cover: Option<Spanned<String>>,
}

impl Default for Publish {
    fn default() -> Self {
        Self {
            formats: Vec::new(),
            beside: Beside::USUAL.to_vec(),
            author: None,
            year: None,
            genre: GENRE.to_owned(),
            copyright: None,
            licence: None,
            cover: None,
        }
    }
}

impl Publish {
    /// Reads the table of a course, if it has one.
    pub fn read(course: &Table<'_>) -> Self {
        let usual = Self::default();
        let Some(table) = course.get("publish").and_then(|node| node.table(&PUBLISH)) else {
            return usual;
        };
        let words = |key: &str| table.get(key).and_then(|node| node.words()).map(|text| text.value);
        let listed = table.get("files").and_then(|node| node.items());
        let (formats, beside) = listed.map_or((Vec::new(), usual.beside), |items| read_files(&items));
        Self {
            formats,
            beside,
            author: words("author"),
            year: table.get("year").and_then(|node| node.whole()).map(|year| year as u32),
            genre: words("genre").unwrap_or(usual.genre),
            copyright: words("copyright"),
            licence: words("licence"),
            cover: table.get("cover").and_then(|node| read_cover(&node)),
        }
    }
}

/// Each file once, in the order of the list.
fn read_files(items: &[Node<'_>]) -> (Vec<Format>, Vec<Beside>) {
    let (mut formats, mut beside) = (Vec::new(), Vec::new());
    for item in items {
        match item.one_of(&Extra::WORDS) {
            Some(Extra::Sound(format)) if !formats.contains(&format) => formats.push(format),
            Some(Extra::Beside(file)) if !beside.contains(&file) => beside.push(file),
            Some(Extra::Sound(_) | Extra::Beside(_)) | None => {}
        }
    }
    (formats, beside)
}

/// A picture inside the course.
fn read_cover(node: &Node<'_>) -> Option<Spanned<String>> {
    let text = node.words()?;
    let outside = text.value.starts_with('/') || text.value.split(['/', '\\']).any(|part| part == "..");
    if outside {
        let error = node.refuse(Code::BadName, "the cover is outside the course folder");
        node.sink().emit(error.help("copy it there and write its path from that folder"));
        return None;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_place_in_the_list() {
        for (ending, file) in Beside::ALL {
            assert_eq!(file.ending(), ending);
        }
    }
}
