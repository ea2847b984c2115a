//! Gathers the facts of all sounds that a session needs, in parallel. A sound that cannot be used becomes a diagnostic
//! at the place that names it.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use thiserror::Error;

use super::bed::bed_facts;
use super::cache::{CacheKey, SharedWindows};
use super::clip::Treatment;
use super::draft::{DraftError, Drafts};
use super::hashes::Hashes;
use super::in_use::InUse;
use super::judge::{JudgedPhrase, damaged, judge};
use super::room_tone::RoomStages;
use super::sessions::{RecordedIn, SessionLevels, recorded_in};
use super::store::{SoundError, Store};
use super::takes::{TakeFile, room_file, used_takes};
use crate::diag::{Code, Diagnostic, Help, Sink, Span};
use crate::dsp::resample::Resampler;
use crate::dsp::voice::de_ess;
use crate::dsp::voice::fitting::Fitting;
use crate::dsp::voice::room_noise::RoomNoise;
use crate::dsp::voice::tone::{SpectralBalance, Tone, ToneLeft};
use crate::event::{ProgressEvent, Task};
use crate::facts::is_no_take;
use crate::facts::pace::{Pace, letters};
use crate::facts::{BedFacts, BellFacts, ClipFacts, Facts, RoomTone, Take, Wanted};
use crate::files::FileError;
use crate::script::ambience::{Ambience, Bell, BellSound, LayerSound};
use crate::script::bed::BedLevel;
use crate::script::course::Course;
use crate::script::language::Language;
use crate::script::own::{LONGEST_OWN, OwnPlace, refused};
use crate::script::phrase_texts;
use crate::script::session::{Phrase, PhraseKey, Session};
use crate::script::speech_engine::DraftVoice;
use crate::script::step::StepSound;
use crate::script::voice::Chain;
use crate::synth::generator::Generator;
use crate::unit::literal::print_duration;
use crate::unit::{Db, Seconds};

/// The facts of the sounds of a course that this process has computed. A file is read when it is first needed, and
/// again only if its metadata shows that it has changed.
#[derive(Default)]
pub struct Catalogue {
    /// The drafts of phrases without a recording.
    pub drafts: Drafts,
    /// The windows of generated beds, where versions share them.
    pub bed_windows: Arc<SharedWindows>,
    pub(super) hashes: Hashes,
    /// Generators of beds, by the key of their windows: each has tables of a megabyte or more.
    pub(super) generators: InUse<dyn Generator>,
    /// One repetition of each room tone.
    pub(super) rooms: InUse<[f32]>,
    facts: Mutex<HashMap<CacheKey, Arc<dyn Any + Send + Sync>>>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.facts().len();
        f.debug_struct("Catalogue").field("facts", &facts).finish_non_exhaustive()
    }
}

impl Catalogue {
    /// An empty catalogue with these drafts.
    pub fn new(drafts: Drafts) -> Self {
        Self { drafts, ..Self::default() }
    }

    /// Facts that this process has computed before. The key is a hash of everything they depend on, including the file.
    pub(super) fn held<T: Clone + 'static>(&self, key: &CacheKey) -> Option<T> {
        let facts = self.facts().get(key).cloned()?;
        facts.downcast_ref::<T>().cloned()
    }

    /// Stores facts for later plans.
    pub(super) fn hold<T: Clone + Send + Sync + 'static>(&self, key: &CacheKey, facts: &T) {
        self.facts().insert(*key, Arc::new(facts.clone()));
    }

    fn facts(&self) -> MutexGuard<'_, HashMap<CacheKey, Arc<dyn Any + Send + Sync>>> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The facts of a session's clips, bells, swells and beds.
