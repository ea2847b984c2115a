//! Sounds that are much louder than the voice, or sudden.

use crate::layout::SoundType;
use crate::qc::analysis::Analysis;
use crate::qc::plan::PlannedTrack;
use crate::qc::report::{Finding, Marker, Verdict};
use crate::qc::subject::{NO_PLAN, Subject};

/// The tolerance: the meter has steps of 100 ms and the level of a bell is set to 0.1 LU.
const TOLERANCE: f64 = 0.3;
/// The least distance of the bed below the voice, in LU.
const BED: f64 = 8.0;

/// The highest momentary and short-term levels of the mix, the cues and the bed.
pub(super) fn loudest(subject: &Subject) -> Finding {
    let Some(plan) = &subject.plan else { return Finding::not_judged(NO_PLAN) };
    let anchor = subject.preset.target.0;
    let levels = &subject.file.levels;
    let value = |loudness: Option<crate::unit::Lufs>| loudness.map_or(-120.0, |loudness| loudness.0);
    let (momentary, short) = (value(levels.max_momentary), value(levels.max_short_term));
    // Without a voice bells may be a little louder (docs/sound.md, section 3).
    let voiceless = plan.events(SoundType::Phrase).next().is_none();
    let limits = if voiceless { [anchor + 2.0; 2] } else { [anchor - subject.preset.bells.0, anchor - BED] };
    let seconds = subject.file.seconds();
    let stems = [&subject.stems.cues, &subject.stems.bed];
    let loud = |stem: &Option<Analysis>| stem.as_ref().map(|stem| stem.loudness.loudest((0.0, seconds), 0.4));
    let others = stems.map(loud);
    let fine = momentary <= anchor + 6.0 && short <= anchor + 3.0;
    let too_loud = others
        .iter()
        .zip(limits)
        .filter_map(|(loud, limit)| loud.filter(|(level, _)| *level > limit + TOLERANCE));
    let too_loud: Vec<f64> = too_loud.map(|(_, place)| place).collect();
    let [cues, bed] = others.map(|loud| {
        loud.map_or_else(
            || "-".to_owned(),
            |(level, _)| if level > -120.0 { format!("{level:.1}") } else { "none".to_owned() },
        )
    });
    let measured = format!("{momentary:.1}, {short:.1}, {cues}, {bed} LUFS");
    let limit = format!("{:.0}, {:.0}, {:.0}, {:.0} LUFS", anchor + 6.0, anchor + 3.0, limits[0], limits[1]);
    let finding = Finding::judged(Verdict::should(fine && too_loud.is_empty()), measured, limit);
    let finding = finding.note(note(
        plan,
        too_loud.is_empty(),
        "momentary, short-term, momentary of cues and of the bed",
    ));
    let loudest = (!fine).then(|| subject.file.loudness.loudest((0.0, seconds), 0.4).1);
    let places: Vec<Marker> = loudest.into_iter().chain(too_loud).map(|time| subject.place(time)).collect();
    finding.at(places)
}

/// The most that the level may rise within 0.4 s, in LU.
const RISE: f64 = 12.0;
/// After a pause of this length a sudden sound startles, in seconds.
const CALM: f64 = 5.0;

/// After a pause no sound except the voice starts suddenly.
pub(super) fn startle(subject: &Subject) -> Finding {
    let Some(plan) = &subject.plan else { return Finding::not_judged(NO_PLAN) };
    let anchor = subject.preset.target.0;
    let loud = &subject.file.loudness;
    let mut worst = (f64::NEG_INFINITY, 0.0);
    for (from, to) in plan.pauses(CALM) {
        let steps = (0..).map(|n| from + CALM + 0.1 * f64::from(n)).take_while(|time| *time <= to);
        for time in steps {
            let before = loud.level((time - CALM, time - 0.4)).max(anchor - 20.0);
            let rise = loud.momentary(time) - before;
            if rise > worst.0 {
                worst = (rise, time - 0.4);
            }
        }
    }
    let (rise, place) = worst;
    if rise == f64::NEG_INFINITY {
        return Finding::not_judged("there is no pause of five seconds");
    }
    let fine = rise <= RISE + TOLERANCE;
    let finding =
        Finding::judged(Verdict::should(fine), format!("{:.1} LU", rise.max(0.0)), "12 LU in 0.4 s");
    finding.at((!fine).then(|| subject.place(place))).note(note(plan, fine, ""))
}

/// The note of a row about bells. In a track of bells alone they must be loud enough for the integrated loudness, and
/// start from silence.
fn note(plan: &PlannedTrack, fine: bool, otherwise: &str) -> String {
    let alone = !fine && !plan.has(SoundType::Phrase) && !plan.has(SoundType::Bed);
    if alone { "this track has only bells, which determine its loudness" } else { otherwise }.to_owned()
}
