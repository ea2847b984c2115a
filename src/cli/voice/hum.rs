//! `adem voice hum`.

use clap::{Args as ClapArgs, ValueEnum};

use super::super::{CommandContext, Outcome, exit, report};
use super::WhichVoice;
use super::denoise::write_stage;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct HumArgs {
    /// Whether the hum of the mains is removed
    #[arg(value_name = "ON|OFF", default_value = "on")]
    whether: Whether,
    #[command(flatten)]
    which: WhichVoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whether {
    On,
    Off,
}

pub(super) fn run(context: &CommandContext, args: &HumArgs) -> Outcome {
    let is_on = args.whether == Whether::On;
    let path = write_stage(context, &args.which, "hum", is_on)?;
    let done = if is_on { "is removed where there is one" } else { "stays" };
    report::note(&format!(
        "{path}: the hum of the mains {done}; `adem plan SCRIPT --clips` shows how far it fell"
    ));
    Ok(exit::DONE)
}
