//! Loudness, peaks, clipping, offset.

use std::fmt::Write as _;

use super::number;
use crate::delivery::mix::Mix;
use crate::delivery::preset::Anchor;
use crate::layout::SoundType;
use crate::qc::plan::PlannedTrack;
use crate::qc::report::{Finding, Verdict};
use crate::qc::rows::RowId;
use crate::qc::subject::{NO_PLAN, Subject};

/// The voice is at its anchor.
pub(super) fn speech(subject: &Subject) -> Finding {
    let plan = match subject.spoken() {
        Ok(plan) => plan,
        Err(why) => return Finding::not_judged(why),
    };
    if subject.is_acx() {
        return audiobook(subject, plan);
    }
    let preset = &subject.preset;
    let (measured, note) = if preset.anchor == Anchor::Integrated {
        (subject.file.levels.integrated.map(|loudness| loudness.0), "of the whole file")
    } else if let Some(clips) = &subject.clips {
        (clips.speech, "")
    } else {
        // A meter would count room tone over -70 LUFS, and read short speech among it up to 0.2 LU too low.
        let (voice, note) = subject.voice_or_mix();
        (voice.loudness.gated(&plan.anchored_speech()), note)
    };
    let Some(measured) = measured else {
        return Finding::judged(Verdict::Fail, "silence", format!("{:.1} LUFS", preset.target.0));
    };
    speech_at(subject, plan, measured).note(note)
}

/// Judges speech of this loudness in LUFS. The tolerance is smaller if all phrases are spoken, as the anchor is
/// computed from all of them.
fn speech_at(subject: &Subject, plan: &PlannedTrack, measured: f64) -> Finding {
    let target = subject.preset.target.0;
    let full = plan.guidance == "full" && plan.left_out.is_empty();
    let tolerance = if full { 0.3 } else { 1.0 };
    let fine = (measured - target).abs() <= tolerance;
    let verdict = if full { Verdict::must(fine) } else { Verdict::should(fine) };
    Finding::judged(verdict, number(measured, "LUFS"), format!("{target:.1} ± {tolerance} LUFS"))
}

/// Audiobook shops require an RMS level of the whole file between −23 and −18 dBFS. Silence lowers it, so it is judged
/// only if most of the file is speech (docs/sound.md, section 2).
fn audiobook(subject: &Subject, plan: &PlannedTrack) -> Finding {
    let seconds = subject.file.seconds();
    let level = subject.file.envelope.level((0.0, seconds));
    let spoken: f64 = plan.speech().iter().map(|(from, to)| to - from).sum::<f64>() / seconds.max(0.001);
    if spoken < 0.6 {
        let share = 100.0 * spoken;
        return Finding::not_judged(format!(
            "not applicable: {share:.0} % of the file is speech, and silence lowers its RMS level ({level:.1} dBFS)"
        ));
    }
    Finding::judged(
        Verdict::must((-23.0..=-18.0).contains(&level)),
        number(level, "dBFS RMS"),
        "-23 to -18 dBFS RMS",
    )
}

/// The loudness of a version without a voice.
pub(super) fn voiceless(subject: &Subject) -> Finding {
    let Some(plan) = &subject.plan else { return Finding::not_judged(NO_PLAN) };
    if plan.events(SoundType::Phrase).next().is_some() {
        return Finding::not_judged("somebody speaks");
    }
    if plan.mix != Mix::Full {
        return Finding::not_judged("this file has only part of the mix");
    }
    let target = subject.preset.voiceless.0;
    let limit = format!("{target:.1} ± 0.5 LUFS");
    let Some(loudness) = subject.file.levels.integrated else {
        return Finding::judged(Verdict::Fail, "silence", limit);
    };
    Finding::judged(Verdict::must((loudness.0 - target).abs() <= 0.5), number(loudness.0, "LUFS"), limit)
}

/// The target of players that normalise.
const PLAYERS: f64 = -14.0;

/// The loudness of the whole, and how a player would change it.
pub(super) fn whole(subject: &Subject) -> Finding {
    let levels = &subject.file.levels;
    let Some(loudness) = levels.integrated else { return Finding::judged(Verdict::Info, "silence", "") };
    let range = levels.range.map_or(String::new(), |range| format!(", range {:.1} LU", range.0));
    let up = PLAYERS - loudness.0;
    let mut note = format!("a player that normalises to {PLAYERS} LUFS changes it by {up:+.1} dB");
    let gated =
        subject.spoken().ok().map(|_| subject.preset.target.0 - loudness.0).filter(|under| *under > 3.0);
    if let Some(under) = gated {
        let _ = write!(note, "; this includes the bed, {under:.1} LU under the voice");
    }
    Finding::judged(Verdict::Info, number(loudness.0, "LUFS") + &range, "").note(note)
}

/// The true peak.
pub(super) fn true_peak(subject: &Subject) -> Finding {
    if !subject.file.is_lossless() {
        return Finding::not_judged(format!(
            "encoding changes peaks: row {} checks the decoded file",
            RowId::LossyDecoded.number()
        ));
    }
    let ceiling = subject.ceiling();
    let peak = subject.file.levels.true_peak.db().map_or(-120.0, |peak| peak.0);
    Finding::judged(
        Verdict::must(peak <= ceiling + 0.1),
        number(peak, "dBTP"),
        format!("at most {ceiling} dBTP"),
    )
}

/// Samples at the rail, and flat tops below it.
pub(super) fn clipping(subject: &Subject) -> Finding {
    let samples = &subject.file.samples;
    let (clipped, flat) = (samples.clipped.len(), samples.flat.len());
    let verdict = match (clipped, flat) {
        (0, 0) => Verdict::Pass,
        (0, _) => Verdict::Warning,
        _ => Verdict::Fail,
    };
    let places = samples.clipped.iter().chain(&samples.flat).map(|run| subject.frame(run.start));
    Finding::judged(verdict, format!("{clipped} clipped, {flat} flat"), "0, 0").at(places)
}

/// The DC offset of each channel.
pub(super) fn offset(subject: &Subject) -> Finding {
    let worst = subject.file.samples.offset.iter().map(|offset| offset.abs()).fold(0.0, f64::max);
    let verdict = match worst {
        _ if worst >= 0.001 => Verdict::Fail,
        _ if worst >= 0.0005 => Verdict::Warning,
        _ => Verdict::Pass,
    };
    Finding::judged(verdict, format!("{worst:.5}"), "under 0.0005 (fails from 0.001)")
}
