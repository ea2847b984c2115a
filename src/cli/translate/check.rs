//! `adem translate check`: what is wrong in a PO file, without its course.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::{Failure, Outcome, exit, report};
use crate::diag::{Code, Diagnostic, Sink, Sources};
use crate::script::language::Language;
use crate::script::po::encoding::read_bytes;
use crate::script::po::lint::{alone, language_of};
use crate::script::po::syntax;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct CheckPoArgs {
    /// PO files, of this course or any other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The language they should be in. Default: that of the file's name
    #[arg(long, value_name = "LANG", value_parser = parse_language)]
    lang: Option<Language>,
    /// One JSON document on stdout instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckPoArgs) -> Outcome {
    let mut sources = Sources::default();
    let mut all: Vec<Diagnostic> = Vec::new();
    let mut texts = 0;
    for path in &args.files {
        let bytes = std::fs::read(path).map_err(|error| Failure::read(path, error))?;
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(Failure::Usage(format!(
                "{} is a zip or a spreadsheet; check the PO file in it, or take it back with `adem translate unpack {0}`",
                path.display()
            )));
        }
        let (sink, shown) = (Sink::new(), path.to_string_lossy());
        let language = args.lang.clone().or_else(|| language_of_name(path));
        let file = read_bytes(&shown, &bytes, &mut sources, &sink);
        if let Some(read) = file.and_then(|file| syntax::read(file, &sources.get(file).text, &sink)) {
            texts += read.messages.iter().filter(|one| !one.obsolete && !one.is_header()).count();
            alone(&read, language.as_ref(), &sink);
        }
        all.extend(sink.into_sorted());
        if shown.to_lowercase().ends_with(".po.txt") {
            let name = shown[..shown.len() - ".txt".len()].to_owned();
            report::warning(format!(
                "{shown} has .txt after its name, which a mail program adds; rename it to {name}"
            ));
        }
    }
    super::super::check::show(&all, &sources, args.json)?;
    if !args.json && all.is_empty() {
        report::note(&format!("no errors: {}", report::count(texts, "text")));
    }
    // What is still to be done is no mistake.
    let is_open =
        |one: &Diagnostic| matches!(one.code, Code::NotTranslated | Code::FuzzyTranslation | Code::PoCharset);
    Ok(if all.iter().all(is_open) { exit::DONE } else { exit::ERRORS })
}

/// The language of a file's name: `de.po`, `pt_BR.po.txt`.
pub(super) fn language_of_name(path: &Path) -> Option<Language> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    language_of(name.split('.').next()?)
}
