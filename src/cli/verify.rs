//! `adem verify`: checks a delivery against its manifest.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::json;

use super::{Failure, Outcome, exit, place, report};
use crate::build::verify::{DeliveryFault, VerifyError, verify};

/// The deliveries to check, or the page
#[derive(Debug, ClapArgs)]
pub(super) struct VerifyArgs {
    /// Folders of deliveries, such as out/online, and out/site
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// One JSON document on stdout instead of messages
    #[arg(long)]
    json: bool,
}

/// The folder that a delivery lies in, as part of a command; nothing for the usual one.
fn out_of(delivery: &Path) -> String {
    let out = delivery.canonicalize().ok().and_then(|real| real.parent().map(Path::to_owned));
    let is_usual = |out: &Path| {
        out.parent().is_some_and(|course| course.join("course.toml").is_file() && course.join("out") == out)
    };
    out.filter(|out| !is_usual(out)).map(|out| format!(" {}", place::quoted(&out))).unwrap_or_default()
}

pub(super) fn run(args: &VerifyArgs) -> Outcome {
    let mut code = exit::DONE;
    let mut documents = Vec::new();
    for folder in &args.folders {
        let found = verify(folder).map_err(|error| match error {
            VerifyError::Unreadable(path, source) => Failure::read(&path, source),
            VerifyError::NoManifest(_) | VerifyError::Foreign(..) => Failure::Usage(error.to_string()),
        })?;
        let others: Vec<_> = found.others.iter().map(ToString::to_string).collect();
        let faults: Vec<_> = found.faults.iter().map(ToString::to_string).collect();
        if !faults.is_empty() {
            code = exit::ERRORS;
        }
        if args.json {
            documents.push(
                json!({ "folder": folder.display().to_string(), "good": found.good, "faults": faults, "others": others }),
            );
        } else {
            faults.iter().for_each(report::error);
            if found.faults.iter().any(|fault| matches!(fault, DeliveryFault::LeftOver(_))) {
                report::line(&format!("`adem clean --out{}` removes what is left over", out_of(folder)));
            }
            others.iter().for_each(|other| report::note(other));
            let state = if faults.is_empty() {
                "complete and unchanged".to_owned()
            } else {
                report::count(faults.len(), "fault")
            };
            report::note(&format!(
                "{}: {} as delivered, {state}",
                folder.display(),
                report::count(found.good, "file")
            ));
        }
    }
    if args.json {
        report::out(&format!("{:#}\n", json!({ "deliveries": documents })))?;
    }
    Ok(code)
}
