//! The file itself.

use super::number;
use crate::qc::report::{Finding, Verdict};
use crate::qc::rows::RowId;
use crate::qc::subject::Subject;

/// It decodes, and is as long as its header and its plan say.
pub(super) fn whole(subject: &Subject) -> Finding {
    let file = &subject.file;
    if !file.samples.offset.iter().all(|offset| offset.is_finite()) {
        return Finding::judged(Verdict::Fail, "a value that is no number", "none");
    }
    let planned = subject.plan.as_ref().map(|plan| plan.frames);
    let fine = [file.declared, planned].into_iter().flatten().all(|frames| frames == file.frames);
    let told = |frames: Option<u64>, by: &str| frames.map(|frames| format!("{by} {frames}"));
    let limit: Vec<_> =
        [told(file.declared, "header"), told(planned, "plan")].into_iter().flatten().collect();
    let finding = Finding::judged(Verdict::must(fine), format!("{} frames", file.frames), limit.join(", "));
    if planned.is_none() {
        finding.note("no timeline beside it: its length is held against its header only")
    } else {
        finding
    }
}

/// Rate and channels as planned, 16 bits at least and really used.
pub(super) fn form(subject: &Subject) -> Finding {
    let file = &subject.file;
    let used = used_bits(subject);
    let bits = match (file.bits, used) {
        (Some(bits), Some(used)) if used < bits => format!("{bits} bits, {used} used"),
        (Some(bits), _) => format!("{bits} bits"),
        (None, _) => file.codec.to_owned(),
    };
    let measured = format!("{}, {} ch, {bits}", file.rate, file.channels);
    let rate = subject.plan.as_ref().map(|plan| plan.rate);
    let right = rate.is_none_or(|rate| rate == file.rate.hz()) && (1..=2).contains(&file.channels);
    let enough = file.bits.is_none_or(|bits| bits >= 16) && used.is_none_or(|used| used >= 16);
    let padded = matches!((file.bits, used), (Some(bits), Some(used)) if bits > 16 && used <= 16);
    let verdict = match () {
        () if !right || !enough => Verdict::Fail,
        () if padded => Verdict::Warning,
        () => Verdict::Pass,
    };
    let rate = rate.map_or_else(|| "any rate".to_owned(), |rate| format!("{rate} Hz"));
    let finding = Finding::judged(verdict, measured, format!("{rate}, 1 or 2 ch, 16 bits or more"));
    if padded { finding.note("the lowest bits are always zero: 16 bits in a larger file") } else { finding }
}

/// How many bits the samples really have; `None` where that cannot be told: finer than 24 bits, or too short a file.
fn used_bits(subject: &Subject) -> Option<u32> {
    let bits = subject.file.samples.used_bits;
    (bits != u32::MAX && bits != 0 && subject.file.is_lossless()).then(|| 24 - bits.trailing_zeros())
}

/// What a decoder makes of a lossy file.
pub(super) fn lossy(subject: &Subject) -> Finding {
    let file = &subject.file;
    if file.is_lossless() {
        return Finding::not_judged("no lossy file");
    }
    let limit = if subject.is_acx() { -3.0 } else { -0.5 };
    let peak = file.levels.true_peak.db().map_or(-120.0, |peak| peak.0);
    let planned = subject.plan.as_ref().map(|plan| plan.frames);
    let length = planned.is_none_or(|frames| frames == file.frames);
    let measured = format!("{} frames, {}", file.frames, number(peak, "dBTP"));
    let planned = planned.map_or_else(|| "any length".to_owned(), |frames| format!("{frames} frames"));
    let finding = Finding::judged(
        Verdict::must(length && peak <= limit),
        measured,
        format!("{planned}, at most {limit} dBTP"),
    );
    finding.note(format!(
        "rows {} and {} tell of its loudness and of any lag",
        RowId::SpeechLoudness.number(),
        RowId::Placement.number()
    ))
}

/// A title, and chapters where the plan has them.
pub(super) fn labels(subject: &Subject) -> Finding {
    let labels = &subject.labels;
    if labels.title.is_none() && labels.chapters.is_empty() {
        return Finding::not_judged("the file holds no tags that adem reads");
    }
    let chapters =
        subject.plan.iter().flat_map(|plan| plan.chapters.iter().map(|chapter| (chapter.start, plan.rate)));
    let planned: Vec<f64> = chapters.map(|(start, rate)| start as f64 / f64::from(rate)).collect();
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 0.020;
    let placed = labels.chapters.len() == planned.len() && labels.chapters.iter().zip(&planned).all(near);
    let title = labels.title.as_ref().is_some_and(|title| !title.trim().is_empty());
    let told = labels.chapters.len();
    let measured = format!("{}, {told} chapters", if title { "a title" } else { "no title" });
    // A format may hold no chapters at all.
    let fine = title && (subject.plan.is_none() || told == 0 || placed);
    let limit = match subject.plan {
        Some(_) => format!("a title, {} chapters within 20 ms", planned.len()),
        None => "a title".to_owned(),
    };
    let finding = Finding::judged(Verdict::should(fine), measured, limit);
    if told == 0 { finding.note("the file holds no chapters") } else { finding }
}
