//! Finished recordings in a mix: the recording itself is played where its cuts sound, and no other bed while it is.

mod alike;
mod fill;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use super::bed::BedTrack;
use crate::asset::{SoundError, Store, WholeRecording};
use crate::dsp::fade::equal_power;
use crate::layout::{BedSpan, CueEvent, Event, EventKind, PhraseEvent, Timeline};
use crate::script::bed::DuckSettings;
use crate::script::course::Course;
use crate::script::mixed::{CutSound, MixedRecording};
use crate::unit::{Frames, Gain, Position, SampleRate, Seconds};
use alike::best_meeting;
use fill::{BedFill, fills};
use plan::{Fade, MixedSegment, PlacedCut, segments};

/// The fades of the bed of a recording at the ends of a track, where the recording itself does not reach.
const FADES: (Seconds, Seconds) = (Seconds::whole(4), Seconds::whole(6));
/// How much of the pauses before and after it a bell brings along where the voice is another.
const ALONE: (Seconds, Seconds) = (Seconds::from_millis(500), Seconds::from_millis(1_500));
/// Gains are computed for this many frames at a time.
const RUN: usize = 2_048;

/// The stretches of finished recordings in a track.
#[derive(Default)]
pub(super) struct MixedTrack {
    sources: Vec<WholeRecording>,
    segments: Vec<MixedSegment>,
    /// The gain of each segment, and whether the bed makes way for it.
    gains: Vec<(f32, bool)>,
    /// Where the bed of the recording fills its pauses.
    fills: Vec<BedFill>,
}

/// Which sounds of a timeline are played from a finished recording, and with which bed.
pub(super) struct MixedSounds<'a> {
    recordings: Vec<&'a MixedRecording>,
    /// The recordings that have each sound, and its number among their cuts.
    cuts: BTreeMap<&'a CutSound, Vec<(usize, usize)>>,
    /// The gain of the phrases of each recording that has some in this timeline.
    voiced: BTreeMap<usize, Gain>,
}

impl<'a> MixedSounds<'a> {
    pub(super) fn of(timeline: &Timeline, course: &'a Course) -> Self {
        let recordings: Vec<_> = course.recordings.values().collect();
        let mut cuts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (number, recording) in recordings.iter().enumerate() {
            for (index, cut) in recording.cuts.iter().enumerate() {
                cuts.entry(&cut.sound.value).or_default().push((number, index));
            }
        }
        let mut sounds = Self { recordings, cuts, voiced: BTreeMap::new() };
        for event in &timeline.events {
            if let (Some((number, _)), Some(_)) = (sounds.cut_of(event), event.phrase()) {
                sounds.voiced.entry(number).or_insert(event.gain);
            }
        }
        sounds
    }

    /// The recording and the cut that an event is played from.
    fn cut_of(&self, event: &Event) -> Option<(usize, usize)> {
        let sound = match &event.kind {
            // A phrase that is cut into beats is played from its clip.
            EventKind::Phrase(PhraseEvent { clip: Some(path), pieces, .. }) if pieces.len() == 1 => {
                CutSound::Clip(path.clone())
            }
            EventKind::Cue(CueEvent::Bell { name }) => CutSound::Bell(name.clone()),
            EventKind::Phrase(_) | EventKind::Cue(CueEvent::Breath { .. } | CueEvent::Step { .. }) => {
                return None;
            }
        };
        // A bell that several recordings have is that of the recording that speaks.
        let known = self.cuts.get(&sound)?;
        let speaks = known.iter().find(|(number, _)| self.voiced.contains_key(number));
        speaks.or(known.first()).copied()
    }

    /// Whether an event is played from a recording, and not from its clip or bell.
    pub(super) fn has(&self, event: &Event) -> bool {
        self.cut_of(event).is_some()
    }

