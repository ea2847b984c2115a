//! A finished recording as a script: its phrases and bells in order, and how long the pauses between them can be.

use std::collections::BTreeSet;

use super::heard::HeardRecording;
use super::pause::{HeardPause, PausesHeard, hear_pauses, part};
use super::texture::{TexturePiece, texture};
use super::transcript::TranscribedPhrase;
use crate::dsp::loudness::{clip_blocks, gated};
use crate::script::step::suggest_id;
use crate::unit::{SampleRate, Seconds};

/// Where a phrase of a transcript is in a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct PhrasePlace {
    pub phrase: TranscribedPhrase,
    /// Its id in a script that is there; `None` for a new one.
    pub id: Option<String>,
    /// Its first and last sound, in seconds.
    pub from: f64,
    pub to: f64,
    /// 0 to 1.
    pub confidence: f64,
    /// What is doubtful.
    pub flag: Option<String>,
}

/// A recording as a script.
#[derive(Clone, Debug, PartialEq)]
pub struct AdoptionPlan {
    pub rows: Vec<AdoptedRow>,
    /// What comes before the first of them and after the last.
    pub head: Seconds,
    pub tail: Seconds,
    /// The exact length, and the shortest and the longest.
    pub length: Seconds,
    pub least: Seconds,
    pub most: Seconds,
    /// The stretches that make up the bed; empty if there is none.
    pub bed: Vec<TexturePiece>,
    /// How far the bed is under the voice while that is silent, in LU.
    pub under: f64,
    /// Why the pauses cannot change.
    pub fixed: Option<String>,
    /// Speech that is not in the transcript, in seconds.
    pub unwritten: Vec<(f64, f64)>,
}

/// A phrase or a bell, and the pause after it.
#[derive(Clone, Debug, PartialEq)]
pub struct AdoptedRow {
    pub sound: AdoptedSound,
    /// Whether a part begins with it, and the title of that.
    pub part: Option<Option<String>>,
    /// The cut in the recording.
    pub from: Seconds,
    pub to: Seconds,
    pub pause: AdoptedPause,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AdoptedSound {
    Phrase {
        id: String,
        place: PhrasePlace,
    },
    /// A bell, by its number from 1.
    Bell(usize),
}

/// A pause that was measured, and the limits of what can become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdoptedPause {
    pub natural: Seconds,
    pub least: Seconds,
    pub most: Seconds,
}

/// How much before its first and after its last sound a phrase is cut, in seconds; at most [`SHARE`] of the pause.
const BEFORE: f64 = 0.02;
const AFTER: f64 = 0.06;
const SHARE: f64 = 0.4;
/// A bell that rings on so long into a pause keeps it as it is, in seconds.
const RUNG: f64 = 0.4;
/// A bell is cut so much before its strike, in seconds.
const STRUCK: f64 = 0.04;
/// A shorter pause belongs to the sentence and never changes, in seconds.
const WITHIN: f64 = 0.7;
/// A pause can become so much shorter, but no shorter than [`WITHIN`], and so many times as long.
const SHORTER: f64 = 0.4;
const LONGER: f64 = 3.0;
/// Without a bed of its own a pause can repeat a part of itself: so many times as long.
const REPEATED: f64 = 1.5;
/// A part begins after a pause of so many seconds that is so many times as long as most.
const LONG_PAUSE: f64 = 15.0;
const LONGER_THAN_MOST: f64 = 2.5;
/// What is so quiet is no bed, in dBFS, or so far under the speech, in dB.
const NOTHING: f64 = -72.0;
const FAR_UNDER: f64 = 55.0;
/// No bell, clip or pause ends this near to the end of the recording, in seconds.
const END: f64 = 0.01;

