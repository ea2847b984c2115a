//! Compares two timelines of a version: which phrases, bells, pauses and beds are not what they were, and where.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::delivery::mix::Mix;
use crate::layout::document::Room;
use crate::layout::{GridUnit, SoundKind, TimelineDocument, TimelineSound};
use crate::unit::literal::print_clock;
use crate::unit::{Frames, Position};

/// Pauses that differ by less are not told, in seconds: other pauses make up for each change of length.
const LEAST_PAUSE: f64 = 0.1;
/// More changed pauses than this are told as one.
const MOST_PAUSES: usize = 5;
/// More changed phrases than this are told as one.
const MOST_PHRASES: usize = 24;
/// A voice or a bed whose level differs by less is as loud as before, in dB.
const LEAST_LEVEL: f64 = 0.1;
/// A phrase whose level differs from that of the others by less is as loud as before, in dB.
const LEAST_OWN_LEVEL: f64 = 0.3;
/// Room tone whose level differs by less is as loud as before, in dB: it follows the noise of the clips.
const LEAST_ROOM: f64 = 0.5;
/// How much of a track stands for all of it, in seconds.
const SAMPLE: f64 = 8.0;

/// Something that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeardChange {
    pub kind: ChangeKind,
    /// The phrase, bell or bed; of a pause, what comes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is different, in words.
    pub note: String,
    /// What was there; absent where nothing was, and for changes of a whole track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<HeardSound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<HeardSound>,
    /// Where it was; where nothing was, the place between its neighbours.
    pub was: TimeSpan,
    /// Where it is.
    pub is: TimeSpan,
}

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    Phrase,
    Bell,
    /// Breaths on a grid.
    Breath,
    /// Paces on a grid.
    Walk,
    Pause,
    Bed,
    /// The level of the voice.
    Level,
    /// The length of the track.
    Length,
    /// Everything that is heard.
    Sound,
    /// What files say of themselves; nothing that is heard.
    Tags,
}

/// A phrase or a cue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeardSound {
    /// The words of a phrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The recording of a phrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<String>,
    /// Whether a machine speaks it for want of a recording.
    #[serde(default)]
    pub draft: bool,
    pub seconds: f64,
}

/// A stretch of a track, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeSpan {
    pub start: f64,
    pub end: f64,
}

impl TimeSpan {
    fn new(start: f64, end: f64) -> Self {
        let round = |time: f64| (time * 1e3).round() / 1e3;
        Self { start: round(start), end: round(end.max(start)) }
    }

    fn length(self) -> f64 {
        self.end - self.start
    }
}

/// What has changed between two timelines of a version, in order of time; changes of the whole track first. `names` are the
/// ingredients that differ.
pub fn compare(before: &TimelineDocument, after: &TimelineDocument, names: &[String]) -> Vec<HeardChange> {
    let comparison = TimelineComparison { before: SoundRow::of(before), after: SoundRow::of(after), names };
    let mut changes = comparison.of_the_whole();
    changes.extend(comparison.room(before, after));
    changes.extend(comparison.beds(before, after));
    let pairs = comparison.pairs();
    changes.extend(comparison.voice_level(&pairs));
    let level = comparison.level_shift(&pairs);
    let mut own = comparison.sounds(&pairs, level);
    let phrases = own.iter().filter(|change| change.kind == ChangeKind::Phrase).count();
    if phrases > MOST_PHRASES {
        let of = comparison.after.items.iter().filter(|item| item.kind == ChangeKind::Phrase).count();
        let first = own.iter().find(|change| change.kind == ChangeKind::Phrase).cloned();
        own.retain(|change| change.kind != ChangeKind::Phrase);
        changes.extend(first.map(|first| HeardChange {
            kind: ChangeKind::Sound,
            note: format!("{phrases} phrases changed, of {of}; this is the first of them"),
            ..first
        }));
    }
    own.extend(comparison.pauses(&pairs));
    own.sort_by(|one, other| one.is.start.total_cmp(&other.is.start));
    changes.extend(own);
    if changes.is_empty() && names.iter().all(|name| name != "timeline") {
        changes.extend(comparison.tags());
    }
    let may_sound = |name: &String| !["words", "files", "format", "tags"].contains(&name.as_str());
    if changes.is_empty() && names.iter().any(may_sound) {
        let note = "pauses differ by less than 0.1 s, or levels by less than 0.1 dB";
        changes.push(comparison.whole(ChangeKind::Sound, None, note.to_owned()));
    }
    changes
}

