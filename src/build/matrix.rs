//! What there is to make: the matrix of a delivery, one target for each mix of each version.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::names::{ReleasedName, VersionIdentity};
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::delivery::preset::Preset;
use crate::delivery::publish::Beside;
use crate::diag::{Code, Diagnostic, Remedy, Sink, Spanned};
use crate::engine::{AskedLength, LengthOptions, Lock, PlanJob, RenderJob, TrackFile, length_of};
use crate::script::Course;
use crate::script::check::known_tracks;
use crate::script::delivery::{Delivery, DeliveryLength, PathPiece, USUAL_PATH, fields};
use crate::script::exercise::{Guidance, Script};
use crate::script::language::Language;
use crate::script::session::Variant;
use crate::script::site::Site;
use crate::script::track::untranslated;
use crate::toml::foreign::meant;
use crate::toml::table::{as_name, list, unportable};

/// One mix of one version of a track, and the files it goes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildTarget {
    /// The delivery.
    pub delivery: String,
    /// Its files without their endings, below the output folder.
    pub stem: String,
    /// What its name was made from.
    #[serde(default)]
    pub name: ReleasedName,
    /// Its title as part of a name.
    pub slug: String,
    /// The version.
    pub plan: PlanJob,
    /// The formats and the files beside them, with paths relative to the output folder.
    pub render: RenderJob,
}

/// Everything there is to make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// In order of deliveries, tracks and languages.
    pub targets: Vec<BuildTarget>,
    /// What a delivery asks for and a track does not have.
    pub skipped: Vec<Skipped>,
    /// Delivery, script and language of what is left out until it is translated.
    pub waiting: BTreeSet<(String, String, String)>,
}

/// Versions that a delivery asks for and a track does not have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    pub delivery: String,
    /// The script.
    pub script: String,
    /// What it does not have, in words.
    pub why: String,
}

impl BuildTarget {
    /// The files of sound, relative to the output folder.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.render.outputs.iter().map(|output| &output.path)
    }

    /// A hash of what is asked for.
    pub(super) fn asked(&self) -> String {
        let text = serde_json::to_string(&(&self.plan, &self.render)).expect("a job of plain data");
        blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
    }
}

/// The matrix of some deliveries.
///
/// # Errors
/// What is wrong with a delivery: a track, language, level, choice, bed or preset that does not exist, or two versions
/// that would share a file.
pub fn expand(course: &Course, deliveries: &[&Delivery]) -> Result<Matrix, Vec<Diagnostic>> {
    let sink = Sink::new();
    let mut matrix = Matrix::default();
    for delivery in deliveries {
        Expansion { course, delivery, sink: &sink, matrix: &mut matrix }.run();
    }
    if !sink.has_errors() {
        refuse_clashes(course, &matrix.targets, &sink);
    }
    if sink.has_errors() {
        return Err(sink.into_sorted());
    }
    matrix.skipped.sort();
    matrix.skipped.dedup();
    Ok(matrix)
}

/// Tells of the first two files that would have one name.
pub(super) fn refuse_clashes(course: &Course, targets: &[BuildTarget], sink: &Sink) {
    let mut taken: BTreeMap<String, &BuildTarget> = BTreeMap::new();
    for target in targets {
        for file in target.files() {
            let Some(other) = taken.insert(file.to_string_lossy().to_lowercase(), target) else { continue };
            let mut deliveries = course.header.deliveries.iter();
            let own = deliveries.find(|delivery| delivery.name.value == target.delivery);
            if let Some(delivery) = own {
                sink.emit(clash(delivery, other, target, &file.to_string_lossy()));
                return;
            }
        }
    }
}

