//! The room tone under the voice: its position and level.

use super::context::Context;
use super::event::Event;
use super::timeline::RoomSpan;
use crate::unit::{Db, Frames, Position, Seconds};

/// The fades of the room tone if the track is long enough.
const FADE_IN: Seconds = Seconds::from_millis(500);
const FADE_OUT: Seconds = Seconds::from_millis(2_000);
/// How far the room tone is below the anchor: −75 to −65 dBFS at −18 LUFS (docs/sound.md, section 3).
const UNDER: (f64, f64) = (47.0, 57.0);

/// The room tone of a track with these events. It lasts the whole track, so that it is the same in every mix. A track
/// without a voice has none.
pub(super) fn room_span(context: &Context<'_>, events: &[Event], total: Frames) -> Option<RoomSpan> {
    let tone = context.facts.room.clone()?;
    if events.iter().all(|event| event.phrase().is_none()) {
        return None;
    }
    let rate = context.facts.rate;
    let reference = context.levels.reference().0;
    let level = tone.room.level + context.levels.voice().0;
    let level = Db(level.clamp(reference - UNDER.1, reference - UNDER.0)).gain();
    let fade = |time: Seconds| time.frames(rate).min(Frames(total.0 / 2));
    let (fade_in, fade_out) = (fade(FADE_IN), fade(FADE_OUT));
    Some(RoomSpan { start: Position::START, frames: total, fade_in, fade_out, level, tone })
}
