//! Errors that involve several files: unknown names, duplicate numbers, fragments that use themselves, missing
//! translations.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::ambience::{BellSound, LayerSound};
use super::bed::BedUse;
use super::course::Course;
use super::course_file::Week;
use super::exercise::Script;
use super::language::Language;
use super::marks::{text_marks, without_marks};
use super::mixed::CutSound;
use super::po::extract::{SourceText, extract};
use super::po::{TranslationState, Translations};
use super::resolve::{
    empty_translation, fuzzy_translation, mistyped_context, not_translated, stale_translation,
};
use super::safety::{refuse_unspoken, warn_unspoken_by_choice};
use super::site::Site;
use super::step::{PhraseText, StepText, When, all_steps, phrases, refuse_double_ids, refuse_nested_pin};
use super::track::{before, untranslated};
use super::words::{missing_words, wrong_places};
use crate::delivery::preset::Preset;
use crate::diag::{Code, Diagnostic, Remedy, SAFETY, Severity, Sink, Span, Spanned, nearest};
use crate::toml::foreign;
use crate::toml::table::list;

/// Whether a file of the course exists; the check itself opens none.
pub type Exists<'a> = &'a dyn Fn(&str) -> bool;

/// Reports every error that involves several files of a course.
pub fn check(course: &Course, exists: Exists<'_>, sink: &Sink) {
    let check = Check { course, exists, sink, missing: RefCell::default() };
    check.names();
    check.tracks();
    check.beds();
    check.recordings();
    check.cover();
    check.voices();
    check.voiceless();
    check.preset();
    check.site();
    check.added_words_with_wrong_places();
    let header = &course.header;
    check.before("course", header.languages.first(), &header.before);
    for script in course.scripts.values() {
        check.language(script);
        check.script(script);
        check.before(&script.id, script.language.as_ref(), &script.before);
    }
    for fragment in course.fragments.values() {
        check.steps(&fragment.steps);
        check.unspoken_safety(&fragment.steps);
        let own = phrases(&fragment.steps);
        refuse_double_ids(own.iter().copied(), sink);
        check.instead(&own);
        check.no_choices(&fragment.steps);
        for at in fragment.steps.iter().filter_map(|step| step.at.as_ref()) {
            sink.emit(refuse_nested_pin(at.span));
        }
        check.fragment_loop(&fragment.id, &fragment.steps);
        check.translations(&fragment.id, &fragment.steps);
        check.marks(&fragment.steps);
    }
    check.untranslated();
}

/// With no more than this many texts untranslated each of them is named; else they are one question.
const FEW_MISSING: usize = 3;

/// The check of one course.
pub(super) struct Check<'a> {
    course: &'a Course,
    exists: Exists<'a>,
    pub(super) sink: &'a Sink,
    /// The texts without a translation, by language.
    missing: RefCell<BTreeMap<Language, Vec<Diagnostic>>>,
}

