//! Where the course of a command is, and which folders its outputs may make.

use std::path::{Path, PathBuf};

use super::args::{Args, Command};
use super::render::real;
use super::{Failure, report};
use crate::toml::foreign::meant;

/// The course folder: that of `-C` or of the studio, else the one that contains a named file, else the one that contains
/// the current folder; if none is found, the current folder.
///
/// # Errors
/// [`Failure::Usage`] if `-C` names what does not exist.
pub(super) fn course_folder(args: &Args) -> Result<PathBuf, Failure> {
    if let Some(named) = &args.course {
        if !named.exists() {
            return Err(not_there(Path::new("."), named, "check the path after -C"));
        }
        return Ok(course_around(named).unwrap_or_else(|| named.clone()));
    }
    if let Command::Studio(studio) = &args.command
        && let Some(folder) = studio.folder.as_deref().filter(|folder| folder.is_dir())
    {
        // A course may begin in it.
        return Ok(course_around(folder).unwrap_or_else(|| folder.to_owned()));
    }
    let of_files = named_files(&args.command).into_iter().filter(|path| path.exists());
    let mut places = of_files.chain([Path::new(".")]);
    Ok(places.find_map(course_around).unwrap_or_else(|| PathBuf::from(".")))
}

/// The files and folders that a command names, which may be of another course than the current folder.
fn named_files(command: &Command) -> Vec<&Path> {
    match command {
        Command::Check(check) => check.paths.iter().map(PathBuf::as_path).collect(),
        Command::Fmt(fmt) => fmt.paths.iter().map(PathBuf::as_path).collect(),
        Command::Qc(qc) => qc.files.iter().map(PathBuf::as_path).collect(),
        Command::Fit(fit) => path_of(&fit.script),
        Command::Plan(plan) => path_of(&plan.script),
        Command::Render(render) => render.scripts.iter().flat_map(|script| path_of(script)).collect(),
        Command::Export(export) => path_of(&export.script),
        Command::Studio(studio) => studio.folder.iter().map(PathBuf::as_path).collect(),
        Command::Explain(_)
        | Command::Build(_)
        | Command::Run(_)
        | Command::Collect(_)
        | Command::Serve(_)
        | Command::Verify(_)
        | Command::List(_)
        | Command::Credits(_)
        | Command::Measure(_)
        | Command::Schema(_)
        | Command::New(_)
        | Command::Translate(_)
        | Command::Voice(_)
        | Command::Adopt(_)
        | Command::Trust(_)
        | Command::Clean(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Help(_) => Vec::new(),
    }
}

fn path_of(script: &str) -> Vec<&Path> {
    if is_path(script) { vec![Path::new(script)] } else { Vec::new() }
}

/// Whether a name of a script is a path, and not an id or a number.
pub(super) fn is_path(script: &str) -> bool {
    script.contains(std::path::is_separator) || script.to_lowercase().ends_with(".toml")
}

/// The nearest folder with a course.toml: this one or the one of this file, or a folder that it is in.
pub(super) fn course_around(path: &Path) -> Option<PathBuf> {
    let has_course = |folder: &Path| folder.join("course.toml").is_file();
    let folder = if path.is_dir() { path } else { path.parent()? };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if has_course(folder) {
        return Some(folder.to_owned());
    }
    let real = std::fs::canonicalize(folder).ok()?;
    real.ancestors().find(|folder| has_course(folder)).map(from_here)
}

/// A real path as somebody in the current folder would write it.
fn from_here(path: &Path) -> PathBuf {
    let Ok(here) = std::fs::canonicalize(".") else { return path.to_owned() };
    if let Ok(above) = here.strip_prefix(path) {
        let up: PathBuf = above.components().map(|_| "..").collect();
        return if up.as_os_str().is_empty() { PathBuf::from(".") } else { up };
    }
    path.strip_prefix(&here).unwrap_or(path).to_owned()
}

/// A path at which nothing is: the nearest name in its folder, from here or from the course, or else `otherwise`.
pub(super) fn not_there(course: &Path, path: &Path, otherwise: &str) -> Failure {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let parent = path.parent().unwrap_or(Path::new(""));
    let folders =
        [parent.to_owned(), course.join(parent), course.join("scripts"), course.join("scripts/fragments")];
    let near = folders.iter().find_map(|folder| {
        let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = std::fs::read_dir(listed).ok()?;
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable();
        meant(&name, names.iter().map(String::as_str)).map(|near| shown(&folder.join(near)))
    });
    let help = near.map_or(otherwise.to_owned(), |near| format!("did you mean {near}?"));
    Failure::Usage(format!("{} does not exist; {help}", path.display()))
}

/// The missing folders that these outputs need, except in the course's out/. Only the last level of a path is created: if more
/// is missing, the path is probably mistyped.
///
/// # Errors
/// [`Failure::Usage`] with the command that makes a folder of which more is missing.
pub(super) fn new_folders<'a>(
    course: &Path,
    folders: impl IntoIterator<Item = &'a Path>,
) -> Result<Vec<PathBuf>, Failure> {
    let mut made: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
        if missing.is_empty() || real(folder).starts_with(real(&course.join("out"))) {
            continue;
        }
        if missing.len() > 1 {
            let make = if cfg!(windows) { "mkdir" } else { "mkdir -p" };
            return Err(Failure::Usage(format!(
                "there is no folder {}; check the path, or make the folder with `{make} {}`",
                folder.display(),
                quoted(folder)
            )));
        }
        if !made.iter().any(|other| other == folder) {
            made.push(folder.to_owned());
        }
    }
    Ok(made)
}

/// Says which folders were made.
pub(super) fn note_folders(made: &[PathBuf]) {
    for folder in made.iter().filter(|folder| folder.is_dir()) {
        report::note(&format!("made the folder {}", folder.display()));
    }
}

/// A path without a leading `./`.
pub(super) fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// The command that cuts the beginning of a recording out, until a time.
pub(super) fn cut_command(path: &Path, until: &str) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let part = format!("{stem}-1.flac");
    format!("ffmpeg -ss 0:00:00 -to {until} -i {} {}", quoted(path), quoted(Path::new(&part)))
}

/// A path as it is typed at a prompt.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        return if text.contains([' ', '&', '(', ')', '^', '\'']) {
            format!("\"{text}\"")
        } else {
            text.into_owned()
        };
    }
    // A name that begins with a hyphen would be taken for a flag.
    let text = if text.starts_with('-') { format!("./{text}") } else { text.into_owned() };
    shlex::try_quote(&text).map_or_else(|_| text.clone(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_quoted_path_is_read_back_by_a_shell() {
        for path in ["plain", "with space", "it's", "$HOME", "-x", "a\"b", "ü"] {
            let words = shlex::split(&format!("cd {}", quoted(Path::new(path)))).unwrap();
            assert_eq!(words.len(), 2, "{path}");
            assert!(words[1] == path || words[1] == format!("./{path}"), "{path}: {}", words[1]);
        }
    }

    #[test]
    fn an_id_is_not_a_path() {
        for (script, path) in
            [("2", false), ("plek", false), ("plek.toml", true), ("scripts/plek.toml", true)]
        {
            assert_eq!(is_path(script), path, "{script}");
        }
    }
}
