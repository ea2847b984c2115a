//! Islands: stretches of sound between silences, and which of them are speech. docs/alignment.md, section 2.

use super::listen::{BANDS, FRAME, Heard};

/// A stretch of sound, in frames; `to` is the first frame after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundIsland {
    pub from: usize,
    pub to: usize,
    /// Whether it is no speech: a cough, a click, a breath.
    pub is_junk: bool,
    /// Whether it is a bell, which is junk too unless it is short and near to speech.
    pub rings: bool,
}

impl SoundIsland {
    pub fn seconds(&self) -> f64 {
        (self.to - self.from) as f64 * FRAME
    }
}

/// The islands of a recording, and the levels that they were found with.
#[derive(Clone, Debug)]
pub struct SoundIslands {
    pub all: Vec<SoundIsland>,
    /// The level of what lies under the speech, for each frame, in dB.
    pub floor: Vec<f32>,
    /// The level of the speech, in dB.
    pub speech: f32,
    /// Smoothed, in dB.
    pub level: Vec<f32>,
}

/// Where the speech is less than this above the floor, in dB, something lies under it that hides its weak sounds.
const BED: f32 = 32.0;

impl SoundIslands {
    /// Finds them; none where nothing stands out.
    pub fn find(heard: &Heard) -> Self {
        let level = smooth(&heard.level);
        let floor = floor_of(&level);
        let mut above: Vec<f32> = level
            .iter()
            .zip(&floor)
            .filter(|(level, floor)| *level - *floor > 12.0)
            .map(|(level, _)| *level)
            .collect();
        let Some(speech) = quantile(&mut above, 0.8) else {
            return Self { all: Vec::new(), floor, speech: super::listen::SILENCE, level };
        };
        let mut middle = floor.clone();
        let range = speech - quantile(&mut middle, 0.5).unwrap_or(speech);
        let (open, stay) = ((0.35 * range).clamp(7.0, 26.0), (0.20 * range).clamp(4.0, 15.0));
        let rough = join(&hysteresis(&level, &floor, open, stay), frames(0.06), frames(0.04));
        let under = under(heard);
        let mut split = Vec::new();
        let mut rings = Vec::new();
        for (from, to) in rough {
            for (from, to, rings_on) in without_ring(heard, &level, &under, from, to) {
                if rings_on {
                    rings.push((from, to));
                    split.push((from, to));
                } else if speech - floor[from] < BED {
                    // A breath would be lost in the bed: what is heard of an unvoiced beginning is a consonant.
                    split.push((from, to));
                } else {
                    split.extend(without_breath(heard, &level, speech, from, to));
                }
            }
        }
        let scale = voicing_scale(heard, &split);
        let mut all: Vec<SoundIsland> = split
            .into_iter()
            .map(|(from, to)| {
                let rings = rings.contains(&(from, to));
                let is_junk = rings || is_junk(heard, &level, speech, scale, from, to);
                SoundIsland { from, to, is_junk, rings }
            })
            .collect();
        attach(&mut all);
        Self { all, floor, speech, level }
    }

    /// Whether something lies under the speech at a frame that hides its weak sounds.
    pub fn is_over_bed(&self, at: usize) -> bool {
        self.speech - self.floor[at] < BED
    }

    /// Whether anything sounds between two times, in seconds.
    pub fn sound_in(&self, from: f64, to: f64) -> bool {
        const LEAST: f64 = 0.05;
        let both = |island: &SoundIsland| {
            (island.to as f64 * FRAME).min(to) - (island.from as f64 * FRAME).max(from)
        };
        self.all.iter().any(|island| both(island) > LEAST)
    }
}

/// What follows speech at once is its end, however weak: a last syllable that is whispered, an s.
fn attach(all: &mut [SoundIsland]) {
    for at in 1..all.len() {
        let (before, here) = (all[at - 1], all[at]);
        let is_near = here.from - before.to < frames(0.2) && here.to - here.from < frames(0.8);
        all[at].is_junk = here.is_junk && (before.is_junk || !is_near);
    }
}