fn clash(delivery: &Delivery, one: &BuildTarget, other: &BuildTarget, file: &str) -> Diagnostic {
    let refuse = |message: String| Diagnostic::error(Code::Clash, delivery.path.span, message);
    if one == other {
        let message = format!("two formats of `{}` would both be written to {file}", delivery.name.value);
        return refuse(message).help("list each format once in `formats`");
    }
    let both = format!("{} and {}", one.name.version, other.name.version);
    let is_kept = |target: &&BuildTarget| target.stem != target.name.by_pattern;
    if let Some(kept) = [one, other].into_iter().find(is_kept) {
        let message = format!(
            "two versions would both be written to {file}, which is the released name of {}: {both}",
            kept.name.version
        );
        let rename = Remedy::Rename(kept.name.by_pattern.clone());
        return refuse(message).help(rename).help("or give the other another title");
    }
    let help = match telling_apart(delivery, &one.name.version, &other.name.version) {
        Some(field) => format!("add {{{field}}} to `path`, which tells them apart, or keep one of them"),
        None => "keep one of them".to_owned(),
    };
    refuse(format!("two versions would both be written to {file}: {both}")).help(help)
}

/// A field of paths that the pattern of a delivery does not have, and by which two versions differ.
fn telling_apart(
    delivery: &Delivery,
    one: &VersionIdentity,
    other: &VersionIdentity,
) -> Option<&'static str> {
    let pieces = fields(&delivery.path.value).unwrap_or_default();
    let is_named =
        |field: &str, piece: &PathPiece<'_>| matches!(piece, PathPiece::Field(name) if *name == field);
    let is_new = |field: &str| pieces.iter().all(|piece| !is_named(field, piece));
    let set_apart = [
        one.level != other.level,
        one.length != other.length,
        one.choice != other.choice,
        one.bed != other.bed,
        one.mix != other.mix,
    ];
    let differs = [
        ("language", one.language != other.language),
        ("track", one.script != other.script),
        ("script", one.script != other.script),
        ("version", set_apart.contains(&true)),
    ];
    differs.into_iter().find(|(field, differs)| *differs && is_new(field)).map(|(field, _)| field)
}

struct Expansion<'a> {
    course: &'a Course,
    delivery: &'a Delivery,
    sink: &'a Sink,
    matrix: &'a mut Matrix,
}

/// What sets a version apart, beyond track and language.
struct MatrixVersion<'a> {
    script: &'a Script,
    language: &'a Language,
    length: DeliveryLength,
    time: Option<AskedLength>,
    level: Guidance,
    choice: Option<&'a (String, String)>,
    bed: Option<&'a str>,
    mix: Mix,
}

impl<'a> Expansion<'a> {
    fn run(mut self) {
        let delivery = self.delivery;
        let scripts = self.scripts();
        let languages = self.languages();
        self.refuse_unknown();
        let (mut is_begun, mut is_portable) = (false, true);
        for script in scripts {
            for language in &languages {
                if untranslated(self.course, script, language) > 0 {
                    self.skip(script, format!("is not translated into `{language}` yet"));
                    self.wait(script, language);
                    is_begun = true;
                    continue;
                }
                let followed = delivery.followed_by(language).map(|followed| &followed.value);
                if let Some(followed) = followed.filter(|own| untranslated(self.course, script, own) > 0) {
                    let why = format!("is not translated into `{followed}` yet, which `{language}` follows");
                    self.skip(script, why);
                    self.wait(script, language);
                    is_begun = true;
                    continue;
                }
                for version in self.versions(script, language) {
                    let target = self.target(&version);
                    is_portable = is_portable && self.refuse_name(&target);
                    self.matrix.targets.push(target);
                }
            }
        }
        if self.matrix.targets.iter().all(|target| target.delivery != delivery.name.value)
            && !self.sink.has_errors()
            && !is_begun
        {
            let message = format!("the delivery `{}` has no versions", delivery.name.value);
            self.sink.emit(
                Diagnostic::error(Code::UnknownTrack, delivery.name.span, message)
                    .help("ask for tracks, levels and lengths that the course has"),
            );
        }
    }