/// The change of a track of which nobody knows what was in it.
pub(super) fn unknown(after: &TimelineDocument) -> HeardChange {
    let sample = SoundRow::of(after).sample();
    HeardChange {
        kind: ChangeKind::Sound,
        id: None,
        note: "it was not made by a build in this folder, so what was in it is not known".to_owned(),
        before: None,
        after: None,
        was: sample,
        is: sample,
    }
}

/// A sound of a timeline, or a grid of breaths or paces.
struct HeardItem<'a> {
    kind: ChangeKind,
    id: String,
    at: TimeSpan,
    level: Option<f64>,
    sound: Option<&'a SoundKind>,
    /// What a grid counts, for comparing.
    grid: String,
}

/// The sounds of a timeline, in order.
struct SoundRow<'a> {
    items: Vec<HeardItem<'a>>,
    seconds: f64,
}

impl<'a> SoundRow<'a> {
    fn of(document: &'a TimelineDocument) -> Self {
        let rate = document.rate;
        let mix = document.mix.unwrap_or_default();
        let span = |start: Position, frames: Frames| {
            let start = start.seconds(rate);
            TimeSpan::new(start, start + frames.seconds(rate))
        };
        let is_heard = |kind: ChangeKind| match mix {
            Mix::Full => true,
            Mix::Voice => kind == ChangeKind::Phrase,
            Mix::Bed => false,
        };
        let events = document.events.iter().filter_map(|event| {
            let kind = match &event.kind {
                SoundKind::Phrase { .. } => ChangeKind::Phrase,
                SoundKind::Bell { .. } => ChangeKind::Bell,
                // Grids stand for these.
                SoundKind::Breath { .. } | SoundKind::Step { .. } | SoundKind::Bed { .. } => return None,
            };
            Some(HeardItem {
                kind,
                id: event.kind.id(),
                at: span(event.start, event.frames),
                level: event.gain_db.map(|level| level.0),
                sound: Some(&event.kind),
                grid: String::new(),
            })
        });
        let grids = document.grids.iter().filter(|grid| grid.heard).map(|grid| {
            let kind = match grid.kind {
                GridUnit::Breath { .. } => ChangeKind::Breath,
                GridUnit::Walk { .. } => ChangeKind::Walk,
            };
            HeardItem {
                kind,
                id: String::new(),
                at: span(grid.start, grid.frames),
                level: None,
                sound: None,
                grid: format!("{} {:?}", grid.count, grid.kind),
            }
        });
        let mut items: Vec<_> = events.chain(grids).filter(|item| is_heard(item.kind)).collect();
        items.sort_by(|one, other| one.at.start.total_cmp(&other.at.start));
        Self { items, seconds: document.frames.seconds(rate) }
    }

    /// A piece that stands for the whole: from the first sound on.
    fn sample(&self) -> TimeSpan {
        let start = self.items.first().map_or(0.0, |item| item.at.start);
        TimeSpan::new(start, (start + SAMPLE).min(self.seconds))
    }

    /// The end of the sound before this one.
    fn end_before(&self, index: usize) -> f64 {
        index.checked_sub(1).map_or(0.0, |before| self.items[before].at.end)
    }

    /// The place where a sound at this index would be: between its neighbours.
    fn place(&self, index: usize) -> TimeSpan {
        let next = self.items.get(index).map_or(self.seconds, |item| item.at.start);
        TimeSpan::new(self.end_before(index), next)
    }
}