pub fn frames(seconds: f64) -> usize {
    (seconds / FRAME).round() as usize
}

/// The q-quantile of values; sorts them in part.
pub fn quantile(values: &mut [f32], q: f64) -> Option<f32> {
    if values.is_empty() {
        return None;
    }
    let at = ((values.len() - 1) as f64 * q).round() as usize;
    Some(*values.select_nth_unstable_by(at, f32::total_cmp).1)
}

/// The energy of each band that is there all the time.
pub fn under(heard: &Heard) -> [f32; BANDS] {
    std::array::from_fn(|band| {
        let mut all: Vec<f32> = heard.bands.iter().step_by(3).map(|frame| frame[band]).collect();
        quantile(&mut all, 0.12).unwrap_or(0.0)
    })
}

/// Cuts out what rings on as a bell does: its spectrum is the same for half a second, where that of speech moves.
fn without_ring(
    heard: &Heard,
    level: &[f32],
    under: &[f32; BANDS],
    from: usize,
    to: usize,
) -> Vec<(usize, usize, bool)> {
    const APART: usize = 15;
    let (alike, least) = (0.97, frames(0.5));
    let last = heard.len() - 1;
    let clean = |at: usize| -> [f32; BANDS] {
        std::array::from_fn(|band| (heard.bands[at][band] - 2.0 * under[band]).max(0.0))
    };
    let is_alike = |one: usize, other: usize| {
        let (a, b) = (clean(one), clean(other));
        let sum = |x: &[f32; BANDS]| x.iter().sum::<f32>();
        let both: f32 = a.iter().zip(&b).map(|(a, b)| (a * b).sqrt()).sum();
        both > alike * (sum(&a) * sum(&b)).sqrt().max(1e-12)
    };
    let rings: Vec<bool> = (from..to)
        .map(|at| is_alike(at, (at + APART).min(last)) || is_alike(at.saturating_sub(APART), at))
        .collect();
    let mut parts: Vec<(usize, usize, bool)> = Vec::new();
    let mut at = 0;
    while at < rings.len() {
        let end = (at..rings.len()).find(|end| rings[*end] != rings[at]).unwrap_or(rings.len());
        let is_ring = rings[at] && end - at >= least;
        match parts.last_mut() {
            Some((_, to, before)) if *before == is_ring => *to = from + end,
            Some(_) | None => parts.push((from + at, from + end, is_ring)),
        }
        at = end;
    }
    // The end of a bell is lost in what lies under it; only what is louder again is something else.
    let mut at = 1;
    while at < parts.len() {
        let (begin, end, is_ring) = parts[at];
        if parts[at - 1].2 && !is_ring && begin == parts[at - 1].1 {
            let mut least = f32::INFINITY;
            let rise = (begin..end).find(|frame| {
                least = least.min(level[*frame]);
                level[*frame] > least + 5.0
            });
            parts[at - 1].1 = rise.unwrap_or(end);
            parts[at].0 = rise.unwrap_or(end);
        }
        at += 1;
    }
    // What is left between two parts of a bell is no speech.
    parts.retain(|(from, to, is_ring)| *is_ring || to - from >= frames(0.04));
    parts
}

fn smooth(level: &[f32]) -> Vec<f32> {
    let last = level.len().saturating_sub(1);
    (0..level.len())
        .map(|at| (level[at.saturating_sub(1)] + level[at] + level[(at + 1).min(last)]) / 3.0)
        .collect()
}

/// The 12th percentile within 15 s to both sides, at most 8 dB over the 8th percentile of all, a value for each second with
/// straight lines between.
fn floor_of(level: &[f32]) -> Vec<f32> {
    let reach = frames(15.0);
    let step = frames(1.0);
    let Some(lowest) = quantile(&mut level.to_vec(), 0.08) else { return Vec::new() };
    let marks: Vec<f32> = (0..=level.len().div_ceil(step))
        .map(|mark| {
            let middle = (mark * step).min(level.len() - 1);
            let mut around = level[middle.saturating_sub(reach)..(middle + reach).min(level.len())].to_vec();
            quantile(&mut around, 0.12).unwrap_or(lowest).min(lowest + 8.0)
        })
        .collect();
    (0..level.len())
        .map(|at| {
            let share = (at % step) as f32 / step as f32;
            marks[at / step] * (1.0 - share) + marks[at / step + 1] * share
        })
        .collect()
}

