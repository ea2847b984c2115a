//! Whether the recordings of phrases and the cover can be used, and how well the recordings will sound.

use std::path::Path;

use super::Voices;
use crate::asset::{JudgedPhrase, Store, judge, unusable_clip};
use crate::diag::{Code, Diagnostic};
use crate::export::picture::read_cover;
use crate::script::session::PhraseKey;
use crate::script::step::{PhraseText, phrases};
use crate::script::{Course, phrase_texts};

/// Names every recording of a phrase that cannot be used or will not sound well.
pub(super) fn check_clips(store: &Store<'_>, course: &Course, voices: &Voices) -> Vec<Diagnostic> {
    let places = places(course);
    // What was cut from a finished recording is not judged as what somebody has just recorded.
    let mixed = course.mixed_clips();
    let mut found = Vec::new();
    for ((language, voice), survey) in voices {
        let texts = phrase_texts(course, language);
        for (key, _, trouble) in &survey.unusable {
            let place = places.iter().find(|(own, _)| own == key);
            found.extend(place.map(|(_, phrase)| unusable_clip(phrase.text.span, trouble)));
        }
        let judged = places.iter().filter_map(|(key, phrase)| {
            let take = survey.takes().get(key).filter(|take| !mixed.contains(take.path.as_str()))?;
            let (span, soft, text) = (phrase.text.span, phrase.soft, texts.get(key)?);
            Some(JudgedPhrase { key, span, soft, text, take })
        });
        found.extend(judge(judged, (language, voice, survey.kind), store.rate, survey.level, survey.pace));
    }
    found
}

/// Every phrase of the course, in the order of files.
fn places(course: &Course) -> Vec<(PhraseKey, &PhraseText)> {
    let mut places = Vec::new();
    let mut add = |file: &str, steps| {
        for phrase in phrases(steps) {
            let Some(id) = &phrase.id else { continue };
            places.push((PhraseKey { file: file.to_owned(), id: id.value.clone() }, phrase));
        }
    };
    for script in course.scripts.values() {
        script.parts.iter().for_each(|part| add(&script.id, &part.steps));
    }
    course.fragments.values().for_each(|fragment| add(&fragment.id, &fragment.steps));
    places
}

/// Whether the course's own cover is a picture that players show, and as they show it: square, and not a few pixels.
pub(super) fn check_cover(store: &Store<'_>, course: &Course) -> Option<Diagnostic> {
    let own = course.header.publish.cover.as_ref()?;
    let bytes = store.files.read(Path::new(&own.value)).ok()?;
    let cover = match read_cover(bytes) {
        Ok(cover) => cover,
        Err(why) => {
            let broken = Diagnostic::error(Code::BadCover, own.span, format!("{} {why}", own.value));
            return Some(broken.help(why.remedy()));
        }
    };
    let (width, height) = (cover.width, cover.height);
    let wrong = if width.abs_diff(height) * 20 > width.max(height) {
        "players cut it to a square"
    } else if width.min(height) < LEAST_SIDE {
        "players show it blurred"
    } else {
        return None;
    };
    let odd = format!("{} has {width} × {height} pixels: {wrong}", own.value);
    let odd = Diagnostic::warning(Code::BadCover, own.span, odd);
    Some(odd.help("make it a square of 1400 to 3000 pixels, as podcast directories ask"))
}

/// A cover with fewer pixels a side is blurred on a telephone.
const LEAST_SIDE: u32 = 500;