/// An index before and one after; one alone stands for a sound that is gone or new, with the place of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ItemPair {
    Both(usize, usize),
    Gone(usize, usize),
    New(usize, usize),
}

struct TimelineComparison<'a> {
    before: SoundRow<'a>,
    after: SoundRow<'a>,
    names: &'a [String],
}

impl TimelineComparison<'_> {
    fn whole(&self, kind: ChangeKind, id: Option<&str>, note: String) -> HeardChange {
        HeardChange {
            kind,
            id: id.map(str::to_owned),
            note,
            before: None,
            after: None,
            was: self.before.sample(),
            is: self.after.sample(),
        }
    }

    /// Changes that are heard everywhere, from the ingredients.
    fn of_the_whole(&self) -> Vec<HeardChange> {
        let mut changes = Vec::new();
        for name in self.names {
            match name.split(' ').next().unwrap_or_default() {
                "sound" => {
                    let note = "another version of adem's own sound made it";
                    changes.push(self.whole(ChangeKind::Sound, None, note.to_owned()));
                }
                "preset" => {
                    let note = "the preset has other numbers: loudness, peaks or coding";
                    changes.push(self.whole(ChangeKind::Sound, None, note.to_owned()));
                }
                _ => {}
            }
        }
        if (self.before.seconds - self.after.seconds).abs() > 0.001 {
            let note = format!(
                "it lasts {} instead of {}",
                print_clock(self.after.seconds),
                print_clock(self.before.seconds)
            );
            changes.push(self.whole(ChangeKind::Length, None, note));
        }
        changes
    }

    /// The room tone under the voice.
    fn room(&self, before: &TimelineDocument, after: &TimelineDocument) -> Option<HeardChange> {
        let shift = |one: &Room, other: &Room| {
            one.level_dbfs.zip(other.level_dbfs).map(|(one, other)| other.0 - one.0)
        };
        let note = match (&before.room, &after.room) {
            (None, None) => return None,
            (None, Some(_)) => "room tone lies under the voice".to_owned(),
            (Some(_), None) => "there is no room tone under the voice".to_owned(),
            (Some(one), Some(other)) => match shift(one, other) {
                _ if one.file != other.file => "another room tone lies under the voice".to_owned(),
                // Its recording is another one, or the noise of the clips that it follows.
                _ if one == other && self.names.iter().any(|name| name == "room tone") => {
                    "another room tone lies under the voice".to_owned()
                }
                Some(shift) if shift.abs() >= LEAST_ROOM => {
                    format!("the room tone under the voice is {}", louder(shift))
                }
                Some(_) | None => return None,
            },
        };
        Some(self.whole(ChangeKind::Sound, None, note))
    }

    /// What files say of themselves.
    fn tags(&self) -> Option<HeardChange> {
        let has = |word: &str| self.names.iter().any(|name| name.split(' ').next() == Some(word));
        let note = match (has("tags"), has("cover")) {
            (true, true) => "only tags are different, and the cover",
            (true, false) => "only tags are different: titles, credits, chapters or words",
            (false, true) => "only the cover is different",
            (false, false) => return None,
        };
        Some(self.whole(ChangeKind::Tags, None, note.to_owned()))
    }

    fn beds(&self, before: &TimelineDocument, after: &TimelineDocument) -> Vec<HeardChange> {
        if after.mix == Some(Mix::Voice) {
            return Vec::new();
        }
        let of = |document: &TimelineDocument| {
            let beds = document.events.iter().filter(|event| matches!(event.kind, SoundKind::Bed { .. }));
            let rate = document.rate;
            let bed = |event: &TimelineSound| {
                let level = event.gain_db.map(|level| level.0);
                (event.kind.id(), event.start.seconds(rate), level, event.kind.clone())
            };
            beds.map(bed).collect::<Vec<_>>()
        };
        let (old, new) = (of(before), of(after));
        let names = |beds: &[(String, f64, Option<f64>, SoundKind)]| {
            let names: Vec<_> = beds.iter().map(|(name, ..)| name.clone()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        if names(&old) != names(&new) {
            let note = format!("the bed is {} instead of {}", names(&new), names(&old));
            return vec![self.whole(ChangeKind::Bed, None, note)];
        }
        let mut changes = Vec::new();
        let mut told = BTreeSet::new();
        for ((name, was, old_level, old_kind), (_, is, new_level, new_kind)) in old.iter().zip(&new) {
            let recipe = self.names.iter().any(|changed| changed.strip_prefix("bed ") == Some(name));
            let shift = old_level.zip(*new_level).map_or(0.0, |(old, new)| new - old);
            let mut notes = Vec::new();
            if recipe {
                notes.push("has another sound".to_owned());
            }
            if shift.abs() >= LEAST_LEVEL {
                notes.push(format!("is {}", louder(shift)));
            }
            if ducking(old_kind) != ducking(new_kind) {
                notes.push("falls under the voice in another way".to_owned());
            }
            if notes.is_empty() || !told.insert(name) {
                continue;
            }
            let note = format!("the bed `{name}` {}", notes.join(", and "));
            let sample = |start: f64, row: &SoundRow<'_>| {
                let first = row.sample().start.max(start);
                TimeSpan::new(first, (first + SAMPLE).min(row.seconds))
            };
            changes.push(HeardChange {
                was: sample(*was, &self.before),
                is: sample(*is, &self.after),
                ..self.whole(ChangeKind::Bed, Some(name), note)
            });
        }
        changes
    }

    /// Each sound with what it was: those of one id and order belong together.
    fn pairs(&self) -> Vec<ItemPair> {
        let (old, new) = (&self.before.items, &self.after.items);
        let same =
            |one: usize, other: usize| (old[one].kind, &old[one].id) == (new[other].kind, &new[other].id);
        let start = (0..old.len().min(new.len())).take_while(|&at| same(at, at)).count();
        let room = old.len().min(new.len()) - start;
        let end = (1..=room).take_while(|&back| same(old.len() - back, new.len() - back)).count();
        let (rows, columns) = (old.len() - start - end, new.len() - start - end);
        // The longest common sequence of the rest.
        let mut longest = vec![vec![0u32; columns + 1]; rows + 1];
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                longest[row][column] = if same(start + row, start + column) {
                    longest[row + 1][column + 1] + 1
                } else {
                    longest[row + 1][column].max(longest[row][column + 1])
                };
            }
        }
        let mut pairs: Vec<_> = (0..start).map(|at| ItemPair::Both(at, at)).collect();
        let (mut row, mut column) = (0, 0);
        while row < rows || column < columns {
            let (one, other) = (start + row, start + column);
            if row < rows && column < columns && same(one, other) {
                pairs.push(ItemPair::Both(one, other));
                (row, column) = (row + 1, column + 1);
            } else if column == columns
                || (row < rows && longest[row + 1][column] >= longest[row][column + 1])
            {
                pairs.push(ItemPair::Gone(one, other));
                row += 1;
            } else {
                pairs.push(ItemPair::New(one, other));
                column += 1;
            }
        }
        pairs.extend((0..end).map(|at| ItemPair::Both(start + rows + at, start + columns + at)));
        pairs
    }

    fn has_other_take(&self, one: usize, other: usize) -> bool {
        let (before, after) = (heard(&self.before.items[one]), heard(&self.after.items[other]));
        let is_changed = |path: &String| {
            let names = self.names.iter().filter_map(|name| name.split_once(' '));
            names.into_iter().any(|(word, rest)| (word == "clip" || word == "draft") && rest == path)
        };
        before.take != after.take || after.take.as_ref().is_some_and(is_changed)
    }

    /// How much louder the voice is, in dB: the median of the phrases whose recording is the same.
    fn level_shift(&self, pairs: &[ItemPair]) -> f64 {
        let shift = |pair: &ItemPair| {
            let ItemPair::Both(one, other) = *pair else { return None };
            let (before, after) = (&self.before.items[one], &self.after.items[other]);
            let same = before.kind == ChangeKind::Phrase && !self.has_other_take(one, other);
            same.then_some(after.level? - before.level?)
        };
        let mut shifts: Vec<f64> = pairs.iter().filter_map(shift).collect();
        shifts.sort_by(f64::total_cmp);
        shifts.get(shifts.len() / 2).copied().unwrap_or(0.0)
    }

    fn voice_level(&self, pairs: &[ItemPair]) -> Option<HeardChange> {
        let shift = self.level_shift(pairs);
        let note = format!("the voice is {}", louder(shift));
        (shift.abs() >= LEAST_LEVEL).then(|| self.whole(ChangeKind::Level, None, note))
    }

    /// Phrases, bells and grids that are new, gone or not the same.
    fn sounds(&self, pairs: &[ItemPair], level: f64) -> Vec<HeardChange> {
        let mut changes: Vec<HeardChange> = Vec::new();
        let mut bells = BTreeSet::new();
        for pair in pairs {
            match *pair {
                ItemPair::Both(one, other) => {
                    let (before, after) = (&self.before.items[one], &self.after.items[other]);
                    let notes = self.differences(one, other, level);
                    let once = after.kind != ChangeKind::Bell || bells.insert(&after.id);
                    if !notes.is_empty() && once {
                        changes.push(change(
                            Some(before),
                            Some(after),
                            before.at,
                            after.at,
                            notes.join(", "),
                        ));
                    }
                }
                ItemPair::Gone(one, other) => {
                    let gone = &self.before.items[one];
                    let place = self.after.place(other);
                    changes.push(change(Some(gone), None, gone.at, place, "is gone".to_owned()));
                }
                ItemPair::New(one, other) => {
                    let new = &self.after.items[other];
                    // In place of one that is gone from there.
                    let place = self.before.place(one);
                    let replaced = changes.iter_mut().rev().find(|change| {
                        change.after.is_none() && change.kind == new.kind && touches(change.is, new.at)
                    });
                    if let Some(replaced) = replaced.filter(|_| new.kind == ChangeKind::Phrase) {
                        replaced.after = Some(heard(new));
                        replaced.id = Some(new.id.clone());
                        replaced.is = new.at;
                        "another phrase stands here".clone_into(&mut replaced.note);
                        continue;
                    }
                    changes.push(change(None, Some(new), place, new.at, "is new".to_owned()));
                }
            }
        }
        changes
    }

    /// How a sound differs from what it was, in words.
    fn differences(&self, one: usize, other: usize, level: f64) -> Vec<String> {
        let (before, after) = (&self.before.items[one], &self.after.items[other]);
        let (old, new) = (heard(before), heard(after));
        let mut notes = Vec::new();
        if old.text != new.text {
            notes.push("other words".to_owned());
        }
        match (old.draft, new.draft) {
            (true, false) => notes.push("a recording instead of a draft".to_owned()),
            (false, true) => notes.push("a draft instead of a recording".to_owned()),
            _ if after.kind == ChangeKind::Phrase && self.has_other_take(one, other) => {
                notes.push("another take".to_owned());
            }
            _ if after.kind == ChangeKind::Phrase && old.text != new.text => {
                notes.push("the same take".to_owned());
            }
            _ => {
                let own = before.level.zip(after.level).map_or(0.0, |(old, new)| new - old - level);
                if after.kind == ChangeKind::Phrase && own.abs() >= LEAST_OWN_LEVEL {
                    notes.push(louder(own));
                }
            }
        }
        let bell = after.kind == ChangeKind::Bell
            && self.names.iter().any(|name| name.strip_prefix("bell ") == Some(&after.id));
        if bell {
            notes.push("the bell has another sound".to_owned());
        }
        if before.grid != after.grid {
            notes.push("another rhythm".to_owned());
        }
        notes
    }

    /// Pauses that are not as long as they were.
    fn pauses(&self, pairs: &[ItemPair]) -> Vec<HeardChange> {
        let mut changes = Vec::new();
        let mut last = Some((0.0, 0.0));
        let ends = ItemPair::Both(self.before.items.len(), self.after.items.len());
        for pair in pairs.iter().chain([&ends]) {
            let ItemPair::Both(one, other) = *pair else {
                last = None;
                continue;
            };
            let (was, is) = (self.before.place(one), self.after.place(other));
            if last.is_some() && (was.length() - is.length()).abs() >= LEAST_PAUSE {
                let note = format!("a pause of {:.1} s instead of {:.1} s", is.length(), was.length());
                changes.push(HeardChange {
                    kind: ChangeKind::Pause,
                    // The phrase, bell or grid before it.
                    id: other.checked_sub(1).map(|last| self.after.items[last].id.clone()),
                    note,
                    before: None,
                    after: None,
                    was,
                    is,
                });
            }
            last = Some((was.end, is.end));
        }
        if changes.len() <= MOST_PAUSES {
            return changes;
        }
        let by = |change: &HeardChange| (change.is.length() - change.was.length()).abs();
        let count = changes.len();
        let most = changes.into_iter().max_by(|one, other| by(one).total_cmp(&by(other)));
        let told = most.map(|most| HeardChange {
            note: format!("{count} pauses are of another length; most of all this one: {}", most.note),
            ..most
        });
        told.into_iter().collect()
    }
}

