//! Whether a file sounds as the same version does that is rendered again: whole, in time, at its level, with its tone.

use super::number;
use crate::qc::analysis::{BLOCK, BlockLikeness, Differences, Likeness, THIRDS};
use crate::qc::report::{Finding, Marker, Verdict};
use crate::qc::subject::Subject;

/// The limits of lossless files, and of lossy ones.
struct Limits {
    /// The softest block that is judged, in dBFS.
    softest: f64,
    /// The farthest offset, in seconds.
    late: f64,
    /// The most that a block of 1.4 s may be louder or softer, in dB.
    gain: f64,
    /// The most that a third-octave may be, in dB.
    third: f64,
    /// The highest third-octave that is judged, in Hz.
    highest: f64,
    /// The least of the energy of the loudest third-octave that is judged.
    faint: f64,
}

const LOSSLESS: Limits =
    Limits { softest: -85.0, late: 0.0005, gain: 0.5, third: 1.0, highest: 16_000.0, faint: 1e-6 };
/// Measured on rain, sea, wind and a drone with a voice, the worst of Opus at 48 and 96 kbit/s, MP3 at 96 and Vorbis at
/// quality 1: 0.08 ms, −2.6 dB in a block, 78 % alike (docs/sound.md, section 8).
const LOSSY: Limits =
    Limits { softest: -60.0, late: 0.001, gain: 3.0, third: 6.0, highest: 8_000.0, faint: 1e-3 };
const LOSSY_LIKENESS: f64 = 0.7;
/// From this likeness on an offset is that of the sound.
const SAME_SOUND: f64 = 0.6;

fn limits(subject: &Subject) -> &'static Limits {
    if subject.file.is_lossless() { &LOSSLESS } else { &LOSSY }
}

/// The blocks that are loud enough to be judged.
fn blocks<'a>(subject: &Subject, made: &'a Likeness) -> impl Iterator<Item = &'a BlockLikeness> {
    let softest = limits(subject).softest;
    made.blocks.iter().filter(move |block| block.level >= softest)
}

/// How the file compares with the version rendered again.
///
/// # Errors
/// The finding of a row that cannot be judged without it.
fn made(subject: &Subject) -> Result<&Likeness, Finding> {
    subject.made.as_ref().map_err(|why| Finding::needs(*why))
}

/// Nothing is added, lost or changed.
pub(super) fn whole(subject: &Subject) -> Finding {
    match made(subject) {
        Ok(made) => equal(subject, made),
        Err(unjudged) => unjudged,
    }
}

/// The file is what it is compared with, but for rounding; a lossy file is at least much like it.
pub(super) fn equal(subject: &Subject, likeness: &Likeness) -> Finding {
    let differences = &likeness.differences;
    let (off, mut seconds, limit): (Vec<f64>, f64, &str) = if let Some(bits) = subject.file.bits {
        let runs = differences.runs(bits);
        let seconds = Differences::place(runs.iter().map(|(from, to)| to - from).sum());
        (runs.iter().map(|run| Differences::place(run.0)).collect(), seconds, "no difference")
    } else {
        let unlike = blocks(subject, likeness).filter(|block| block.likeness < LOSSY_LIKENESS);
        let mut off: Vec<f64> = unlike.map(|block| block.seconds).collect();
        off.sort_by(f64::total_cmp);
        off.dedup();
        let seconds = 0.5 * BLOCK * off.len() as f64;
        (off, seconds, "70 % alike")
    };
    seconds += differences.unequal as f64 / subject.file.rate.as_f64();
    if off.is_empty() && differences.unequal == 0 {
        let least = blocks(subject, likeness).map(|block| block.likeness).fold(1.0, f64::min);
        let alike = format!("{:.0} % alike", 100.0 * least);
        let measured = if subject.file.is_lossless() { "it is".to_owned() } else { alike };
        return Finding::judged(Verdict::Pass, measured, limit);
    }
    let finding = Finding::judged(Verdict::Fail, format!("differs for {seconds:.2} s"), limit);
    let finding = finding.at(off.iter().map(|place| subject.place(*place)));
    if differences.swapped { finding.note("left and right are swapped") } else { finding }
}

