//! What the scripts of the page know of a course, as JSON in the page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::address::address;
use super::contents::{SiteContents, SiteFile, SiteTrack, SiteVersion};
use crate::script::language::Language;
use crate::script::words::{AddedWords, PlayerWords, isolated};

/// The document.
#[derive(Serialize)]
struct PageData<'a> {
    course: &'a str,
    words: ScriptWords<'a>,
    tracks: Vec<TrackData<'a>>,
    weeks: Vec<WeekData<'a>>,
}

/// The words that scripts show.
#[derive(Serialize)]
struct ScriptWords<'a> {
    #[serde(flatten)]
    own: &'a PlayerWords,
    keep: &'a str,
    megabytes: &'a str,
    decimal: &'a str,
}

#[derive(Serialize)]
struct WeekData<'a> {
    id: &'a str,
    /// Ids of tracks.
    tracks: Vec<&'a str>,
}

#[derive(Serialize)]
struct TrackData<'a> {
    id: &'a str,
    title: &'a str,
    /// The lines above the title: week and posture.
    about: String,
    before: &'a [String],
    versions: Vec<VersionData<'a>>,
}

#[derive(Serialize)]
struct VersionData<'a> {
    seconds: f64,
    length: String,
    guidance: &'a str,
    choices: &'a BTreeMap<String, String>,
    bed: String,
    mix: &'a str,
    /// What has to be disclosed.
    notes: Vec<&'a str>,
    sound: String,
    bytes: u64,
    cues: Option<String>,
    cue_bytes: u64,
    transcript: Option<String>,
    files: Vec<DownloadData<'a>>,
    chapters: Vec<(f64, &'a str)>,
}

#[derive(Serialize)]
struct DownloadData<'a> {
    href: String,
    name: &'a str,
    label: String,
}

/// The JSON of a page.
pub(super) fn page_data(page: &SiteContents) -> String {
    let words = page.words.on_page();
    let ids = |places: &[usize]| places.iter().map(|at| page.tracks[*at].id.as_str()).collect();
    let data = PageData {
        course: &page.title,
        words: ScriptWords {
            own: &words.player,
            keep: &words.page.keep,
            megabytes: &words.page.megabytes,
            decimal: &words.page.decimal,
        },
        tracks: page
            .tracks
            .iter()
            .enumerate()
            .map(|(at, track)| track_data(page, words, at, track))
            .collect(),
        weeks: page.weeks.iter().map(|week| WeekData { id: &week.id, tracks: ids(&week.tracks) }).collect(),
    };
    // Text that ends the element would end the data as well.
    serde_json::to_string(&data).expect("a document of plain data").replace('<', "\\u003c")
}

fn track_data<'a>(
    page: &'a SiteContents,
    words: &'a AddedWords,
    at: usize,
    track: &'a SiteTrack,
) -> TrackData<'a> {
    let number = page.week_of(at).and_then(|week| week.number);
    let posture = words.posture(track.posture);
    let about = [number.map(|number| words.page.week(number)), Some(posture.to_owned())];
    TrackData {
        id: &track.id,
        title: &track.title,
        about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        before: &track.before,
        versions: track.versions.iter().map(|version| version_data(&page.language, words, version)).collect(),
    }
}

fn version_data<'a>(language: &Language, words: &'a AddedWords, version: &'a SiteVersion) -> VersionData<'a> {
    let entry = &version.entry;
    let text = |ending: &str| version.texts.get(ending);
    let download = |file: &'a SiteFile| DownloadData {
        href: from_page(&file.path),
        name: file.name(),
        label: format!(
            "{} · {}",
            isolated(language, &file.ending().to_uppercase()),
            words.page.size(file.bytes)
        ),
    };
    VersionData {
        seconds: entry.seconds,
        length: words.page.length(entry.seconds),
        guidance: &entry.guidance,
        choices: &entry.choices,
        bed: entry.beds.join(" + "),
        mix: &entry.mix,
        notes: disclosures(words, version),
        sound: versioned(&version.sound),
        bytes: version.sound.bytes,
        cues: text("cues.json").map(versioned),
        cue_bytes: text("cues.json").map_or(0, |file| file.bytes),
        transcript: text("transcript.html").map(|file| from_page(&file.path)),
        files: version.sounds.iter().map(download).collect(),
        chapters: entry.chapters.iter().map(|chapter| (chapter.start, chapter.title.as_str())).collect(),
    }
}

/// What has to be told of the voice of a version.
pub(super) fn disclosures<'a>(words: &'a AddedWords, version: &SiteVersion) -> Vec<&'a str> {
    let speaks = version.entry.mix != "bed" && version.entry.guidance != "bells";
    let told = [
        (speaks && version.entry.synthetic, &words.page.synthetic),
        (version.entry.drafts > 0, &words.page.drafts),
    ];
    told.into_iter().filter_map(|(is_so, text)| is_so.then_some(text.as_str())).collect()
}

/// The address of a file of the site as a page of a language writes it.
pub(super) fn from_page(path: &str) -> String {
    format!("../{}", address(path))
}

/// The same, with a mark that changes with the content, so that no cache gives an older one.
pub(super) fn versioned(file: &SiteFile) -> String {
    format!("{}?v={}", from_page(&file.path), file.version())
}
