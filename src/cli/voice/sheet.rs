//! `adem voice sheet`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::super::translate::FollowArgs;
use super::super::{CommandContext, Outcome, exit, place, report, trust};
use super::{WhichVoice, locked_times, progress, scripts, wrote};
use crate::export::write_whole;
use crate::recording::sheet::{Sheet, sheet_page, sheet_table};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct SheetArgs {
    #[command(flatten)]
    which: WhichVoice,
    /// Only these scripts: ids, track numbers or paths. Default: all
    #[arg(long, value_name = "SCRIPT", value_delimiter = ',')]
    script: Vec<String>,
    /// Only what is missing, stale or has a fault
    #[arg(long)]
    pickups: bool,
    #[command(flatten)]
    follow: FollowArgs,
    /// The folder to write to. Default: out/voice in the course
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

pub(super) fn run(context: &CommandContext, args: &SheetArgs) -> Outcome {
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let wanted = scripts(context, &engine, &args.script)?;
    let progress = progress(&engine, voice)?;
    let mut of = progress.scripts.clone();
    of.retain(|script| wanted.is_empty() || wanted.contains(&script.id));
    let title = &engine.course().header.title.value;
    let times = locked_times(&engine, voice, &args.follow)?;
    let sheet = Sheet::of(title, voice, of, &progress.phrases, &times, args.pickups);
    let folder = args.output.clone().unwrap_or_else(|| context.files.root().join("out/voice"));
    let made = place::new_folders(context.files.root(), [folder.as_path()])?;
    let mut stem =
        format!("{}-{}-{}", if args.pickups { "pickups" } else { "sheet" }, voice.language, voice.id);
    for script in &wanted {
        stem = format!("{stem}-{script}");
    }
    let files = [
        (folder.join(format!("{stem}.html")), sheet_page(&sheet).into_bytes()),
        (folder.join(format!("{stem}.csv")), sheet_table(&sheet)),
    ];
    trust::refuse_links(context, files.iter().map(|(path, _)| path.as_path()))?;
    for (path, bytes) in &files {
        write_whole(path, bytes)?;
    }
    place::note_folders(&made);
    files.iter().for_each(|(path, _)| wrote(path));
    let what = if args.pickups { "to record" } else { "on the sheet" };
    report::note(&format!("{} {what}", report::count(sheet.lines.len(), "phrase")));
    if !sheet.untranslated.is_empty() {
        let count: usize = sheet.untranslated.iter().map(|(_, count)| count).sum();
        report::note(&format!(
            "{} in {} not on it: they have no words in {} yet",
            report::count(count, "phrase"),
            report::count(sheet.untranslated.len(), "script"),
            voice.language.name()
        ));
    }
    Ok(exit::DONE)
}
