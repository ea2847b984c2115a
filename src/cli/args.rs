//! The arguments of the command line.

use std::path::{Path, PathBuf};

use clap::builder::TypedValueParser as _;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum as _};

use super::Failure;
use super::known::{KnownWord, parse_language};
use super::own::OwnArgs;
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::delivery::publish::Beside;
use crate::engine::{AskedLength, Engine, LengthOptions, Lock, PlanJob};
use crate::layout::TimelineDocument;
use crate::script::exercise::{Choice, Guidance};
use crate::script::language::Language;
use crate::script::session::Variant;
use crate::unit::{SampleRate, literal};

/// The heading of the options of all commands.
const EVERYWHERE: &str = "Options of every command";

/// When output is coloured.
const COLOURS: [&str; 3] = ["auto", "always", "never"];

/// The choice of `--color`, of one of [`COLOURS`] in any case.
pub(super) fn colour(when: &str) -> clap::ColorChoice {
    clap::ColorChoice::from_str(when, true).unwrap_or_default()
}

/// Turns scripts of guided meditations into finished audio.
#[derive(Debug, Parser)]
#[command(name = "adem", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Args {
    /// The course folder, or one in it. Default: the course of a named file, else that of the current folder
    #[arg(short = 'C', long = "course", value_name = "DIR", global = true, help_heading = EVERYWHERE)]
    pub course: Option<PathBuf>,
    /// Trust the course in this run: follow links out of its folder, and let --draft run the programs its voices name
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub trust: bool,
    /// Whether to colour output; auto colours terminals and follows the usual environment variables
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = KnownWord::new(&COLOURS).map(|when| colour(&when)), help_heading = EVERYWHERE)]
    pub color: clap::ColorChoice,
    /// Say nothing but errors and the results that were asked for
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = EVERYWHERE)]
    pub quiet: bool,
    /// Also say what is read, and which folders are used
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub verbose: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find all errors in scripts, course, voices, ambience and translations
    Check(CheckArgs),
    /// Say what a kind of error means, with an example of what is wrong and what is right
    Explain(super::explain::ExplainArgs),
    /// Format scripts and other TOML files, and fill in missing ids
    Fmt(super::fmt::FmtArgs),
    /// Show how long an exercise can be, and what would make another length fit
    Fit(FitArgs),
    /// Show the timeline of an exercise, as a table or as JSON
    Plan(PlanArgs),
    /// Render an exercise, or versions of several, to finished files
    Render(RenderArgs),
    /// Make the deliveries of the course, and what has changed since the last time
    Build(super::build::BuildArgs),
    /// Do the jobs of a shard of a build, on any machine that has the course
    Run(super::run::RunArgs),
    /// Bring what `adem run` has made into the output folder
    Collect(super::collect::CollectArgs),
    /// Serve courses over HTTP: any version of a track, in any length, while it is rendered
    Serve(Box<super::serve::ServeArgs>),
    /// Check delivered files against their manifest
    Verify(super::verify::VerifyArgs),
    /// List what the course has: tracks, lengths, levels, voices, beds, deliveries
    List(super::list::ListArgs),
    /// List whose work is in the course, under which licence
    Credits(super::credits::CreditsArgs),
    /// Write an exercise as a project for an audio editor
    Export(super::export::ExportArgs),
    /// Measure the loudness and the peaks of audio files
    Measure(MeasureArgs),
    /// Check audio files against the checklist of finished sound; a row that cannot be judged says why
    Qc(QcArgs),
    /// Print JSON Schemas of all TOML files, for editors
    Schema(super::schema::SchemaArgs),
    /// Create a course folder with one small exercise, ready to render
    New(super::new::NewArgs),
    /// Extract texts for translators and merge translations: gettext PO files, one per language
    Translate(super::translate::TranslateArgs),
    /// What a voice reads from, what it has recorded, and which takes are used
    Voice(super::voice::VoiceArgs),
    /// Make a script with its clips, bells and bed from a finished recording and its transcript
    Adopt(super::adopt::AdoptArgs),
    /// Open the three rooms of a course in a browser on this machine: a voice records, a teacher bends the exercises and hears them, a
    /// translator writes beside the sound
    Studio(super::studio::StudioArgs),
    /// Trust a course on this machine: its links out of its folder, and the programs its voices name for drafts
    Trust(super::trust::TrustArgs),
    /// Empty the cache, and remove what killed runs have left in out/
    Clean(super::clean::CleanArgs),
    /// Print a script that completes commands and options in a shell
    Completions(super::shell::CompletionsArgs),
    /// Print the manual page, or write a page for each command
    Man(super::shell::ManArgs),
    /// Say more about a command, or print the reference of all files
    Help(super::help::HelpArgs),
}

