//! Sounds that are much louder than the voice, or sudden.

use crate::layout::SoundType;
use crate::qc::analysis::Analysis;
use crate::qc::plan::PlannedTrack;
use crate::qc::report::{Finding, Marker, Verdict};
use crate::qc::subject::{NO_PLAN, Subject};

/// The tolerance: the meter has steps of 100 ms and the level of a bell is set to 0.1 LU.
const TOLERANCE: f64 = 0.3;
/// How much louder than the voice a moment of 0.4 s and one of 3 s may be, in LU. A word of a person who reads is up to 9
/// over it (docs/sound.md, section 8).
const MOMENT: f64 = 10.0;
const SHORT: f64 = 3.0;
/// How far the loudest 3 s of a bed are over the loudness it is made for, in LU: 12 under the voice, or that of a version
/// without one. Recordings of waves, birds and wind have 6.6, 4.0 and 3.2 (docs/sound.md, section 8).
const SWELL: f64 = 8.0;
const UNDER: f64 = 12.0;

/// The highest momentary and short-term levels of the mix, the momentary one of the cues, and the short-term one of the bed:
/// a wave is longer than a moment.
pub(super) fn loudest(subject: &Subject) -> Finding {
    let Some(plan) = &subject.plan else { return Finding::not_judged(NO_PLAN) };
    let anchor = subject.preset.target.0;
    let levels = &subject.file.levels;
    let value = |loudness: Option<crate::unit::Lufs>| loudness.map_or(-120.0, |loudness| loudness.0);
    let (momentary, short) = (value(levels.max_momentary), value(levels.max_short_term));
    // Without a voice bells may be a little louder (docs/sound.md, section 3).
    let voiceless = plan.events(SoundType::Phrase).next().is_none();
    let limits = if voiceless {
        [anchor + 2.0, subject.preset.voiceless.0 + SWELL]
    } else {
        [anchor - subject.preset.bells.0, anchor - UNDER + SWELL]
    };
    let seconds = subject.file.seconds();
    let stems = [(&subject.stems.cues, 0.4), (&subject.stems.bed, 3.0)];
    let loud = |(stem, length): (&Option<Analysis>, f64)| {
        stem.as_ref().map(|stem| stem.loudness.loudest((0.0, seconds), length))
    };
    let others = stems.map(loud);
    let fine = momentary <= anchor + MOMENT && short <= anchor + SHORT + TOLERANCE;
    // Bells alone are as loud as the loudness of the whole needs, which row 4 judges.
    let only_bells = has_only_bells(plan);
    let too_loud = others
        .iter()
        .zip(limits)
        .filter_map(|(loud, limit)| loud.filter(|(level, _)| *level > limit + TOLERANCE && !only_bells));
    let too_loud: Vec<f64> = too_loud.map(|(_, place)| place).collect();
    let [cues, bed] = others.map(|loud| {
        loud.map_or_else(
            || "-".to_owned(),
            |(level, _)| if level > -120.0 { format!("{level:.1}") } else { "none".to_owned() },
        )
    });
    let measured = format!("{momentary:.1}, {short:.1}, {cues}, {bed} LUFS");
    let limit =
        format!("{:.0}, {:.0}, {:.0}, {:.0} LUFS", anchor + MOMENT, anchor + SHORT, limits[0], limits[1]);
    let finding = Finding::judged(Verdict::should(fine && too_loud.is_empty()), measured, limit);
    let finding = finding.note("momentary, short-term, momentary of cues, short-term of the bed");
    let loudest = (!fine).then(|| subject.file.loudness.loudest((0.0, seconds), 0.4).1);
    let places: Vec<Marker> = loudest.into_iter().chain(too_loud).map(|time| subject.place(time)).collect();
    finding.at(places)
}

/// The most that the level may rise within 0.4 s, in LU.
const RISE: f64 = 12.0;
/// After a pause of this length a sudden sound startles, in seconds.
const CALM: f64 = 5.0;

/// After a pause no sound except the voice starts suddenly. A wave that rises for longer than 0.4 s does not.
pub(super) fn startle(subject: &Subject) -> Finding {
    let Some(plan) = &subject.plan else { return Finding::not_judged(NO_PLAN) };
    if has_only_bells(plan) {
        return Finding::not_judged("this track has only bells, which begin in silence");
    }
    let anchor = subject.preset.target.0;
    let loud = &subject.file.loudness;
    let mut worst = (f64::NEG_INFINITY, 0.0);
    for (from, to) in plan.pauses(CALM) {
        let steps = (0..).map(|n| from + CALM + 0.1 * f64::from(n)).take_while(|time| *time <= to);
        for time in steps {
            let calm = loud.level((time - CALM, time - 0.4));
            let before = calm.max(loud.momentary(time - 0.4)).max(anchor - 20.0);
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
    finding.at((!fine).then(|| subject.place(place)))
}

/// Whether nobody speaks and there is no bed.
fn has_only_bells(plan: &PlannedTrack) -> bool {
    !plan.has(SoundType::Phrase) && !plan.has(SoundType::Bed)
}