///
/// # Errors
/// [`GatherError`] if the folders of the voice cannot be listed or a draft cannot be made; errors of single sounds go
/// to `sink`.
pub fn gather(
    store: &Store<'_>,
    course: &Course,
    session: &Session,
    task: &Task<'_>,
    sink: &Sink,
) -> Result<Facts, GatherError> {
    let phrases: Vec<&Phrase> = session.all_phrases.iter().collect();
    let found = used_takes(store, &session.voice)?;
    let mut clips = clips(store, session, &phrases, &found, task, sink);
    let drafted_by = if session.draft { drafts(store, session, &phrases, &mut clips, task)? } else { None };
    let drafted_by = drafted_by.or(own_words(store, session, &mut clips, sink)?);
    let levels = SessionLevels::of(&session.voice, &clips, &found);
    let struck = session.bells();
    let mut facts = Facts {
        rate: store.rate,
        voice_level: levels.voice,
        strength: session.voice.strength,
        clips: BTreeMap::new(),
        drafted_by,
        bells: bells(store, struck.iter().filter_map(|strike| course.bells.get(&strike.bell)), sink),
        swells: swells(store, session),
        tick: ticks(session).then(|| store.tick_facts()),
        beds: beds(store, course, session, sink),
        room: match room(store, session, &clips) {
            Ok(room) => room,
            Err(RoomError::File(error)) => return Err(error.into()),
            Err(RoomError::Sound(trouble)) => {
                sink.emit(bad(Code::BadClip, session.voice.span, &trouble));
                None
            }
        },
        pace: pace(store, course, &session.language, &clips),
    };
    for phrase in phrases {
        match clips.get(&phrase.key) {
            Some((path, Ok(clip))) => {
                let session = levels.of_take(&phrase.key, path);
                let file = found.get(&phrase.key).filter(|file| file.path == *path);
                let stale = file.and_then(|file| file.stale(&phrase.beats.join(" | ")));
                let despite = file.map(TakeFile::despite).unwrap_or_default();
                let take = Take { path: path.clone(), facts: clip.clone(), session, stale, despite };
                facts.clips.insert(phrase.key.clone(), take);
            }
            Some((_, Err(trouble))) => sink.emit(bad(Code::BadClip, phrase.span, trouble)),
            None => {}
        }
    }
    for (key, above) in facts.too_loud() {
        let Some(phrase) = session.all_phrases.iter().find(|phrase| phrase.key == *key) else { continue };
        let path = facts.clips.get(key).map_or("", |take| &take.path);
        let message = format!(
            "{path} is {:.0} LU louder than the other clips, and is left out of the level of the voice",
            above.0
        );
        let warning = Diagnostic::warning(Code::PoorClip, phrase.span, message);
        sink.emit(warning.help("listen to it, and record or export it again"));
    }
    // What was cut from a finished recording is not judged as what somebody has just recorded.
    let mixed = course.mixed_clips();
    let judged = session.all_phrases.iter().filter_map(|phrase| {
        let take = facts.clips.get(&phrase.key).filter(|take| !mixed.contains(take.path.as_str()))?;
        Some(JudgedPhrase {
            key: &phrase.key,
            span: phrase.span,
            soft: phrase.soft,
            text: &phrase.text,
            take,
        })
    });
    let voice = (&session.language, session.voice.id.as_str(), session.voice.kind);
    let poor = judge(judged, voice, store.rate, facts.voice_level, facts.pace);
    poor.into_iter().for_each(|poor| sink.emit(poor));
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

/// Makes drafts of phrases without a recording, and returns who speaks them; `None` where there are none. Where the clips of a
/// synthetic voice were made by another engine, drafts take their place, so that the whole track has one voice.
fn drafts(
    store: &Store<'_>,
    session: &Session,
    phrases: &[&Phrase],
    clips: &mut Clips,
    task: &Task<'_>,
) -> Result<Option<DraftVoice>, DraftError> {
    if phrases.iter().all(|phrase| clips.contains_key(&phrase.key)) {
        return Ok(None);
    }
    let (drafts, voice) = (&store.catalogue.drafts, &session.voice);
    let spoken_by = drafts.spoken_by(voice)?;
    let is_needed = |phrase: &&&Phrase| spoken_by.instead_of.is_some() || !clips.contains_key(&phrase.key);
    let missing: Vec<&Phrase> = phrases.iter().filter(is_needed).copied().collect();
    let (done, total) = (AtomicUsize::new(0), missing.len());
    let chain = Chain::draft();
    let spoken: Result<Vec<_>, DraftError> = missing
        .par_chunks(drafts.at_once(voice))
        // The task is cancelled; the result is not used.
        .filter(|_| !task.is_cancelled())
        .map_init(Resampler::new, |resampler, phrases| {
            let beats: Vec<&[String]> = phrases.iter().map(|phrase| &phrase.beats[..]).collect();
            let paths = match drafts.speak(voice, &beats, &store.cache) {
                // Ctrl-C ends the programs too.
                Err(_) if task.is_cancelled() => Vec::new(),
                spoken => spoken?,
            };
            let prepared = paths.into_iter().zip(phrases).map(|(path, phrase)| {
                let facts = store.clip_facts(&path, chain.into(), Wanted::ALL, resampler, || {
                    let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                    task.tell(ProgressEvent::Drafting { count, of: total });
                });
                (phrase.key.clone(), (path, facts))
            });
            Ok(prepared.collect::<Vec<_>>())
        })
        .collect();
    let spoken: Clips = spoken?.into_iter().flatten().collect();
    // As of a voice, it is known after all of them are heard how sharp an s of this machine is.
    let again: Vec<_> = sharp(&spoken, chain, usual_s(&spoken)).into_iter().collect();
    let fitted: Vec<_> = again
        .into_par_iter()
        .filter(|_| !task.is_cancelled())
        .map_init(Resampler::new, |resampler, (key, (path, fitting))| {
            let clip = store.clip_facts(&path, Treatment { chain, fitting }, Wanted::ALL, resampler, || ());
            (key, (path, clip))
        })
        .collect();
    clips.extend(spoken);
    clips.extend(fitted);
    Ok(Some(spoken_by))
}

/// Puts the own words of a listener in the place of recordings, and returns who speaks their texts.
fn own_words(
    store: &Store<'_>,
    session: &Session,
    clips: &mut Clips,
    sink: &Sink,
) -> Result<Option<DraftVoice>, DraftError> {
    let (drafts, voice) = (&store.catalogue.drafts, &session.voice);
    let mut resampler = Resampler::new();
    let mut spoken_by = None;
    for phrase in session.all_phrases.iter().filter(|phrase| phrase.own.is_taken()) {
        let path = match &phrase.own {
            OwnPlace::Closed | OwnPlace::Open => continue,
            OwnPlace::Recording(path) => path.clone(),
            OwnPlace::Text => {
                // It says nothing of the clips, which stay.
                spoken_by = Some(DraftVoice { instead_of: None, ..drafts.spoken_by(voice)? });
                drafts.speak(voice, &[&phrase.beats[..]], &store.cache)?.swap_remove(0)
            }
        };
        let facts = store.clip_facts(&path, Chain::draft().into(), Wanted::ALL, &mut resampler, || {});
        let longest = LONGEST_OWN.frames(store.rate);
        if facts.as_ref().is_ok_and(|facts| facts.frames > longest) {
            let message = format!(
                "the own words for `{}` last longer than {}",
                phrase.key.id,
                print_duration(LONGEST_OWN)
            );
            sink.emit(refused(phrase.span, message).help("shorten them"));
        }
        clips.insert(phrase.key.clone(), (path, facts));
    }
    Ok(spoken_by)
}

pub(super) type Clips = BTreeMap<PhraseKey, (String, Result<ClipFacts, SoundError>)>;

/// The clips of the session. All clips of the voice are analysed if its level is not written down, as it is their
/// median, and if a phrase has no recording, as they give the pace of the voice.
fn clips(
    store: &Store<'_>,
    session: &Session,
    phrases: &[&Phrase],
    found: &BTreeMap<PhraseKey, TakeFile>,
    task: &Task<'_>,
    sink: &Sink,
) -> Clips {
    let wanted = wanted(session, phrases);
    let chain = session.voice.chain;
    let (tone, sibilance) =
        chain.stages().map_or((Db(0.0), Db(0.0)), |stages| (stages.tone, stages.sibilance));
    let is_missing = |phrase: &&&Phrase| !phrase.own.is_taken() && !found.contains_key(&phrase.key);
    let missing = !session.draft && phrases.iter().any(|phrase| is_missing(&phrase));
    let of_voice = session.voice.level.is_none() || tone > Db(0.0) || sibilance > Db(0.0);
    let all = missing || (chain.is_on() && of_voice);
    let takes: Vec<_> = found.iter().filter(|(key, _)| all || wanted.contains_key(key)).collect();
    let prepare = |takes: Vec<(PhraseKey, String, Fitting)>| -> Clips {
        let (decoded, total) = (AtomicUsize::new(0), takes.len());
        let clips: Vec<_> = takes
            .into_par_iter()
            // The task is cancelled; the result is not used.
            .filter(|_| !task.is_cancelled())
            .map_init(Resampler::new, |resampler, (key, path, fitting)| {
                let wanted = wanted.get(&key).copied().unwrap_or(Wanted::ALL);
                let clip = store.clip_facts(&path, Treatment { chain, fitting }, wanted, resampler, || {
                    let count = decoded.fetch_add(1, Ordering::Relaxed) + 1;
                    task.tell(ProgressEvent::Decoding { count, of: total });
                });
                (key, (path, clip))
            })
            .collect();
        clips.into_iter().collect()
    };
    let mut clips = prepare(
        takes.into_iter().map(|(key, take)| (key.clone(), take.path.clone(), Fitting::default())).collect(),
    );
    // Which sessions need a tone correction, and how sharp an s of the voice is, is known after all clips are analysed; what is
    // not as the voice is prepared again.
    let (off, told) = off_tone(&clips, found, tone, session.voice.span);
    let usual_s = usual_s(&clips);
    let mut again = sharp(&clips, chain, usual_s);
    for (key, path, tone) in off {
        again.insert(key, (path, Fitting { tone, usual_s }));
    }
    clips.extend(prepare(again.into_iter().map(|(key, (path, fitting))| (key, path, fitting)).collect()));
    told.into_iter().for_each(|told| sink.emit(told));
    clips
}

/// How sharp an s of these clips usually is.
fn usual_s(clips: &Clips) -> Option<Db> {
    let heard = clips.values().filter_map(|(_, clip)| clip.as_ref().ok());
    de_ess::usual_s(heard.flat_map(|clip| clip.sibilants.iter().copied()))
}

/// The clips with an s that is sharper than they usually are in all of these, and how they are prepared for it.
fn sharp(clips: &Clips, chain: Chain, usual_s: Option<Db>) -> BTreeMap<PhraseKey, (String, Fitting)> {
    let Some(usual) = usual_s.filter(|_| chain.is_on()) else { return BTreeMap::new() };
    let fitting = Fitting { tone: Tone::default(), usual_s: Some(usual) };
    let is_sharp = |clip: &ClipFacts| clip.sibilants.iter().any(|s| de_ess::is_lowered(*s, usual));
    let sharp = clips.iter().filter(|(_, (_, clip))| clip.as_ref().is_ok_and(is_sharp));
    sharp.map(|(key, (path, _))| (key.clone(), (path.clone(), fitting))).collect()
}

/// The clips of sessions whose tone differs from that of the whole voice, with the gains that correct it, and a warning of each
/// that differs by more than may be corrected.
fn off_tone(
    clips: &Clips,
    found: &BTreeMap<PhraseKey, TakeFile>,
    most: Db,
    voice: Span,
) -> (Vec<(PhraseKey, String, Tone)>, Vec<Diagnostic>) {
    let usable = || clips.iter().filter_map(|(key, (path, clip))| Some((key, path, clip.as_ref().ok()?)));
    let mut sessions: BTreeMap<RecordedIn<'_>, Vec<&SpectralBalance>> = BTreeMap::new();
    for (key, path, clip) in usable() {
        sessions.entry(recorded_in(found, key, path)).or_default().push(&clip.balance);
    }
    if most == Db(0.0) || sessions.len() < 2 {
        return (Vec::new(), Vec::new());
    }
    let balance = SpectralBalance::mean(usable().map(|(_, _, clip)| &clip.balance));
    let tones: BTreeMap<_, _> = sessions
        .into_iter()
        .map(|(session, all)| (session, SpectralBalance::mean(all.into_iter()).towards(&balance, most)))
        .collect();
    let told = tones.iter().filter_map(|(session, (_, left))| Some(far_off(*session, (*left)?, most, voice)));
    let off =
        usable().map(|(key, path, _)| (key.clone(), path.clone(), tones[&recorded_in(found, key, path)].0));
    (off.filter(|(_, _, tone)| !tone.is_flat()).collect(), told.collect())
}

/// A session whose tone differs by more than the voice allows to correct.
fn far_off(session: RecordedIn<'_>, left: ToneLeft, most: Db, voice: Span) -> Diagnostic {
    let how = match (left.hz < MIDDLE, left.over > Db(0.0)) {
        (true, true) => "more bass",
        (true, false) => "less bass",
        (false, true) => "more treble",
        (false, false) => "less treble",
    };
    let (hz, by) = (left.hz, left.over.0.abs());
    let message = format!(
        "the recordings of {session} have {by:.1} dB {how} than the voice, at {hz:.0} Hz, of which {most} are corrected"
    );
    let told = Diagnostic::warning(Code::PoorClip, voice, message);
    if most < Db(MOST_TONE) {
        told.help(format!("write `tone = {MOST_TONE}` in `chain`, or record them again as the others were"))
    } else {
        told.help("record them again as the others were: in the same place, as near to the microphone")
    }
}

/// What lies below is bass and above it treble, in Hz.
const MIDDLE: f64 = 1_000.0;
/// The most that `tone` may be.
const MOST_TONE: f64 = 6.0;

/// The room tone of a voice: its recording, or noise that imitates that in its clips.
fn room(store: &Store<'_>, session: &Session, clips: &Clips) -> Result<Option<RoomTone>, RoomError> {
    let Some(stages) = session.voice.chain.stages().filter(|stages| stages.room) else { return Ok(None) };
    if let Some(file) = room_file(store.files, &session.voice)? {
        let room = store.room_facts(&file, RoomStages::of(Some(stages))).map_err(RoomError::Sound)?;
        return Ok(Some(RoomTone { file: Some(file), room }));
    }
    let rooms: Vec<RoomNoise> = clips.values().filter_map(|(_, clip)| clip.as_ref().ok()?.room).collect();
    Ok(Some(RoomTone { file: None, room: RoomNoise::median(&rooms).unwrap_or_else(RoomNoise::studio) }))
}

/// Why there is no room tone.
enum RoomError {
    File(FileError),
    Sound(SoundError),
}

impl From<FileError> for RoomError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// The facts that layout needs of each clip. For an unprocessed clip that may be only its length.
fn wanted<'a>(session: &Session, phrases: &[&'a Phrase]) -> BTreeMap<&'a PhraseKey, Wanted> {
    let cut = session.voice.chain.is_on();
    let loudness = cut || session.depends_on_speech();
    let of = |phrase: &Phrase| Wanted { loudness, islands: cut || phrase.beats.len() > 1 };
    phrases.iter().map(|phrase| (&phrase.key, of(phrase))).collect()
}