#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Report only on these files or folders
    pub paths: Vec<PathBuf>,
    /// Type what is certain into the files: of what is proposed, all that cannot be meant otherwise
    #[arg(long)]
    pub fix: bool,
    /// One JSON document on stdout instead of messages
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct FitArgs {
    /// A script: its id, its track number or its path
    pub script: String,
    #[command(flatten)]
    pub variant: VariantArgs,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct PlanArgs {
    /// A script: its id, its track number or its path
    pub script: String,
    #[command(flatten)]
    pub variant: VariantArgs,
    /// Show its recordings instead of the timeline: their measurements, and what each stage of the voice chain did
    #[arg(long)]
    pub clips: bool,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct MeasureArgs {
    /// Audio files: WAV, FLAC, AIFF, MP3, M4A, WebM, Ogg Vorbis or Opus
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct QcArgs {
    /// Audio files. Most rows need the timeline that a render writes next to its file
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The preset whose limits apply. Default: that of the render, or stream
    #[arg(long)]
    pub preset: Option<String>,
    /// The folder with the stems of the file: voice.wav, cues.wav and bed.wav
    #[arg(long, value_name = "DIR")]
    pub stems: Option<PathBuf>,
    /// Another render of the same version, whose bytes must be identical
    #[arg(long, alias = "again", value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RenderArgs {
    /// Scripts: their ids, track numbers or paths. Of several, and in several languages and lengths, all versions are
    /// rendered side by side
    #[arg(required = true, value_name = "SCRIPT")]
    pub scripts: Vec<String>,
    #[command(flatten)]
    pub versions: VersionListArgs,
    /// The file to write; `-` streams it to stdout. For several versions a folder, or a pattern such as
    /// '{language}/{track}-{slug}{version}.mp3'. Default: files in out/, named after the version
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the stems to this folder: voice.wav, cues.wav and bed.wav, whose sum is the input of the limiter
    #[arg(long, value_name = "DIR")]
    pub stems: Option<PathBuf>,
    /// Which stems to mix into the file
    #[arg(long, default_value = "full", value_parser = KnownWord::new(&Mix::NAMES))]
    mix: String,
    /// Write nothing if the render fails the checklist of `adem qc`, or a recording is damaged, of other words, or has
    /// a fault that is heard in every track and is not repaired
    #[arg(long)]
    pub strict: bool,
    /// The format; wav is wav24. Several, separated by commas, share one mix. Default: that of the file's ending, else
    /// those of [publish] in course.toml, else that of the preset
    #[arg(long, value_delimiter = ',', value_parser = KnownWord::new(&Format::NAMES))]
    format: Vec<String>,
    /// Write every format and every accompanying file
    #[arg(long)]
    pub all_files: bool,
}

/// Which version of an exercise
#[derive(Debug, ClapArgs)]
pub(super) struct VariantArgs {
    /// The language, such as nl or en. Default: that of the script
    #[arg(long, value_name = "TAG", value_parser = parse_language)]
    lang: Option<Language>,
    /// The exact length: 10m, 12:34, 754s, natural, or source for that of the script's own
    /// language. Default: the usual length of the script
    #[arg(long, value_name = "TIME", value_parser = AskedLength::parse)]
    length: Option<AskedLength>,
    #[command(flatten)]
    settings: SettingArgs,
}

/// Which versions of exercises
#[derive(Debug, ClapArgs)]
pub(super) struct VersionListArgs {
    /// The language, such as nl or en; several, separated by commas. Default: that of the script
    #[arg(long, value_name = "TAG", value_delimiter = ',', value_parser = parse_language)]
    lang: Vec<Language>,
    /// The exact length: 10m, 12:34, 754s, natural, or source for that of the script's own language; several,
    /// separated by commas. Default: the usual length of the script
    #[arg(long, value_name = "TIME", value_parser = LengthList::parse)]
    length: Vec<LengthList>,
    #[command(flatten)]
    settings: SettingArgs,
}

/// Lengths that are given together.
#[derive(Clone, Debug)]
struct LengthList(Vec<AskedLength>);

/// How a version of an exercise is made, in any language and length
#[derive(Debug, ClapArgs)]
struct SettingArgs {
    /// Allow a length outside the author's limits, and mark the file
    #[arg(long, alias = "anyway")]
    outside_limits: bool,
    /// Start every part where it starts in another language, or in the timeline.json of an output
    #[arg(long, value_name = "LANG|FILE")]
    lock_parts: Option<String>,
    /// A choice of the listener, such as einde=slaap
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_choice)]
    choose: Vec<(String, String)>,
    /// The voice. Default: the course's voice of that language
    #[arg(long)]
    voice: Option<String>,
    /// How much is spoken: full, light or bells
    #[arg(long, value_parser = KnownWord::new(&Guidance::NAMES))]
    guidance: Option<String>,
    /// Synthesise phrases without a recording
    #[arg(long)]
    draft: bool,
    /// The bed for the whole track, or `none`
    #[arg(long, value_name = "NAME")]
    bed: Option<String>,
    /// Bells and breath swells: on or off
    #[arg(long, default_value = "on", value_parser = KnownWord::new(&["on", "off"]))]
    cues: String,
    /// The preset of loudness, ceiling, rate and format
    #[arg(long)]
    preset: Option<String>,
    /// The seed of all random choices
    #[arg(long)]
    seed: Option<u64>,
    /// The sample rate, 8000 to 192000
    #[arg(long, value_name = "HZ", value_parser = parse_rate)]
    rate: Option<SampleRate>,
    #[command(flatten)]
    own: OwnArgs,
}

fn parse_choice(text: &str) -> Result<(String, String), String> {
    Choice::parse(text).ok_or_else(|| "write a name and a value, such as einde=slaap".to_owned())
}

fn parse_rate(hz: &str) -> Result<SampleRate, String> {
    hz.parse().ok().and_then(SampleRate::new).ok_or_else(|| {
        format!("write a whole number from {} to {}, such as 48000", SampleRate::LEAST, SampleRate::MOST)
    })
}

/// A length as it is written, if a text is one.
fn timed(text: &str) -> Option<String> {
    match AskedLength::parse(text) {
        Ok(AskedLength::Exactly(length)) => Some(literal::print_duration(length)),
        Ok(AskedLength::Natural | AskedLength::Source) | Err(_) => None,
    }
}

impl LengthList {
    /// Lengths, separated by commas. A comma can also be that of a number, as in `2,5m`.
    fn parse(text: &str) -> Result<Self, String> {
        let one = AskedLength::parse(text).map(|length| vec![length]);
        let all = one.or_else(|error| {
            let ends: Option<Vec<String>> = text.split('-').map(timed).collect();
            if let Some(ends) = ends.filter(|ends| ends.len() == 2) {
                return Err(format!("write one length, or several with a comma: {}", ends.join(",")));
            }
            if text.contains(',') { text.split(',').map(AskedLength::parse).collect() } else { Err(error) }
        });
        all.map(Self)
    }
}

impl VersionListArgs {
    /// Gives an engine the recordings of own words.
    ///
    /// # Errors
    /// [`Failure`] if one cannot be used.
    pub(super) fn hold_own(&self, engine: &Engine) -> Result<(), Failure> {
        self.settings.own.hold(engine)
    }

    /// Every script in every language and length, each once.
    ///
    /// # Errors
    /// [`Failure`] if there is neither such a language nor such a timeline to follow.
    pub(super) fn jobs(&self, scripts: &[String]) -> Result<Vec<PlanJob>, Failure> {
        let languages: Vec<_> =
            if self.lang.is_empty() { vec![None] } else { self.lang.iter().map(Some).collect() };
        let lengths: Vec<_> = self.length.iter().flat_map(|list| &list.0).copied().map(Some).collect();
        let lengths = if lengths.is_empty() { vec![None] } else { lengths };
        let mut jobs = Vec::new();
        for script in scripts {
            for language in &languages {
                for length in &lengths {
                    let job = self.settings.job(script, language.cloned(), *length)?;
                    if !jobs.contains(&job) {
                        jobs.push(job);
                    }
                }
            }
        }
        Ok(jobs)
    }
}

impl VariantArgs {
    /// Gives an engine the recordings of own words.
    ///
    /// # Errors
    /// [`Failure`] if one cannot be used.
    pub(super) fn hold_own(&self, engine: &Engine) -> Result<(), Failure> {
        self.settings.own.hold(engine)
    }

    /// Whether lengths outside the author's limits are allowed.
    pub(super) fn outside_limits(&self) -> bool {
        self.settings.outside_limits
    }

    /// What is to be laid out of a script.
    ///
    /// # Errors
    /// [`Failure`] if there is neither such a language nor such a timeline to follow.
    pub(super) fn job(&self, script: &str) -> Result<PlanJob, Failure> {
        self.settings.job(script, self.lang.clone(), self.length)
    }
}

impl SettingArgs {
    fn job(
        &self,
        script: &str,
        language: Option<Language>,
        length: Option<AskedLength>,
    ) -> Result<PlanJob, Failure> {
        let lock = self.lock_parts.as_deref().map(read_lock).transpose()?;
        let length = LengthOptions { length, ignore_limits: self.outside_limits, lock };
        let variant = Variant { own: self.own.phrases()?, ..self.variant(language) };
        Ok(PlanJob { script: script.to_owned(), variant, length })
    }

    fn variant(&self, language: Option<Language>) -> Variant {
        Variant {
            language,
            voice: self.voice.clone(),
            guidance: self.guidance.as_deref().and_then(Guidance::named),
            bed: self.bed.clone(),
            draft: self.draft,
            no_cues: self.cues == "off",
            choices: self.choose.clone(),
            preset: self.preset.clone(),
            seed: self.seed,
            rate: self.rate,
            own: Vec::new(),
        }
    }
}

/// A language or a timeline file.
fn read_lock(wanted: &str) -> Result<Lock, Failure> {
    let is_file = std::path::Path::new(wanted).extension().is_some_and(|ending| ending == "json");
    if is_file {
        let text = std::fs::read_to_string(wanted)
            .map_err(|error| Failure::Usage(format!("{wanted} cannot be read: {error}")))?;
        let document = TimelineDocument::read(text.as_bytes()).map_err(|why| {
            Failure::Usage(format!("{wanted} {why}; name the timeline.json beside an output"))
        })?;
        return Ok(Lock::Timeline { name: wanted.to_owned(), document: Box::new(document) });
    }
    parse_language(wanted)
        .map(Lock::Language)
        .map_err(|help| Failure::Usage(format!("--lock-parts {wanted}: {help}; or name a timeline.json")))
}

impl RenderArgs {
    /// Refuses the second of two formats that were written apart: `--format mp3 opus`.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the list that was meant.
    pub(super) fn refuse_formats_as_scripts(&self, course: &std::path::Path) -> Result<(), Failure> {
        let is_format = |script: &&String| {
            Format::named(script).is_some() && !course.join(format!("scripts/{script}.toml")).exists()
        };
        let apart: Vec<&str> = self.scripts.iter().filter(is_format).map(String::as_str).collect();
        let Some(first) = apart.first().filter(|_| !self.format.is_empty()) else { return Ok(()) };
        let all: Vec<&str> = self.format.iter().map(String::as_str).chain(apart.iter().copied()).collect();
        Err(Failure::Usage(format!("`{first}` is a format and no script; write --format {}", all.join(","))))
    }

    pub(super) fn mix(&self) -> Mix {
        Mix::named(&self.mix).unwrap_or_default()
    }

    /// The audio files to write. `named` is the path that was asked for, and `usual` gives the default path, without an
    /// ending.
    ///
    /// # Errors
    /// [`Failure::Usage`] if an ending is unknown or contradicts the format, or if several formats would be written to
    /// stdout.
    pub(super) fn outputs(
        &self,
        named: Option<&Path>,
        defaults: &Defaults<'_>,
        usual: impl FnOnce() -> PathBuf,
    ) -> Result<Vec<Output>, Failure> {
        let asked = each_once(self.format.iter().filter_map(|name| Format::named(name)));
        let several = if self.all_files && asked.is_empty() {
            all_formats(defaults)
        } else if asked.is_empty() && named.is_none() && !defaults.listed.is_empty() {
            defaults.listed.to_vec()
        } else {
            asked
        };
        let Some(path) = named else {
            let formats = if several.is_empty() { vec![defaults.preset] } else { several };
            return Ok(one_for_each(&usual(), &formats, |format| format.name_end(defaults.preset)));
        };
        match several[..] {
            [] => Ok(vec![one(path, None, defaults.preset)?]),
            [format] => Ok(vec![one(path, Some(format), defaults.preset)?]),
            _ if path.as_os_str() == "-" => {
                Err(Failure::Usage("standard output takes one --format; name a file with -o".to_owned()))
            }
            _ => {
                let alone = |format: Format| {
                    several.iter().filter(|other| other.extension() == format.extension()).count() == 1
                };
                let end = |format: Format| {
                    if alone(format) {
                        format!(".{}", format.extension())
                    } else {
                        format.name_end(defaults.preset)
                    }
                };
                // In a folder, the names are the usual ones.
                let is_folder = path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
                if is_folder {
                    let name = usual().file_name().map(|name| path.join(name)).unwrap_or_default();
                    return Ok(one_for_each(&name, &several, |format| format.name_end(defaults.preset)));
                }
                Ok(one_for_each(&without_ending(path, &several)?, &several, end))
            }
        }
    }

    /// Whether lists of scripts, languages or lengths name several, be they the same or not.
    pub(super) fn names_several(&self) -> bool {
        let lengths: usize = self.versions.length.iter().map(|list| list.0.len()).sum();
        self.scripts.len() > 1 || self.versions.lang.len() > 1 || lengths > 1
    }

    /// The accompanying files to write.
    pub(super) fn beside(&self, listed: &[Beside]) -> Vec<Beside> {
        if self.all_files { Beside::ALL.iter().map(|(_, file)| *file).collect() } else { listed.to_vec() }
    }
}

/// Where a finished track goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A file.
    File(PathBuf),
    /// Standard output.
    Stream,
}

