//! Rows 3 to 8: loudness, peaks, clipping, offset.

use std::fmt::Write as _;

use super::number;
use crate::delivery::preset::Anchor;
use crate::qc::plan::Plan;
use crate::qc::report::{Row, Verdict};
use crate::qc::subject::{NO_PLAN, Subject};

/// Row 3: the voice is at its anchor.
pub(super) fn speech(subject: &Subject) -> Row {
    let plan = match subject.spoken() {
        Ok(plan) => plan,
        Err(why) => return Row::not_judged(3, why),
    };
    if subject.is_acx() {
        return audiobook(subject, plan);
    }
    let preset = &subject.preset;
    let (measured, note) = if preset.anchor == Anchor::Integrated {
        (subject.file.levels.integrated.map(|loudness| loudness.0), "of the whole file")
    } else if let Some(voice) = subject.voice() {
        (voice.levels.integrated.map(|loudness| loudness.0), "")
    } else {
        let (mix, note) = subject.voice_or_mix();
        (mix.loud.gated(&plan.speech()), note)
    };
    let Some(measured) = measured else {
        return Row::judged(3, Verdict::Failure, "silence", format!("{:.1} LUFS", preset.target.0));
    };
    speech_at(subject, plan, measured).note(note)
}

/// Row 3 for a voice of this loudness, in LUFS: narrower where all phrases are spoken, whose loudness is the anchor.
pub(in crate::qc) fn speech_at(subject: &Subject, plan: &Plan, measured: f64) -> Row {
    let target = subject.preset.target.0;
    let full = plan.guidance == "full" && plan.left_out.is_empty();
    let tolerance = if full { 0.3 } else { 1.0 };
    let fine = (measured - target).abs() <= tolerance;
    let verdict = if full { Verdict::must(fine) } else { Verdict::should(fine) };
    Row::judged(3, verdict, number(measured, "LUFS"), format!("{target:.1} ± {tolerance} LUFS"))
}

/// Audiobook shops want the root mean square of the whole file between −23 and −18 dBFS. Silence lowers it, so it says
/// something only where somebody speaks most of the time (docs/sound.md, section 2).
fn audiobook(subject: &Subject, plan: &Plan) -> Row {
    let seconds = subject.file.seconds();
    let level = subject.file.envelope.level((0.0, seconds));
    let spoken: f64 = plan.speech().iter().map(|(from, to)| to - from).sum::<f64>() / seconds.max(0.001);
    if spoken < 0.6 {
        let share = 100.0 * spoken;
        return Row::not_judged(
            3,
            format!(
                "not applicable: somebody speaks {share:.0} % of the time, and silence lowers the root mean square of the whole ({level:.1} dBFS)"
            ),
        );
    }
    Row::judged(
        3,
        Verdict::must((-23.0..=-18.0).contains(&level)),
        number(level, "dBFS RMS"),
        "-23 to -18 dBFS RMS",
    )
}

/// Row 4: a version without a voice is at its loudness.
pub(super) fn voiceless(subject: &Subject) -> Row {
    let Some(plan) = &subject.plan else { return Row::not_judged(4, NO_PLAN) };
    if plan.events("phrase").next().is_some() {
        return Row::not_judged(4, "somebody speaks");
    }
    if plan.mix != "full" {
        return Row::not_judged(4, "only part of the mix is in this file");
    }
    let target = subject.preset.voiceless.0;
    let limit = format!("{target:.1} ± 0.5 LUFS");
    let Some(loudness) = subject.file.levels.integrated else {
        return Row::judged(4, Verdict::Failure, "silence", limit);
    };
    Row::judged(4, Verdict::must((loudness.0 - target).abs() <= 0.5), number(loudness.0, "LUFS"), limit)
}

/// What players that normalise bring a file to.
const PLAYERS: f64 = -14.0;

/// Row 5: the loudness of the whole, and what a player would make of it.
pub(super) fn whole(subject: &Subject) -> Row {
    let levels = &subject.file.levels;
    let Some(loudness) = levels.integrated else { return Row::judged(5, Verdict::Told, "silence", "") };
    let range = levels.range.map_or(String::new(), |range| format!(", range {:.1} LU", range.0));
    let up = PLAYERS - loudness.0;
    let mut note = format!("a player that normalises to {PLAYERS} LUFS changes it by {up:+.1} dB");
    let gated =
        subject.spoken().ok().map(|_| subject.preset.target.0 - loudness.0).filter(|under| *under > 3.0);
    if let Some(under) = gated {
        let _ = write!(note, "; the bed is part of that: {under:.1} LU under the voice");
    }
    Row::judged(5, Verdict::Told, number(loudness.0, "LUFS") + &range, "").note(note)
}

/// Row 6: the true peak.
pub(super) fn true_peak(subject: &Subject) -> Row {
    if !subject.file.is_lossless() {
        return Row::not_judged(6, "an encoder moves peaks: row 27 judges what is decoded");
    }
    let ceiling = subject.ceiling();
    let peak = subject.file.levels.true_peak.db().map_or(-120.0, |peak| peak.0);
    Row::judged(
        6,
        Verdict::must(peak <= ceiling + 0.1),
        number(peak, "dBTP"),
        format!("at most {ceiling} dBTP"),
    )
}

/// Row 7: samples at the rail, and flat tops below it.
pub(super) fn clipping(subject: &Subject) -> Row {
    let samples = &subject.file.samples;
    let (clipped, flat) = (samples.clipped.len(), samples.flat.len());
    let verdict = match (clipped, flat) {
        (0, 0) => Verdict::Fine,
        (0, _) => Verdict::Warning,
        _ => Verdict::Failure,
    };
    let places = samples.clipped.iter().chain(&samples.flat).map(|run| subject.frame(run.start));
    Row::judged(7, verdict, format!("{clipped} clipped, {flat} flat"), "0, 0").at(places)
}

/// Row 8: no channel leans to one side.
pub(super) fn offset(subject: &Subject) -> Row {
    let worst = subject.file.samples.offset.iter().map(|offset| offset.abs()).fold(0.0, f64::max);
    let verdict = match worst {
        _ if worst >= 0.001 => Verdict::Failure,
        _ if worst >= 0.0005 => Verdict::Warning,
        _ => Verdict::Fine,
    };
    Row::judged(8, verdict, format!("{worst:.5}"), "under 0.0005 (fails from 0.001)")
}