impl Check<'_> {
    /// Clips are found by `<file>/<phrase>`, so a script and a fragment cannot share a name.
    fn names(&self) {
        for (name, fragment) in &self.course.fragments {
            if let Some(script) = self.course.scripts.get(name) {
                let message = format!("a script and a fragment are both called `{name}`");
                let double = Diagnostic::error(Code::DoubleName, Span::new(fragment.file, 0..0), message);
                let script = Span::new(script.file, 0..0);
                self.sink.emit(
                    double
                        .related(script, "the script")
                        .help("clips are found by this name: rename one of them"),
                );
            }
        }
    }

    fn tracks(&self) {
        let mut seen: BTreeMap<u32, Span> = BTreeMap::new();
        for track in self.course.scripts.values().filter_map(|script| script.track.as_ref()) {
            if let Some(first) = seen.insert(track.value, track.span) {
                let message = format!("two scripts are track {}", track.value);
                let double = Diagnostic::error(Code::DoubleTrack, track.span, message);
                self.sink
                    .emit(double.related(first, "the other one").help("give one of them another number"));
            }
        }
        // A script that could not be read may be the track in question.
        let damaged = |script: &Script| script.track.is_none() && self.sink.has_errors_in(script.file);
        if self.course.unread.iter().any(|path| is_script(path)) || self.course.scripts.values().any(damaged)
        {
            return;
        }
        self.weeks();
        let mut is_whole = true;
        for week in &self.course.header.weeks {
            let unknown: Vec<_> =
                week.tracks.iter().filter(|track| !seen.contains_key(&track.value)).collect();
            let Some((first, others)) = unknown.split_first() else { continue };
            is_whole = false;
            let message = if others.is_empty() {
                format!("no script is track {}", first.value)
            } else {
                let wanted = unknown.iter().map(|track| track.value).collect();
                format!("there are no scripts for {}", tracks_in_words(&wanted))
            };
            let error = Diagnostic::error(Code::UnknownTrack, first.span, message);
            let strays: Vec<String> = self.stray_tracks().map(|track| track.value.to_string()).collect();
            let available = known_tracks(seen.keys().copied());
            let add = format!("{available}; to add it, write `track = {}` in a script", first.value);
            self.sink.emit(if strays.is_empty() {
                error.help(add)
            } else {
                let is = if strays.len() == 1 { "track" } else { "tracks" };
                error.help(add).help(format!("or is it {is} {}, in no week yet?", strays.join(", ")))
            });
        }
        // What a week lists is not known where a part of its file could not be read.
        let is_read = self.course.header.weeks.iter().all(|week| !self.sink.has_errors_in(week.span.file));
        if is_whole && is_read {
            self.tell_stray_tracks();
        }
    }

    /// No week stands twice in a course, and no track twice in a week. A week may have a second part, with other tracks.
    fn weeks(&self) {
        let weeks = &self.course.header.weeks;
        for (at, week) in weeks.iter().enumerate() {
            let has = |other: &Week, track: u32| other.tracks.iter().any(|own| own.value == track);
            let is_again = |other: &&Week| {
                let shares = week.tracks.iter().any(|track| has(other, track.value));
                other.number == week.number && (shares || week.tracks.is_empty())
            };
            if let Some(first) = weeks[..at].iter().find(is_again) {
                let message = format!("two weeks are week {}", week.number);
                let double = Diagnostic::warning(Code::DoubleTrack, week.span, message);
                let double = double.related(first.span, "the other one");
                self.sink.emit(double.help("give one of them another number"));
            }
            let mut tracks = BTreeMap::new();
            for track in &week.tracks {
                if let Some(first) = tracks.insert(track.value, track.span) {
                    let message = format!("track {} stands in week {} twice", track.value, week.number);
                    let double = Diagnostic::warning(Code::DoubleTrack, track.span, message);
                    self.sink.emit(double.related(first, "the first time").help("take one of the two out"));
                }
            }
        }
    }

    /// The tracks that no week lists, in a course with weeks.
    fn stray_tracks(&self) -> impl Iterator<Item = &Spanned<u32>> {
        let header = &self.course.header;
        let tracks = self.course.scripts.values().filter_map(|script| script.track.as_ref());
        tracks.filter(|track| !header.weeks.is_empty() && header.week_of(Some(track.value)).is_none())
    }

    fn tell_stray_tracks(&self) {
        for track in self.stray_tracks() {
            let message = format!("track {} is in no week", track.value);
            let stray = Diagnostic::warning(Code::StrayTrack, track.span, message);
            let add = format!("add {} to the `tracks` of a [[week]] in course.toml", track.value);
            self.sink.emit(stray.help(add).help("or take `track` out of the script"));
        }
    }

    /// A script is written in a language of the course, or nobody is offered it.
    fn language(&self, script: &Script) {
        let languages = &self.course.header.languages;
        let Some(own) = &script.language else { return };
        if languages.is_empty() || languages.iter().any(|language| language.value == own.value) {
            return;
        }
        let message = format!("this script is in `{}`, which is no language of the course", own.value);
        let strange = Diagnostic::warning(Code::UnknownLanguage, own.span, message);
        let known = list(languages.iter().map(|language| language.value.as_str()));
        self.sink.emit(strange.help(format!(
            "the course has {known}: write one of these, or add \"{}\" to `languages` in course.toml",
            own.value
        )));
    }

    /// Every language of the course is spoken by a voice.
    fn voiceless(&self) {
        let header = &self.course.header;
        for language in header.languages.iter().filter(|one| !header.voices.contains_key(&one.value)) {
            let tag = &language.value;
            let own = self.course.voices.keys().filter(|(other, _)| other == tag).map(|(_, id)| id.as_str());
            let own: Vec<_> = own.collect();
            let folder = format!("voice/{tag}/");
            if own.len() == 1 || self.course.unread.iter().any(|path| path.starts_with(&folder)) {
                continue;
            }
            let unspoken = |message| Diagnostic::warning(Code::UnknownVoice, language.span, message);
            self.sink.emit(match own.first() {
                None => unspoken(format!("no voice speaks `{tag}`")).help(format!(
                    "a voice is a folder {folder}NAME with a voice.toml in it; name it here: voices = {{ {tag} = \"NAME\" }}"
                )),
                Some(first) => unspoken(format!("`{tag}` has {} voices, and none is named", own.len()))
                    .help(format!("write voices = {{ {tag} = \"{first}\" }}; there is {}", list(own.iter().copied()))),
            });
        }
    }

    fn beds(&self) {
        self.bed(&self.course.header.bed);
        for ambience in self.course.ambiences.values() {
            for layer in &ambience.layers {
                if let LayerSound::Recording { file, .. } = &layer.sound {
                    self.file(file);
                }
            }
        }
        for bell in self.course.bells.values() {
            if let Some(BellSound::Recording(file)) = &bell.sound {
                self.file(file);
            }
        }
    }

    /// Finished recordings are there, with what was cut from them.
    fn recordings(&self) {
        for recording in self.course.recordings.values() {
            recording.file.iter().for_each(|file| self.file(file));
            if let Some(bed) = &recording.bed {
                self.bed(&BedUse::named(bed.clone()));
            }
            for cut in &recording.cuts {
                match &cut.sound.value {
                    CutSound::Clip(path) => self.file(&Spanned::new(path.clone(), cut.sound.span)),
                    CutSound::Bell(name) => self.bell(&Spanned::new(name.clone(), cut.sound.span)),
                }
            }
        }
    }

    fn cover(&self) {
        let Some(cover) = &self.course.header.publish.cover else { return };
        if !(self.exists)(&cover.value) {
            let missing =
                Diagnostic::error(Code::MissingFile, cover.span, format!("{} does not exist", cover.value));
            self.sink.emit(missing.help("add the picture, or remove `cover`; adem then draws one"));
        }
    }

    /// The page offers deliveries that exist, in a format that browsers play.
    fn site(&self) {
        let header = &self.course.header;
        for name in header.site.iter().flat_map(|site| &site.deliveries) {
            let known = || header.deliveries.iter().map(|delivery| delivery.name.value.as_str());
            let refuse = |message: String, help: String| {
                self.sink.emit(Diagnostic::error(Code::BadChoice, name.span, message).help(help));
            };
            let Some(delivery) = header.deliveries.iter().find(|known| known.name.value == name.value) else {
                let help = match nearest(&name.value, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if header.deliveries.is_empty() => {
                        format!("add one: [[delivery]] with name = \"{}\"", name.value)
                    }
                    None => format!("available: {}", list(known())),
                };
                refuse(format!("there is no delivery `{}`", name.value), help);
                continue;
            };
            let formats = delivery.formats.as_ref().unwrap_or(&header.publish.formats);
            if !formats.is_empty() && !formats.iter().any(|format| Site::PLAYED.contains(&format.extension()))
            {
                refuse(
                    format!("browsers play no format of `{}`", name.value),
                    "add \"mp3\" to its `formats`".to_owned(),
                );
            }
        }
    }

    fn file(&self, file: &Spanned<String>) {
        if !(self.exists)(&file.value) {
            let missing =
                Diagnostic::error(Code::MissingFile, file.span, format!("{} does not exist", file.value));
            self.sink.emit(missing.help("add the file, or correct its name; upper and lower case differ"));
        }
    }

    fn bed(&self, bed: &BedUse) {
        let Some(name) = &bed.name else { return };
        if name.value == "none" || self.course.ambiences.contains_key(&name.value) {
            return;
        }
        if self.unread("ambience", &name.value) {
            return;
        }
        let unknown =
            Diagnostic::error(Code::UnknownBed, name.span, format!("there is no bed `{}`", name.value));
        self.sink.emit(self.suggest(unknown, name, self.course.ambiences.keys(), "ambience"));
    }

    pub(super) fn bell(&self, name: &Spanned<String>) {
        if self.course.bells.contains_key(&name.value) || self.unread("ambience/bells", &name.value) {
            return;
        }
        let unknown =
            Diagnostic::error(Code::UnknownBell, name.span, format!("there is no bell `{}`", name.value));
        self.sink.emit(self.suggest(unknown, name, self.course.bells.keys(), "ambience/bells"));
    }

    /// Adds the nearest name as help, or the available names and the file to add.
    fn suggest<'n>(
        &self,
        unknown: Diagnostic,
        name: &Spanned<String>,
        known: impl Iterator<Item = &'n String> + Clone,
        folder: &str,
    ) -> Diagnostic {
        let names = || known.clone().map(String::as_str);
        if let Some(near) = nearest(&name.value, names()).or_else(|| foreign::word(&name.value, names())) {
            // Only a quoted name can be replaced in place.
            if self.course.sources.text(name.span).starts_with(['"', '\'']) {
                return unknown.patch(format!("did you mean `{near}`?"), name.span, format!("\"{near}\""));
            }
            return unknown.help(format!("did you mean `{near}`?"));
        }
        let names: Vec<_> = known.map(String::as_str).collect();
        let available = if names.is_empty() { "none".to_owned() } else { list(names) };
        unknown.help(format!("available: {available}; to add it, create {folder}/{}.toml", name.value))
    }

    fn voices(&self) {
        for (language, voice) in &self.course.header.voices {
            let folder = format!("voice/{language}/{}", voice.value);
            if self.course.voices.contains_key(&(language.clone(), voice.value.clone()))
                || self.unread(&folder, "voice")
            {
                continue;
            }
            let message = format!("there is no voice `{}` for `{language}`", voice.value);
            let unknown = Diagnostic::error(Code::UnknownVoice, voice.span, message);
            let of_language = self.course.voices.keys().filter(|(tag, _)| tag == language);
            self.sink.emit(match nearest(&voice.value, of_language.map(|(_, id)| id.as_str())) {
                Some(near) => {
                    unknown.patch(format!("did you mean `{near}`?"), voice.span, format!("\"{near}\""))
                }
                None => unknown.help(format!("to add it, create {folder}/voice.toml")),
            });
        }
    }

    /// The preset of `[defaults]`.
    fn preset(&self) {
        let Some(name) = &self.course.header.preset else { return };
        let known = || Preset::known(&self.course.header.presets);
        if known().any(|known| known == name.value) {
            return;
        }
        let message = format!("there is no preset `{}`", name.value);
        let unknown = Diagnostic::error(Code::UnknownPreset, name.span, message);
        self.sink.emit(match nearest(&name.value, known()) {
            Some(near) => unknown.patch(format!("did you mean `{near}`?"), name.span, format!("\"{near}\"")),
            None => unknown.help(format!(
                "available: {}; to add it, write a table [presets.{}]",
                list(known()),
                name.value
            )),
        });
    }

    /// What is written at a place.
    pub(super) fn written(&self, span: Span) -> &str {
        self.course.sources.text(span)
    }

    /// Whether the file exists but could not be read, which has been reported.
    fn unread(&self, folder: &str, name: &str) -> bool {
        self.course.unread.contains(&format!("{folder}/{name}.toml"))
    }

    fn script(&self, script: &Script) {
        self.bed(&script.bed);
        for cue in &script.cues {
            self.bell(&cue.bell.name);
        }
        let own: Vec<_> = script.parts.iter().flat_map(|part| phrases(&part.steps)).collect();
        refuse_double_ids(own.iter().copied(), self.sink);
        self.instead(&own);
        for part in &script.parts {
            if let Some(bed) = &part.bed {
                self.bed(bed);
            }
            self.when(script, &part.when);
            if let Some(exercise) = &part.exercise {
                self.exercise(script, &exercise.script);
            }
            self.steps(&part.steps);
            self.unspoken_safety(&part.steps);
            self.translations(&script.id, &part.steps);
            self.marks(&part.steps);
            for step in all_steps(&part.steps) {
                self.when(script, &step.when);
            }
        }
        self.safety(script);
        warn_unspoken_by_choice(script, &|name| self.fragment_phrases(name), self.sink);
    }

    fn steps(&self, steps: &[StepText]) {
        for step in all_steps(steps) {
            step.check(self);
        }
    }

    /// Checks a script that is part of a programme.
    fn exercise(&self, script: &Script, name: &Spanned<String>) {
        let Some(inner) = self.course.scripts.get(&name.value) else {
            if !self.unread("scripts", &name.value) {
                let message = format!("there is no script `{}`", name.value);
                let unknown = Diagnostic::error(Code::UnknownScript, name.span, message);
                self.sink.emit(self.suggest(unknown, name, self.course.scripts.keys(), "scripts"));
            }
            return;
        };
        if inner.id == script.id || inner.parts.iter().any(|part| part.exercise.is_some()) {
            let nested = Diagnostic::error(
                Code::UnknownScript,
                name.span,
                "a programme cannot be part of a programme",
            );
            self.sink.emit(nested.help("list the scripts it consists of instead"));
        }
    }

    /// `instead` must name another phrase of the same file.
    fn instead(&self, own: &[&PhraseText]) {
        let ids = || own.iter().filter_map(|phrase| Some(phrase.id.as_ref()?.value.as_str()));
        for phrase in own {
            let Some(other) = &phrase.instead else { continue };
            let itself = phrase.id.as_ref().is_some_and(|id| id.value == other.value);
            if !itself && ids().any(|id| id == other.value) {
                continue;
            }
            let message = if itself {
                "a phrase cannot replace itself".to_owned()
            } else {
                format!("no phrase of this file has the id `{}`", other.value)
            };
            let unknown = Diagnostic::error(Code::UnknownPhrase, other.span, message);
            let others = ids().filter(|id| phrase.id.as_ref().is_none_or(|own| own.value != *id));
            self.sink.emit(match nearest(&other.value, others).filter(|_| !itself) {
                Some(near) => {
                    unknown.patch(format!("did you mean `{near}`?"), other.span, format!("\"{near}\""))
                }
                // It may stand in what could not be read.
                None if !itself && self.sink.lacks_part_of(other.span.file) => continue,
                None => unknown.help("write the id of the phrase that it replaces"),
            });
        }
    }

    /// Refuses choices in a fragment: the scripts that use it have different choices.
    fn no_choices(&self, steps: &[StepText]) {
        for (name, _) in all_steps(steps).into_iter().flat_map(|step| &step.when) {
            let message = "a fragment cannot depend on a choice";
            let clash = Diagnostic::error(Code::UnknownChoice, name.span, message);
            self.sink
                .emit(clash.help("put `when` on the part that uses the fragment, or make two fragments"));
        }
    }

    fn when(&self, script: &Script, when: &When) {
        for (name, value) in when {
            let Some(choice) = script.choices.iter().find(|choice| choice.name.value == name.value) else {
                let message = format!("this script has no choice `{}`", name.value);
                let unknown = Diagnostic::error(Code::UnknownChoice, name.span, message);
                let known = script.choices.iter().map(|choice| choice.name.value.as_str());
                self.sink.emit(match nearest(&name.value, known) {
                    Some(near) => unknown.patch(format!("did you mean `{near}`?"), name.span, near),
                    None => unknown.help(format!(
                        "add `choices = {{ {} = [\"{}\", \"…\"] }}` at the top of the script",
                        name.value, value.value
                    )),
                });
                continue;
            };
            let values = || choice.values.iter().map(|value| value.value.as_str());
            if !values().any(|known| known == value.value) {
                let message = format!("`{}` cannot be `{}`", name.value, value.value);
                let unknown = Diagnostic::error(Code::UnknownChoice, value.span, message)
                    .related(choice.name.span, "the choice");
                self.sink.emit(match nearest(&value.value, values()) {
                    Some(near) => {
                        unknown.patch(format!("did you mean `{near}`?"), value.span, format!("\"{near}\""))
                    }
                    None => unknown.help(format!("available: {}", list(values()))),
                });
            }
        }
    }

    pub(super) fn fragment(&self, name: &Spanned<String>) {
        if self.course.fragments.contains_key(&name.value) || self.unread("scripts/fragments", &name.value) {
            return;
        }
        let message = format!("there is no fragment `{}`", name.value);
        let unknown = Diagnostic::error(Code::UnknownFragment, name.span, message);
        self.sink.emit(self.suggest(unknown, name, self.course.fragments.keys(), "scripts/fragments"));
    }

    /// Refuses fragments that use themselves, directly or through others. Each loop is reported once, from the first of its
    /// names.
    fn fragment_loop(&self, start: &str, steps: &[StepText]) {
        let mut path: Vec<&Spanned<String>> = Vec::new();
        if self.leads_back(start, steps, &mut BTreeSet::new(), &mut path) {
            let names: Vec<_> = path.iter().map(|name| format!("`{}`", name.value)).collect();
            let message = match &names[..] {
                [_] => format!("`{start}` uses itself"),
                _ => format!("`{start}` uses itself: it uses {}", names.join(", which uses ")),
            };
            let mut error = Diagnostic::error(Code::FragmentLoop, path[0].span, message);
            for name in &path[1..] {
                error = error.related(name.span, format!("this uses `{}`", name.value));
            }
            self.sink.emit(error.help("remove one of these steps"));
        }
    }

    /// Whether `steps` lead to the fragment `start` through fragments whose names sort after it; `path` receives the steps that
    /// do.
    fn leads_back<'s>(
        &'s self,
        start: &str,
        steps: &'s [StepText],
        seen: &mut BTreeSet<&'s str>,
        path: &mut Vec<&'s Spanned<String>>,
    ) -> bool {
        for step in all_steps(steps) {
            let Some(name) = step.fragment() else { continue };
            if name.value.as_str() < start || !seen.insert(&name.value) {
                continue;
            }
            path.push(name);
            let onward = self.course.fragments.get(&name.value);
            if name.value == start
                || onward.is_some_and(|next| self.leads_back(start, &next.steps, seen, path))
            {
                return true;
            }
            path.pop();
        }
        false
    }

    /// Warns if no phrase of a script is marked as safety.
    fn safety(&self, script: &Script) {
        let mut spoken = Vec::new();
        let mut seen = BTreeSet::new();
        for part in &script.parts {
            self.spoken(&part.steps, &mut seen, &mut spoken);
            let inner = part.exercise.as_ref().and_then(|own| self.course.scripts.get(&own.script.value));
            for inner in inner.iter().flat_map(|inner| &inner.parts) {
                self.spoken(&inner.steps, &mut seen, &mut spoken);
            }
        }
        // What could not be read may have said it.
        let files = seen.iter().filter_map(|name| Some(self.course.fragments.get(*name)?.file));
        if files.chain([script.file]).any(|file| self.sink.has_errors_in(file))
            || self.lacks_a_fragment(script)
        {
            return;
        }
        if !spoken.is_empty() && !spoken.iter().any(|phrase| phrase.safety) {
            let place = script.title.as_ref().map_or(Span::new(script.file, 0..0), |title| title.span);
            let none = Diagnostic::warning(Code::NoSafety, place, "no phrase is marked `safety = true`");
            self.sink.emit(none.help(
                "mark the phrase that says one may stop, move or open the eyes; it is then never omitted",
            ));
        }
    }

    /// Whether a part or a step uses a fragment that is not there or could not be read.
    fn lacks_a_fragment(&self, script: &Script) -> bool {
        let steps = script.parts.iter().flat_map(|part| all_steps(&part.steps));
        steps.filter_map(StepText::fragment).any(|name| !self.course.fragments.contains_key(&name.value))
    }

    /// Refuses safety phrases that a version with few rounds would not speak.
    fn unspoken_safety(&self, steps: &[StepText]) {
        refuse_unspoken(steps, &|name| self.fragment_phrases(name), self.sink);
    }

    /// The phrases of a fragment and of those it uses.
    fn fragment_phrases(&self, name: &Spanned<String>) -> Vec<&PhraseText> {
        let mut found = Vec::new();
        if let Some(fragment) = self.course.fragments.get(&name.value) {
            self.spoken(&fragment.steps, &mut BTreeSet::from([fragment.id.as_str()]), &mut found);
        }
        found
    }

    /// Collects the phrases of the steps and of the fragments they use, each fragment once.
    fn spoken<'s>(
        &'s self,
        steps: &'s [StepText],
        seen: &mut BTreeSet<&'s str>,
        spoken: &mut Vec<&'s PhraseText>,
    ) {
        spoken.extend(phrases(steps));
        for step in all_steps(steps) {
            let Some(name) = step.fragment() else { continue };
            if let Some(fragment) =
                self.course.fragments.get(&name.value).filter(|_| seen.insert(&name.value))
            {
                self.spoken(&fragment.steps, seen, spoken);
            }
        }
    }

    /// The languages of the course beside one, as far as there is a PO file.
    fn other_languages<'s>(
        &'s self,
        own: Option<&'s Spanned<Language>>,
    ) -> impl Iterator<Item = (&'s Language, &'s Translations)> {
        let own = own.map(|own| &own.value);
        let languages = self.course.header.languages.iter().map(|language| &language.value);
        let others = languages.filter(move |language| Some(*language) != own);
        others.filter_map(|language| Some((language, self.course.translations.get(language)?)))
    }

    /// How many of the words that adem adds a language lacks, and the name of the first; 0 for a language that is not begun.
    fn added_words_missing(&self, language: &Language) -> (usize, &'static str) {
        let texts = self.course.translations.get(language);
        // Without a file, a language that others are translated into is not begun.
        let is_begun = texts.is_some() || self.course.header.languages[0].value == *language;
        let is_unread = self.course.unread.contains(&format!("scripts/po/{language}.po"));
        let mut missing = missing_words(language, texts).filter(|_| is_begun && !is_unread);
        missing.next().map_or((0, ""), |first| (1 + missing.count(), first.name))
    }

    /// Tells that listeners read words that adem adds in English.
    fn added_words(&self, language: &Spanned<Language>) {
        let name = &language.value;
        let (missing, first) = self.added_words_missing(name);
        let what = match missing {
            0 => return,
            1 => format!("the word `adem:{first}`, which adem adds, is"),
            count => format!("{count} words that adem adds, such as `adem:{first}`, are"),
        };
        let message = format!("{what} not translated into `{name}`; listeners read them in English");
        let missing = Diagnostic::warning(Code::NotTranslated, language.span, message);
        self.sink.emit(missing.help(Remedy::Translate(name.to_string())));
    }

    /// Tells which translations of words that adem adds have wrong places for numbers.
    fn added_words_with_wrong_places(&self) {
        let languages = self.course.header.languages.iter();
        for texts in languages.filter_map(|language| self.course.translations.get(&language.value)) {
            for (entry, places) in wrong_places(texts) {
                let places: Vec<_> = places.iter().map(|place| format!("{{{place}}}")).collect();
                let message = "this translation has other places in braces than the text";
                let wrong = Diagnostic::warning(Code::PoSyntax, entry.span, message);
                self.sink.emit(match &places[..] {
                    [] => wrong.help("remove what stands in braces"),
                    _ => wrong.help(format!("keep {}", list(places.iter().map(String::as_str)))),
                });
            }
        }
    }

    /// What is said of a safety phrase without a translation where other phrases of its file have one: no version can do without
    /// it, so that what is delivered would lack the whole track.
    fn of_safety(&self, file: &str, language: &Language, missing: Diagnostic) -> Diagnostic {
        let track =
            self.course.scripts.get(file).map(|script| script.track.as_ref().map(|track| track.value));
        let is_delivered = self.course.header.deliveries.iter().any(|delivery| {
            let languages = delivery.languages.as_ref();
            let tracks = delivery.tracks.as_ref();
            // A fragment is of any track.
            let has = |track: Option<u32>| {
                track.is_some_and(|track| tracks.is_none_or(|all| all.iter().any(|one| one.value == track)))
            };
            languages.is_none_or(|all| all.iter().any(|one| one.value == *language)) && track.is_none_or(has)
        });
        if is_delivered {
            let note = format!("it is delivered in `{language}`, and no version can do without it");
            Diagnostic { code: Code::UntranslatedSafety, ..missing }.note(note)
        } else {
            missing
        }
    }

    fn miss(&self, language: &Language, missing: Diagnostic) {
        self.missing.borrow_mut().entry(language.clone()).or_default().push(missing);
    }

    /// Tells of the texts without a translation: each where they are few, and one question for a language that is only begun.
    fn untranslated(&self) {
        let missing = self.missing.borrow();
        for language in &self.course.header.languages {
            let texts = missing.get(&language.value).map_or(&[][..], Vec::as_slice);
            if texts.len() > FEW_MISSING {
                self.sink.emit(self.begun(language));
            } else {
                self.added_words(language);
            }
        }
        for (language, texts) in missing.iter() {
            let is_listed = self.course.header.languages.iter().any(|listed| listed.value == *language);
            if !is_listed || texts.len() <= FEW_MISSING {
                texts.iter().cloned().for_each(|one| self.sink.emit(one));
            }
        }
    }

    /// How many texts have no translation, counted as `translate status` does.
    fn missing_texts(&self, language: &Language) -> usize {
        let texts = self.course.translations.get(language);
        let is_missing = |text: &&SourceText| {
            let found =
                texts.map_or(TranslationState::Missing, |texts| texts.find(&text.context, &text.text));
            text.is_needed_in(language) && !text.is_optional() && found == TranslationState::Missing
        };
        extract(self.course).iter().filter(is_missing).count()
    }

    fn begun(&self, language: &Spanned<Language>) -> Diagnostic {
        let tag = &language.value;
        let tracks = self.course.scripts.values().filter_map(|script| Some((script.track.as_ref()?, script)));
        let (mut whole, mut unread, mut open) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (track, script) in tracks {
            let spoken = untranslated(self.course, script, tag) == 0;
            let (_, missing) = before(self.course, script, tag);
            match (spoken, missing) {
                (true, 0) => whole.insert(track.value),
                (true, _) => unread.insert(track.value),
                (false, _) => open.insert(track.value),
            };
        }
        let missing = self.missing_texts(tag);
        let message = format!(
            "{missing} texts are not translated into `{tag}` yet; is {} still in the making?",
            tag.name()
        );
        let begun = Diagnostic::warning(Code::NotTranslated, language.span, message);
        let begun = match (whole.is_empty(), open.is_empty() && unread.is_empty()) {
            (true, _) if unread.is_empty() => begun.note("no track is whole in it"),
            (true, _) => begun,
            (false, true) => begun.note("every track is whole in it; what is missing is read, not heard"),
            (false, false) if open.is_empty() => {
                begun.note(format!("whole in it: {}", tracks_in_words(&whole)))
            }
            (false, false) => begun.note(format!(
                "whole in it: {}; not yet: {}",
                tracks_in_words(&whole),
                tracks_in_words(&open)
            )),
        };
        let begun = if unread.is_empty() {
            begun
        } else {
            begun.note(format!(
                "spoken in it, but not whole: {}; before these, listeners would read what keeps them safe in {}: translate `course:before`, and the `:before` of each track",
                tracks_in_words(&unread),
                self.course.header.languages[0].value.name()
            ))
        };
        let begun = match self.added_words_missing(tag) {
            (0, _) => begun,
            (words, first) => {
                begun.note(format!("{words} of them are words that adem adds, such as `adem:{first}`"))
            }
        };
        begun
            .help("what is whole can be rendered and built already, and a build leaves the rest out")
            .help(Remedy::Translate(tag.to_string()))
    }

    /// Checks that what is read before a track is translated.
    fn before(&self, file: &str, own: Option<&Spanned<Language>>, texts: &[Spanned<String>]) {
        let context = format!("{file}:before");
        for (language, translations) in self.other_languages(own) {
            for text in texts {
                match translations.find(&context, &text.value) {
                    TranslationState::Current(_) => {}
                    TranslationState::Stale(entry) => {
                        self.sink.emit(stale_translation(language, &context, entry, text.span));
                    }
                    TranslationState::Fuzzy(entry) => {
                        self.sink.emit(fuzzy_translation(
                            language,
                            &context,
                            entry,
                            Severity::Warning,
                            &text.value,
                            false,
                        ));
                    }
                    TranslationState::Missing => {
                        self.miss(language, not_translated(language, &context, text.span, false));
                    }
                }
            }
        }
    }

    /// Warns of marks in texts that a voice would say.
    fn marks(&self, steps: &[StepText]) {
        for phrase in phrases(steps) {
            let span = phrase.text.span;
            let Some(typed) = text_marks(&phrase.text.value).into_iter().next() else { continue };
            let mark = &phrase.text.value[typed.at.clone()];
            let written = self.written(span);
            let sign = written.chars().next().unwrap_or('"');
            let inner = written.strip_prefix(sign).and_then(|inner| inner.strip_suffix(sign));
            let marks = text_marks(written);
            let place = marks.first().map_or(span, |first| Span {
                start: span.start + first.at.start,
                end: span.start + first.at.end,
                ..span
            });
            let told = Diagnostic::warning(Code::Markup, place, format!("`{mark}` would be spoken"));
            let told = told.help(typed.kind.help());
            // A text of several lines has three quotes, and is left to its author.
            let inner = inner.filter(|inner| !inner.starts_with(sign));
            let plain = inner.and_then(|inner| without_marks(inner, &text_marks(inner)));
            self.sink.emit(match plain {
                Some(plain) => told.patch("write", span, format!("{sign}{plain}{sign}")),
                None => told,
            });
        }
    }

    /// Checks that each phrase has a translation with suitable beats in every other language of the course.
    fn translations(&self, file: &str, steps: &[StepText]) {
        let own = self.course.scripts.get(file).and_then(|script| script.language.as_ref());
        let own =
            own.or_else(|| self.course.fragments.get(file).and_then(|fragment| fragment.language.as_ref()));
        let spoken = phrases(steps);
        let is_begun = |texts: &Translations| {
            spoken.iter().filter_map(|phrase| Some((phrase.id.as_ref()?, &phrase.text))).any(|(id, text)| {
                let found = texts.find(&format!("{file}/{}", id.value), &text.value);
                matches!(found, TranslationState::Current(_))
            })
        };
        for (language, texts) in self.other_languages(own) {
            for phrase in &spoken {
                let Some(id) = &phrase.id else { continue };
                let context = format!("{file}/{}", id.value);
                match texts.find(&context, &phrase.text.value) {
                    TranslationState::Current(entry) => {
                        let most = phrase.text.value.split('|').count();
                        if entry.text.split('|').count() > most {
                            let message = "this translation has more beats than the text";
                            let many = Diagnostic::error(Code::TooManyBeats, entry.span, message);
                            let many = many.related(phrase.text.span, "the text");
                            self.sink.emit(many.help(
                                "use at most as many `|` as the text has, or none to speak it as a whole",
                            ));
                        }
                    }
                    TranslationState::Stale(entry) => {
                        self.sink.emit(stale_translation(language, &context, entry, phrase.text.span));
                    }
                    TranslationState::Fuzzy(entry) => {
                        self.sink.emit(fuzzy_translation(
                            language,
                            &context,
                            entry,
                            Severity::Warning,
                            &phrase.text.value,
                            phrase.safety,
                        ));
                    }
                    TranslationState::Missing => {
                        let text = &phrase.text;
                        let mistyped =
                            mistyped_context(self.course, language, &context, &text.value, text.span);
                        if let Some(mistyped) = mistyped {
                            self.sink.emit(mistyped);
                        } else {
                            let mut missing = match texts.empty(&context, &text.value) {
                                Some(entry) => empty_translation(language, entry, phrase.safety, text.span),
                                None => not_translated(language, &context, text.span, false),
                            };
                            if phrase.safety && is_begun(texts) {
                                missing.message = format!("{SAFETY} is not translated into `{language}`");
                                self.sink.emit(self.of_safety(file, language, missing));
                            } else {
                                self.miss(language, missing);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `tracks 1 and 2`, `tracks 3 to 28`.
pub fn tracks_in_words(tracks: &BTreeSet<u32>) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &track in tracks {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == track => *last = track,
            Some(_) | None => runs.push((track, track)),
        }
    }
    let words: Vec<_> = runs
        .iter()
        .flat_map(|&(first, last)| match last - first {
            0 => vec![first.to_string()],
            1 => vec![first.to_string(), last.to_string()],
            _ => vec![format!("{first} to {last}")],
        })
        .collect();
    let one = if tracks.len() == 1 { "track" } else { "tracks" };
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{one} {} and {last}", before.join(", ")),
        Some((last, _)) => format!("{one} {last}"),
        None => "no track".to_owned(),
    }
}

fn is_script(path: &str) -> bool {
    path.strip_prefix("scripts/").is_some_and(|name| !name.contains('/'))
}

/// The available tracks in order, for messages.
pub fn known_tracks(tracks: impl Iterator<Item = u32>) -> String {
    let tracks: BTreeSet<u32> = tracks.collect();
    let tracks: Vec<_> = tracks.iter().map(std::string::ToString::to_string).collect();
    match &tracks[..] {
        [] => "no script has a track number".to_owned(),
        [only] => format!("available: track `{only}`"),
        _ => format!("available: tracks {}", list(tracks.iter().map(String::as_str))),
    }
}
