//! The file format, length and tags.

use super::number;
use crate::qc::report::{Finding, Verdict};
use crate::qc::rows::RowId;
use crate::qc::subject::Subject;

/// It decodes, and is as long as its header and its plan say.
pub(super) fn whole(subject: &Subject) -> Finding {
    let file = &subject.file;
    if !file.samples.offset.iter().all(|offset| offset.is_finite()) {
        return Finding::judged(Verdict::Fail, "contains NaN", "none");
    }
    let planned = subject.plan.as_ref().map(|plan| plan.frames);
    let fine = [file.declared, planned].into_iter().flatten().all(|frames| frames == file.frames);
    let count = |frames: Option<u64>, by: &str| frames.map(|frames| format!("{by} {frames}"));
    let limit: Vec<_> =
        [count(file.declared, "header"), count(planned, "plan")].into_iter().flatten().collect();
    let finding = Finding::judged(Verdict::must(fine), format!("{} frames", file.frames), limit.join(", "));
    if planned.is_none() {
        finding.note("no timeline beside it: its length is compared with its header only")
    } else {
        finding
    }
}

/// Rate and channels as planned, and at least 16 bits that are all used.
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

/// The number of bits that the samples use; `None` if that is unknown: finer than 24 bits, or too short a file.
fn used_bits(subject: &Subject) -> Option<u32> {
    let bits = subject.file.samples.used_bits;
    (bits != u32::MAX && bits != 0 && subject.file.is_lossless()).then(|| 24 - bits.trailing_zeros())
}

/// The length and the true peak of a lossy file after decoding.
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
        "rows {} and {} check its loudness and any lag",
        RowId::SpeechLoudness.number(),
        RowId::Placement.number()
    ))
}

/// The title, and the chapters of the plan.
pub(super) fn labels(subject: &Subject) -> Finding {
    let labels = &subject.labels;
    if labels.title.is_none() && labels.chapters.is_empty() {
        return Finding::not_judged("the file has no tags that adem reads");
    }
    let chapters =
        subject.plan.iter().flat_map(|plan| plan.chapters.iter().map(|chapter| (chapter.start, plan.rate)));
    let planned: Vec<f64> = chapters.map(|(start, rate)| start as f64 / f64::from(rate)).collect();
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 0.020;
    let placed = labels.chapters.len() == planned.len() && labels.chapters.iter().zip(&planned).all(near);
    let title = labels.title.as_ref().is_some_and(|title| !title.trim().is_empty());
    let count = labels.chapters.len();
    let measured = format!("{}, {count} chapters", if title { "a title" } else { "no title" });
    // Some formats have no chapters.
    let fine = title && (subject.plan.is_none() || count == 0 || placed);
    let limit = match subject.plan {
        Some(_) => format!("a title, {} chapters within 20 ms", planned.len()),
        None => "a title".to_owned(),
    };
    let finding = Finding::judged(Verdict::should(fine), measured, limit);
    if count == 0 { finding.note("the file has no chapters") } else { finding }
}
