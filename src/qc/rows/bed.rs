//! The level of the bed under the voice, and its duck.

use std::f64::consts::PI;

use super::{number, percentile};
use crate::layout::SoundType;
use crate::qc::analysis::Analysis;
use crate::qc::missing::Missing;
use crate::qc::plan::{PlannedSound, PlannedTrack};
use crate::qc::report::{Finding, Verdict};
use crate::qc::subject::Subject;

/// A tolerance: the gain of a bed follows from its integrated loudness, and it may be louder under some phrases.
const WHOLE_TOLERANCE: f64 = 0.5;
/// A duck is so deep, in dB, or as deep as a bed that lies far under the voice anyway has to fall, within this.
const LEAST_DUCK: f64 = 4.0;
const MOST_DUCK: f64 = 14.0;
const DUCK_TOLERANCE: f64 = 1.0;

/// Everything that sounds besides the voice.
struct Rest<'a>(Vec<&'a Analysis>);

impl Rest<'_> {
    /// Its ungated loudness over ranges, as the stems are unlike each other.
    fn level(&self, spans: &[(f64, f64)]) -> f64 {
        let energy = |level: f64| crate::dsp::loudness::energy_of(crate::unit::Lufs(level));
        let sum: f64 = self.0.iter().map(|sound| energy(level(sound, spans))).sum();
        crate::dsp::loudness::loudness_of(sum).map_or(-120.0, |loudness| loudness.0)
    }

    /// Its energy over ranges: mean squares times seconds.
    fn energy(&self, spans: &[(f64, f64)]) -> f64 {
        let of = |sound: &Analysis| -> f64 {
            spans.iter().map(|span| sound.envelope.energy(*span) * (span.1 - span.0)).sum()
        };
        self.0.iter().map(|sound| of(sound)).sum()
    }
}

/// The plan, the voice, and what sounds under it: bed and cues.
///
/// # Errors
/// The finding of a row that cannot be judged without them.
fn voice_and_rest(subject: &Subject) -> Result<(&PlannedTrack, &Analysis, Rest<'_>), Finding> {
    let plan = subject.spoken().map_err(Finding::not_judged)?;
    let (bed, cues) = (plan.has(SoundType::Bed), plan.cues().next().is_some());
    if !bed && !cues {
        return Err(Finding::not_judged("nothing sounds besides the voice"));
    }
    let stems = &subject.stems;
    let needed = [(bed, &stems.bed), (cues, &stems.cues)];
    let found: Vec<&Analysis> =
        needed.iter().filter(|(needed, _)| *needed).filter_map(|(_, stem)| stem.as_ref()).collect();
    match &stems.voice {
        Some(voice) if found.len() == usize::from(bed) + usize::from(cues) => Ok((plan, voice, Rest(found))),
        _ => Err(Finding::needs(if cues { Missing::AllStems } else { Missing::VoiceAndBedStems })),
    }
}

/// The plan, the voice and the bed.
///
/// # Errors
/// The finding of a row that cannot be judged without them.
fn both(subject: &Subject) -> Result<(&PlannedTrack, &Analysis, &Analysis), Finding> {
    let plan = subject.spoken().map_err(Finding::not_judged)?;
    if !plan.has(SoundType::Bed) {
        return Err(Finding::not_judged("there is no bed"));
    }
    match (&subject.stems.voice, &subject.stems.bed) {
        (Some(voice), Some(bed)) => Ok((plan, voice, bed)),
        _ => Err(Finding::needs(Missing::VoiceAndBedStems)),
    }
}

/// Each phrase with its ranges in seconds.
fn phrases(plan: &PlannedTrack) -> impl Iterator<Item = (&PlannedSound, Vec<(f64, f64)>)> {
    plan.events(SoundType::Phrase).map(|phrase| (phrase, phrase.stretches(plan.rate)))
}

/// The ungated loudness of a sound over ranges.
fn level(sound: &Analysis, spans: &[(f64, f64)]) -> f64 {
    let seconds: f64 = spans.iter().map(|(from, to)| to - from).sum();
    let energy: f64 = spans.iter().map(|span| sound.loudness.energy(*span) * (span.1 - span.0)).sum();
    crate::dsp::loudness::loudness_of(energy / seconds.max(1e-9)).map_or(-120.0, |loudness| loudness.0)
}