impl AdoptionPlan {
    /// Plans a script from the places of the phrases of a transcript, in order. `has_parts` says whether the transcript has the
    /// parts.
    pub fn of(heard: &HeardRecording, places: &[PhrasePlace], has_parts: bool) -> Self {
        let spans: Vec<(f64, f64)> = places.iter().map(|place| (place.from, place.to)).collect();
        let pauses = hear_pauses(&heard.mono, &spans);
        let bed = if is_dry(&pauses) || pauses.music { Vec::new() } else { texture(&pauses) };
        let fixed = fixed(&pauses, &bed);
        let mut rows = rows(heard, places, &pauses);
        let length = heard.frames.time(heard.rate);
        let end = length;
        let starts: Vec<Seconds> = rows.iter().map(|row| row.from).skip(1).chain([end]).collect();
        for (row, next) in rows.iter_mut().zip(starts) {
            let gap = span(row.to, next);
            let ring = match row.sound {
                AdoptedSound::Bell(_) => span(row.from, row.to),
                AdoptedSound::Phrase { .. } => Seconds::ZERO,
            };
            let is_clear = is_clear(&pauses.pauses, row.to, next);
            let (least, most) = if fixed.is_some() || !is_clear {
                (gap, gap)
            } else {
                limits(gap, !bed.is_empty() || is_dry(&pauses))
            };
            row.pause = AdoptedPause { natural: gap + ring, least: least + ring, most: most + ring };
        }
        if !has_parts {
            find_parts(&mut rows);
        }
        let head = rows.first().map_or(Seconds::ZERO, |row| row.from);
        let tail = rows.last().map_or(Seconds::ZERO, |row| row.pause.natural);
        if let Some(last) = rows.last_mut() {
            last.pause = AdoptedPause { natural: Seconds::ZERO, least: Seconds::ZERO, most: Seconds::ZERO };
        }
        let change = |limit: fn(&AdoptedPause) -> Seconds| {
            rows.iter().map(|row| limit(&row.pause).as_f64() - row.pause.natural.as_f64()).sum::<f64>()
        };
        let whole = |seconds: f64| Seconds::whole(seconds.max(0.0) as u64);
        let least = whole((length.as_f64() + change(|pause| pause.least)).ceil()).min(length);
        let most = whole(length.as_f64() + change(|pause| pause.most)).max(length);
        let unwritten = pauses.pauses.iter().flat_map(|pause| pause.speech.iter().copied()).collect();
        Self {
            under: under(heard, places, &bed),
            rows,
            head,
            tail,
            length,
            least,
            most,
            bed,
            fixed,
            unwritten,
        }
    }

    pub fn phrases(&self) -> impl Iterator<Item = (&AdoptedRow, &str, &PhrasePlace)> {
        self.rows.iter().filter_map(|row| match &row.sound {
            AdoptedSound::Phrase { id, place } => Some((row, id.as_str(), place)),
            AdoptedSound::Bell(_) => None,
        })
    }

    pub fn bells(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.sound, AdoptedSound::Bell(_))).count()
    }
}

fn span(from: Seconds, to: Seconds) -> Seconds {
    Seconds::from_nanos(to.nanos().saturating_sub(from.nanos()))
}

/// Whether nothing sounds in the pauses.
fn is_dry(pauses: &PausesHeard) -> bool {
    pauses.bed.is_none_or(|level| level < NOTHING || level < pauses.speech - FAR_UNDER)
}

fn fixed(pauses: &PausesHeard, bed: &[TexturePiece]) -> Option<String> {
    if pauses.music {
        return Some("music with a melody sounds in them; ask for the voice and the music apart".to_owned());
    }
    if !bed.is_empty() || is_dry(pauses) {
        return None;
    }
    // A pause can still repeat a part of itself, if there is any.
    let clear: f64 = pauses.pauses.iter().flat_map(|pause| &pause.bed).map(|one| one.to - one.from).sum();
    (clear < 2.0).then(|| "there is no moment in which the bed sounds alone".to_owned())
}

/// Every phrase and every bell, in order, with the cut of each.
fn rows(heard: &HeardRecording, places: &[PhrasePlace], pauses: &PausesHeard) -> Vec<AdoptedRow> {
    let end = heard.seconds() - END;
    let mut ids = BTreeSet::new();
    let mut rows = Vec::new();
    let mut bells = 0;
    let none = AdoptedPause { natural: Seconds::ZERO, least: Seconds::ZERO, most: Seconds::ZERO };
    for (number, pause) in pauses.pauses.iter().enumerate() {
        for strike in &pause.strikes {
            bells += 1;
            let from =
                floor((strike.at - STRUCK).max(pause.from + SHARE * (strike.at - pause.from).min(AFTER)));
            rows.push(AdoptedRow {
                sound: AdoptedSound::Bell(bells),
                part: None,
                from,
                to: ceiling(strike.end.min(end)).max(from + Seconds::from_millis(1)),
                pause: none,
            });
        }
        let Some(place) = places.get(number) else { continue };
        let id = place.id.clone().unwrap_or_else(|| new_id(&mut ids, &place.phrase.text));
        let room = |length: f64, most: f64| most.min(SHARE * length.max(0.0));
        let next = pauses.pauses.get(number + 1).map_or(0.0, |next| next.to - next.from);
        rows.push(AdoptedRow {
            sound: AdoptedSound::Phrase { id, place: place.clone() },
            part: place.phrase.part.clone(),
            from: floor(place.from - room(pause.to - pause.from, BEFORE)),
            to: ceiling((place.to + room(next, AFTER)).min(end)),
            pause: none,
        });
    }
    // Times are whole milliseconds, so that the pauses between them are too.
    for at in 1..rows.len() {
        let before = rows[at - 1].to;
        if rows[at].from < before {
            let start = rows[at].from;
            match rows[at - 1].sound {
                // A bell that rings on under a phrase ends where that begins.
                AdoptedSound::Bell(_) => rows[at - 1].to = start,
                AdoptedSound::Phrase { .. } => rows[at].from = before,
            }
        }
    }
    rows.retain(|row| row.to > row.from);
    rows
}

