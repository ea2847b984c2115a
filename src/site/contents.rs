//! What the page shows: for each language the weeks and the tracks that were built, with their versions and files.

use std::collections::BTreeMap;

use crate::build::manifest::TrackEntry;
use crate::build::record::{BuiltFile, Record, Records};
use crate::build::{BuildTarget, LedgerEntry, credits, ledger};
use crate::delivery::mix::Mix;
use crate::script::course::readable_name;
use crate::script::exercise::Posture;
use crate::script::language::Language;
use crate::script::site::Site;
use crate::script::words::AddedWords;
use crate::script::{Course, before_texts};

/// The page of one language.
#[derive(Clone, Debug)]
pub(super) struct SiteContents {
    pub language: Language,
    pub title: String,
    /// The words that adem adds.
    pub words: AddedWords,
    /// What a listener has to know before any track.
    pub before: Vec<String>,
    pub weeks: Vec<SiteWeek>,
    /// In order of their numbers.
    pub tracks: Vec<SiteTrack>,
    /// Whose work is heard.
    pub credits: Vec<LedgerEntry>,
}

/// A week and its tracks.
#[derive(Clone, Debug)]
pub(super) struct SiteWeek {
    /// As part of addresses: `week-1`.
    pub id: String,
    /// `None` for the tracks that are in no week.
    pub number: Option<u32>,
    pub title: Option<String>,
    /// Places in the list of tracks.
    pub tracks: Vec<usize>,
}

/// A track with its versions.
#[derive(Clone, Debug)]
pub(super) struct SiteTrack {
    /// The id of the script, which is also that of the track on the page.
    pub id: String,
    pub number: Option<u32>,
    pub title: String,
    pub posture: Posture,
    /// What a listener has to know before this track in particular.
    pub before: Vec<String>,
    /// The first is the usual one.
    pub versions: Vec<SiteVersion>,
}

/// A version of a track with its files.
#[derive(Clone, Debug)]
pub(super) struct SiteVersion {
    pub entry: TrackEntry,
    /// How many things are not as usual.
    distance: usize,
    /// The file that the page plays.
    pub sound: SiteFile,
    /// All files of sound, in the order of their formats.
    pub sounds: Vec<SiteFile>,
    /// The texts, by ending, such as `vtt`.
    pub texts: BTreeMap<String, SiteFile>,
}

/// A file of a delivery that the site hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SiteFile {
    /// Relative to the output folder.
    pub from: String,
    /// Relative to the folder of the site.
    pub path: String,
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

impl SiteFile {
    /// Part of its hash, which tells a browser that its content has changed.
    pub(super) fn version(&self) -> &str {
        &self.sha256[..self.sha256.len().min(10)]
    }

    /// Its name without folders.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// What comes after the last dot of its name.
    pub(super) fn ending(&self) -> &str {
        self.name().rsplit('.').next().unwrap_or_default()
    }
}

impl SiteTrack {
    /// The version that is shown first.
    pub(super) fn usual(&self) -> &SiteVersion {
        &self.versions[0]
    }
}

/// How far a version is from the one that a listener gets without choosing: the number of things that were chosen.
fn distance(target: &BuildTarget) -> usize {
    let variant = &target.plan.variant;
    let chosen = [
        target.render.mix != Mix::Full,
        target.plan.length.length.is_some(),
        variant.guidance.is_some(),
        !variant.choices.is_empty(),
        variant.bed.is_some(),
    ];
    chosen.into_iter().filter(|chosen| *chosen).count()
}

/// The pages of a course, one for each language that has a track.
pub(super) fn contents(course: &Course, targets: &[BuildTarget], records: &Records) -> Vec<SiteContents> {
    let languages = course.header.languages.iter().map(|language| &language.value);
    let pages = languages.map(|language| page_of(course, language, targets, records));
    pages.filter(|page| !page.tracks.is_empty()).collect()
}

fn page_of(course: &Course, language: &Language, targets: &[BuildTarget], records: &Records) -> SiteContents {
    let is_own = |target: &&BuildTarget| target.plan.variant.language.as_ref() == Some(language);
    let built = targets.iter().filter(is_own).filter_map(|target| Some((target, records.get(&target.stem)?)));
    let built: Vec<(&BuildTarget, &Record)> = built.collect();
    let mut tracks: Vec<SiteTrack> = Vec::new();
    for (target, record) in &built {
        let Some(version) = version(target, record) else { continue };
        let id = &record.track.script;
        let place = tracks.iter().position(|track| track.id == *id).unwrap_or_else(|| {
            tracks.push(track(course, language, &record.track));
            tracks.len() - 1
        });
        let versions = &mut tracks[place].versions;
        if versions.iter().all(|other| !is_same(&other.entry, &version.entry)) {
            versions.push(version);
        }
    }
    tracks.iter_mut().for_each(|track| track.versions.sort_by_key(|version| version.distance));
    tracks.sort_by_key(|track| track.number.unwrap_or(u32::MAX));
    let heard: Vec<&Record> = built.iter().map(|(_, record)| *record).collect();
    SiteContents {
        language: language.clone(),
        words: course.words(language),
        title: course.text_in("course:title", &course.header.title.value, language),
        before: before_texts(course, "", language),
        weeks: weeks(course, language, &tracks),
        tracks,
        credits: credits(ledger(course), &heard),
    }
}

