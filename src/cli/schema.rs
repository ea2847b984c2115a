//! `adem schema`: JSON Schemas of the TOML files, for editors.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{Outcome, exit, report};
use crate::export::write_whole;
use crate::script::file_kind::FileKind;
use crate::toml::schema::{schema, schemas};

#[derive(Debug, ClapArgs)]
pub(super) struct SchemaArgs {
    /// Write a file for each kind, such as script.schema.json, into this folder instead of all of them to stdout
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

pub(super) fn run(args: &SchemaArgs) -> Outcome {
    let Some(folder) = &args.out else {
        report::out(&format!("{:#}\n", schemas(FileKind::files())))?;
        return Ok(exit::DONE);
    };
    for kind in FileKind::ALL {
        let path = folder.join(format!("{}.schema.json", kind.name()));
        write_whole(&path, format!("{:#}\n", schema(kind.file())).as_bytes())?;
        report::line(&format!("{} for {}", path.display(), kind.pattern()));
    }
    Ok(exit::DONE)
}
