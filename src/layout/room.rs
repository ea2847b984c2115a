//! The room tone under the voice: its position and level. Also warns of noisy clips.

use super::context::Context;
use super::event::Event;
use super::timeline::RoomSpan;
use crate::diag::{Code, Diagnostic};
use crate::unit::{Db, Frames, Position, Seconds};

/// The fades of the room tone if the track is long enough.
const FADE_IN: Seconds = Seconds::from_millis(500);
const FADE_OUT: Seconds = Seconds::from_millis(2_000);
/// How far the room tone is below the anchor: −75 to −65 dBFS at −18 LUFS (docs/sound.md, section 3).
const UNDER: (f64, f64) = (47.0, 57.0);
/// The least distance of the noise of a clip below the anchor (docs/sound.md, section 3).
const QUIET: Db = Db(45.0);

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

/// Warns of clips whose noise is too close to the voice at the level of the mix.
pub(super) fn warn_of_noise(context: &Context<'_>) {
    let Context { session, facts, levels, .. } = context;
    let noise = |key, soft| {
        let take = facts.clips.get(key)?;
        let level = take.facts.room?.level + (levels.voice() + facts.clip_gain(key, soft)).0;
        Some((Db(levels.reference().0 - level), take.path.clone()))
    };
    let near = session.all_phrases.iter().filter_map(|phrase| {
        let (under, path) = noise(&phrase.key, phrase.soft)?;
        (under < QUIET).then_some((phrase.span, under, path))
    });
    let mut near: Vec<_> = near.collect();
    near.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let Some((span, under, path)) = near.first() else { return };
    let others = match near.len() {
        1 => String::new(),
        2 => "; also 1 other clip".to_owned(),
        count => format!("; also {} other clips", count - 1),
    };
    let message = format!("{path} is noisy: its noise is {:.0} dB below the voice{others}", under.0);
    let warning = Diagnostic::warning(Code::PoorClip, *span, message);
    context.sink.emit(warning.help(format!(
        "record in a quieter room or closer to the microphone for at least {} dB, or try `chain = {{ denoise = 0.5 }}` in voice.toml",
        QUIET.0
    )));
}