/// The pace of the voice, measured on all clips whose text is known.
pub(super) fn pace(store: &Store<'_>, course: &Course, language: &Language, clips: &Clips) -> Pace {
    let texts = phrase_texts(course, language);
    let spoken = clips.iter().filter_map(|(key, (path, clip))| {
        let clip = clip.as_ref().ok().filter(|_| !is_no_take(path))?;
        Some((letters(texts.get(key)?), clip.frames))
    });
    Pace::learned(spoken, store.rate, language)
}

/// The facts of bells; one that cannot be used is reported.
pub(super) fn bells<'b>(
    store: &Store<'_>,
    wanted: impl Iterator<Item = &'b Bell>,
    sink: &Sink,
) -> BTreeMap<String, BellFacts> {
    let wanted: Vec<_> = wanted.collect();
    let made: Vec<_> = wanted.into_par_iter().map(|bell| (bell, store.bell_facts(bell))).collect();
    let mut bells = BTreeMap::new();
    for (bell, facts) in made {
        let file = match &bell.sound {
            Some(BellSound::Recording(file)) => Some(file),
            Some(BellSound::Bowl(_) | BellSound::Chime { .. } | BellSound::Block { .. }) | None => None,
        };
        match (facts, file) {
            (Ok(facts), Some(file)) if facts.max_momentary().is_none() => {
                sink.emit(bad(Code::BadBed, file.span, &SoundError::Silent.in_file(&file.value)));
            }
            (Ok(facts), file) => {
                file.iter().for_each(|file| tell_flaws(store, file, sink));
                bells.insert(bell.id.clone(), facts);
            }
            (Err(trouble), file) => {
                sink.emit(bad_file(file.map_or(bell.span, |file| file.span), &trouble));
            }
        }
    }
    bells
}