fn hysteresis(level: &[f32], floor: &[f32], open: f32, stay: f32) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let stays = |at: usize| level[at] > floor[at] + stay;
    let mut at = 0;
    while at < level.len() {
        if level[at] <= floor[at] + open {
            at += 1;
            continue;
        }
        let before = found.last().map_or(0, |(_, to)| *to);
        let mut from = at;
        while from > before && stays(from - 1) {
            from -= 1;
        }
        let mut to = at + 1;
        while to < level.len() && stays(to) {
            to += 1;
        }
        found.push((from, to));
        at = to;
    }
    found
}

fn join(rough: &[(usize, usize)], gap: usize, shortest: usize) -> Vec<(usize, usize)> {
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (from, to) in rough {
        match joined.last_mut() {
            Some((_, end)) if from - *end < gap => *end = *to,
            Some(_) | None => joined.push((*from, *to)),
        }
    }
    joined.retain(|(from, to)| to - from >= shortest);
    joined
}

/// Splits a breath from the speech that follows it: a long unvoiced weak beginning that a dip ends.
fn without_breath(heard: &Heard, level: &[f32], speech: f32, from: usize, to: usize) -> Vec<(usize, usize)> {
    let Some(voiced) = (from..to).find(|at| is_voiced_run(heard, *at, to)) else { return vec![(from, to)] };
    if voiced - from < frames(0.14) {
        return vec![(from, to)];
    }
    let loudest = level[from..voiced].iter().copied().fold(f32::MIN, f32::max);
    if loudest > speech - 4.0 {
        return vec![(from, to)];
    }
    let first = voiced.saturating_sub(frames(0.25)).max(from + 1);
    let Some(dip) = (first..voiced).min_by(|a, b| level[*a].total_cmp(&level[*b])) else {
        return vec![(from, to)];
    };
    let before = level[from..dip].iter().copied().fold(f32::MIN, f32::max);
    let after = level[dip..(voiced + frames(0.05)).min(to)].iter().copied().fold(f32::MIN, f32::max);
    if before - level[dip] > 4.0 && after - level[dip] > 4.0 && dip - from >= frames(0.06) {
        vec![(from, dip), (dip, to)]
    } else {
        vec![(from, to)]
    }
}

/// Whether a voice begins here and goes on for 30 ms.
fn is_voiced_run(heard: &Heard, at: usize, to: usize) -> bool {
    let end = (at + 3).min(to);
    heard.voicing[at..end].iter().all(|voicing| *voicing > 0.5)
}

fn voiced_share(heard: &Heard, from: usize, to: usize) -> f32 {
    let voiced = heard.voicing[from..to].iter().filter(|voicing| **voicing > 0.5).count();
    voiced as f32 / (to - from).max(1) as f32
}

/// Breathy voices are less voiced all along: the usual share of this recording counts as 0.8.
fn voicing_scale(heard: &Heard, islands: &[(usize, usize)]) -> f32 {
    let long = islands.iter().filter(|(from, to)| to - from > frames(0.5));
    let mut shares: Vec<f32> = long.map(|(from, to)| voiced_share(heard, *from, *to)).collect();
    quantile(&mut shares, 0.5).map_or(1.0, |usual| 0.8 / usual.max(0.2))
}

fn is_junk(heard: &Heard, level: &[f32], speech: f32, scale: f32, from: usize, to: usize) -> bool {
    let share = voiced_share(heard, from, to) * scale;
    let loudest = quantile(&mut level[from..to].to_vec(), 0.9).unwrap_or(super::listen::SILENCE);
    share < 0.15
        || (loudest < speech - 9.0 && share < 0.25)
        || to - from < frames(0.12)
        || loudest < speech - 22.0
}
