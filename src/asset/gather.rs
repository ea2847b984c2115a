//! Gathers the facts of everything one session needs, in parallel; what cannot be used becomes a diagnostic at the
//! place that asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::bed::bed_facts;
use super::facts::{BedFacts, BellFacts, ClipFacts, Complaint, Facts, Take, Wanted, median_level};
use super::store::{SoundError, Store};
use super::takes::takes;
use crate::diag::{Code, Diagnostic, Sink, Span};
use crate::dsp::resample::Resampler;
use crate::event::{Event, Listener};
use crate::files::FileError;
use crate::script::bed::BedLevel;
use crate::script::load::Course;
use crate::script::session::{Deed, Phrase, PhraseKey, Session};
use crate::script::voice::Chain;
use crate::unit::Seconds;

/// The facts of a session's clips, bells, swells and beds.
///
/// # Errors
/// [`FileError`] if the folders of the voice cannot be listed; trouble with single sounds goes to `sink`.
pub fn gather(
    store: &Store<'_>,
    course: &Course,
    session: &Session,
    listener: &dyn Listener,
    sink: &Sink,
) -> Result<Facts, FileError> {
    let phrases = session.phrases();
    let clips = clips(store, session, &phrases, listener)?;
    let mut facts = Facts {
        rate: store.rate,
        session_level: session_level(session, &clips),
        clips: BTreeMap::new(),
        bells: bells(store, course, session, sink),
        swells: swells(store, session),
        beds: beds(store, course, session, sink),
    };
    for phrase in phrases {
        match clips.get(&phrase.key) {
            Some((path, Ok(clip))) => {
                clip.complaints.iter().for_each(|complaint| sink.emit(poor(phrase.span, path, complaint)));
                facts.clips.insert(phrase.key.clone(), Take { path: path.clone(), facts: clip.clone() });
            }
            Some((path, Err(trouble))) => sink.emit(bad(Code::BadClip, phrase.span, path, trouble)),
            None => {}
        }
    }
    Ok(facts)
}

type Clips = BTreeMap<PhraseKey, (String, Result<ClipFacts, SoundError>)>;

/// The clips of the session. Where the level of the recording session is not written down, it is the median of all
/// clips of the voice, so all of them are looked at.
fn clips(
    store: &Store<'_>,
    session: &Session,
    phrases: &[&Phrase],
    listener: &dyn Listener,
) -> Result<Clips, FileError> {
    let wanted = wanted(session, phrases);
    let all = session.voice.chain == Chain::Speech && session.voice.level.is_none();
    let takes = takes(store.files, &session.voice)?;
    let takes: Vec<_> = takes.into_iter().filter(|(key, _)| all || wanted.contains_key(key)).collect();
    let decoded = AtomicUsize::new(0);
    let total = takes.len();
    let clips: Vec<_> = takes
        .into_par_iter()
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
        match facts {
            Ok(facts) => {
                bells.insert(bell.id.clone(), facts);
            }
            Err(trouble) => {
                sink.emit(bad(Code::BadBed, bell.span, &format!("the bell `{}`", bell.id), &trouble));
            }
        }
    }
    bells
}

fn swells(store: &Store<'_>, session: &Session) -> BTreeMap<(Seconds, Seconds), BellFacts> {
    let steps = session.parts.iter().flat_map(|part| &part.steps);
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
        match bed_facts(store, ambience, session.seed, loudness) {
            Ok(facts) => {
                beds.insert(ambience.id.clone(), facts);
            }
            Err(trouble) => {
                sink.emit(bad(Code::BadBed, ambience.span, &format!("the bed `{}`", ambience.id), &trouble));
            }
        }
    }
    beds
}

fn bad(code: Code, span: Span, what: &str, trouble: &SoundError) -> Diagnostic {
    Diagnostic::error(code, span, format!("{what} cannot be used")).note(trouble.to_string())
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
