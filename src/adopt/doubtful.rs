//! Phrases that were not found although somebody speaks between their neighbours: they are taken to be that, and flagged.

use super::plan::PhrasePlace;

/// What is spoken there is this much of what the phrase would take at the pace of the others.
const LIKELY: std::ops::RangeInclusive<f64> = 0.35..=3.0;
const SURE: f64 = 0.01;
/// What was found of a phrase is only a part of it if it takes less than this of what the phrase would.
const PART: f64 = 0.75;
const FLAG: &str = "was not heard for certain, and is taken to be what is said between its neighbours";

/// Gives phrases without a place what else is said between their neighbours: from, to, in seconds. Of several in a row each takes one
/// or more of these stretches, in order, as their lengths fit best. A phrase of which only a part was found takes the rest too.
pub fn place_doubtful(places: &mut [PhrasePlace], other: &[(f64, f64)], end: f64) {
    let is_missing = |place: &PhrasePlace| place.confidence == 0.0;
    let mut paces: Vec<f64> = places
        .iter()
        .filter(|place| !is_missing(place))
        .map(|place| (place.to - place.from) / letters(place))
        .collect();
    paces.sort_by(f64::total_cmp);
    let Some(pace) = paces.get(paces.len() / 2).copied() else { return };
    let is_part =
        |place: &PhrasePlace| place.flag.is_some() && place.to - place.from < PART * pace * letters(place);
    let runs = |places: &[PhrasePlace], is_open: &dyn Fn(&PhrasePlace) -> bool| {
        let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
        for (at, _) in places.iter().enumerate().filter(|(_, place)| is_open(place)) {
            match runs.last_mut().filter(|run| run.end == at) {
                Some(run) => run.end = at + 1,
                None => runs.push(at..at + 1),
            }
        }
        runs
    };
    for run in runs(places, &|place| is_missing(place) || is_part(place)) {
        if share(&mut places[..], run.clone(), (other, pace, end)) {
            continue;
        }
        let missing = runs(&places[run.clone()], &is_missing);
        for part in missing {
            share(places, run.start + part.start..run.start + part.end, (other, pace, end));
        }
    }
}

fn letters(place: &PhrasePlace) -> f64 {
    place.phrase.text.chars().count().max(1) as f64
}

/// Shares out what is said between the neighbours of some phrases among them, with what was found of them. `false` where nothing else
/// is said there, or where no way is likely.
fn share(
    places: &mut [PhrasePlace],
    run: std::ops::Range<usize>,
    (other, pace, end): (&[(f64, f64)], f64, f64),
) -> bool {
    let before =
        places[..run.start].iter().rfind(|place| place.confidence > 0.0).map_or(0.0, |place| place.to);
    let after = places[run.end..].iter().find(|place| place.confidence > 0.0).map_or(end, |place| place.from);
    let mut said: Vec<(f64, f64)> =
        other.iter().filter(|span| span.0 >= before && span.1 <= after).copied().collect();
    if said.is_empty() {
        return false;
    }
    let found = places[run.clone()].iter().filter(|place| place.confidence > 0.0);
    said.extend(found.map(|place| (place.from, place.to)));
    said.sort_by(|one, other| one.0.total_cmp(&other.0));
    let long: Vec<f64> = places[run.clone()].iter().map(|place| pace * letters(place)).collect();
    let Some(spans) = shared(&said, &long) else { return false };
    for (place, span) in places[run].iter_mut().zip(spans) {
        if (place.from, place.to) != span || place.confidence == 0.0 {
            (place.from, place.to, place.confidence) = (span.0, span.1, SURE);
            place.flag = Some(FLAG.to_owned());
        }
    }
    true
}

/// Which of some stretches of speech each of several phrases is, in order, from how long they last and how long the phrases would:
/// the first and the last second of each. `None` where no way is likely.
fn shared(said: &[(f64, f64)], long: &[f64]) -> Option<Vec<(f64, f64)>> {
    const MOST: usize = 60;
    if said.len() < long.len() || said.len() > MOST {
        return None;
    }
    let length = |run: &[(f64, f64)]| run.iter().map(|span| span.1 - span.0).sum::<f64>();
    // For each number of phrases and of stretches the least cost, and how many stretches the last phrase takes.
    let mut costs = vec![vec![(f64::INFINITY, 0usize); said.len() + 1]; long.len() + 1];
    costs[0][0].0 = 0.0;
    for (phrase, long) in long.iter().enumerate() {
        for to in 1..=said.len() {
            for from in 0..to {
                let ratio = length(&said[from..to]) / long;
                let cost = costs[phrase][from].0 + ratio.ln().powi(2);
                if LIKELY.contains(&ratio) && cost < costs[phrase + 1][to].0 {
                    costs[phrase + 1][to] = (cost, to - from);
                }
            }
        }
    }
    let mut to = said.len();
    let mut spans = Vec::new();
    for phrase in (1..=long.len()).rev() {
        let (cost, taken) = costs[phrase][to];
        if cost.is_infinite() {
            return None;
        }
        spans.push((said[to - taken].0, said[to - 1].1));
        to -= taken;
    }
    spans.reverse();
    Some(spans)
}