fn swells(store: &Store<'_>, session: &Session) -> BTreeMap<(Seconds, Seconds), BellFacts> {
    let steps = session.all_steps().into_iter();
    let breaths: BTreeSet<_> = steps.filter_map(|step| step.sound()?.swell()).collect();
    breaths
        .into_par_iter()
        .map(|(inhale, exhale)| ((inhale, exhale), store.swell_facts(inhale, exhale)))
        .collect()
}

/// Whether a walk has audible paces.
fn ticks(session: &Session) -> bool {
    session.all_steps().iter().any(|step| matches!(step.sound(), Some(StepSound::Tick)))
}

/// The facts of the beds whose gain depends on their loudness. A bed with a given level is only opened, to report
/// errors now.
fn beds(store: &Store<'_>, course: &Course, session: &Session, sink: &Sink) -> BTreeMap<String, BedFacts> {
    let mut wanted: BTreeMap<&str, bool> = BTreeMap::new();
    for bed in session.beds() {
        *wanted.entry(&bed.name).or_default() |=
            session.preset.accessible || matches!(bed.level, BedLevel::Under(_));
    }
    let mut beds = BTreeMap::new();
    for (name, loudness) in wanted {
        let Some(ambience) = course.ambiences.get(name) else { continue };
        beds.extend(
            bed(store, ambience, session.seed, loudness, sink).map(|facts| (ambience.id.clone(), facts)),
        );
    }
    beds
}

