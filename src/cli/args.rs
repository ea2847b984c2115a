//! Arguments as they are typed, and what they mean.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::layout::Length;
use crate::produce::{Destination, Failure, LengthWish, Lock};
use crate::render::Mix;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::script::preset::Format;
use crate::script::session::Variant;
use crate::unit::{SampleRate, Seconds, literal};

/// Turns scripts of guided meditations into finished audio.
#[derive(Debug, Parser)]
#[command(name = "adem", version, about, max_term_width = 100)]
pub(super) struct Args {
    /// The course folder
    #[arg(short = 'C', long = "course", value_name = "DIR", default_value = ".", global = true)]
    pub course: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find every mistake in scripts, course, voices, ambience and translations
    Check(CheckArgs),
    /// Bring scripts and other TOML files into one style, and fill in missing ids
    Fmt(super::fmt::FmtArgs),
    /// Tell how long an exercise can be, and what would make another length fit
    Fit(FitArgs),
    /// Show the timeline of an exercise, as a table or as JSON
    Plan(PlanArgs),
    /// Render an exercise to a finished file
    Render(RenderArgs),
    /// Measure the loudness and the peaks of audio files
    Measure(MeasureArgs),
    /// Go through the checklist of finished sound: 28 rows, each judged or not judged with the reason
    Qc(QcArgs),
    /// Print JSON Schemas of all TOML files, for editors
    Schema(super::schema::SchemaArgs),
    /// Make a course folder with one small exercise that renders at once
    New(super::new::NewArgs),
    /// Texts for translators, and back: gettext PO files, one a language
    Translate(super::translate::TranslateArgs),
}

#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Tell only of these files or folders
    pub paths: Vec<PathBuf>,
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
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct MeasureArgs {
    /// Audio files: WAV, FLAC, AIFF, MP3, Ogg Vorbis or Opus
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct QcArgs {
    /// Audio files; beside a render lies its timeline, which most rows need
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The preset whose numbers hold. Default: that of the render, or stream
    #[arg(long)]
    pub preset: Option<String>,
    /// The folder with the stems of the one file: voice.wav, cues.wav and bed.wav
    #[arg(long, value_name = "DIR")]
    pub stems: Option<PathBuf>,
    /// Another render of the same version, which must have the same bytes as the one file
    #[arg(long, value_name = "FILE")]
    pub again: Option<PathBuf>,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RenderArgs {
    /// A script: its id, its track number or its path
    pub script: String,
    #[command(flatten)]
    pub variant: VariantArgs,
    /// Where the file goes; `-` streams it to stdout. Default: a name of its own in out/
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A folder for the stems: voice.wav, cues.wav and bed.wav, whose sum is the limiter's input
    #[arg(long, value_name = "DIR")]
    pub stems: Option<PathBuf>,
    /// Which stems the file has
    #[arg(long, default_value = "full", value_parser = PossibleValuesParser::new(Mix::NAMES))]
    mix: String,
    /// Keep nothing that the checklist of `adem qc` finds unfit while rendering
    #[arg(long)]
    pub strict: bool,
    /// The kind of file; wav is wav24. Default: that of the file's ending, or of the preset
    #[arg(long, value_parser = PossibleValuesParser::new(Format::NAMES))]
    format: Option<String>,
}

/// Which version of an exercise
#[derive(Debug, ClapArgs)]
pub(super) struct VariantArgs {
    /// The language, such as nl or en. Default: that of the script
    #[arg(long, value_name = "TAG", value_parser = parse_language)]
    lang: Option<Language>,
    /// How long it is to be, exactly: 10m, 12:34, 754s or natural. Default: the usual length of the script
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    length: Option<Length>,
    /// Make a length its author does not allow, and mark the file
    #[arg(long)]
    anyway: bool,
    /// Start every part where it starts in another language, or in the timeline.json of an output
    #[arg(long, value_name = "LANG|FILE")]
    lock_parts: Option<String>,
    /// What the listener chose, such as einde=slaap
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_choice)]
    choose: Vec<(String, String)>,
    /// The voice. Default: the course's voice of that language
    #[arg(long)]
    voice: Option<String>,
    /// How many words: full, light or bells
    #[arg(long, value_parser = PossibleValuesParser::new(Guidance::NAMES))]
    guidance: Option<String>,
    /// Phrases without a recording are spoken by a machine
    #[arg(long)]
    draft: bool,
    /// Another bed for the whole track, or `none`
    #[arg(long, value_name = "NAME")]
    bed: Option<String>,
    /// Bells and breath swells: on or off
    #[arg(long, default_value = "on", value_parser = PossibleValuesParser::new(["on", "off"]))]
    cues: String,
    /// The preset of loudness, ceiling, rate and format
    #[arg(long)]
    preset: Option<String>,
    /// The seed of everything random
    #[arg(long)]
    seed: Option<u64>,
    /// Frames a second, 8000 to 192000
    #[arg(long, value_name = "HZ", value_parser = parse_rate)]
    rate: Option<SampleRate>,
}

pub(super) fn parse_language(tag: &str) -> Result<Language, String> {
    Language::parse(tag).ok_or_else(|| "write a tag such as nl, en or pt-BR".to_owned())
}

fn parse_length(text: &str) -> Result<Length, String> {
    if text == "natural" {
        return Ok(Length::Natural);
    }
    match literal::parse_duration(text) {
        Ok(Seconds::ZERO) => Err("a track lasts longer than nothing".to_owned()),
        Ok(length) => Ok(Length::Exactly(length)),
        Err(reason) => Err(format!("{reason}, or natural")),
    }
}

