//! `adem translate unpack` and `import`: what a translator sends back.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::{CommandContext, Failure, Outcome, exit, place, report};
use super::Translation;
use super::check::{header_language, is_common, language_of_name};
use crate::diag::{Diagnostic, Severity, Sink, Sources};
use crate::engine::Error;
use crate::script::language::Language;
use crate::script::po::encoding::ByteForm;
use crate::script::po::extract::SourceText;
use crate::script::po::file::{Message, PoFile};
use crate::script::po::lint::{fits, language_of, lint};
use crate::script::po::merge::update;
use crate::translate::back::{
    MergeReport, MovedTexts, Returned, credits, is_foreign, keep_credits, moved_texts, returned, take_back,
};
use crate::translate::kind::ReturnedKind;
use crate::translate::spreadsheet::{SpreadsheetError, SpreadsheetTexts};
use crate::translate::{parcel, spreadsheet};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct BackArgs {
    /// What came back: a zip, a PO file, or a spreadsheet (.xlsx, .csv)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language it is in. Default: what its header or its name says
    #[arg(long, value_name = "LANG", value_parser = parse_language)]
    lang: Option<Language>,
    /// Take what came back also where a text was changed on both sides, or where many stand at other texts than before
    #[arg(long)]
    theirs: bool,
    /// Show what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What came back.
struct Parcel {
    texts: Vec<Returned>,
    /// The language that it says it is in.
    named: Option<Language>,
    /// Where it says so, and how it is written there.
    place: (&'static str, &'static str),
    /// The course that it says it is of.
    title: Option<String>,
    /// Who has translated it, and when.
    credits: Vec<(&'static str, String)>,
    /// Whether its header has mistakes, which have been told.
    is_wrong: bool,
}

pub(super) fn run(context: &CommandContext, args: &BackArgs) -> Outcome {
    let _alone = if args.dry_run { None } else { Some(context.alone()?) };
    let translation = Translation::open(context)?;
    let shown = place::shown(&args.file);
    let parcel = open(args, &translation)?;
    let listed = |language: &Language| {
        translation.course.header.languages.iter().any(|own| fits(&own.value, language))
    };
    let by_name = language_of_name(&args.file).filter(|language| is_common(language) || listed(language));
    let Some(language) = args.lang.clone().or_else(|| parcel.named.clone()).or(by_name) else {
        return Err(Failure::Usage(format!(
            "{shown} does not say which language it is in; name it with --lang"
        )));
    };
    match &parcel.named {
        Some(named) if !fits(named, &language) => {
            let (whole, written) = parcel.place;
            return Err(Failure::Usage(format!(
                "{whole} of {shown} names {} (`{named}`), not {} (`{language}`); nothing was changed: if it is right, correct {written} there",
                named.name(),
                language.name()
            )));
        }
        Some(_) => {}
        None => report::note(&format!(
            "{shown} does not say its language; it is taken as {} (`{language}`)",
            language.name()
        )),
    }
    if parcel.texts.is_empty() {
        return Err(Failure::Usage(format!("{shown} has no texts; ask for it again")));
    }
    let language = translation.known(language)?;
    let path = translation.path(&language)?;
    let (mut sources, old) = (Sources::default(), translation.bytes(&path)?);
    let (file, found) = super::read(&path, &old, &mut sources);
    let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
    let (course, title) = (&translation.course, &translation.course.header.title.value);
    // Brought up to the texts first, so that each has an entry.
    let texts = translation.texts_for(&translation.times(&translation.locked(&language, None)?));
    let (ours, _) = update(file, &texts, &course.sources, &language, title);
    refuse_others(&parcel, &ours, &texts, &translation, &shown, args.theirs)?;
    let all = ours.messages.iter().filter(|one| !one.obsolete && !one.is_header()).count();
    let (merged, taken) = take_back(ours, parcel.texts, &texts, args.theirs);
    let (mut file, _) = update(merged, &texts, &course.sources, &language, title);
    keep_credits(&mut file, &parcel.credits);
    let new = ByteForm::of(&old).bytes(&file.print());
    let changes = new != old;
    if changes && !args.dry_run {
        translation.write(&path, &new)?;
    }
    tell(&taken, &path, args.theirs);
    if taken.found < all {
        report::note(&format!(
            "{} of the {all} texts of the course came back, each with those that may stay empty",
            taken.found
        ));
    }
    report::note(&format!("{path}: {}", summary(&taken, args)));
    translation.mention_unlisted(&language);
    Ok(if taken.needs_a_look(args.theirs) || parcel.is_wrong { exit::ERRORS } else { exit::DONE })
}

/// Refuses the file of another course, and texts that stand at other places.
fn refuse_others(
    parcel: &Parcel,
    ours: &PoFile,
    texts: &[SourceText],
    translation: &Translation<'_>,
    shown: &str,
    theirs: bool,
) -> Result<(), Failure> {
    if is_foreign(&parcel.texts, ours, texts) {
        let own = &translation.course.header.title.value;
        let title = parcel.title.as_ref().filter(|title| *title != own);
        let title = title.map_or_else(String::new, |title| format!(", `{title}`"));
        return Err(Failure::Usage(format!(
            "{shown} is of another course{title}: its texts are not in `{own}`; nothing was changed: take it back in the folder of that course"
        )));
    }
    match moved_texts(&parcel.texts, ours).filter(|_| !theirs) {
        Some(MovedTexts { count, first: (place, other) }) => Err(Failure::Usage(format!(
            "{shown}: {place} has the translation of {other}, and {} more stand at another text as well; were the rows moved, or one column sorted? nothing was changed: put them back, or take them as they are with --theirs",
            count - 1
        ))),
        None => Ok(()),
    }
}

/// What was done, in numbers.
fn summary(taken: &MergeReport, args: &BackArgs) -> String {
    let verb = match (args.dry_run, taken.taken) {
        (true, _) => "would be",
        (false, 1) => "was",
        (false, _) => "were",
    };
    let mut parts = vec![
        format!("{} {verb} taken", report::count(taken.taken, "text")),
        format!("{} confirmed", taken.confirmed),
        format!("{} as before", taken.same),
        format!("{} still empty", taken.empty),
    ];
    let conflicts = if args.theirs { 0 } else { taken.conflicts.len() };
    for (many, what) in [
        (taken.doubtful, "marked as doubtful"),
        (taken.emptied, "came back empty and kept"),
        (taken.older.len(), "of older words, now fuzzy"),
        (taken.kept.len() + taken.gone.len(), "kept at the end of the file"),
        (taken.refused.len(), "not taken"),
        (conflicts, "in conflict"),
    ] {
        if many > 0 {
            parts.push(format!("{many} {what}"));
        }
    }
    parts.join(", ")
}

fn open(args: &BackArgs, translation: &Translation<'_>) -> Result<Parcel, Failure> {
    let path = &args.file;
    let bytes = std::fs::read(path).map_err(|error| Failure::read(path, error))?;
    let shown = place::shown(path);
    let (mut shown, mut bytes) = (shown, bytes);
    let mut kind = ReturnedKind::of(&shown, &bytes);
    if kind == ReturnedKind::Zip && !bytes.is_empty() {
        let wanted = args.lang.as_ref().map(|language| format!("{}.po", language.as_str().to_lowercase()));
        let is_wanted = |name: &str| wanted.as_deref() == Some(name);
        let inner =
            parcel::read(&bytes, is_wanted).map_err(|why| Failure::Usage(format!("{shown}: {why}")))?;
        shown = format!("{shown}/{}", inner.0);
        bytes = inner.1;
        kind = ReturnedKind::of(&shown, &bytes);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::Usage(format!("{shown} is empty; ask for it again")));
    }
    let told = |why: SpreadsheetError| Failure::Usage(format!("{shown}: {why}"));
    match kind {
        ReturnedKind::Workbook => sheet(spreadsheet::read_workbook(&bytes).map_err(told)?, &shown),
        ReturnedKind::Table => {
            let is_original = |source: &str| translation.texts.iter().any(|text| text.text == source);
            sheet(spreadsheet::read_csv(&bytes, &is_original).map_err(told)?, &shown)
        }
        ReturnedKind::Zip => {
            Err(Failure::Usage(format!("{shown} is a zip in a zip; unpack it, and take back what is in it")))
        }
        ReturnedKind::Other { what, advice } => Err(Failure::Usage(format!(
            "{shown} is {what}, and has no texts that can be taken back; {advice}"
        ))),
        ReturnedKind::Po => {
            if shown.to_lowercase().ends_with(".po.txt") {
                report::warning(format!(
                    "{shown} has .txt after its name, which a mail program adds; it was read as a PO file"
                ));
            }
            po(&shown, &bytes, args.lang.as_ref())
        }
    }
}

fn sheet(sheet: SpreadsheetTexts, shown: &str) -> Result<Parcel, Failure> {
    if let Some(charset) = &sheet.charset {
        let first = charset.first.as_ref().map_or_else(String::new, |(place, text)| {
            format!("; the first text with such letters, {place}, is \"{}\"", short(text))
        });
        let sure = if charset.is_sure {
            "in which its texts are as they were sent"
        } else {
            "which is a guess: if letters are wrong, save it again as .xlsx, or as .csv in UTF-8"
        };
        report::warning(format!("{shown} is not in UTF-8 and was read as {}, {sure}{first}", charset.name));
    }
    let named = sheet.language.as_deref().map(|written| {
        language_of(written).ok_or_else(|| {
            Failure::Usage(format!(
                "the first row of {shown} names the language `{written}`, which is no tag; write one there, such as `translation (de)`"
            ))
        })
    });
    let place = ("the first row", "`translation (…)`");
    Ok(Parcel {
        named: named.transpose()?,
        texts: sheet.texts,
        place,
        title: None,
        credits: Vec::new(),
        is_wrong: false,
    })
}

fn po(path: &str, bytes: &[u8], language: Option<&Language>) -> Result<Parcel, Failure> {
    let mut sources = Sources::default();
    let (file, found) = super::read(path, bytes, &mut sources);
    let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
    let charset: Vec<_> = found.into_iter().filter(|one| one.severity == Severity::Warning).collect();
    report::warnings(&charset, &sources);
    let header = header_faults(&file, language);
    report::warnings(&header, &sources);
    let name = Path::new(path)
        .file_name()
        .map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    let place = |message: &Message| {
        message.span.map_or_else(|| name.clone(), |span| format!("{name}:{}", sources.line_column(span).line))
    };
    let title = file.header_field("Project-Id-Version").filter(|title| !title.is_empty());
    Ok(Parcel {
        named: header_language(&file),
        texts: returned(&file, place),
        place: ("the header", "`Language:`"),
        title: title.map(str::to_owned),
        credits: credits(&file),
        is_wrong: !header.is_empty(),
    })
}

/// What is wrong in the header of a file. Its texts are looked at when they are taken.
fn header_faults(file: &PoFile, language: Option<&Language>) -> Vec<Diagnostic> {
    let without_texts = |message: &Message| Message { texts: Vec::new(), ..message.clone() };
    let messages = file.messages.iter();
    let messages =
        messages.map(|message| if message.is_header() { message.clone() } else { without_texts(message) });
    let sink = Sink::new();
    lint(&PoFile { messages: messages.collect(), end: Vec::new() }, language, &sink);
    sink.into_sorted()
}

/// A text for a line of a message.
fn short(text: &str) -> String {
    const MOST: usize = 200;
    let line = text.replace('\n', "\\n");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Says what is worth looking at.
fn tell(taken: &MergeReport, path: &str, theirs: bool) {
    for conflict in &taken.conflicts {
        let kept = if theirs { "what came back was taken" } else { "the text of the course stays" };
        let how = if conflict.is_certain {
            "was changed on both sides"
        } else {
            "is not as in the course, and what came back does not say which is newer"
        };
        report::warning(format!(
            "{} {how}; {kept}\n  in {path}: {}\n  in {}: {}",
            conflict.name,
            short(&conflict.ours),
            conflict.place,
            short(&conflict.theirs)
        ));
    }
    if !taken.conflicts.is_empty() && !theirs {
        report::note("to take what came back, do it again with --theirs");
    }
    for (place, name, slip) in &taken.refused {
        report::warning(format!("{place}: `{name}` was not taken: {}; {}", slip.message, slip.help));
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
        &taken.older,
        "of older words came back",
        "compare each with the words that the course has now: it is fuzzy until then",
    );
    several(
        &taken.kept,
        "of older words came back, and the course has newer translations",
        "those stay, and what came back is kept at the end of the file",
    );
    several(&taken.gone, "came back whose ids no longer exist", "kept at the end of the file");
    several(
        &taken.changed,
        "came back without new words whose original has changed since",
        "they are translated anew from the words that the course has now, or are fuzzy until somebody has compared them",
    );
    several(
        &taken.dropped,
        "came back without new words that the course no longer has",
        "nothing is to be done",
    );
}
