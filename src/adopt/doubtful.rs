//! Phrases that were not found although somebody speaks between their neighbours: they are taken to be that, and flagged.

use super::plan::PhrasePlace;

/// What is spoken there is this much of what the phrase would take at the pace of the others.
const LIKELY: std::ops::RangeInclusive<f64> = 0.35..=2.5;
const SURE: f64 = 0.01;
const FLAG: &str = "was not heard for certain, and is taken to be what is said between its neighbours";

/// Gives each phrase without a place, that has none such beside it, what else is said between its neighbours: from, to, in seconds.
pub fn place_doubtful(places: &mut [PhrasePlace], other: &[(f64, f64)], end: f64) {
    let letters = |place: &PhrasePlace| place.phrase.text.chars().count().max(1) as f64;
    let mut paces: Vec<f64> = places
        .iter()
        .filter(|place| place.confidence > 0.0)
        .map(|place| (place.to - place.from) / letters(place))
        .collect();
    paces.sort_by(f64::total_cmp);
    let Some(pace) = paces.get(paces.len() / 2).copied() else { return };
    for at in 0..places.len() {
        let is_missing = |at: usize| places.get(at).is_some_and(|place| place.confidence == 0.0);
        if !is_missing(at) || is_missing(at + 1) || at.checked_sub(1).is_some_and(is_missing) {
            continue;
        }
        let (from, to) = between(places, at, end);
        let own = || other.iter().filter(|span| span.0 >= from && span.1 <= to);
        let said: f64 = own().map(|span| span.1 - span.0).sum();
        let (Some(first), Some(last)) = (own().next(), own().next_back()) else { continue };
        if LIKELY.contains(&(said / (pace * letters(&places[at])))) {
            let place = &mut places[at];
            (place.from, place.to, place.confidence) = (first.0, last.1, SURE);
            place.flag = Some(FLAG.to_owned());
        }
    }
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
