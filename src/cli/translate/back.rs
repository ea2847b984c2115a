//! `adem translate unpack` and `import`: what a translator sends back.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::{CommandContext, Failure, Outcome, exit, place, report};
use super::Translation;
use super::check::language_of_name;
use crate::diag::{Severity, Sources};
use crate::engine::Error;
use crate::script::language::Language;
use crate::script::po::encoding::ByteForm;
use crate::script::po::file::{Message, PoFile};
use crate::script::po::lint::{fits, language_of};
use crate::script::po::merge::update;
use crate::translate::back::{MergeReport, Returned, returned, take_back};
use crate::translate::{parcel, spreadsheet};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct BackArgs {
    /// What came back: a zip, a PO file, or a spreadsheet (.xlsx, .csv)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language it is in. Default: what its header or its name says
    #[arg(long, value_name = "LANG", value_parser = parse_language)]
    lang: Option<Language>,
    /// Where a text was changed on both sides, take the one that came back
    #[arg(long)]
    theirs: bool,
    /// Show what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What came back, and the language that it says it is in.
struct Parcel {
    texts: Vec<Returned>,
    named: Option<Language>,
}

pub(super) fn run(context: &CommandContext, args: &BackArgs) -> Outcome {
    let parcel = open(args)?;
    let by_name = language_of_name(&args.file);
    let Some(language) = args.lang.clone().or_else(|| parcel.named.clone()).or(by_name) else {
        return Err(Failure::Usage(format!(
            "{} does not say which language it is in; name it with --lang",
            args.file.display()
        )));
    };
    if let Some(named) = parcel.named.as_ref().filter(|named| !fits(named, &language)) {
        return Err(Failure::Usage(format!(
            "the header of {} names {} (`{named}`), not {} (`{language}`); nothing was changed: if it is right, correct `Language:` in its header",
            args.file.display(),
            named.name(),
            language.name()
        )));
    }
    let _alone = if args.dry_run { None } else { Some(context.alone()?) };
    let translation = Translation::open(context)?;
    let language = known(&translation, language)?;
    let path = translation.path(&language)?;
    let (mut sources, old) = (Sources::default(), translation.bytes(&path)?);
    let (file, found) = super::read(&path, &old, &mut sources);
    let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
    let (course, title) = (&translation.course, &translation.course.header.title.value);
    // Brought up to the texts first, so that each has an entry.
    let (ours, _) = update(file, &translation.texts, &course.sources, &language, title);
    let (merged, taken) = take_back(ours, parcel.texts, &translation.texts, args.theirs);
    let (file, _) = update(merged, &translation.texts, &course.sources, &language, title);
    let new = ByteForm::of(&old).bytes(&file.print());
    let changes = new != old;
    if changes && !args.dry_run {
        translation.write(&path, &new)?;
    }
    tell(&taken, &path, args.theirs);
    let verb = if args.dry_run { "would be" } else { "were" };
    report::note(&format!(
        "{path}: {} {verb} taken, {} confirmed, {} as they were, {} still empty",
        report::count(taken.taken, "text"),
        taken.confirmed,
        taken.same,
        taken.empty
    ));
    translation.mention_unlisted(&language);
    let open = !taken.conflicts.is_empty() && !args.theirs;
    Ok(if open { exit::ERRORS } else { exit::DONE })
}

/// The language of the course that is meant: `zh-TW` where it has `zh-Hant-TW`.
fn known(translation: &Translation<'_>, language: Language) -> Result<Language, Failure> {
    let all = translation.languages(None)?;
    if all.contains(&language) {
        return Ok(language);
    }
    let mut near = all.iter().filter(|own| fits(own, &language));
    if let (Some(only), None) = (near.next(), near.next()) {
        return Ok(only.clone());
    }
    translation.languages(Some(&language))?;
    Err(Failure::Usage(format!(
        "the course has no {} (`{language}`); add it with `adem translate add {language}`, or name another with --lang",
        language.name()
    )))
}

fn open(args: &BackArgs) -> Result<Parcel, Failure> {
    let path = &args.file;
    let bytes = std::fs::read(path).map_err(|error| Failure::read(path, error))?;
    let shown = place::shown(path);
    let name = shown.to_lowercase();
    let told = |why: &dyn std::fmt::Display| Failure::Usage(format!("{shown}: {why}"));
    if [".xlsx", ".xlsm", ".xls", ".ods"].iter().any(|ending| name.ends_with(ending)) {
        let texts = spreadsheet::read_workbook(&bytes).map_err(|why| told(&why))?;
        return Ok(Parcel { texts, named: None });
    }
    if [".csv", ".tsv"].iter().any(|ending| name.ends_with(ending)) {
        let texts = spreadsheet::read_csv(&bytes).map_err(|why| told(&why))?;
        return Ok(Parcel { texts, named: None });
    }
    if bytes.starts_with(b"PK") || name.to_lowercase().strip_suffix(".zip").is_some() {
        let wanted = args.lang.as_ref().map(|language| format!("{}.po", language.as_str().to_lowercase()));
        let is_wanted = |name: &str| wanted.as_deref() == Some(name);
        let (inner, text) = parcel::read(&bytes, is_wanted).map_err(|why| told(&why))?;
        return po(&format!("{shown}/{inner}"), &text);
    }
    if name.ends_with(".po.txt") {
        report::warning(format!(
            "{shown} has .txt after its name, which a mail program adds; it was read as a PO file"
        ));
    }
    po(&shown, &bytes)
}

fn po(path: &str, bytes: &[u8]) -> Result<Parcel, Failure> {
    if bytes.is_empty() {
        return Err(Failure::Usage(format!("{path} is empty; ask for it again")));
    }
    let mut sources = Sources::default();
    let (file, found) = super::read(path, bytes, &mut sources);
    let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
    let charset: Vec<_> = found.into_iter().filter(|one| one.severity == Severity::Warning).collect();
    report::warnings(&charset, &sources);
    let name = Path::new(path)
        .file_name()
        .map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    let place = |message: &Message| {
        message.span.map_or_else(|| name.clone(), |span| format!("{name}:{}", sources.line_column(span).line))
    };
    Ok(Parcel { named: header_language(&file), texts: returned(&file, place) })
}

fn header_language(file: &PoFile) -> Option<Language> {
    let header = file.messages.iter().find(|message| message.is_header())?;
    let field = header.text().lines().find_map(|line| line.trim().strip_prefix("Language:"))?;
    language_of(field.trim())
}

/// Says what is worth looking at.
fn tell(taken: &MergeReport, path: &str, theirs: bool) {
    for conflict in &taken.conflicts {
        let kept = if theirs { "what came back was taken" } else { "the text of the course stays" };
        report::warning(format!(
            "{} was changed on both sides; {kept}\n  in {path}: {}\n  in {}: {}",
            conflict.name, conflict.ours, conflict.place, conflict.theirs
        ));
    }
    if !taken.conflicts.is_empty() && !theirs {
        report::note("to take what came back, do it again with --theirs");
    }
    for (place, name, slip) in &taken.slips {
        report::warning(format!("{place}: `{name}`: {}; {}", slip.message, slip.help));
    }
    let several = |names: &[String], what: &str, then: &str| {
        const FEW: usize = 10;
        if names.is_empty() {
            return;
        }
        let first: Vec<_> = names.iter().take(FEW).map(String::as_str).collect();
        let more = names.len() - first.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        report::warning(format!(
            "{} {what}: {}{more}; {then}",
            report::count(names.len(), "text"),
            first.join(", ")
        ));
    };
    several(
        &taken.outdated,
        "of older words came back",
        "they are marked fuzzy where the course has no newer translation, and kept at the end of the file else",
    );
    several(&taken.gone, "came back whose ids no longer exist", "they are kept at the end of the file");
}
