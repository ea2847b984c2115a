//! `adem credits`: whose work is in a course, under which licence.

use clap::Args as ClapArgs;
use serde_json::json;

use super::table::columns;
use super::{CommandContext, Outcome, exit, report};
use crate::build::ledger;

/// Whose work is in the course
#[derive(Debug, ClapArgs)]
pub(super) struct CreditsArgs {
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: &CommandContext, args: &CreditsArgs) -> Outcome {
    let engine = context.engine()?;
    let entries = ledger(engine.course());
    if args.json {
        report::out(&format!("{:#}\n", json!({ "credits": entries })))?;
        return Ok(exit::DONE);
    }
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let consent = match (&entry.consent, entry.synthetic) {
                (Some(consent), _) => consent.clone(),
                (None, true) => "synthetic".to_owned(),
                (None, false) if entry.kind == "voice" => "no consent written down".to_owned(),
                (None, false) => String::new(),
            };
            let (kind, id) = (entry.kind.clone(), entry.id.clone());
            [kind, id, entry.name.clone(), entry.licence.clone(), entry.credit.clone(), consent]
        })
        .collect();
    report::out(&columns(&rows, 6))?;
    Ok(exit::DONE)
}