    /// The scripts of the delivery, in order of their numbers.
    fn scripts(&self) -> Vec<&'a Script> {
        let all = &self.course.scripts;
        let number = |script: &&Script| script.track.as_ref().map(|track| track.value);
        let mut numbered: Vec<_> = all.values().filter(|script| number(script).is_some()).collect();
        numbered.sort_by_key(|script| number(script));
        let Some(wanted) = &self.delivery.tracks else { return numbered };
        let find = |track: &Spanned<u32>| {
            let found = numbered.iter().copied().find(|script| number(script) == Some(track.value));
            if found.is_none() {
                let known = known_tracks(numbered.iter().filter_map(number));
                self.refuse(Code::UnknownTrack, track, format!("there is no track {}", track.value), known);
            }
            found
        };
        wanted.iter().filter_map(find).collect()
    }

    fn languages(&self) -> Vec<&'a Language> {
        let own = &self.course.header.languages;
        let Some(wanted) = &self.delivery.languages else {
            return own.iter().map(|own| &own.value).collect();
        };
        wanted.iter().filter_map(|language| self.known_language(language)).collect()
    }

    /// A language of the course.
    fn known_language(&self, language: &'a Spanned<Language>) -> Option<&'a Language> {
        let own = &self.course.header.languages;
        let known = own.iter().any(|own| own.value == language.value);
        if !known {
            let message = format!("`{}` is not a language of the course", language.value);
            let help = format!("available: {}", list(own.iter().map(|own| own.value.as_str())));
            self.refuse(Code::UnknownLanguage, language, message, help);
        }
        known.then_some(&language.value)
    }

    /// Names that nothing in the course has.
    fn refuse_unknown(&self) {
        let course = self.course;
        if let Some(followed) = &self.delivery.lock_parts {
            self.known_language(followed);
        }
        let beds = course.ambiences.keys().map(String::as_str).chain(["none"]);
        for bed in self.delivery.beds.iter().flatten() {
            if !beds.clone().any(|known| known == bed.value) {
                self.unknown(Code::UnknownBed, "bed", bed, &bed.value, beds.clone());
            }
        }
        let offered = course.scripts.values().flat_map(|script| &script.choices);
        let choices: BTreeSet<String> = offered
            .flat_map(|choice| {
                choice.values.iter().map(|value| format!("{}={}", choice.name.value, value.value))
            })
            .collect();
        for choice in &self.delivery.choices {
            let typed = format!("{}={}", choice.value.0, choice.value.1);
            if !choices.contains(&typed) {
                self.unknown(
                    Code::UnknownChoice,
                    "choice",
                    choice,
                    &typed,
                    choices.iter().map(String::as_str),
                );
            }
        }
        if let Some(preset) = &self.delivery.preset {
            let presets: Vec<_> = Preset::known(&course.header.presets).collect();
            if !presets.contains(&preset.value.as_str()) {
                self.unknown(Code::UnknownPreset, "preset", preset, &preset.value, presets.iter().copied());
            }
        }
    }

    fn unknown<'n, T>(
        &self,
        code: Code,
        kind: &str,
        place: &Spanned<T>,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let help = match meant(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("available: {}", list(known)),
        };
        self.refuse(code, place, format!("there is no {kind} `{name}`"), help);
    }

    fn refuse<T>(&self, code: Code, place: &Spanned<T>, message: String, help: String) {
        self.sink.emit(Diagnostic::error(code, place.span, message).help(help));
    }

    /// Refuses a file that some system cannot hold, or a name without letters; `false` if there is one.
    fn refuse_name(&self, target: &BuildTarget) -> bool {
        let endings = target.render.beside.iter().map(|file| file.ending().len() + 1);
        let path = Path::new(&target.stem);
        let named = target.files().filter_map(|file| file.file_name()).map(OsStr::len);
        let stem = path.file_name().map_or(0, OsStr::len);
        let longest = endings.map(|ending| stem + ending).chain(named).max().unwrap_or(stem);
        let mut parts = target.stem.split('/').peekable();
        while let Some(part) = parts.next() {
            let bytes = if parts.peek().is_none() { longest } else { part.len() };
            let Some(why) = unportable(part, bytes) else { continue };
            let message = format!("{} would be written to {}", target.name.version, target.stem);
            let error = Diagnostic::error(Code::BadName, self.delivery.path.span, message);
            self.sink.emit(error.note(why).help(format!("change `path`, such as \"{USUAL_PATH}\"")));
            return false;
        }
        true
    }

    fn wait(&mut self, script: &Script, language: &Language) {
        let delivery = self.delivery.name.value.clone();
        self.matrix.waiting.insert((delivery, script.id.clone(), language.to_string()));
    }

    fn skip(&mut self, script: &Script, why: String) {
        let (delivery, script) = (self.delivery.name.value.clone(), script.id.clone());
        self.matrix.skipped.push(Skipped { delivery, script, why });
    }

    fn versions(&mut self, script: &'a Script, language: &'a Language) -> Vec<MatrixVersion<'a>> {
        let delivery = self.delivery;
        let mut levels = delivery.levels.clone().unwrap_or_else(|| vec![script.levels[0]]);
        for level in levels.clone() {
            if !script.levels.contains(&level) {
                self.skip(script, format!("has no level {}", level.name()));
            }
        }
        levels.retain(|level| script.levels.contains(level));
        let mut times: Vec<(DeliveryLength, Option<AskedLength>)> = Vec::new();
        for length in &delivery.lengths {
            match length_of(*length, script) {
                Ok(time) if times.iter().all(|(_, other)| *other != time) => times.push((*length, time)),
                Ok(_) => {}
                Err(why) => self.skip(script, why),
            }
        }
        let offers = |wanted: &(String, String)| {
            let choice = script.choices.iter().find(|choice| choice.name.value == wanted.0);
            choice.is_some_and(|choice| choice.values.iter().any(|value| value.value == wanted.1))
        };
        let mut choices = vec![None];
        for choice in &delivery.choices {
            if offers(&choice.value) {
                choices.push(Some(&choice.value));
            }
        }
        let beds: Vec<Option<&str>> = match &delivery.beds {
            Some(beds) => beds.iter().map(|bed| Some(bed.value.as_str())).collect(),
            None => vec![None],
        };
        let mut versions = Vec::new();
        for &(length, time) in &times {
            for &level in &levels {
                for &choice in &choices {
                    for &bed in &beds {
                        for &mix in &delivery.mixes {
                            versions.push(MatrixVersion {
                                script,
                                language,
                                length,
                                time,
                                level,
                                choice,
                                bed,
                                mix,
                            });
                        }
                    }
                }
            }
        }
        versions
    }

    fn target(&self, version: &MatrixVersion<'_>) -> BuildTarget {
        let (course, delivery) = (self.course, self.delivery);
        let MatrixVersion { script, language, level, bed, mix, .. } = version;
        let preset = delivery.preset.as_ref().map(|preset| preset.value.clone());
        let variant = Variant {
            language: Some((*language).clone()),
            guidance: (*level != script.levels[0]).then_some(*level),
            bed: bed.map(str::to_owned),
            draft: delivery.drafts,
            choices: version.choice.cloned().into_iter().collect(),
            preset: preset.clone(),
            ..Variant::default()
        };
        let slug = course.slug_in(script, language);
        let stem = format!("{}/{}", delivery.name.value, self.path(version, &slug));
        let publish = &course.header.publish;
        let named = preset.or_else(|| Some(course.header.preset.as_ref()?.value.clone()));
        let usual = || {
            let own = named.as_deref().and_then(|name| Preset::find(&course.header.presets, name));
            vec![own.unwrap_or_else(Preset::stream).format]
        };
        let formats = match &delivery.formats {
            Some(formats) => formats.clone(),
            None if publish.formats.is_empty() => usual(),
            None => publish.formats.clone(),
        };
        let preset_format = usual()[0];
        let shares = |format: Format| {
            formats.iter().any(|other| *other != format && other.extension() == format.extension())
        };
        let end = |format: Format| {
            if shares(format) { format.name_end(preset_format) } else { format!(".{}", format.extension()) }
        };
        let outputs = formats
            .iter()
            .map(|format| TrackFile {
                path: PathBuf::from(format!("{stem}{}", end(*format))),
                format: *format,
            })
            .collect();
        let mut beside: Vec<Beside> = delivery.beside.clone().unwrap_or_else(|| publish.beside.clone());
        if course.header.site.as_ref().is_some_and(|site| site.offers(&delivery.name.value)) {
            let more = Site::FILES.into_iter().filter(|file| !beside.contains(file));
            beside.extend(more.collect::<Vec<_>>());
        }
        let render = RenderJob { outputs, mix: *mix, beside, measured: true, ..RenderJob::default() };
        let followed = delivery.followed_by(language);
        let lock = followed.map(|followed| Lock::Language(followed.value.clone()));
        let length = LengthOptions { length: version.time, lock, ..LengthOptions::default() };
        let plan = PlanJob { script: script.id.clone(), variant, length };
        let version = VersionIdentity {
            delivery: delivery.name.value.clone(),
            script: script.id.clone(),
            language: language.to_string(),
            length: version.length.name(),
            level: level.name().to_owned(),
            choice: version.choice.map(|(name, value)| format!("{name}={value}")),
            bed: bed.map(str::to_owned),
            mix: mix.name().to_owned(),
        };
        let name = ReleasedName { pattern: delivery.path.value.clone(), version, by_pattern: stem.clone() };
        BuildTarget { delivery: delivery.name.value.clone(), stem, name, slug, plan, render }
    }

    /// The path of a version, below the folder of the delivery.
    fn path(&self, version: &MatrixVersion<'_>, slug: &str) -> String {
        let course = self.course;
        let track = version.script.track.as_ref().map(|track| track.value);
        let pieces = fields(&self.delivery.path.value).unwrap_or_default();
        let has = |field: &str| {
            pieces.iter().any(|piece| matches!(piece, PathPiece::Field(name) if *name == field))
        };
        let length = version.length.name().replace([' ', '.'], "-");
        let mut apart: Vec<String> = Vec::new();
        if version.level != version.script.levels[0] && !has("level") {
            apart.push(version.level.name().to_owned());
        }
        if version.length != DeliveryLength::Usual && !has("length") {
            apart.push(length.clone());
        }
        apart.extend(version.choice.map(|(name, value)| format!("{}={}", as_name(name), as_name(value))));
        apart.extend(version.bed.map(|bed| format!("bed-{bed}")));
        if version.mix != Mix::Full {
            apart.push(format!("only-{}", version.mix.name()));
        }
        let voice = course.header.voices.get(version.language).map(|voice| voice.value.as_str());
        let names = VersionNames {
            track,
            script: version.script.id.clone(),
            slug: slug.to_owned(),
            language: version.language.to_string(),
            length,
            level: version.level.name().to_owned(),
            voice: voice.unwrap_or("voice").to_owned(),
            week: course.header.week_of(track),
            version: apart.iter().flat_map(|part| ["_", part]).collect(),
        };
        names.fill(&pieces)
    }
}

