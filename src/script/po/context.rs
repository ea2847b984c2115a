//! What a translator sees around a phrase: its neighbours, where its recording can be heard, and the time it has.

use std::collections::BTreeMap;

use super::extract::SourceText;
use crate::script::Course;
use crate::script::step::{PhraseTime, StepText, all_steps};

/// The time of each phrase that a grid binds, by its context.
pub fn bound(course: &Course) -> BTreeMap<String, PhraseTime> {
    let mut found = BTreeMap::new();
    let mut add = |file: &str, steps: &[StepText]| {
        for step in all_steps(steps) {
            for phrase in step.phrases() {
                let time = phrase.id.as_ref().zip(step.time_for(phrase));
                found.extend(time.map(|(id, time)| (format!("{file}/{}", id.value), time)));
            }
        }
    };
    for script in course.scripts.values() {
        script.parts.iter().for_each(|part| add(&script.id, &part.steps));
    }
    course.fragments.values().for_each(|fragment| add(&fragment.id, &fragment.steps));
    found
}

/// The file of a phrase's context, such as `plek` of `plek/vrij`; `None` for a title or what is only read.
pub fn phrase_file(context: &str) -> Option<&str> {
    context.split_once('/').filter(|_| !context.contains(':')).map(|(file, _)| file)
}

/// Adds to the comments of each phrase its time, its neighbours and its recording.
pub fn surround(
    texts: &mut [SourceText],
    bound: &BTreeMap<String, PhraseTime>,
    heard: &BTreeMap<String, String>,
) {
    let file = |text: &SourceText| phrase_file(&text.context).map(str::to_owned);
    let plain = |text: &SourceText| text.text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Notes stand between phrases.
    let phrases: Vec<usize> = (0..texts.len()).filter(|at| file(&texts[*at]).is_some()).collect();
    let mut around = vec![(None, None); texts.len()];
    for pair in phrases.windows(2) {
        let (one, next) = (&texts[pair[0]], &texts[pair[1]]);
        if file(one) == file(next) {
            around[pair[0]].1 = Some(plain(next));
            around[pair[1]].0 = Some(plain(one));
        }
    }
    for (text, (before, after)) in texts.iter_mut().zip(around) {
        if let Some(time) = bound.get(&text.context) {
            text.comments.push(format!("Time: {}.", time.told(",")));
        }
        text.comments.extend(before.map(|before| format!("After: {before}")));
        text.comments.extend(after.map(|after| format!("Before: {after}")));
        text.comments.extend(heard.get(&text.context).map(|path| format!("Heard in: {path}")));
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::extract;
    use super::*;
    use crate::diag::Sink;
    use crate::files::MemoryFiles;

    #[test]
    fn a_phrase_has_its_neighbours_and_its_time_only_where_it_is_bound() {
        let script = "language = \"nl\"\ntitle = \"Plek\"\n[[part]]\ntitle = \"Deel\"\nsteps = [\n{ say = \"Een.\", id = \"a\" },\n\
            { breathe = { in = 4, out = 6, times = 2 }, say = \"Moge ik | veilig zijn\", id = \"b\" },\n\
            { breathe = { in = 4, out = 6, times = 2 }, say = \"Adem uit\", id = \"c\" },\n]\n";
        let files = MemoryFiles::new()
            .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\n")
            .with("scripts/plek.toml", script);
        let course = Course::open(&files, &Sink::new()).unwrap();
        let mut texts = extract(&course);
        let heard = BTreeMap::from([("plek/a".to_owned(), "voice/nl/x/plek/a.wav".to_owned())]);
        surround(&mut texts, &bound(&course), &heard);
        let comments = |context: &str| {
            let found = texts.iter().find(|text| text.context == context);
            found.map(|text| text.comments.clone()).unwrap_or_default()
        };
        assert_eq!(
            comments("plek/a"),
            ["Part: Deel", "Before: Moge ik | veilig zijn", "Heard in: voice/nl/x/plek/a.wav"]
        );
        let bound = comments("plek/b");
        assert!(bound.contains(&"Time: 4.0 | 6.0 s, at most 12 | 18 syllables.".to_owned()), "{bound:?}");
        assert!(bound.contains(&"After: Een.".to_owned()) && bound.contains(&"Before: Adem uit".to_owned()));
        assert!(comments("plek/c").contains(&"Time: 6.0 s, at most 18 syllables.".to_owned()));
    }
}
