//! Picks language, voice, guidance, choices and preset of a version: what was asked for, or the default.

use super::start_of;
use crate::delivery::preset::Preset;
use crate::diag::{Code, Diagnostic, Help, Remedy, Sink};
use crate::script::course::Course;
use crate::script::exercise::{Guidance, Script};
use crate::script::language::Language;
use crate::script::session::Variant;
use crate::script::voice::Voice;
use crate::toml::foreign::meant;
use crate::toml::table::list;

pub(super) fn choose_language(
    course: &Course,
    script: &Script,
    variant: &Variant,
    sink: &Sink,
) -> Option<Language> {
    let own = script.language.as_ref()?;
    let Some(wanted) = &variant.language else { return Some(own.value.clone()) };
    if *wanted == own.value || course.header.languages.iter().any(|language| language.value == *wanted) {
        return Some(wanted.clone());
    }
    let known: Vec<_> = course.header.languages.iter().map(|language| language.value.as_str()).collect();
    let span = course.header.languages.first().map_or(start_of(course.header.file), |first| first.span);
    let unknown =
        Diagnostic::error(Code::UnknownLanguage, span, format!("the course has no language `{wanted}`"));
    // The same language with another region, or by its code of three letters.
    let same = course.header.languages.iter().find(|language| {
        language.value.three_letters() == wanted.three_letters() && wanted.three_letters() != "und"
    });
    let unknown = match same {
        Some(same) => unknown.help(format!("did you mean `{}`?", same.value)),
        None => unknown,
    };
    sink.emit(
        unknown.help(format!("available: {}; to add it, write \"{wanted}\" in `languages`", list(known))),
    );
    None
}

pub(super) fn choose_voice(
    course: &Course,
    script: &Script,
    language: &Language,
    variant: &Variant,
    sink: &Sink,
) -> Option<Voice> {
    let of_language =
        || course.voices.iter().filter(|((tag, _), _)| tag == language).map(|((_, id), _)| id.as_str());
    let named = course.header.voices.get(language);
    let adopted = adopted_voice(course, script, language);
    let usual = adopted.or(named.map(|voice| voice.value.as_str()));
    let Some(wanted) = variant.voice.as_deref().or(usual) else {
        let only: Vec<_> = of_language().collect();
        if let [only] = only[..] {
            return course.voices.get(&(language.clone(), only.to_owned())).cloned();
        }
        let message = format!("no voice is set for `{language}`");
        let missing = Diagnostic::error(Code::UnknownVoice, start_of(course.header.file), message);
        let add = format!("add `{language} = \"…\"` to `voices` in course.toml");
        sink.emit(missing.help(add).help(Remedy::Voice));
        return None;
    };
    if let Some(voice) = course.voices.get(&(language.clone(), wanted.to_owned())) {
        return Some(voice.clone());
    }
    let span = named.filter(|_| variant.voice.is_none()).map_or(start_of(script.file), |voice| voice.span);
    let unknown =
        Diagnostic::error(Code::UnknownVoice, span, format!("there is no voice `{wanted}` for `{language}`"));
    sink.emit(match meant(wanted, of_language()) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None => unknown.help(format!("to add it, create voice/{language}/{wanted}/voice.toml")),
    });
    None
}

/// The voice whose clips for a script were cut from a finished recording: it speaks that script unless another is asked for.
fn adopted_voice<'a>(course: &'a Course, script: &Script, language: &Language) -> Option<&'a str> {
    let is_cut = |voice: &&Voice| {
        let folder = format!("{}/{}", voice.folder(), script.id);
        voice.language == *language && course.recordings.values().any(|own| own.has_clips_of(&folder))
    };
    course.voices.values().find(is_cut).map(|voice| voice.id.as_str())
}

pub(super) fn choose_guidance(script: &Script, variant: &Variant, sink: &Sink) -> Option<Guidance> {
    let wanted = variant.guidance.unwrap_or(script.levels[0]);
    if script.levels.contains(&wanted) {
        return Some(wanted);
    }
    let message = format!("this exercise has no level `{}`", wanted.name());
    let levels = list(script.levels.iter().map(|level| level.name()));
    let unknown = Diagnostic::error(Code::UnknownLevel, start_of(script.file), message);
    sink.emit(unknown.help(format!("available: {levels}; `levels` in the script sets them")));
    None
}

/// The chosen values, and the first value of every other choice.
pub(super) fn choose(script: &Script, variant: &Variant, sink: &Sink) -> Option<Vec<(String, String)>> {
    let mut chosen: Vec<(String, String)> = script
        .choices
        .iter()
        .filter_map(|choice| Some((choice.name.value.clone(), choice.values.first()?.value.clone())))
        .collect();
    for (name, value) in &variant.choices {
        let Some(choice) = script.choices.iter().find(|choice| choice.name.value == *name) else {
            let message = format!("this exercise has no choice `{name}`");
            let unknown = Diagnostic::error(Code::UnknownChoice, start_of(script.file), message);
            let known = || script.choices.iter().map(|choice| choice.name.value.as_str());
            sink.emit(unknown.help(match meant(name, known()) {
                Some(near) => Help::Text(format!("did you mean `{near}`?")),
                None if script.choices.is_empty() => Remedy::NoChoice.into(),
                None => Help::Text(format!("available: {}", list(known()))),
            }));
            return None;
        };
        if !choice.values.iter().any(|known| known.value == *value) {
            let message = format!("`{name}` cannot be `{value}`");
            let unknown = Diagnostic::error(Code::UnknownChoice, choice.name.span, message);
            let known = || choice.values.iter().map(|value| value.value.as_str());
            sink.emit(unknown.help(match meant(value, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("available: {}", list(known())),
            }));
            return None;
        }
        chosen.iter_mut().filter(|(known, _)| known == name).for_each(|(_, old)| old.clone_from(value));
    }
    Some(chosen)
}

pub(super) fn choose_preset(
    course: &Course,
    script: &Script,
    variant: &Variant,
    sink: &Sink,
) -> Option<Preset> {
    let named = course.header.preset.as_ref();
    let name = variant.preset.as_deref().or(named.map(|name| name.value.as_str())).unwrap_or("stream");
    if let Some(preset) = Preset::find(&course.header.presets, name) {
        return Some(preset);
    }
    let known = || Preset::known(&course.header.presets);
    let span = named.filter(|_| variant.preset.is_none()).map_or(start_of(script.file), |name| name.span);
    let unknown = Diagnostic::error(Code::UnknownPreset, span, format!("there is no preset `{name}`"));
    sink.emit(match meant(name, known()) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None => unknown.help(format!("available: {}", list(known()))),
    });
    None
}