fn track(course: &Course, language: &Language, entry: &TrackEntry) -> SiteTrack {
    let general = before_texts(course, "", language).len();
    let posture = course.scripts.get(&entry.script).map_or(Posture::Any, |script| script.posture);
    SiteTrack {
        id: entry.script.clone(),
        number: entry.track,
        title: entry.title.clone(),
        posture,
        before: before_texts(course, &entry.script, language).split_off(general),
        versions: Vec::new(),
    }
}

/// Whether a listener would see no difference between two versions of a track.
fn is_same(one: &TrackEntry, other: &TrackEntry) -> bool {
    let seen = |entry: &TrackEntry| {
        (
            entry.frames * 1_000 / u64::from(entry.rate.max(1)),
            entry.guidance.clone(),
            entry.choices.clone(),
            entry.beds.clone(),
            entry.mix.clone(),
        )
    };
    seen(one) == seen(other)
}

/// A version; `None` without a file that browsers play.
fn version(target: &BuildTarget, record: &Record) -> Option<SiteVersion> {
    let file = |file: &BuiltFile| SiteFile {
        from: file.path.clone(),
        path: format!("files/{}", file.path),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
    };
    // A record that came with the course may name any file; those of the version have its name.
    let is_own = |file: &&BuiltFile| {
        let rest = file.path.strip_prefix(&target.stem);
        rest.is_some_and(|rest| !rest.contains(['/', '\\']))
    };
    let is_sound = |file: &SiteFile| target.files().any(|sound| sound.to_string_lossy() == file.from);
    let (sounds, others): (Vec<SiteFile>, Vec<SiteFile>) =
        record.files.iter().filter(is_own).map(file).partition(is_sound);
    let played =
        Site::PLAYED.iter().find_map(|ending| sounds.iter().find(|file| file.ending() == *ending))?;
    let text = |file: SiteFile| {
        let wanted =
            Site::FILES.into_iter().find(|text| file.path.ends_with(&format!(".{}", text.ending())))?;
        Some((wanted.ending().to_owned(), file))
    };
    Some(SiteVersion {
        entry: record.track.clone(),
        distance: distance(target),
        sound: played.clone(),
        sounds,
        texts: others.into_iter().filter_map(text).collect(),
    })
}

fn weeks(course: &Course, language: &Language, tracks: &[SiteTrack]) -> Vec<SiteWeek> {
    let place = |number: u32| tracks.iter().position(|track| track.number == Some(number));
    let mut ids: BTreeMap<u32, usize> = BTreeMap::new();
    let mut weeks = Vec::new();
    for week in &course.header.weeks {
        let seen = ids.entry(week.number).or_default();
        *seen += 1;
        let again = if *seen > 1 { format!("-{seen}") } else { String::new() };
        let title = week.title.as_ref().map(|title| course.text_in("course:week", &title.value, language));
        weeks.push(SiteWeek {
            id: format!("week-{}{again}", week.number),
            number: Some(week.number),
            title,
            tracks: week.tracks.iter().filter_map(|track| place(track.value)).collect(),
        });
    }
    let in_weeks = |at: &usize| weeks.iter().any(|week| week.tracks.contains(at));
    let others: Vec<usize> = (0..tracks.len()).filter(|at| !in_weeks(at)).collect();
    weeks.push(SiteWeek { id: "more".to_owned(), number: None, title: None, tracks: others });
    weeks.retain(|week| !week.tracks.is_empty());
    weeks
}

impl SiteContents {
    /// The folder of its page.
    pub(super) fn folder(&self) -> &str {
        self.language.as_str()
    }

    /// The first week that has a track.
    pub(super) fn week_of(&self, at: usize) -> Option<&SiteWeek> {
        self.weeks.iter().find(|week| week.tracks.contains(&at))
    }

    /// Where the archive of a week lies, relative to the folder of the site.
    pub(super) fn archive(&self, week: &SiteWeek) -> String {
        format!("{0}/{1}-{0}.zip", self.folder(), week.id)
    }

    /// How the archive of a week is called when it is saved.
    pub(super) fn archive_name(&self, week: &SiteWeek) -> String {
        let title = readable_name(&self.title, &self.language);
        let title = title.map(|title| format!("{title}-")).unwrap_or_default();
        format!("{title}{}-{}.zip", week.id, self.folder())
    }

    /// A machine speaks in some of it.
    pub(super) fn is_synthetic(&self) -> bool {
        self.versions().any(|version| version.entry.synthetic)
    }

    /// Some phrases are drafts.
    pub(super) fn has_drafts(&self) -> bool {
        self.versions().any(|version| version.entry.drafts > 0)
    }

    /// Every version of every track.
    pub(super) fn versions(&self) -> impl Iterator<Item = &SiteVersion> {
        self.tracks.iter().flat_map(|track| &track.versions)
    }
}
