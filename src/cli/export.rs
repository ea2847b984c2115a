//! `adem export`: an exercise as a project for an audio editor.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use super::args::VariantArgs;
use super::progress::Progress;
use super::{CommandContext, Outcome, exit, report};
use crate::engine::{OutputName, export_audacity, export_reaper};
use crate::render::Mix;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The editor: reaper writes a project with every sound as an item, audacity stems and labels
    #[arg(value_parser = PossibleValuesParser::new(["reaper", "audacity"]))]
    editor: String,
    /// A script: its id, its track number or its path
    script: String,
    #[command(flatten)]
    variant: VariantArgs,
    /// The folder to write to. Default: a folder in out/, named after the version
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(context: &CommandContext, args: &ExportArgs) -> Outcome {
    let variant = args.variant.resolve();
    let wish = args.variant.wish()?;
    let workshop = context.workshop()?;
    let script = workshop.script(&args.script)?;
    let progress = Progress::stoppable();
    let plan = workshop.plan(script, &variant, wish.clone(), &progress)?;
    report::diagnostics(workshop.warnings(), &workshop.course().sources);
    report::diagnostics(&plan.warnings, &workshop.course().sources);
    let name = OutputName { plan: &plan, variant: &variant, wish: &wish, mix: Mix::Full };
    let usual = || context.files.root().join("out").join(format!("{}-{}", name.stem(), args.editor));
    let folder = args.output.clone().unwrap_or_else(usual);
    super::render::refuse_sources(context.files.root(), [folder.as_path()])?;
    super::trust::refuse_links(context, [folder.as_path()])?;
    let export = if args.editor == "reaper" { export_reaper } else { export_audacity };
    let opened = export(&workshop, &plan, &folder, &progress)?;
    progress.finish();
    report::line(&format!("{}: open it in {}", super::render::display(&opened), args.editor));
    Ok(exit::DONE)
}
