//! Gathers the facts of everything one session needs, in parallel; what cannot be used becomes a diagnostic at the
//! place that asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use thiserror::Error;

use super::bed::bed_facts;
use super::draft::{DRAFT_PATH, DraftError};
use super::facts::{BedFacts, BellFacts, ClipFacts, Complaint, Facts, Take, Wanted, median_level};
use super::pace::{Pace, letters};
use super::store::{SoundError, Store};
use super::takes::takes;
use crate::diag::{Code, Diagnostic, Sink, Span};
use crate::dsp::resample::Resampler;
use crate::event::{Event, Listener};
use crate::files::FileError;
use crate::script::ambience::{BellSound, LayerSound};
use crate::script::bed::BedLevel;
use crate::script::load::Course;
use crate::script::phrase_texts;
use crate::script::session::{Deed, Phrase, PhraseKey, Session};
use crate::script::voice::Chain;
use crate::unit::Seconds;

/// The facts of a session's clips, bells, swells and beds.
///
/// # Errors
/// [`GatherError`] if the folders of the voice cannot be listed or a draft cannot be spoken; trouble with single sounds goes to `sink`.
pub fn gather(
    store: &Store<'_>,
    course: &Course,
    session: &Session,
    listener: &dyn Listener,
    sink: &Sink,
) -> Result<Facts, GatherError> {
    let phrases: Vec<&Phrase> = session.all_phrases.iter().collect();
    let mut clips = clips(store, session, &phrases, listener)?;
    if session.draft {
        drafts(store, session, &phrases, &mut clips, listener)?;
    }
    let mut facts = Facts {
        rate: store.rate,
        session_level: session_level(session, &clips),
        clips: BTreeMap::new(),
        bells: bells(store, course, session, sink),
        swells: swells(store, session),
        tick: ticks(session).then(|| store.tick_facts()),
        beds: beds(store, course, session, sink),
        pace: pace(store, course, session, &clips),
    };
    for phrase in phrases {
        match clips.get(&phrase.key) {
            Some((path, Ok(clip))) => {
                clip.complaints.iter().for_each(|complaint| sink.emit(poor(phrase.span, path, complaint)));
                facts.clips.insert(phrase.key.clone(), Take { path: path.clone(), facts: clip.clone() });
            }
            Some((_, Err(trouble))) => sink.emit(bad(Code::BadClip, phrase.span, trouble)),
            None => {}
        }
    }
    Ok(facts)
}

/// Why facts could not be gathered.
#[derive(Debug, Error)]
pub enum GatherError {
    /// A folder could not be listed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A phrase could not be drafted.
    #[error(transparent)]
    Draft(#[from] DraftError),
}

/// Speaks what has no recording.
fn drafts(
    store: &Store<'_>,
    session: &Session,
    phrases: &[&Phrase],
    clips: &mut Clips,
    listener: &dyn Listener,
) -> Result<(), DraftError> {
    let missing: Vec<_> = phrases.iter().filter(|phrase| !clips.contains_key(&phrase.key)).collect();
    let (done, total) = (AtomicUsize::new(0), missing.len());
    let spoken: Result<Vec<_>, DraftError> = missing
        .into_par_iter()
        .map_init(Resampler::new, |resampler, phrase| {
            let path = store.drafts.speak(&session.voice, &phrase.beats, &store.cache)?;
            let facts = store.clip_facts(&path, Chain::Speech, Wanted::ALL, resampler, || {
                listener.hear(Event::Drafting { count: done.fetch_add(1, Ordering::Relaxed) + 1, of: total });
            });
            Ok((phrase.key.clone(), (path, facts)))
        })
        .collect();
    clips.extend(spoken?);
    Ok(())
}

type Clips = BTreeMap<PhraseKey, (String, Result<ClipFacts, SoundError>)>;

/// The clips of the session. All clips of the voice are looked at where the level of the recording session is not
/// written down, as it is their median, and where a phrase has no recording, as they tell the pace of the voice.
fn clips(
    store: &Store<'_>,
    session: &Session,
    phrases: &[&Phrase],
    listener: &dyn Listener,
) -> Result<Clips, FileError> {
    let wanted = wanted(session, phrases);
    let takes = takes(store.files, &session.voice)?;
    let missing = !session.draft && wanted.keys().any(|key| !takes.contains_key(*key));
    let all = missing || (session.voice.chain == Chain::Speech && session.voice.level.is_none());
    let takes: Vec<_> = takes.into_iter().filter(|(key, _)| all || wanted.contains_key(key)).collect();
    let decoded = AtomicUsize::new(0);
    let total = takes.len();
    let clips: Vec<_> = takes
        .into_par_iter()
        // Whoever asked to stop looks at nothing of this any more.
        .filter(|_| !listener.wants_stop())
        .map_init(Resampler::new, |resampler, (key, path)| {
            let wanted = wanted.get(&key).copied().unwrap_or(Wanted::ALL);
            let clip = store.clip_facts(&path, session.voice.chain, wanted, resampler, || {
                listener
                    .hear(Event::Decoding { count: decoded.fetch_add(1, Ordering::Relaxed) + 1, of: total });
            });
            (key, (path, clip))
        })
        .collect();
    Ok(clips.into_iter().collect())
}

/// What layout will ask of the clip of each phrase. Of a clip that is left as it is that may be no more than its length.
fn wanted<'a>(session: &Session, phrases: &[&'a Phrase]) -> BTreeMap<&'a PhraseKey, Wanted> {
    let cut = session.voice.chain == Chain::Speech;
    let loudness = cut || session.hangs_on_speech();
    let of = |phrase: &Phrase| Wanted { loudness, islands: cut || phrase.beats.len() > 1 };
    phrases.iter().map(|phrase| (&phrase.key, of(phrase))).collect()
}

