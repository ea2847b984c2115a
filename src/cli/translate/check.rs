//! `adem translate check`: what is wrong in a PO file, without its course.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::{Failure, Outcome, exit, report};
use crate::diag::{Code, Diagnostic, Sink, Sources, Span};
use crate::script::language::Language;
use crate::script::po::encoding::read_bytes;
use crate::script::po::file::PoFile;
use crate::script::po::lint::{alone, language_of};
use crate::script::po::syntax;
use crate::translate::kind::ReturnedKind;

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
        let (sink, shown) = (Sink::new(), path.to_string_lossy());
        let other = match ReturnedKind::of(&shown, &bytes) {
            ReturnedKind::Po => None,
            ReturnedKind::Zip => Some((
                "a zip",
                format!("check the PO file in it, or take it back with `adem translate unpack {shown}`"),
            )),
            ReturnedKind::Workbook | ReturnedKind::Table => Some((
                "a spreadsheet",
                format!("take it back with `adem translate import {shown}`, which checks it"),
            )),
            ReturnedKind::Other { what, advice } => Some((what, advice.to_owned())),
        };
        if let Some((what, advice)) = other {
            return Err(Failure::Usage(format!("{shown} is {what}, and no PO file; {advice}")));
        }
        let file = read_bytes(&shown, &bytes, &mut sources, &sink);
        let read = file.and_then(|file| Some((file, syntax::read(file, &sources.get(file).text, &sink)?)));
        if let Some((file, read)) = read {
            let own = read.messages.iter().filter(|one| !one.obsolete && !one.is_header()).count();
            texts += own;
            if own == 0 {
                let none = Diagnostic::error(Code::PoSyntax, Span::new(file, 0..0), "this file has no texts");
                sink.emit(none.help("ask for it again, or have `adem translate update` write it anew"));
            }
            // A header knows better than a name that may mean something else, such as new.po.
            let by_name =
                || language_of_name(path).filter(|own| is_common(own) || header_language(&read).is_none());
            let language = args.lang.clone().or_else(by_name);
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

/// Whether a word of two or three letters is likely to mean a language: it has a code of two letters, or more than one part.
pub(super) fn is_common(language: &Language) -> bool {
    let tag = language.as_str();
    tag.contains('-') || (tag.len() == 2 && language.name() != tag)
}

/// The language that the header of a file names.
pub(super) fn header_language(file: &PoFile) -> Option<Language> {
    language_of(file.header_field("Language")?)
}

/// The language of a file's name: `de.po`, `pt_BR.po.txt`.
pub(super) fn language_of_name(path: &Path) -> Option<Language> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    language_of(name.split('.').next()?)
}