fn parse_choice(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write a name and a value, such as einde=slaap")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn parse_rate(hz: &str) -> Result<SampleRate, String> {
    hz.parse().ok().and_then(SampleRate::new).ok_or_else(|| {
        format!("write a whole number from {} to {}, such as 48000", SampleRate::LEAST, SampleRate::MOST)
    })
}

impl VariantArgs {
    /// The length that was asked for, if it is one of seconds.
    pub(super) fn target(&self) -> Option<Seconds> {
        match self.length {
            Some(Length::Exactly(target)) => Some(target),
            Some(Length::Natural) | None => None,
        }
    }

    /// Whether lengths its author does not allow count too.
    pub(super) fn anyway(&self) -> bool {
        self.anyway
    }

    /// The length that was asked for.
    ///
    /// # Errors
    /// [`Failure`] if there is neither such a language nor such a timeline.
    pub(super) fn wish(&self) -> Result<LengthWish, Failure> {
        let lock = self.lock_parts.as_deref().map(read_lock).transpose()?;
        Ok(LengthWish { length: self.length, anyway: self.anyway, lock })
    }

    /// The version that was asked for.
    pub(super) fn resolve(&self) -> Variant {
        Variant {
            language: self.lang.clone(),
            voice: self.voice.clone(),
            guidance: self.guidance.as_deref().and_then(Guidance::named),
            bed: self.bed.clone(),
            draft: self.draft,
            no_cues: self.cues == "off",
            choices: self.choose.clone(),
            preset: self.preset.clone(),
            seed: self.seed,
            rate: self.rate,
        }
    }
}

/// A language, or a file.
fn read_lock(wanted: &str) -> Result<Lock, Failure> {
    let is_file = std::path::Path::new(wanted).extension().is_some_and(|ending| ending == "json");
    if is_file {
        let text = std::fs::read_to_string(wanted)
            .map_err(|error| Failure::Usage(format!("{wanted} cannot be read: {error}")))?;
        return Ok(Lock::Timeline { name: wanted.to_owned(), text });
    }
    let language = Language::parse(wanted);
    language.map(Lock::Language).ok_or_else(|| {
        Failure::Usage(format!("--lock-parts {wanted}: write a language such as nl, or a timeline.json"))
    })
}

impl RenderArgs {
    pub(super) fn mix(&self) -> Mix {
        Mix::named(&self.mix).unwrap_or_default()
    }

    /// The format: the one that was asked for, else that of the file's ending, else the preset's. An ending that
    /// fits the preset's format means that one, so that `.wav` can be of 16 bits.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the ending is none that adem writes, or not that of the format.
    pub(super) fn format(&self, preset: Format) -> Result<Format, Failure> {
        let asked = self.format.as_deref().and_then(Format::named);
        let Some(path) = self.output.as_ref().filter(|path| path.as_os_str() != "-") else {
            return Ok(asked.unwrap_or(preset));
        };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let named = match (&ending, asked) {
            (Some(ending), _) => {
                Format::ENDINGS.iter().find(|(known, _)| known == ending).map(|(_, format)| *format)
            }
            (None, Some(asked)) => return Ok(asked),
            (None, None) => {
                let path = path.display();
                return Err(Failure::Usage(format!(
                    "{path} has no ending; name it {ENDINGS}, or say --format"
                )));
            }
        };
        let ending = ending.unwrap_or_default();
        match (named, asked) {
            (None, _) => {
                Err(Failure::Usage(format!("adem cannot write .{ending} files; name the output {ENDINGS}")))
            }
            (Some(named), Some(asked)) if named.extension() != asked.extension() => {
                let wanted = asked.extension();
                Err(Failure::Usage(format!(
                    "{} has the ending of {ending} but the format is {wanted}; name it .{wanted}, or leave out --format",
                    path.display()
                )))
            }
            (Some(named), None) if named.extension() == preset.extension() => Ok(preset),
            (Some(named), None) => Ok(named),
            (Some(_), Some(asked)) => Ok(asked),
        }
    }

    /// Where the file goes; `usual` names one where nobody has.
    pub(super) fn destination(&self, usual: impl FnOnce() -> PathBuf) -> Destination {
        match &self.output {
            None => Destination::File(usual()),
            Some(path) if path.as_os_str() == "-" => Destination::Stream,
            Some(path) => Destination::File(path.clone()),
        }
    }
}

/// The endings adem writes, for messages.
const ENDINGS: &str = ".wav, .flac or .mp3";

#[cfg(test)]
mod tests {
    use super::*;

    fn format(words: &[&str], preset: Format) -> Result<Format, String> {
        let args = Args::try_parse_from([&["adem", "render", "1"], words].concat()).unwrap();
        let Command::Render(args) = args.command else { panic!("render") };
        args.format(preset).map_err(|failure| failure.to_string())
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
        assert!(wrong(&["-o", "a.ogg"]).contains("name the output .wav, .flac or .mp3"));
        assert!(wrong(&["-o", "a.ogg", "--format", "wav"]).contains("cannot write .ogg"));
        assert!(wrong(&["-o", "a"]).contains("has no ending"));
        assert!(wrong(&["-o", "a.flac", "--format", "mp3"]).contains("name it .mp3"));
    }
}
