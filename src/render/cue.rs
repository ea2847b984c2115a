//! The cue stem: bells and ticks, which are never cut or ducked, and breath swells, which make way for the voice.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::bed::ducked;
use super::mixed::MixedSounds;
use crate::asset::{BellSource, SoundError, Store};
use crate::audio::Buffer;
use crate::dsp::duck::DuckCurve;
use crate::layout::{CueEvent, CueSound, Event, Foot, Timeline};
use crate::script::course::Course;
use crate::unit::{Frames, Position};

/// All cues, in order of their start; they may overlap.
pub(super) struct CueTrack {
    sounds: Vec<CueSource>,
    /// The most recently generated swells, by their index in `sounds`.
    recent: Mutex<VecDeque<(usize, Arc<Buffer>)>>,
    cues: Vec<PlacedCue>,
    /// The gain of the swells.
    swells: Option<DuckCurve>,
    /// The length of the longest cue: how far back a cue that still sounds may have begun.
    longest: u64,
}

/// A bell or tick that can be read, or a swell that is generated when it is needed. Where a breath slows down no two
/// swells are equal, and keeping all of them would use too much memory.
enum CueSource {
    Bell(BellSource),
    Swell(Frames, Frames),
}

/// The most swells held in memory: as many as a few threads use at once.
const MOST_SWELLS: usize = 6;

struct PlacedCue {
    start: u64,
    end: u64,
    sound: usize,
    /// The frame of the sound that plays at `start`.
    from: u64,
    gain: f32,
}

impl CueSource {
    fn of(sound: CueSound<'_>, store: &Store<'_>, course: &Course) -> Result<Self, SoundError> {
        Ok(match sound {
            CueSound::Bell(name) => Self::Bell(match course.bells.get(name) {
                Some(bell) => store.bell_sound(bell)?,
                None => BellSource::Held(Buffer::silence(store.rate, 1, 0)),
            }),
            CueSound::Tick(foot) => Self::Bell(BellSource::Held(store.tick(foot == Foot::Left))),
            CueSound::Swell { inhale, exhale } => Self::Swell(inhale, exhale),
        })
    }
}

/// The whole sound of a cue; `None` if the course has no such bell.
///
/// # Errors
/// [`SoundError`] if a recording cannot be read.
pub fn cue_sound(
    sound: CueSound<'_>,
    store: &Store<'_>,
    course: &Course,
) -> Result<Option<Buffer>, SoundError> {
    match sound {
        CueSound::Bell(name) => course.bells.get(name).map(|bell| store.bell(bell)).transpose(),
        CueSound::Tick(foot) => Ok(Some(store.tick(foot == Foot::Left))),
        CueSound::Swell { inhale, exhale } => Ok(Some(store.swell(inhale, exhale))),
    }
}

impl CueTrack {
    /// Collects the cues of a timeline but those of finished recordings; each bell and tick is opened once.
    pub(super) fn new(
        timeline: &Timeline,
        store: &Store<'_>,
        course: &Course,
        mixed: &MixedSounds<'_>,
    ) -> Result<Self, SoundError> {
        let mut known: BTreeMap<CueSound<'_>, usize> = BTreeMap::new();
        let (mut cues, mut longest) = (Vec::new(), 0);
        for event in timeline.events.iter().filter(|event| !mixed.has(event)) {
            let Some((sound, from)) = event.cue().map(CueEvent::sound) else { continue };
            let next = known.len();
            let sound = *known.entry(sound).or_insert(next);
            longest = longest.max(event.frames.0);
            cues.push(PlacedCue {
                start: event.start.0,
                end: (event.start + event.frames).0,
                sound,
                from: from.0,
                gain: event.gain.factor(),
            });
        }
        let mut wanted: Vec<_> = known.into_iter().collect();
        wanted.sort_unstable_by_key(|(_, index)| *index);
        // In parallel, since generating a bell noticeably delays the first sound of a preview.
        let sounds = wanted
            .par_iter()
            .map(|(sound, _)| CueSource::of(*sound, store, course))
            .collect::<Result<_, _>>()?;
        let swells = swell_curve(timeline, |event| !mixed.has(event));
        Ok(Self { sounds, recent: Mutex::default(), cues, swells, longest })
    }