/// What the path of a version can name.
#[derive(Clone, Debug)]
pub struct VersionNames {
    pub track: Option<u32>,
    pub script: String,
    /// The title as part of a name.
    pub slug: String,
    pub language: String,
    pub length: String,
    pub level: String,
    pub voice: String,
    pub week: Option<u32>,
    /// What else sets it apart, each part with `_` before it.
    pub version: String,
}

impl VersionNames {
    /// The path of a pattern with these names.
    pub fn fill(&self, pattern: &[PathPiece<'_>]) -> String {
        let two_digits =
            |number: Option<u32>| number.map_or_else(|| "00".to_owned(), |number| format!("{number:02}"));
        let text = |piece: &PathPiece<'_>| match piece {
            PathPiece::Text(text) => (*text).to_owned(),
            PathPiece::Field("track") => two_digits(self.track),
            PathPiece::Field("script") => self.script.clone(),
            PathPiece::Field("slug") => self.slug.clone(),
            PathPiece::Field("language") => self.language.clone(),
            PathPiece::Field("length") => self.length.clone(),
            PathPiece::Field("level") => self.level.clone(),
            PathPiece::Field("voice") => self.voice.clone(),
            PathPiece::Field("week") => two_digits(self.week),
            PathPiece::Field(_) => self.version.clone(),
        };
        pattern.iter().map(text).collect()
    }
}
