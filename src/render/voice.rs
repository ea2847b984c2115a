//! The voice stem: every piece of every clip at its position, and the room tone.

use super::mixed::MixedSounds;
use crate::asset::{ClipShelf, RoomSound, RoomStages, SoundError, Store};
use crate::dsp::fade::raised_cosine;
use crate::dsp::voice::fitting::Fitting;
use crate::layout::{PhraseEvent, RoomSpan, Timeline};
use crate::unit::{Frames, Position, SampleRate, Seconds};

/// The fade at a cut inside a clip. The cut lies in a pause, so the fade only smooths the background noise.
const CUT_FADE: Seconds = Seconds::from_millis(5);

/// All pieces of all phrases, in order, without overlaps.
pub(super) struct VoiceTrack {
    shelf: ClipShelf,
    pieces: Vec<PlacedClip>,
    cut_fade: u64,
    room: Option<(RoomSpan, RoomSound)>,
}

struct PlacedClip {
    start: u64,
    end: u64,
    from: u64,
    path: String,
    fitting: Fitting,
    gain: f32,
}

impl VoiceTrack {
    /// Collects the pieces of a timeline. Phrases without a clip, and those of finished recordings, are silent.
    pub(super) fn new(
        timeline: &Timeline,
        shelf: ClipShelf,
        store: &Store<'_>,
        mixed: &MixedSounds<'_>,
    ) -> Result<Self, SoundError> {
        let mut placed = Vec::new();
        for event in timeline.events.iter().filter(|event| !mixed.has(event)) {
            let Some(PhraseEvent { clip: Some(path), pieces, .. }) = event.phrase() else { continue };
            placed.extend(pieces.iter().map(|piece| PlacedClip {
                start: piece.start.0,
                end: (piece.start + piece.frames).0,
                from: piece.from.0,
                path: path.clone(),
                fitting: timeline.fittings.get(path).copied().unwrap_or_default(),
                gain: event.gain.factor(),
            }));
        }
        let stages = RoomStages::of(shelf.chain().stages());
        let open = |span: &RoomSpan| {
            let sound = RoomSound::open(store, &span.tone, stages)?;
            Ok::<_, SoundError>((span.clone(), sound))
        };
        let room = timeline.room.as_ref().map(open).transpose()?;
        Ok(Self { shelf, pieces: placed, cut_fade: cut_fade(timeline.rate).0, room })
    }

    /// Writes the voice from `from` on into `out`. Returns `false` and leaves `out` unchanged if it is silent
    /// throughout.
    pub(super) fn write(
        &self,
        store: &Store<'_>,
        from: Position,
        out: &mut [f32],
    ) -> Result<bool, SoundError> {
        let (first, last) = (from.0, from.0 + out.len() as u64);
        let begin = self.pieces.partition_point(|piece| piece.end <= first);
        let sounding = self.pieces[begin..].iter().take_while(|piece| piece.start < last);
        let mut sounds = false;
        for piece in sounding {
            if !sounds {
                out.fill(0.0);
                sounds = true;
            }
            let clip = self.shelf.get(store, &piece.path, piece.fitting)?;
            let (start, end) = (piece.start.max(first), piece.end.min(last));
            let source = (piece.from + start - piece.start) as usize;
            let target = &mut out[(start - first) as usize..(end - first) as usize];
            // A clip file that has changed since its facts were computed may be shorter; the missing part is silent.
            let samples = clip.get(source..).unwrap_or_default();
            for (sum, sample) in target.iter_mut().zip(samples) {
                *sum = sample * piece.gain;
            }
            self.fade_cuts(piece, clip.len() as u64, start, target);
        }
        Ok(self.write_room(from, out, sounds) || sounds)
    }

    /// Forgets the clips that were held for the next window.
    pub(super) fn rest(&self) {
        self.shelf.clear();
    }

    /// Adds the room tone to the voice, which is in `out` if `sounds`. Returns `false` if there is none in this
    /// range.
    fn write_room(&self, from: Position, out: &mut [f32], sounds: bool) -> bool {
        let Some((span, room)) = &self.room else { return false };
        let (start, end) = (span.start.0, (span.start + span.frames).0);
        let (first, last) = (from.0.max(start), (from.0 + out.len() as u64).min(end));
        if first >= last {
            return false;
        }
        if !sounds {
            out.fill(0.0);
        }
        let level = span.level.factor();
        let part = |done: u64, whole: u64| raised_cosine(done as f64 / whole.max(1) as f64) as f32;
        let out = &mut out[(first - from.0) as usize..(last - from.0) as usize];
        for ((frame, sum), sample) in (first..).zip(out).zip(room.from(Position(first - start))) {
            let (since, until) = (frame - start, end - frame);
            let mut gain = level;
            if since < span.fade_in.0 {
                gain *= part(since, span.fade_in.0);
            }
            if until < span.fade_out.0 {
                gain *= part(until, span.fade_out.0);
            }
            *sum += sample * gain;
        }
        true
    }

    /// Fades those edges of a piece that lie inside its clip; `samples` holds the piece from frame `start` on.
    fn fade_cuts(&self, piece: &PlacedClip, clip: u64, start: u64, samples: &mut [f32]) {
        let fade = self.cut_fade.min((piece.end - piece.start) / 2).max(1);
        let cut_in = piece.from > 0;
        let cut_out = piece.from + (piece.end - piece.start) < clip;
        if !cut_in && !cut_out {
            return;
        }
        for (frame, sample) in (start..).zip(samples.iter_mut()) {
            let (since, until) = (frame - piece.start, piece.end - frame);
            if cut_in && since < fade {
                *sample *= raised_cosine(since as f64 / fade as f64) as f32;
            }
            if cut_out && until < fade {
                *sample *= raised_cosine(until as f64 / fade as f64) as f32;
            }
        }
    }
}

/// The length of the fade at a cut inside a clip.
pub fn cut_fade(rate: SampleRate) -> Frames {
    CUT_FADE.frames(rate)
}