/// One file of a track, or a stream of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// Where it goes.
    pub destination: Destination,
    /// The kind of file.
    pub format: Format,
}

/// What course and preset say about files.
pub(super) struct Defaults<'a> {
    /// The format of the preset.
    pub preset: Format,
    /// The formats of the course.
    pub listed: &'a [Format],
    /// Whether a format allows the sample rate of the track.
    pub possible: &'a dyn Fn(Format) -> bool,
}

/// One format for each ending that allows the sample rate, that of the preset if it has the ending.
fn all_formats(defaults: &Defaults<'_>) -> Vec<Format> {
    let meant = Format::ENDINGS.iter().filter_map(|(ending, _)| Format::of_ending(ending, defaults.preset));
    meant.filter(|format| (defaults.possible)(*format)).collect()
}

/// The output for a path. An ending that fits the preset's format means that format, so `.wav` can have 16 bits.
fn one(path: &Path, asked: Option<Format>, preset: Format) -> Result<Output, Failure> {
    let file = |format| Output { destination: Destination::File(path.to_owned()), format };
    if path.as_os_str() == "-" {
        return Ok(Output { destination: Destination::Stream, format: asked.unwrap_or(preset) });
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let Some(ending) = ending else {
        let none = || format!("{} has no ending; add {}, or pass --format", path.display(), endings());
        return asked.map(file).ok_or_else(|| Failure::Usage(none()));
    };
    match (Format::of_ending(&ending, preset), asked) {
        (None, _) => {
            Err(Failure::Usage(format!("adem cannot write .{ending} files; name the output {}", endings())))
        }
        (Some(named), Some(asked)) if named.extension() != asked.extension() => {
            let wanted = asked.extension();
            Err(Failure::Usage(format!(
                "{} ends in .{ending} but the format is {wanted}; name it .{wanted}, or omit --format",
                path.display()
            )))
        }
        (Some(named), asked) => Ok(file(asked.unwrap_or(named))),
    }
}

fn each_once(formats: impl Iterator<Item = Format>) -> Vec<Format> {
    let mut each = Vec::new();
    for format in formats {
        if !each.contains(&format) {
            each.push(format);
        }
    }
    each
}

/// The path without its ending, if that is the ending of a format that adem writes.
fn without_ending(path: &Path, formats: &[Format]) -> Result<PathBuf, Failure> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let is_known = |ending: &str| Format::ENDINGS.iter().any(|(known, _)| *known == ending);
    match ending.filter(|ending| is_known(ending)) {
        None => Ok(path.to_owned()),
        Some(ending) if formats.iter().any(|format| format.extension() == ending) => {
            Ok(path.with_extension(""))
        }
        Some(ending) => Err(Failure::Usage(format!(
            "{} ends in .{ending}, which is none of the formats; omit the ending",
            path.display()
        ))),
    }
}

