//! `adem export`: an exercise as a project for an audio editor.

use std::path::PathBuf;

use super::args::VariantArgs;
use super::known::KnownWord;
use super::progress::Progress;
use super::{CommandContext, Outcome, exit, place, report};
use crate::delivery::mix::Mix;
use crate::engine::{Engine, OutputName};

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The editor: reaper writes a project with every sound as an item, audacity stems and labels
    #[arg(value_parser = KnownWord::new(&["reaper", "audacity"]))]
    editor: String,
    /// A script: its id, its track number or its path
    pub script: String,
    #[command(flatten)]
    variant: VariantArgs,
    /// The folder to write to. Default: a folder in out/, named after the version
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(context: &CommandContext, args: &ExportArgs) -> Outcome {
    let job = args.variant.job(&context.script(&args.script)?)?;
    let engine = context.engine()?;
    args.variant.hold_own(&engine)?;
    let progress = Progress::stoppable();
    let plan = engine.plan(&job, &progress.task())?;
    report::course_warnings(engine.warnings(), &engine.course().sources, &[&plan.session.language]);
    report::warnings(&plan.warnings, &engine.course().sources);
    super::describe_plan(&plan);
    let name = OutputName { plan: &plan, variant: &job.variant, length: &job.length, mix: Mix::Full };
    let usual = || context.files.root().join("out").join(format!("{}-{}", name.stem(), args.editor));
    let folder = args.output.clone().unwrap_or_else(usual);
    super::render::refuse_sources(context.files.root(), [folder.as_path()])?;
    let made = place::new_folders(context.files.root(), [folder.as_path()])?;
    super::trust::refuse_links(context, [folder.as_path()])?;
    let export = if args.editor == "reaper" { Engine::export_reaper } else { Engine::export_audacity };
    let opened = export(&engine, &plan, &folder, &progress.task())?;
    progress.finish();
    report::note(&format!("{}: open it in {}", place::shown(&opened), args.editor));
    place::note_folders(&made);
    Ok(exit::DONE)
}