/// Where a phrase without a place is expected: between the nearest that have one.
pub fn between(places: &[PhrasePlace], at: usize, end: f64) -> (f64, f64) {
    let is_there = |place: &&PhrasePlace| place.confidence > 0.0;
    let before = places[..at].iter().rfind(is_there).map_or(0.0, |place| place.to);
    (before, places[at + 1..].iter().find(is_there).map_or(end, |place| place.from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adopt::TranscribedPhrase;

    fn place(text: &str, span: Option<(f64, f64)>) -> PhrasePlace {
        let (from, to) = span.unwrap_or_default();
        let phrase = TranscribedPhrase { text: text.to_owned(), ..TranscribedPhrase::default() };
        let confidence = if span.is_some() { 1.0 } else { 0.0 };
        PhrasePlace { phrase, id: None, from, to, confidence, flag: None }
    }

    #[test]
    fn a_line_with_a_gap_inside_is_what_is_said_between_its_neighbours() {
        let mut places = [
            place("Adem maar mee met mij.", Some((0.0, 2.0))),
            place("Rustig in en uit", None),
            place("Adem maar mee met mij.", Some((20.0, 22.0))),
            place("Nu is het tijd om te gaan.", None),
        ];
        assert_eq!(between(&places, 1, 40.0), (2.0, 20.0));
        place_doubtful(&mut places, &[(5.0, 5.9), (9.0, 10.0)], 40.0);
        assert_eq!((places[1].from, places[1].to), (5.0, 10.0));
        assert!(places[1].flag.is_some() && places[3].confidence == 0.0);
    }

    #[test]
    fn a_line_of_which_only_a_half_was_found_takes_the_other() {
        let half =
            PhrasePlace { flag: Some("is short".to_owned()), ..place("Rustig in en uit", Some((5.0, 5.8))) };
        let mut places = [
            place("Adem maar mee met mij.", Some((0.0, 2.0))),
            half,
            place("Nu gaan we weer.", Some((20.0, 22.0))),
        ];
        place_doubtful(&mut places, &[(9.0, 10.0), (30.0, 31.0)], 40.0);
        assert_eq!((places[1].from, places[1].to), (5.0, 10.0));
        assert_eq!((places[2].from, places[2].to), (20.0, 22.0));
    }

    #[test]
    fn several_lines_take_what_is_said_by_their_lengths() {
        let neighbour = || place("Adem maar mee met mij.", Some((0.0, 2.0)));
        let mut places =
            [neighbour(), place("Rustig in en uit", None), place("Dan is het tijd om weer te gaan.", None)];
        // The first in two halves with seconds of silence between, and the second at once.
        place_doubtful(&mut places, &[(5.0, 5.7), (10.0, 10.8), (15.0, 18.0)], 40.0);
        assert_eq!(
            [(places[1].from, places[1].to), (places[2].from, places[2].to)],
            [(5.0, 10.8), (15.0, 18.0)]
        );
        let mut places = [neighbour(), place("Nee", None), place("Rustig in en uit", None)];
        place_doubtful(&mut places, &[(5.0, 9.0), (15.0, 16.5)], 40.0);
        assert!(places[1..].iter().all(|place| place.confidence == 0.0), "{places:?}");
    }

    #[test]
    fn much_speech_is_no_short_phrase_and_two_missing_ones_are_not_told_apart() {
        let long = place("Adem maar mee met mij.", Some((0.0, 2.0)));
        let mut places = [long.clone(), place("In.", None)];
        place_doubtful(&mut places, &[(5.0, 12.0)], 40.0);
        assert_eq!(places[1].confidence, 0.0);
        let mut places = [long, place("Rustig in en uit", None), place("Rustig in en uit", None)];
        place_doubtful(&mut places, &[(5.0, 6.5)], 40.0);
        assert!(places[1].confidence == 0.0 && places[2].confidence == 0.0);
    }
}