/// Every sound is at its place to the millisecond, and no side is turned over.
pub(super) fn in_time(subject: &Subject) -> Finding {
    let made = match made(subject) {
        Ok(made) => made,
        Err(unjudged) => return unjudged,
    };
    let limit = limits(subject).late;
    let known: Vec<&BlockLikeness> =
        blocks(subject, made).filter(|block| block.likeness.abs() > SAME_SOUND).collect();
    let off: Vec<&BlockLikeness> =
        known.iter().filter(|block| block.late.abs() > limit || block.likeness < 0.0).copied().collect();
    let worst =
        known.iter().map(|block| block.late).fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    let measured = format!("{:+.1} ms", 1_000.0 * worst + 0.0);
    let finding =
        Finding::judged(Verdict::must(off.is_empty()), measured, format!("±{} ms", 1_000.0 * limit));
    let finding = finding.at(places(subject, &off));
    let turned = known.iter().filter(|block| block.likeness < 0.0).count();
    match (off.is_empty(), drift(&known)) {
        (false, _) if turned > 0 => finding.note("a side is turned over: its polarity is reversed"),
        (false, Some(drift)) => {
            let how = if drift > 0.0 { "slow" } else { "fast" };
            finding.note(format!("it runs {:.3} % too {how}", 100.0 * drift.abs()))
        }
        (false, None) if off.iter().all(|block| block.side == off[0].side) && two_sides(&known) => {
            finding.note(if off[0].side == 0 { "only the left side" } else { "only the right side" })
        }
        (true, _) | (false, None) => finding,
    }
}

/// Whether blocks of both sides are among these.
fn two_sides(blocks: &[&BlockLikeness]) -> bool {
    [0, 1].iter().all(|side| blocks.iter().any(|block| block.side == *side))
}

/// How much slower the file runs, where all offsets lie on a line.
fn drift(blocks: &[&BlockLikeness]) -> Option<f64> {
    if blocks.len() < 8 {
        return None;
    }
    let count = blocks.len() as f64;
    let mean =
        |value: fn(&BlockLikeness) -> f64| blocks.iter().map(|block| value(block)).sum::<f64>() / count;
    let (time, late) = (mean(|block| block.seconds), mean(|block| block.late));
    let sum = |term: &dyn Fn(f64, f64) -> f64| {
        blocks.iter().map(|block| term(block.seconds - time, block.late - late)).sum::<f64>()
    };
    let (tt, tl, ll) = (sum(&|t, _| t * t), sum(&|t, l| t * l), sum(&|_, l| l * l));
    // Nine tenths of the variance.
    (tt > 0.0 && ll > 0.0 && tl * tl > 0.9 * tt * ll).then(|| tl / tt)
}

/// Every second is as loud as it was made.
pub(super) fn level(subject: &Subject) -> Finding {
    let made = match made(subject) {
        Ok(made) => made,
        Err(unjudged) => return unjudged,
    };
    let limit = limits(subject).gain;
    let off: Vec<&BlockLikeness> = blocks(subject, made).filter(|block| block.gain.abs() > limit).collect();
    let gains = blocks(subject, made).map(|block| block.gain);
    let worst = gains.fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    let measured = format!("{worst:+.1} dB");
    let finding = Finding::judged(Verdict::must(off.is_empty()), measured, format!("±{limit} dB"));
    finding.at(places(subject, &off))
}

/// The places of blocks, one for those that follow each other.
fn places(subject: &Subject, blocks: &[&BlockLikeness]) -> Vec<Marker> {
    let mut times: Vec<f64> = blocks.iter().map(|block| block.seconds).collect();
    times.sort_by(f64::total_cmp);
    times.dedup_by(|later, first| *later - *first < 1.5);
    // A sound may begin or end within the block.
    let near = |time: f64| {
        let around = [0.0, -0.3, 0.3, -0.6, 0.6].map(|off| subject.place(time + off).sound);
        Marker { seconds: time, sound: around.into_iter().flatten().next() }
    };
    times.into_iter().map(near).collect()
}

/// The spectrum is that with which it was made.
pub(super) fn tone(subject: &Subject) -> Finding {
    let made = match made(subject) {
        Ok(made) => made,
        Err(unjudged) => return unjudged,
    };
    let Limits { third: limit, highest, faint, .. } = limits(subject);
    let whole = made.thirds.iter().map(|third| third[0].max(third[1])).fold(0.0, f64::max);
    let off = THIRDS
        .iter()
        .zip(&made.thirds)
        .filter(|(hz, third)| **hz <= *highest && third[0].max(third[1]) > faint * whole);
    let off = off.map(|(hz, [file, expected])| {
        (10.0 * (file.max(1e-30) / expected.max(1e-30)).log10().clamp(-6.0, 6.0), *hz)
    });
    let (worst, hz) = off.fold((0.0f64, 0.0), |a, b| if b.0.abs() > a.0.abs() { b } else { a });
    let measured =
        if hz > 0.0 { format!("{} at {hz} Hz", number(worst, "dB")) } else { "0.00 dB".to_owned() };
    Finding::judged(Verdict::must(worst.abs() <= *limit), measured, format!("±{limit} dB in third-octaves"))
}