    /// The bed of a track whose voice is that of a recording: the one that sounds like its pauses, at the gain of the
    /// recording.
    pub(super) fn bed(&self, timeline: &Timeline) -> Option<BedSpan> {
        let (number, gain) = self.voiced.first_key_value()?;
        let name = self.recordings[*number].bed.as_ref()?.value.clone();
        Some(BedSpan {
            name,
            part: 0,
            start: Position::START,
            frames: timeline.frames,
            fade_in: FADES.0.frames(timeline.rate),
            fade_out: FADES.1.frames(timeline.rate),
            gain: *gain,
            duck: DuckSettings::none(),
            depths: Vec::new(),
        })
    }

    /// The cuts of a timeline, in order.
    fn placed(&self, timeline: &Timeline, frames: &BTreeMap<usize, Frames>) -> Vec<(PlacedCut, Gain)> {
        let at = |time: Seconds| time.frames(timeline.rate).0 as i64;
        let placed = timeline.events.iter().filter_map(|event| {
            let (number, index) = self.cut_of(event)?;
            let cuts = &self.recordings[number].cuts;
            let whole = frames.get(&number)?.0 as i64;
            let (from, to) = (at(cuts[index].from).min(whole), at(cuts[index].to).min(whole));
            // A bell alone, under another voice, brings little of its pauses along.
            let alone = !self.voiced.contains_key(&number);
            let (before, after) = if alone { (at(ALONE.0), at(ALONE.1)) } else { (whole, whole) };
            let cut = PlacedCut {
                recording: number,
                index,
                start: event.start.0 as i64,
                from,
                to,
                quiet_from: index.checked_sub(1).map_or(0, |last| at(cuts[last].to)).max(from - before),
                quiet_to: cuts.get(index + 1).map_or(whole, |next| at(next.from)).min(to + after),
                whole,
            };
            let gain = self.voiced.get(&number).copied().unwrap_or(event.gain);
            Some((cut, gain))
        });
        placed.collect()
    }
}

impl MixedTrack {
    /// Opens the recordings of a timeline and finds the joins, and how loud the bed is between them.
    pub(super) fn new(
        sounds: &MixedSounds<'_>,
        timeline: &Timeline,
        store: &Store<'_>,
        bed: &BedTrack,
    ) -> Result<Self, SoundError> {
        let used: BTreeSet<usize> =
            timeline.events.iter().filter_map(|event| Some(sounds.cut_of(event)?.0)).collect();
        let (mut sources, mut numbers, mut frames) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for number in used {
            let Some(file) = &sounds.recordings[number].file else { continue };
            let source = WholeRecording::open(store, &file.value)?;
            numbers.insert(number, sources.len());
            frames.insert(number, source.frames());
            sources.push(source);
        }
        let placed = sounds.placed(timeline, &frames);
        let cuts: Vec<PlacedCut> = placed.iter().map(|(cut, _)| *cut).collect();
        let mut choose = |meeting: &plan::Meeting, left: (usize, i64), right: (usize, i64)| {
            let sides = [(&sources[numbers[&left.0]], left.1), (&sources[numbers[&right.0]], right.1)];
            best_meeting(meeting, sides, timeline.rate)
        };
        let mut segments = segments(&cuts, timeline.frames.0 as i64, timeline.rate, &mut choose)?;
        let gain_of = |segment: &MixedSegment| {
            let own = placed.iter().find(|(cut, _)| cut.recording == segment.recording);
            let has_bed = sounds.recordings[segment.recording].makes_way();
            (own.map_or(1.0, |(_, gain)| gain.factor()), has_bed)
        };
        let gains: Vec<(f32, bool)> = segments.iter().map(gain_of).collect();
        segments.iter_mut().for_each(|segment| segment.recording = numbers[&segment.recording]);
        let fills = if sounds.bed(timeline).is_some() {
            fills(&segments, &gains, (timeline.frames, timeline.rate), &sources, bed)?
        } else {
            Vec::new()
        };
        Ok(Self { sources, segments, gains, fills })
    }