/// The facts of a bed; one that cannot be used is reported.
pub(super) fn bed(
    store: &Store<'_>,
    ambience: &Ambience,
    seed: u64,
    loudness: bool,
    sink: &Sink,
) -> Option<BedFacts> {
    let files: Vec<_> = ambience
        .layers
        .iter()
        .filter_map(|layer| match &layer.sound {
            LayerSound::Recording { file, .. } => Some(file),
            LayerSound::Generated(_) => None,
        })
        .collect();
    match (bed_facts(store, ambience, seed, loudness), files.first()) {
        (Ok(facts), Some(file)) if loudness && facts.loudness.is_none() => {
            sink.emit(bad(Code::BadBed, file.span, &SoundError::Silent.in_file(&file.value)));
            None
        }
        (Ok(facts), _) => {
            files.iter().for_each(|file| tell_flaws(store, file, sink));
            Some(facts)
        }
        (Err(trouble), _) => {
            let file = files.iter().find(|file| trouble.path() == Some(&file.value));
            sink.emit(bad_file(file.map_or(ambience.span, |file| file.span), &trouble));
            None
        }
    }
}

pub(super) fn bad(code: Code, span: Span, trouble: &SoundError) -> Diagnostic {
    let (wrong, remedies) = trouble.problem_and_advice();
    let mut bad = Diagnostic::error(code, span, wrong);
    bad.helps.extend(remedies);
    bad
}