/// An output for each format: `name.wav`, `name.mp3` … Those with a plain ending come first, as the accompanying files are
/// named after the first.
fn one_for_each(name: &Path, formats: &[Format], end: impl Fn(Format) -> String) -> Vec<Output> {
    let mut formats: Vec<_> = formats.iter().map(|format| (end(*format), *format)).collect();
    formats.sort_by_key(|(end, _)| !end.starts_with('.'));
    let output = |(end, format): (String, Format)| {
        let mut path = name.as_os_str().to_owned();
        path.push(end);
        Output { destination: Destination::File(path.into()), format }
    };
    formats.into_iter().map(output).collect()
}

/// The endings of all formats: `.wav, .flac or .mp3`.
fn endings() -> String {
    crate::export::format::endings(|_| true, ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(words: &[&str], preset: Format, listed: &[Format]) -> Result<Vec<Output>, String> {
        let args = Args::try_parse_from([&["adem", "render", "1"], words].concat()).unwrap();
        let Command::Render(args) = args.command else { panic!("render") };
        let defaults = Defaults { preset, listed, possible: &|format| format != Format::Opus };
        args.outputs(args.output.as_deref(), &defaults, || "out/a.b".into())
            .map_err(|failure| failure.to_string())
    }

    fn format(words: &[&str], preset: Format) -> Result<Format, String> {
        let outputs = outputs(words, preset, &[])?;
        assert_eq!(outputs.len(), 1);
        Ok(outputs[0].format)
    }

    /// Paths and formats of several files.
    fn files(words: &[&str], listed: &[Format]) -> Vec<(String, Format)> {
        let outputs = outputs(words, Format::Wav16, listed).unwrap().into_iter();
        let file = |output: Output| match output.destination {
            Destination::File(path) => (path.to_string_lossy().into_owned(), output.format),
            Destination::Stream => ("-".to_owned(), output.format),
        };
        outputs.map(file).collect()
    }

    #[test]
    fn several_formats_lie_one_for_each() {
        let wav_and_mp3 =
            |name: &str| vec![(format!("{name}.wav"), Format::Wav16), (format!("{name}.mp3"), Format::Mp3)];
        assert_eq!(files(&["--format", "wav16,mp3"], &[]), wav_and_mp3("out/a.b"));
        assert_eq!(files(&["--format", "wav16,mp3,wav16", "-o", "x.mp3"], &[]), wav_and_mp3("x"));
        assert_eq!(files(&["--format", "wav16,mp3", "-o", "1.5"], &[]), wav_and_mp3("1.5"));
        assert_eq!(files(&[], &[Format::Wav16, Format::Mp3]), wav_and_mp3("out/a.b"));
        assert_eq!(files(&["-o", "-"], &[Format::Flac, Format::Mp3]), [("-".to_owned(), Format::Wav16)]);
        let all: Vec<_> = files(&["--all-files"], &[]).into_iter().map(|(_, format)| format).collect();
        assert_eq!(all, [Format::Wav16, Format::Flac, Format::Mp3, Format::M4a, Format::Ogg]);
        assert_eq!(files(&["--format", "wav16,mp3", "-o", "all/"], &[]), wav_and_mp3("all/a.b"));
    }

    #[test]
    fn formats_with_one_ending_have_names_of_their_own() {
        let file = |path: &str, format| (path.to_owned(), format);
        let three = ["--format", "wav24,wav16,wav32f"];
        let all = |name: &str| {
            vec![
                file(&format!("{name}.wav"), Format::Wav16),
                file(&format!("{name}_wav24.wav"), Format::Wav24),
                file(&format!("{name}_wav32f.wav"), Format::Wav32f),
            ]
        };
        assert_eq!(files(&three, &[]), all("out/a.b"));
        assert_eq!(files(&[&three[..], &["-o", "x.wav"]].concat(), &[]), all("x"));
        assert_eq!(files(&[], &[Format::Wav24, Format::Wav16, Format::Wav32f]), all("out/a.b"));
        // In two renders too; but a name that somebody chose is kept.
        assert_eq!(files(&["--format", "wav24"], &[]), [file("out/a.b_wav24.wav", Format::Wav24)]);
        assert_eq!(files(&["--format", "wav24", "-o", "x.wav"], &[]), [file("x.wav", Format::Wav24)]);
        let with_mp3 = [file("x.wav", Format::Wav24), file("x.mp3", Format::Mp3)];
        assert_eq!(files(&["--format", "wav24,mp3", "-o", "x"], &[]), with_mp3);
    }

    #[test]
    fn several_formats_that_cannot_be_files_are_wrong_usage() {
        let wrong = |words: &[&str]| outputs(words, Format::Wav24, &[]).unwrap_err();
        assert!(wrong(&["--format", "wav,mp3", "-o", "-"]).contains("takes one --format"));
        assert!(wrong(&["--format", "wav,mp3", "-o", "a.flac"]).contains("none of the formats"));
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn a_format_is_asked_for_or_that_of_the_ending_or_of_the_preset() {
        for (words, preset, expected) in [
            (&[][..], Format::Flac, Format::Flac),
            (&["--format", "wav"], Format::Flac, Format::Wav24),
            (&["-o", "a.MP3"], Format::Wav24, Format::Mp3),
            (&["-o", "a.flac"], Format::Wav24, Format::Flac),
            (&["-o", "a.m4a"], Format::Wav24, Format::M4a),
            (&["-o", "a.opus"], Format::Wav24, Format::Opus),
            (&["-o", "a.ogg"], Format::Wav24, Format::Ogg),
            (&["-o", "a.wav"], Format::Mp3, Format::Wav24),
            (&["-o", "a.wav"], Format::Wav16, Format::Wav16),
            (&["-o", "a.wav", "--format", "wav32f"], Format::Wav16, Format::Wav32f),
            (&["-o", "-"], Format::Wav16, Format::Wav16),
            (&["-o", "-", "--format", "flac"], Format::Wav16, Format::Flac),
            (&["-o", "pipe", "--format", "flac"], Format::Wav16, Format::Flac),
        ] {
            assert_eq!(format(words, preset), Ok(expected), "{words:?}");
        }
    }

    #[test]
    fn an_ending_that_cannot_be_meant_is_wrong_usage() {
        let wrong = |words: &[&str]| format(words, Format::Wav24).unwrap_err();
        assert!(wrong(&["-o", "a.aac"]).contains("name the output .wav, .flac, .mp3, .m4a, .opus or .ogg"));
        assert!(wrong(&["-o", "a.aac", "--format", "wav"]).contains("cannot write .aac"));
        assert!(wrong(&["-o", "a"]).contains("has no ending"));
        assert!(wrong(&["-o", "a.flac", "--format", "mp3"]).contains("name it .mp3"));
    }
}