/// The voice is above bed and cues as a whole, in every phrase and in every 3 s of speech.
pub(super) fn voice_over_bed(subject: &Subject) -> Finding {
    let (plan, voice, rest) = match voice_and_rest(subject) {
        Ok(both) => both,
        Err(unjudged) => return unjudged,
    };
    let speech: Vec<_> = phrases(plan).flat_map(|(_, spans)| spans).collect();
    let Some(loudness) = voice.loudness.gated(&speech) else {
        return Finding::not_judged("the voice is silent");
    };
    let whole = loudness - rest.level(&speech);
    let (phrase, phrase_at) = worst(
        phrases(plan)
            .filter_map(|(_, spans)| Some((voice.loudness.gated(&spans)? - rest.level(&spans), spans[0].0))),
    );
    let (short_term, short_term_at) = worst(speech.iter().flat_map(|(from, to)| {
        let windows =
            (0..).map(move |n| from + 0.5 * f64::from(n)).take_while(move |place| place + 3.0 <= *to);
        windows.map(|place| {
            let window = (place, place + 3.0);
            (voice.loudness.level(window) - rest.level(&[window]), place)
        })
    }));
    let least = if subject.preset.accessible { 20.0 } else { 18.0 };
    let parts = [
        (whole, 20.0 - WHOLE_TOLERANCE, None),
        (phrase, least, Some(phrase_at)),
        (short_term, 15.0, Some(short_term_at)),
    ];
    let low: Vec<f64> = parts.iter().filter(|part| part.0 < part.1).filter_map(|part| part.2).collect();
    let fine = parts.iter().all(|part| part.0 >= part.1);
    let worst_3s = if short_term.is_finite() { format!("{short_term:.1}") } else { "-".to_owned() };
    let measured = format!("{whole:.1}, {phrase:.1}, {worst_3s} LU");
    let finding = Finding::judged(Verdict::must(fine), measured, format!("20 (±0.5), {least}, 15 LU"));
    finding.at(low.into_iter().map(|place| subject.place(place))).note("whole, worst phrase, worst 3 s")
}

fn worst(values: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |worst, here| if here.0 < worst.0 { here } else { worst })
}

/// Every phrase at least 20 dB above everything else, as root mean squares (WCAG 1.4.7, G56).
pub(super) fn accessible(subject: &Subject) -> Finding {
    if !subject.preset.accessible {
        return Finding::not_judged("required by accessible presets only");
    }
    let (plan, voice, rest) = match voice_and_rest(subject) {
        Ok(both) => both,
        Err(unjudged) => return unjudged,
    };
    let over = |spans: &[(f64, f64)]| {
        // The gaps between words are not speech, so the level of a phrase is that of its louder half.
        let speech: f64 = spans.iter().map(|span| louder_half(voice, *span) * (span.1 - span.0)).sum();
        10.0 * (speech.max(1e-12) / rest.energy(spans).max(1e-12)).log10()
    };
    let all: Vec<(f64, f64)> = phrases(plan).map(|(_, spans)| (over(&spans), spans[0].0)).collect();
    let low: Vec<f64> = all.iter().filter(|(over, _)| *over < 20.0).map(|(_, place)| *place).collect();
    let measured = format!(
        "{} of {} phrases, worst {:.1} dB",
        all.len() - low.len(),
        all.len(),
        worst(all.iter().copied()).0
    );
    Finding::judged(Verdict::must(low.is_empty()), measured, "all of them 20 dB")
        .at(low.iter().map(|place| subject.place(*place)))
}

/// The mean square of the louder half of the steps in a range.
fn louder_half(sound: &Analysis, (from, to): (f64, f64)) -> f64 {
    let count = ((to - from) / 0.05).max(1.0) as usize;
    let mut steps: Vec<f64> = (0..count)
        .map(|n| sound.envelope.energy((from + 0.05 * n as f64, from + 0.05 * (n + 1) as f64)))
        .collect();
    steps.sort_by(|a, b| b.total_cmp(a));
    let half = steps.len().div_ceil(2);
    steps[..half].iter().sum::<f64>() / half as f64
}