    /// Lets the bed in `left` and `right` make way for the recordings that sound from `from` on, and adds them, multiplied by
    /// `gain`.
    pub(super) fn write(
        &self,
        from: Position,
        gain: Gain,
        left: &mut [f32],
        right: &mut [f32],
    ) -> Result<(), SoundError> {
        let first = from.0 as i64;
        for (run, (left, right)) in left.chunks_mut(RUN).zip(right.chunks_mut(RUN)).enumerate() {
            self.run(first + (run * RUN) as i64, gain, left, right)?;
        }
        Ok(())
    }

    fn run(&self, first: i64, gain: Gain, left: &mut [f32], right: &mut [f32]) -> Result<(), SoundError> {
        let last = first + left.len() as i64;
        let begin = self.segments.partition_point(|segment| segment.end <= first);
        let sounding = (begin..self.segments.len()).take_while(|index| self.segments[*index].start < last);
        let sounding: Vec<usize> = sounding.collect();
        self.fill(first, [&mut *left, &mut *right]);
        if sounding.is_empty() {
            return Ok(());
        }
        let frames = left.len();
        let (mut covered, mut weights) = (vec![0.0f64; frames], vec![0.0f32; frames]);
        let mut sum = [vec![0.0f32; frames], vec![0.0; frames]];
        let mut read = [vec![0.0f32; frames], vec![0.0; frames]];
        for index in sounding {
            let (segment, (own, makes_way)) = (&self.segments[index], self.gains[index]);
            let (start, end) = (segment.start.max(first), segment.end.min(last));
            let range = (start - first) as usize..(end - first) as usize;
            let [read_left, read_right] = read.each_mut().map(|plane| &mut plane[range.clone()]);
            let source = start + segment.shift;
            let skip = (-source).clamp(0, end - start) as usize;
            read_left[..skip].fill(0.0);
            read_right[..skip].fill(0.0);
            self.sources[segment.recording].read(
                Position(source.max(0) as u64),
                &mut read_left[skip..],
                &mut read_right[skip..],
            )?;
            for (frame, place) in (start..end).zip(range.clone()) {
                let (plain, weight) = segment.weight(frame);
                weights[place] = weight as f32 * own * gain.factor();
                if makes_way {
                    covered[place] += plain * plain;
                }
            }
            for (sum, read) in sum.iter_mut().zip(&read) {
                for place in range.clone() {
                    sum[place] += read[place] * weights[place];
                }
            }
        }
        for (plane, sum) in [left, right].into_iter().zip(&sum) {
            for ((sample, sum), covered) in plane.iter_mut().zip(sum).zip(&covered) {
                *sample = *sample * (1.0 - covered).max(0.0).sqrt() as f32 + sum;
            }
        }
        Ok(())
    }

    /// Brings the bed that fills pauses to their level.
    fn fill(&self, first: i64, planes: [&mut [f32]; 2]) {
        let [left, right] = planes;
        let last = first + left.len() as i64;
        let begin = self.fills.partition_point(|fill| fill.to <= first);
        for fill in self.fills[begin..].iter().take_while(|fill| fill.from < last) {
            for frame in fill.from.max(first)..fill.to.min(last) {
                let (at, factor) = ((frame - first) as usize, fill.factor(frame));
                left[at] *= factor;
                right[at] *= factor;
            }
        }
    }
}

impl MixedSegment {
    /// The factor of the fades at a frame: of equal power, and corrected for how alike both sides are.
    fn weight(&self, frame: i64) -> (f64, f64) {
        let (since, until) = (frame - self.start, self.end - frame);
        let part = |done: i64, fade: Fade| {
            if done >= fade.frames {
                return (1.0, 1.0);
            }
            let t = done as f64 / fade.frames as f64;
            let (own, other) = (equal_power(t), equal_power(1.0 - t));
            (own, own / (1.0 + 2.0 * fade.alike * own * other).sqrt())
        };
        let (coming, leaving) = (part(since, self.fade_in), part(until, self.fade_out));
        (coming.0 * leaving.0, coming.1 * leaving.1)
    }
}

/// The length of the blocks in which the levels of two sides are compared.
fn hop(rate: SampleRate) -> usize {
    Seconds::from_millis(50).frames(rate).index()
}