/// The error for the recording of a bed or bell. Where another file is to be made of it, that one has to be named.
fn bad_file(span: Span, trouble: &SoundError) -> Diagnostic {
    let told = bad(Code::BadBed, span, trouble);
    let converted = told.helps.iter().find_map(|help| match help {
        Help::Text(text) if text.contains("ffmpeg -i ") || text.contains("mpg123 -w ") => {
            let (stem, ending) = trouble.path()?.rsplit_once('.')?;
            let stem = stem.rsplit('/').next().unwrap_or(stem);
            // A WAV is made in the place of a WAV.
            let new = [".flac", "-whole.wav", ".wav"]
                .into_iter()
                .find(|new| text.contains(&format!("{stem}{new}")));
            new.map(|new| format!("{stem}{new}")).filter(|name| *name != format!("{stem}.{ending}"))
        }
        Help::Text(_) | Help::Remedy(_) => None,
    });
    match converted {
        Some(name) => told.help(format!("then write file = \"{name}\" here")),
        None => told,
    }
}

/// Warns of what is wrong with the recording of a bed or bell.
fn tell_flaws(store: &Store<'_>, file: &crate::diag::Spanned<String>, sink: &Sink) {
    let flaws = store.flaws(&file.value);
    flaws.iter().for_each(|complaint| sink.emit(damaged(file.span, &file.value, complaint)));
}