/// The pace of the voice, learned from every clip whose text is known.
fn pace(store: &Store<'_>, course: &Course, session: &Session, clips: &Clips) -> Pace {
    let texts = phrase_texts(course, &session.language);
    let spoken = clips.iter().filter_map(|(key, (path, clip))| {
        let clip = clip.as_ref().ok().filter(|_| !path.starts_with(DRAFT_PATH))?;
        Some((letters(texts.get(key)?), clip.frames))
    });
    Pace::learned(spoken, store.rate, &session.language)
}

fn session_level(session: &Session, clips: &Clips) -> Option<crate::unit::Lufs> {
    if session.voice.chain == Chain::Off {
        return None;
    }
    let measured = clips.values().filter_map(|(_, clip)| clip.as_ref().ok()?.loudness());
    session.voice.level.or_else(|| median_level(measured))
}

fn bells(store: &Store<'_>, course: &Course, session: &Session, sink: &Sink) -> BTreeMap<String, BellFacts> {
    let wanted: Vec<_> = session.bells().iter().filter_map(|strike| course.bells.get(&strike.bell)).collect();
    let made: Vec<_> = wanted.into_par_iter().map(|bell| (bell, store.bell_facts(bell))).collect();
    let mut bells = BTreeMap::new();
    for (bell, facts) in made {
        let file = match &bell.sound {
            Some(BellSound::Recording(file)) => Some(file),
            _ => None,
        };
        match (facts, file) {
            (Ok(facts), Some(file)) if facts.max_momentary().is_none() => {
                sink.emit(bad(Code::BadBed, file.span, &SoundError::Silent.of(&file.value)));
            }
            (Ok(facts), _) => {
                bells.insert(bell.id.clone(), facts);
            }
            (Err(trouble), file) => {
                sink.emit(bad(Code::BadBed, file.map_or(bell.span, |file| file.span), &trouble));
            }
        }
    }
    bells
}

fn swells(store: &Store<'_>, session: &Session) -> BTreeMap<(Seconds, Seconds), BellFacts> {
    let steps = session.all_steps().into_iter();
    let breaths: BTreeSet<_> = steps
        .filter_map(|step| match &step.deed {
            Deed::Breathe(breath) => Some((breath.inhale, breath.exhale)),
            _ => None,
        })
        .collect();
    breaths
        .into_par_iter()
        .map(|(inhale, exhale)| ((inhale, exhale), store.swell_facts(inhale, exhale)))
        .collect()
}

/// Whether a walk wants its paces heard.
fn ticks(session: &Session) -> bool {
    session.all_steps().iter().any(|step| matches!(&step.deed, Deed::Walk(walk) if walk.ticks))
}

/// The facts of the beds that are placed by their loudness; one with a level of its own is only opened, so that what is
/// wrong with it is told now.
fn beds(store: &Store<'_>, course: &Course, session: &Session, sink: &Sink) -> BTreeMap<String, BedFacts> {
    let mut wanted: BTreeMap<&str, bool> = BTreeMap::new();
    for bed in session.beds() {
        *wanted.entry(&bed.name).or_default() |= matches!(bed.level, BedLevel::Under(_));
    }
    let mut beds = BTreeMap::new();
    for (name, loudness) in wanted {
        let Some(ambience) = course.ambiences.get(name) else { continue };
        let files: Vec<_> = ambience
            .layers
            .iter()
            .filter_map(|layer| match &layer.sound {
                LayerSound::Recording { file, .. } => Some(file),
                LayerSound::Rain | LayerSound::Brown => None,
            })
            .collect();
        match (bed_facts(store, ambience, session.seed, loudness), files.first()) {
            (Ok(facts), Some(file)) if loudness && facts.loudness.is_none() => {
                sink.emit(bad(Code::BadBed, file.span, &SoundError::Silent.of(&file.value)));
            }
            (Ok(facts), _) => {
                beds.insert(ambience.id.clone(), facts);
            }
            (Err(trouble), _) => {
                let file = files.iter().find(|file| trouble.path() == Some(&file.value));
                sink.emit(bad(Code::BadBed, file.map_or(ambience.span, |file| file.span), &trouble));
            }
        }
    }
    beds
}

fn bad(code: Code, span: Span, trouble: &SoundError) -> Diagnostic {
    let (wrong, remedy) = trouble.told();
    let mut bad = Diagnostic::error(code, span, wrong);
    bad.helps.extend(remedy);
    bad
}

fn poor(span: Span, path: &str, complaint: &Complaint) -> Diagnostic {
    let (message, help) = match complaint {
        Complaint::FewBits(bits) => {
            (format!("{path} has only {bits} bits and will hiss"), "record and save it with 24 bits")
        }
        Complaint::Clipped(runs) => (
            format!("{path} is clipped in {runs} place{}", if *runs == 1 { "" } else { "s" }),
            "record it again with less gain: peaks under -6 dBFS",
        ),
    };
    Diagnostic::warning(Code::PoorClip, span, message).help(help)
}
