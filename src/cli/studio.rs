//! `adem studio`.

mod opener;
mod pack;

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{CommandContext, Failure, Outcome, exit, report, trust};
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
    let state = trust::state_folder().ok_or_else(|| {
        Failure::Usage(
            "no folder is set in which the studio can keep its key; name one with ADEM_STATE".to_owned(),
        )
    })?;
    let server = StudioServer::bind(args.port).map_err(failure)?;
    let port = server.port();
    let opened = context.clone();
    let course = StudioCourse::new(context.files.clone(), Box::new(move |files| opened.engine_of(files)));
    if let Err(error) = &*course.engine() {
        // Without a course there is nothing to do; errors in its files are shown by the pages.
        if !context.files.root().join("course.toml").is_file() {
            return Err(Failure::Usage(format!(
                "{}; run this in a course folder, or name one",
                error.problem()
            )));
        }
        report::warning(error.problem());
    }
    let keys = StudioKeys::new(cookie_key(&state, port)?);
    let again = |link: &str| report::line(&format!("this link was used; the next one is {link}"));
    let studio = Studio::new(port, course, keys, WebFiles::from_folder(args.dev.clone()), again);
    let link = studio.link();
    report::out(&format!("the studio is at {link}\n"))?;
    report::note("the link works once, for this machine; Ctrl-C ends the studio");
    if !args.no_open && !opener::open(&link) {
        report::note("open it in Chrome or Edge");
    }
    watch(&studio);
    server.run(&studio, asked_to_end()).map_err(failure)?;
    studio.desk.close();
    report::note("the studio has ended");
    Ok(exit::DONE)
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
