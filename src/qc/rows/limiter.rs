//! What the limiter did, and whether the stems are those of the file.

use super::number;
use crate::dsp::limiter::LimiterWork;
use crate::qc::analysis::StemSum;
use crate::qc::missing::Missing;
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// The limits of a limiter that nobody hears: the share of frames, and the deepest reduction in dB.
const MOST_SHARE: f64 = 0.005;
const MOST_REDUCTION: f64 = 1.0;

/// The limiter hardly acts.
pub(super) fn limiter(subject: &Subject) -> Finding {
    let work = subject.limited.or(subject.sum.as_ref().filter(|sum| belong(sum)).map(|sum| sum.limited));
    let Some(LimiterWork { frames, least }) = work else { return Finding::needs(Missing::AllStems) };
    let share = frames as f64 / subject.file.frames.max(1) as f64;
    let reduction = least.db().map_or(200.0, |gain| -gain.0).max(0.0);
    let fine = share <= MOST_SHARE && reduction <= MOST_REDUCTION;
    let measured = format!("{:.3} % of the file, {}", 100.0 * share, number(reduction, "dB"));
    Finding::judged(Verdict::should(fine), measured, "0.5 %, 1 dB")
}

/// The file is the sum of its stems after the limiter.
pub(super) fn stems_add_up(subject: &Subject) -> Finding {
    let Some(sum) = &subject.sum else { return Finding::needs(Missing::AllStems) };
    let off = differing(sum, subject.file.bits);
    if sum.unequal == 0 && off.is_empty() {
        return Finding::judged(Verdict::Pass, "it is", "no difference");
    }
    let rate = subject.file.rate.as_f64();
    let mut seconds = 0.01 * off.iter().map(|(from, to)| to - from).sum::<usize>() as f64;
    seconds += sum.unequal as f64 / rate;
    let measured = format!("differs for {seconds:.2} s");
    let finding = Finding::judged(Verdict::Fail, measured, "no difference");
    if sum.swapped {
        finding.note("left and right are swapped")
    } else if belong(sum) {
        finding.at(off.iter().map(|(from, _)| subject.place(StemSum::place(*from))))
    } else {
        finding.note("these are stems of another render: rows that need stems are not judged")
    }
}

/// Whether the stems are those of the file at all.
pub(in crate::qc) fn belong(sum: &StemSum) -> bool {
    if sum.swapped {
        return true;
    }
    let steps = sum.steps.iter().filter(|step| step[0] > 1e-9);
    let unlike = steps.clone().filter(|step| step[1] > 0.5 * step[0]).count();
    2 * unlike <= steps.count() && sum.unequal < sum.steps.len().max(1) as u64 * 100
}

/// The runs of steps in which the file is not what the stems add up to.
fn differing(sum: &StemSum, bits: Option<u32>) -> Vec<(usize, usize)> {
    let off: Vec<bool> = if let Some(bits) = bits {
        // Rounding in the file and in three stems, with dither: 12 dB more than one of them.
        let step = 2f32.powi(1 - bits.min(24) as i32);
        sum.steps.iter().map(|[_, difference]| *difference > 16.0 * step * step).collect()
    } else {
        // A lossy coding differs everywhere, but over a tenth of a second by less than the sound itself.
        let mean = |from: usize, side: usize| {
            let steps = &sum.steps[from.saturating_sub(5)..(from + 5).min(sum.steps.len())];
            steps.iter().map(|step| step[side]).sum::<f32>() / steps.len() as f32
        };
        (0..sum.steps.len()).map(|step| mean(step, 1) > 0.25 * mean(step, 0) + 1e-6).collect()
    };
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for step in (0..off.len()).filter(|step| off[*step]) {
        match runs.last_mut() {
            Some(run) if run.1 + 10 >= step => run.1 = step + 1,
            _ => runs.push((step, step + 1)),
        }
    }
    runs
}