fn floor(seconds: f64) -> Seconds {
    Seconds::from_millis((seconds.max(0.0) * 1_000.0).floor() as u64)
}

fn ceiling(seconds: f64) -> Seconds {
    Seconds::from_millis((seconds.max(0.0) * 1_000.0).ceil() as u64)
}

/// An id of its own, from the first words of a phrase.
fn new_id(ids: &mut BTreeSet<String>, text: &str) -> String {
    let own = suggest_id(text);
    let own = if own.is_empty() { "phrase".to_owned() } else { own };
    let numbered = (2..).map(|number| format!("{own}-{number}"));
    let free = std::iter::once(own.clone()).chain(numbered).find(|id| !ids.contains(id)).unwrap_or(own);
    ids.insert(free.clone());
    free
}

/// Whether there are no unwritten words in a stretch, and no bell that was struck before it.
fn is_clear(pauses: &[HeardPause], from: Seconds, to: Seconds) -> bool {
    let (from, to) = (from.as_f64(), to.as_f64());
    let rings =
        |pause: &&HeardPause| pause.from < to && pause.rung > from + RUNG && pause.from <= from + RUNG;
    pauses.iter().flat_map(|pause| &pause.speech).all(|speech| speech.1 < from || speech.0 > to)
        && !pauses.iter().any(|pause| rings(&pause))
}

fn limits(gap: Seconds, is_filled: bool) -> (Seconds, Seconds) {
    let seconds = gap.as_f64();
    if seconds < WITHIN {
        return (gap, gap);
    }
    let tenths = |seconds: f64| Seconds::from_millis((seconds * 10.0).round() as u64 * 100);
    let most = if is_filled { LONGER } else { REPEATED };
    (tenths((SHORTER * seconds).max(WITHIN)).min(gap), tenths(most * seconds).max(gap))
}

/// Parts where a pause is far longer than most, and where a bell is struck after a phrase.
fn find_parts(rows: &mut [AdoptedRow]) {
    let mut pauses: Vec<f64> = rows.iter().map(|row| row.pause.natural.as_f64()).collect();
    pauses.sort_by(f64::total_cmp);
    let usual = pauses.get(pauses.len() / 2).copied().unwrap_or_default();
    let long = LONG_PAUSE.max(LONGER_THAN_MOST * usual);
    for at in 1..rows.len() {
        let after_phrase = matches!(rows[at - 1].sound, AdoptedSound::Phrase { .. });
        let is_bell = matches!(rows[at].sound, AdoptedSound::Bell(_));
        let more = rows[at..].iter().any(|row| matches!(row.sound, AdoptedSound::Phrase { .. }));
        let is_long = rows[at - 1].pause.natural.as_f64() >= long;
        if more && after_phrase && (is_bell || is_long) {
            rows[at].part = Some(None);
        }
    }
}

/// How far the bed is under the speech, in LU.
fn under(heard: &HeardRecording, places: &[PhrasePlace], bed: &[TexturePiece]) -> f64 {
    const USUAL: f64 = 12.0;
    let Some(rate) = SampleRate::new(super::heard::ANALYSED) else { return USUAL };
    let loudness = |spans: Vec<(f64, f64)>| {
        let blocks: Vec<f64> =
            spans.iter().flat_map(|span| clip_blocks(part(&heard.mono, span.0, span.1), rate)).collect();
        gated(&blocks)
    };
    let speech = loudness(places.iter().map(|place| (place.from, place.to)).collect());
    let bed = loudness(bed.iter().map(|piece| (piece.from, piece.to)).collect());
    speech.zip(bed).map_or(USUAL, |(speech, bed)| (speech - bed).0.clamp(0.0, 40.0))
}