    /// Writes the cues from `from` on into left and right. Returns `false` and leaves them unchanged if the cues are
    /// silent throughout.
    pub(super) fn write(
        &self,
        store: &Store<'_>,
        from: Position,
        left: &mut [f32],
        right: &mut [f32],
    ) -> Result<bool, SoundError> {
        let (first, last) = (from.0, from.0 + left.len() as u64);
        let begin = self.cues.partition_point(|cue| cue.start + self.longest <= first);
        let near = self.cues[begin..].iter().take_while(|cue| cue.start < last);
        let mut sounds = false;
        for cue in near.filter(|cue| cue.end > first) {
            if !sounds {
                left.fill(0.0);
                right.fill(0.0);
                sounds = true;
            }
            let (start, end) = (cue.start.max(first), cue.end.min(last));
            let source = Position(cue.from + start - cue.start);
            let range = (start - first) as usize..(end - first) as usize;
            let place = Position(start);
            self.add(store, cue, source, place, [&mut left[range.clone()], &mut right[range]])?;
        }
        Ok(sounds)
    }

    /// Adds the samples of a cue from its frame `source` on, which is at `place` in the track.
    fn add(
        &self,
        store: &Store<'_>,
        cue: &PlacedCue,
        source: Position,
        place: Position,
        out: [&mut [f32]; 2],
    ) -> Result<(), SoundError> {
        let add = |out: &mut [f32], samples: &[f32]| {
            out.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += sample * cue.gain);
        };
        match &self.sounds[cue.sound] {
            CueSource::Bell(bell) => {
                let frames = out[0].len();
                let mut planes = vec![vec![0.0; frames]; bell.channels()];
                bell.read(source, &mut planes.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>())?;
                for (out, channel) in out.into_iter().zip([0, planes.len() - 1]) {
                    add(out, &planes[channel]);
                }
            }
            CueSource::Swell(inhale, exhale) => {
                let swell = self.swell(store, cue.sound, (*inhale, *exhale));
                let mut gains = vec![cue.gain; out[0].len()];
                if let Some(curve) = &self.swells {
                    curve.fill(place, &mut gains);
                    gains.iter_mut().for_each(|gain| *gain *= cue.gain);
                }
                for (out, plane) in out.into_iter().zip(swell.planes()) {
                    let samples = plane.get(source.0 as usize..).unwrap_or_default();
                    out.iter_mut()
                        .zip(samples)
                        .zip(&gains)
                        .for_each(|((sum, sample), gain)| *sum += sample * gain);
                }
            }
        }
        Ok(())
    }

    /// Forgets the swells that were held for the next window.
    pub(super) fn rest(&self) {
        lock(&self.recent).clear();
    }

    /// A swell, generated unless it is among the recent ones.
    fn swell(&self, store: &Store<'_>, index: usize, (inhale, exhale): (Frames, Frames)) -> Arc<Buffer> {
        let held = |recent: &VecDeque<(usize, Arc<Buffer>)>| {
            recent.iter().find(|(known, _)| *known == index).map(|(_, buffer)| Arc::clone(buffer))
        };
        if let Some(buffer) = held(&lock(&self.recent)) {
            return buffer;
        }
        let buffer = Arc::new(store.swell(inhale, exhale));
        let mut recent = lock(&self.recent);
        if recent.len() == MOST_SWELLS {
            recent.pop_front();
        }
        recent.push_back((index, Arc::clone(&buffer)));
        buffer
    }
}

/// The gain of the breath swells under the phrases that `is_heard` chooses; `None` where no swell sounds.
pub fn swell_curve(timeline: &Timeline, is_heard: impl Fn(&Event) -> bool) -> Option<DuckCurve> {
    let swells = timeline.swells.as_ref()?;
    Some(DuckCurve::new(&ducked(timeline, swells.duck, &swells.depths, is_heard)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
