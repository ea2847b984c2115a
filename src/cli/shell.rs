//! `adem completions` and `adem man`: what a shell and `man` know of adem.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::known::KnownWord;
use super::{Failure, Outcome, exit, help, place, report};
use crate::export::{ExportError, write_whole};

/// The shells that completions are for.
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

#[derive(Debug, ClapArgs)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_parser = KnownWord::new(&SHELLS))]
    shell: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ManArgs {
    /// The folder to write a page for each command to; without it the page of adem itself goes to stdout
    folder: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    let shell = Shell::from_str(&args.shell, true).map_err(Failure::Usage)?;
    clap_complete::generate(shell, &mut help::command(), "adem", &mut script);
    report::out(&String::from_utf8_lossy(&script))?;
    Ok(exit::DONE)
}

pub(super) fn man(args: &ManArgs) -> Outcome {
    let mut root = help::command().disable_help_subcommand(true);
    root.build();
    let Some(folder) = &args.folder else {
        report::out(&page(root)?)?;
        return Ok(exit::DONE);
    };
    let made = place::new_folders(std::path::Path::new("."), [folder.as_path()])?;
    let mut waiting = vec![root];
    let mut pages = 0;
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands().filter(|command| !command.is_hide_set()).cloned());
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        write_whole(folder.join(format!("{name}.1")), page(command)?.as_bytes())?;
        pages += 1;
    }
    place::note_folders(&made);
    report::note(&format!("{} in {}", report::count(pages, "page"), folder.display()));
    Ok(exit::DONE)
}

/// The manual page of a command.
fn page(command: clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    let written = Man::new(command).render(&mut page);
    written.map_err(|error| ExportError::new("the manual page", error))?;
    // What follows the help has the sections that manual pages have.
    let page = String::from_utf8_lossy(&page).replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n");
    let page = page.replace("\n\nExit codes:\n", "\n.SH \"EXIT STATUS\"\n");
    Ok(page.replace("\n\nEnvironment:\n", "\n.SH ENVIRONMENT\n"))
}
