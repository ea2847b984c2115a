//! `adem schema`: JSON Schemas of the TOML files, for editors.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::{Outcome, exit, place, report};
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
    let made = place::new_folders(Path::new("."), [folder.as_path()])?;
    for kind in FileKind::ALL {
        let path = folder.join(format!("{}.schema.json", kind.name()));
        write_whole(&path, format!("{:#}\n", schema(kind.file())).as_bytes())?;
        report::note(&format!("{} for {}", path.display(), kind.pattern()));
    }
    place::note_folders(&made);
    Ok(exit::DONE)
}
