//! `adem verify`: checks a delivery against its manifest.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::{Failure, Outcome, exit, report};
use crate::build::verify::{VerifyError, verify};

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

pub(super) fn run(args: &VerifyArgs) -> Outcome {
    let mut code = exit::DONE;
    let mut documents = Vec::new();
    for folder in &args.folders {
        let found = verify(folder).map_err(|error| match error {
            VerifyError::Unreadable(path, source) => Failure::read(&path, source),
            VerifyError::NoManifest(_) | VerifyError::Foreign(..) => Failure::Usage(error.to_string()),
        })?;
        let faults: Vec<_> = found.faults.iter().map(ToString::to_string).collect();
        if !faults.is_empty() {
            code = exit::ERRORS;
        }
        if args.json {
            documents.push(
                json!({ "folder": folder.display().to_string(), "good": found.good, "faults": faults }),
            );
        } else {
            faults.iter().for_each(report::error);
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
