//! `adem studio`.

mod opener;
mod pack;

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::{CommandContext, Failure, Outcome, exit, place, report, trust};
use crate::diag::{Diagnostic, Severity, Sources};
use crate::engine::{Error, has_no_course};
use crate::files::{DiskFiles, absolute};
use crate::studio::disk::cookie_file::cookie_key;
use crate::studio::{PORT, ServeError, Studio, StudioCourse, StudioKeys, StudioServer, WebFiles, watch};

#[derive(Debug, ClapArgs)]
pub(super) struct StudioArgs {
    /// The course folder. Default: that of the current folder
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// The port. A browser remembers the microphone, and takes that are not saved yet, by it
    #[arg(long, value_name = "NUMBER", default_value_t = PORT)]
    port: u16,
    /// Print the link, and leave opening it to you
    #[arg(long)]
    no_open: bool,
    /// Read the files of the pages from this folder, to change them
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    dev: Option<PathBuf>,
    #[command(flatten)]
    pack: pack::PackPageArgs,
}

pub(super) fn run(context: &CommandContext, args: &StudioArgs) -> Outcome {
    if args.pack.pack {
        return pack::run(context, &args.pack, &WebFiles::from_folder(args.dev.clone()));
    }
    if let Some(folder) = &args.folder {
        check_folder(folder)?;
    }
    let state = trust::state_folder().ok_or_else(|| {
        Failure::Usage(
            "no folder is set in which the studio can keep its key; name one with ADEM_STATE".to_owned(),
        )
    })?;
    let server = StudioServer::bind(args.port).map_err(failure)?;
    let port = server.port();
    let opened = context.clone();
    let course =
        StudioCourse::new(context.files.clone(), Box::new(move |files| opened.spared_engine_of(files)));
    match &*course.engine() {
        // The page begins a course where there is none; errors in its files are shown by the pages.
        Err(_) if has_no_course(&context.files) => {
            let folder = absolute(context.files.root());
            report::note(&format!(
                "there is no course in {} yet; the page offers to begin one",
                folder.display()
            ));
        }
        Err(error) if !context.files.root().join("course.toml").is_file() => {
            return Err(Failure::Usage(format!(
                "{}; run this in a course folder, or name one",
                error.problem()
            )));
        }
        Err(Error::Diagnostics { found, sources }) => tell_mistakes(found, sources, "nothing can be opened"),
        Err(error) => report::warning(error.problem()),
        Ok(engine) if !engine.closed().is_empty() => {
            let names: Vec<&str> = engine.closed().scripts().collect();
            let closed = format!("closed until they are mended: {}", names.join(", "));
            tell_mistakes(&engine.closed().found, &engine.course().sources, &closed);
        }
        Ok(_) => {}
    }
    let keys = StudioKeys::new(cookie_key(&state, port)?);
    let again = |link: &str| report::line(&format!("this link was used; the next one is {link}"));
    let studio = Studio::new(port, course, keys, WebFiles::from_folder(args.dev.clone()), again);
    let link = studio.link();
    report::out(&format!("the studio is at {link}\n"))?;
    report::note("the link works once, for this machine; Ctrl-C ends the studio");
    if !args.no_open && !opener::open(&link) {
        report::note("open it in Chrome, Edge or Firefox");
    }
    watch(&studio);
    server.run(&studio, asked_to_end()).map_err(failure)?;
    studio.desk.close();
    report::note("the studio has ended");
    Ok(exit::DONE)
}

/// Makes sure that a folder that is named is a course, or in one, or one in which a course can begin.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() {
        return Err(place::not_there(
            Path::new("."),
            folder,
            "check the path, or name the folder of a course",
        ));
    }
    let is_new = || folder.is_dir() && has_no_course(&DiskFiles::new(folder));
    if place::course_around(folder).is_none() && !is_new() {
        return Err(Failure::Usage(format!(
            "{} has no course.toml, and no folder that it is in has one; name the folder of a course",
            folder.display()
        )));
    }
    Ok(())
}

/// Says where the first mistake is, and what it keeps from being opened.
fn tell_mistakes(found: &[Diagnostic], sources: &Sources, closed: &str) {
    let mut errors = found.iter().filter(|one| one.severity == Severity::Error);
    let Some(first) = errors.next() else { return };
    let span = first.span();
    let (path, line) = (&sources.get(span.file).path, sources.line_column(span).line);
    let more = match errors.count() {
        0 => String::new(),
        more => format!(", and {} more", report::count(more, "mistake")),
    };
    report::warning(format!(
        "{path}:{line}: {}{more}; {closed}; mend it on the page, or see `adem check`",
        first.message
    ));
}

fn failure(error: ServeError) -> Failure {
    match error {
        ServeError::Taken(port) => Failure::Usage(format!(
            "port {port} is taken, perhaps by another `adem studio`; end that one, or use another port with --port {}",
            port.checked_add(1).unwrap_or(PORT)
        )),
        ServeError::Port { .. } => {
            Failure::Usage(format!("{error}; use another port with --port {}", PORT + 1))
        }
        ServeError::Failed(reason) => {
            Failure::Busy(format!("the studio has failed: {reason}; start it again"))
        }
    }
}

/// Ctrl-C, or a request of the system to end.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut end) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = end.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
