//! Recording sessions: which clips were recorded together, and the level of each. The file beside a take names its session; where
//! there is none, the names of files show it as far as they can.

use std::collections::BTreeMap;
use std::fmt;

use super::catalogue::Clips;
use super::takes::{TakeFile, take_of};
use crate::facts::{ClipFacts, is_no_take, median_level};
use crate::script::session::PhraseKey;
use crate::script::voice::Voice;
use crate::unit::Lufs;

/// A recording session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RecordedIn<'a> {
    /// The one that the file beside a take names.
    Named(&'a str),
    /// As far as the file names show: the first takes of a script, or its retakes.
    Guessed(&'a str, u32),
}

impl fmt::Display for RecordedIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(session) => write!(f, "the session {session}"),
            Self::Guessed(script, take) => write!(f, "{script} (take {take})"),
        }
    }
}

/// The session of the clip of a phrase.
pub(super) fn recorded_in<'a>(
    found: &'a BTreeMap<PhraseKey, TakeFile>,
    key: &'a PhraseKey,
    path: &str,
) -> RecordedIn<'a> {
    let named = found.get(key).filter(|take| take.path == path).and_then(|take| take.session.as_deref());
    named.map_or_else(|| RecordedIn::Guessed(&key.file, take_of(path)), RecordedIn::Named)
}

/// The level of a voice and of each of its recording sessions.
pub(super) struct SessionLevels<'a> {
    /// `None` if clips keep their level.
    pub(super) voice: Option<Lufs>,
    found: &'a BTreeMap<PhraseKey, TakeFile>,
    sessions: BTreeMap<Recorded<'a>, Lufs>,
}

/// A recording session; `None` for drafts and recordings of listeners.
type Recorded<'a> = Option<RecordedIn<'a>>;

/// The fewest clips whose median gives the level of a session.
const LEAST_CLIPS: usize = 5;

impl<'a> SessionLevels<'a> {
    /// The level of the voice is that in its `level.toml`, or else the median of its recordings, or else of its drafts.
    ///
    /// Drafts are a session of their own, whatever their number, so that their level does not affect that of
    /// recordings.
    pub(super) fn of(voice: &Voice, clips: &'a Clips, found: &'a BTreeMap<PhraseKey, TakeFile>) -> Self {
        if !voice.chain.is_on() {
            return Self { voice: None, found, sessions: BTreeMap::new() };
        }
        let mut by_session: BTreeMap<Recorded<'a>, Vec<Lufs>> = BTreeMap::new();
        for (key, (path, clip)) in clips {
            let Some(loudness) = clip.as_ref().ok().and_then(ClipFacts::loudness) else { continue };
            by_session.entry(session_of(found, key, path)).or_default().push(loudness);
        }
        let recorded = by_session.iter().filter(|(when, _)| when.is_some()).flat_map(|(_, levels)| levels);
        let of_drafts = median_level(by_session.get(&None).into_iter().flatten().copied());
        let written = voice.level;
        let voice = written.or_else(|| median_level(recorded.copied())).or(of_drafts);
        let sessions = by_session
            .iter()
            .filter(|(when, levels)| when.is_none() || (written.is_none() && levels.len() >= LEAST_CLIPS))
            .filter_map(|(when, levels)| Some((*when, median_level(levels.iter().copied())?)))
            .collect();
        Self { voice, found, sessions }
    }

    pub(super) fn of_take(&self, key: &PhraseKey, path: &str) -> Option<Lufs> {
        self.sessions.get(&session_of(self.found, key, path)).copied()
    }

    /// The levels of the sessions that files name.
    pub(super) fn named(&self) -> BTreeMap<String, Lufs> {
        let named = self.sessions.iter().filter_map(|(when, level)| match when {
            Some(RecordedIn::Named(session)) => Some(((*session).to_owned(), *level)),
            Some(RecordedIn::Guessed(..)) | None => None,
        });
        named.collect()
    }
}

fn session_of<'a>(found: &'a BTreeMap<PhraseKey, TakeFile>, key: &'a PhraseKey, path: &str) -> Recorded<'a> {
    (!is_no_take(path)).then(|| recorded_in(found, key, path))
}