fn touches(one: TimeSpan, other: TimeSpan) -> bool {
    one.start <= other.end && other.start <= one.end
}

fn louder(shift: f64) -> String {
    format!("{:.1} dB {}", shift.abs(), if shift > 0.0 { "louder" } else { "softer" })
}

fn ducking(kind: &SoundKind) -> Option<String> {
    if let SoundKind::Bed { duck, .. } = kind { Some(format!("{duck:?}")) } else { None }
}

fn heard(item: &HeardItem<'_>) -> HeardSound {
    let seconds = (item.at.length() * 1e3).round() / 1e3;
    if let Some(SoundKind::Phrase { text, clip, draft, .. }) = item.sound {
        return HeardSound { text: Some(text.clone()), take: clip.clone(), draft: *draft, seconds };
    }
    HeardSound { text: None, take: None, draft: false, seconds }
}

fn change(
    before: Option<&HeardItem<'_>>,
    after: Option<&HeardItem<'_>>,
    was: TimeSpan,
    is: TimeSpan,
    note: String,
) -> HeardChange {
    let (kind, id) =
        after.or(before).map_or((ChangeKind::Sound, String::new()), |item| (item.kind, item.id.clone()));
    HeardChange {
        kind,
        id: Some(id).filter(|id| !id.is_empty()),
        note,
        before: before.map(heard),
        after: after.map(heard),
        was,
        is,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::session::PhraseKey;
    use crate::unit::{Db, SampleRate};

    /// Phrases of a second, each after a pause; with a level in dB.
    fn document(phrases: &[(&str, f64, f64)]) -> TimelineDocument {
        let rate = SampleRate::DEFAULT;
        let frames = |seconds: f64| (seconds * 48_000.0) as u64;
        let mut at = 0.0;
        let mut events = Vec::new();
        for (id, pause, level) in phrases {
            at += pause;
            let key = format!("a/{id}");
            let (file, own) = key.split_once('/').unwrap();
            events.push(TimelineSound {
                part: 0,
                start: Position(frames(at)),
                frames: Frames(48_000),
                gain_db: Some(Db(*level)),
                occurrence: 0,
                kind: SoundKind::Phrase {
                    id: PhraseKey { file: file.to_owned(), id: own.to_owned() },
                    text: (*id).to_owned(),
                    clip: Some(format!("{id}.wav")),
                    draft: false,
                    predicted: false,
                    safety: false,
                    soft: false,
                    onset: Frames(0),
                    beats: Vec::new(),
                },
            });
            at += 1.0;
        }
        let json = serde_json::json!({
            "schema": 1, "script": "a", "title": "A", "language": "nl", "voice": "anna", "guidance": "full", "seed": 1,
            "rate": rate, "frames": frames(at + 5.0), "tail_start": frames(at), "chapters": [], "events": events,
            "room": null, "outside_limits": false, "parts": [], "left_out": [],
        });
        serde_json::from_value(json).unwrap()
    }

    fn told(before: &[(&str, f64, f64)], after: &[(&str, f64, f64)], names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let changes = compare(&document(before), &document(after), &names);
        changes.iter().map(|change| format!("{:?} {}", change.kind, change.note)).collect()
    }

    const THREE: [(&str, f64, f64); 3] = [("een", 1.0, -3.0), ("twee", 2.0, -3.0), ("drie", 3.0, -3.0)];

    #[test]
    fn only_what_differs_is_told() {
        assert_eq!(told(&THREE, &THREE, &[]), [""; 0]);
        let [een, twee, drie] = THREE;
        let timeline = ["timeline"];
        assert_eq!(told(&THREE, &THREE, &["clip twee.wav"]), ["Phrase another take"]);
        assert_eq!(
            told(&THREE, &[een, drie], &timeline),
            ["Length it lasts 0:11 instead of 0:14", "Phrase is gone"]
        );
        assert_eq!(
            told(&THREE, &[een, ("vier", 2.0, -3.0), drie], &timeline),
            ["Phrase another phrase stands here"]
        );
        assert_eq!(told(&[een, drie], &THREE, &timeline)[1], "Phrase is new");
        // The end gives what a pause takes.
        assert_eq!(
            told(&THREE, &[een, ("twee", 2.5, -3.0), ("drie", 2.5, -3.0)], &timeline),
            ["Pause a pause of 2.5 s instead of 2.0 s", "Pause a pause of 2.5 s instead of 3.0 s"]
        );
        assert_eq!(told(&THREE, &[een, ("twee", 2.05, -3.0), ("drie", 2.95, -3.0)], &timeline).len(), 1);
        assert_eq!(told(&THREE, &[een, twee, ("drie", 3.0, -5.0)], &timeline), ["Phrase 2.0 dB softer"]);
        let louder = THREE.map(|(id, pause, level)| (id, pause, level + 1.5));
        assert_eq!(told(&THREE, &louder, &timeline), ["Level the voice is 1.5 dB louder"]);
    }

    #[test]
    fn what_is_moved_or_repeated_keeps_its_neighbours() {
        let [een, twee, drie] = THREE;
        let before = document(&[een, twee, drie, twee, drie]);
        let after = document(&[een, drie, twee, drie]);
        let (before, after) = (SoundRow::of(&before), SoundRow::of(&after));
        let comparison = TimelineComparison { before, after, names: &[] };
        let kept = comparison.pairs().iter().filter(|pair| matches!(pair, ItemPair::Both(..))).count();
        assert_eq!(kept, 4);
    }

    #[test]
    fn many_changes_are_told_as_one() {
        let names: Vec<String> = (0..30).map(|index| format!("p{index}")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), 1.0, -3.0)).collect();
        let takes: Vec<String> = names.iter().map(|name| format!("clip {name}.wav")).collect();
        let takes: Vec<&str> = takes.iter().map(String::as_str).collect();
        assert_eq!(
            told(&many, &many, &takes),
            ["Sound 30 phrases changed, of 30; this is the first of them"]
        );
        let longer: Vec<_> = many.iter().map(|(id, pause, level)| (*id, pause + 0.2, *level)).collect();
        let told = told(&many, &longer, &["timeline"]);
        assert!(told[1].starts_with("Pause 30 pauses are of another length"), "{told:?}");
    }
}