/// The bed is ducked far enough and slowly, and stays level during speech.
pub(super) fn duck(subject: &Subject) -> Finding {
    let (plan, voice, bed) = match both(subject) {
        Ok(both) => both,
        Err(unjudged) => return unjudged,
    };
    let longest = plan.events(SoundType::Bed).max_by_key(|bed| bed.frames);
    let Some((span, duck)) = longest.and_then(|bed| Some((bed.span(plan.rate), bed.duck?))) else {
        return Finding::not_judged("the timeline does not describe the duck");
    };
    if duck.depth_db == 0.0 {
        return Finding::not_judged("the bed is not ducked");
    }
    let inside = plan.beds().into_iter().find(|bed| bed.0 >= span.0 && bed.1 <= span.1).unwrap_or(span);
    let clip = |(from, to): (f64, f64)| (from.max(inside.0), to.min(inside.1));
    let speech: Vec<_> = plan.speech().into_iter().map(clip).filter(|(from, to)| from < to).collect();
    let open = plan
        .pauses(duck.hold)
        .into_iter()
        .map(|(from, to)| clip((from + duck.rise + 0.5, to - 2.5 - duck.fall)));
    let open: Vec<_> = open.filter(|(from, to)| to - from >= 1.0).collect();
    let ripple = ripple(voice, bed, &speech);
    // A raised cosine is steepest in its middle, π/2 times its mean.
    let (down, up) =
        (duck.depth_db * PI / 2.0 / duck.fall.max(1e-3), duck.depth_db * PI / 2.0 / duck.rise.max(1e-3));
    let depth = (!open.is_empty() && !speech.is_empty()).then(|| level(bed, &open) - level(bed, &speech));
    let least = LEAST_DUCK.min((duck.depth_db - DUCK_TOLERANCE).max(0.0));
    let fine = depth.is_none_or(|depth| (least..=MOST_DUCK).contains(&depth))
        && down <= 15.0
        && up <= 6.0
        && ripple <= 0.5;
    let depth_text = depth.map_or_else(|| "no open pause".to_owned(), |depth| number(depth, "dB"));
    let measured = format!("{depth_text}, {down:.1} and {up:.1} dB/s, {ripple:.1} dB");
    let limit = format!("{}-{MOST_DUCK} dB, 15 and 6 dB/s, 0.5 dB", (10.0 * least).round() / 10.0);
    Finding::judged(Verdict::should(fine), measured, limit)
        .note("depth, slopes as planned, ripple with the voice")
}

/// How far the level of the bed follows the voice within phrases, in dB: the regression line of both levels every 200
/// ms, over the range of the voice. An insignificant slope counts as 0.
fn ripple(voice: &Analysis, bed: &Analysis, speech: &[(f64, f64)]) -> f64 {
    let (mut voices, mut pairs) = (Vec::new(), Vec::new());
    for (from, to) in speech {
        let count = ((to - from) / 0.2) as usize;
        let window = |n: usize| (from + 0.2 * n as f64, from + 0.2 * (n + 1) as f64);
        let levels: Vec<(f64, f64)> = (0..count)
            .map(|n| (voice.loudness.level(window(n)).max(-70.0), bed.loudness.level(window(n))))
            .collect();
        let mean = |side: fn(&(f64, f64)) -> f64| levels.iter().map(side).sum::<f64>() / count.max(1) as f64;
        let (v, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
        pairs.extend(levels.iter().map(|pair| (pair.0 - v, pair.1 - b)));
        voices.extend(levels.iter().map(|pair| pair.0 - v));
    }
    if pairs.len() < 20 {
        return 0.0;
    }
    let sum = |term: fn(&(f64, f64)) -> f64| pairs.iter().map(term).sum::<f64>();
    let (vv, vb, bb) = (sum(|p| p.0 * p.0), sum(|p| p.0 * p.1), sum(|p| p.1 * p.1));
    if vv <= 0.0 {
        return 0.0;
    }
    let slope = vb / vv;
    let chance = ((bb - slope * vb).max(0.0) / pairs.len() as f64 / vv).sqrt();
    let range = percentile(&mut voices, 0.9) - percentile(&mut voices, 0.1);
    if slope.abs() > 4.0 * chance { slope.abs() * range } else { 0.0 }
}
