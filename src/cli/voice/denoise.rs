//! `adem voice denoise`.

use clap::Args as ClapArgs;

use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::{WhichVoice, not_toml, text, write};
use crate::recording::voice_file::{VoiceFileError, with_stage};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct DenoiseArgs {
    /// How far steady noise is lowered: 0 for not at all, 0.5 for 18 dB, 1 for 36 dB
    #[arg(value_name = "SHARE", value_parser = parse_share)]
    share: f64,
    #[command(flatten)]
    which: WhichVoice,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.replace(',', ".").parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "write a number from 0 to 1, such as 0.5".to_owned())
}

pub(super) fn run(context: &CommandContext, args: &DenoiseArgs) -> Outcome {
    let path = write_stage(context, &args.which, "denoise", args.share)?;
    report::note(&format!("{path}: noise reduction {}; hear a track before you keep it", args.share));
    Ok(exit::DONE)
}

/// Writes a stage of the chain into the file of a voice.
///
/// Returns the path of that file.
pub(super) fn write_stage(
    context: &CommandContext,
    which: &WhichVoice,
    stage: &str,
    setting: impl Into<toml_edit::Value>,
) -> Result<String, Failure> {
    let _alone = context.alone()?;
    let engine = context.engine()?;
    let voice = which.of(&engine)?;
    let path = format!("{}/voice.toml", voice.folder());
    let old = text(context, &path)?;
    let new = with_stage(&old, stage, setting.into()).map_err(|error| match error {
        VoiceFileError::Toml(error) => not_toml(&path, &error),
        VoiceFileError::Chain(_) => Failure::Usage(format!("{path}: {error}; take `chain` out first")),
    })?;
    if new != old {
        write(context, &path, new.as_bytes())?;
    }
    Ok(path)
}
