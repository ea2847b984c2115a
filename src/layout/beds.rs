//! Places the beds under the parts that name them, with fades at the ends and crossfades between two beds.

use super::context::Context;
use super::timeline::BedSpan;
use super::under::UnderPhrases;
use crate::script::bed::BedSettings;
use crate::unit::{Frames, Position, SampleRate, Seconds};

/// The beds of a track whose parts start at `starts`.
pub(super) fn bed_spans(
    context: &Context<'_>,
    under: &UnderPhrases,
    starts: &[Position],
    total: Frames,
) -> Vec<BedSpan> {
    let runs = runs(context, starts, total);
    let mut spans = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let Some(bed) = run.bed else { continue };
        let rate = context.facts.rate;
        let before = index.checked_sub(1).map(|index| &runs[index]).filter(|before| before.bed.is_some());
        let after = runs.get(index + 1).filter(|after| after.bed.is_some());
        let take_over = before.map(|before| crossfade(before, run, rate));
        let hand_over = after.map(|after| crossfade(run, after, rate));
        let early = take_over.map_or(Frames::ZERO, |cross| Frames(cross.0 / 2));
        let late = hand_over.map_or(Frames::ZERO, |cross| Frames(cross.0 - cross.0 / 2));
        let start = run.start.back(early);
        let end = (run.end + late).min(Position::START + total);
        let frames = end - start;
        let (fade_in, fade_out) = (bed.fade_in.frames(rate), run.fade_out.frames(rate));
        // A crossfade keeps its length; a fade at an end of the track is shortened for it.
        let (fade_in, fade_out) = match (take_over, hand_over) {
            (Some(take_over), Some(hand_over)) => (take_over, hand_over),
            (Some(take_over), None) => (take_over, fade_out.min(frames - take_over)),
            (None, Some(hand_over)) => (fade_in.min(frames - hand_over), hand_over),
            (None, None) => fit(fade_in, fade_out, frames),
        };
        spans.push(BedSpan {
            name: bed.name.clone(),
            part: run.part,
            start,
            frames,
            fade_in,
            fade_out,
            gain: context.levels.bed(context.facts, bed),
            duck: bed.duck,
            depths: under.bed_depths(context, bed),
        });
    }
    spans
}

/// Consecutive parts with the same bed, or with none.
struct BedRun<'a> {
    bed: Option<&'a BedSettings>,
    /// The fade-out of its last part.
    fade_out: Seconds,
    part: usize,
    start: Position,
    end: Position,
}

impl BedRun<'_> {
    fn frames(&self) -> Frames {
        self.end - self.start
    }
}

/// The length of a crossfade, as set by the bed that starts. Half of it is on each side of the border. It extends at
/// most to the middle of each bed, so that two crossfades never overlap.
fn crossfade(before: &BedRun<'_>, after: &BedRun<'_>, rate: SampleRate) -> Frames {
    let wanted = after.bed.map_or(Frames::ZERO, |bed| bed.cross.frames(rate));
    wanted.min(before.frames()).min(after.frames())
}

fn runs<'a>(context: &Context<'a>, starts: &[Position], total: Frames) -> Vec<BedRun<'a>> {
    let mut runs: Vec<BedRun<'a>> = Vec::new();
    for (part, start) in starts.iter().enumerate() {
        let bed = context.session.parts[part].bed.as_ref();
        let end = starts.get(part + 1).copied().unwrap_or(Position::START + total);
        match runs.last_mut() {
            Some(run) if goes_on(run.bed, bed) => {
                run.end = end;
                run.fade_out = bed.map_or(Seconds::ZERO, |bed| bed.fade_out);
            }
            _ => {
                let fade_out = bed.map_or(Seconds::ZERO, |bed| bed.fade_out);
                runs.push(BedRun { bed, fade_out, part, start: *start, end });
            }
        }
    }
    runs
}

/// Whether the next part continues the same bed; its fade-out may differ.
fn goes_on(one: Option<&BedSettings>, next: Option<&BedSettings>) -> bool {
    match (one, next) {
        (Some(one), Some(next)) => one.name == next.name && one.level == next.level && one.duck == next.duck,
        (one, next) => one.is_none() && next.is_none(),
    }
}

/// Shortens two fades in proportion so that they do not overlap.
fn fit(fade_in: Frames, fade_out: Frames, room: Frames) -> (Frames, Frames) {
    let both = fade_in + fade_out;
    if both <= room {
        return (fade_in, fade_out);
    }
    let short = Frames((u128::from(fade_in.0) * u128::from(room.0) / u128::from(both.0)) as u64);
    (short, room - short)
}
