//! `adem studio --pack`: the page for a voice elsewhere.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::progress::Progress;
use super::super::{CommandContext, Failure, Outcome, exit, place, render, report, trust};
use crate::export::{ExportError, OutputFile};
use crate::script::language::Language;
use crate::studio::WebFiles;
use crate::studio::pack::{PackWish, is_pack, pack_files};
use crate::translate::parcel;

/// A page for a voice elsewhere
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct PackPageArgs {
    /// Write a zip with a page on which a voice elsewhere records, in Chrome or Edge and without adem, and open nothing
    #[arg(long, conflicts_with_all = ["port", "no_open"])]
    pub pack: bool,
    /// With --pack: the language that is recorded. Default: the first of the course
    #[arg(long, value_name = "TAG", value_parser = parse_language, requires = "pack")]
    lang: Option<Language>,
    /// With --pack: the voice that records. Default: somebody new, who gives a name on the page
    #[arg(long, value_name = "NAME", requires = "pack")]
    voice: Option<String>,
    /// With --pack: only these scripts: ids, track numbers or paths. Default: every script that has words in the language
    #[arg(long, value_name = "SCRIPT", value_delimiter = ',', requires = "pack")]
    script: Vec<String>,
    /// With --pack: only what is missing of the voice, stale, or has a fault. Default: everything, anew
    #[arg(long, requires = "voice")]
    missing: bool,
    /// With --pack: leave out the recordings of the language that the scripts are written in, for a smaller zip
    #[arg(long, requires = "pack")]
    no_sound: bool,
    /// With --pack: leave out what a take is heard with in its place (beds, earlier recordings of the voice) and the voice of a machine
    #[arg(long, requires = "pack")]
    no_preview: bool,
    /// With --pack: the zip to write. Default: out/record-TAG.zip
    #[arg(short, long, value_name = "FILE", requires = "pack")]
    output: Option<PathBuf>,
}

pub(super) fn run(context: &CommandContext, args: &PackPageArgs, web: &WebFiles) -> Outcome {
    let engine = context.engine()?;
    let first = engine.course().header.languages.first().map(|tag| tag.value.clone());
    let Some(language) = args.lang.clone().or(first) else {
        return Err(Failure::Usage("the course has no languages; name one with --lang".to_owned()));
    };
    let one = |script: &String| Ok(engine.script(&context.script(script)?)?.id.clone());
    let scripts = args.script.iter().map(one).collect::<Result<Vec<_>, Failure>>()?;
    let wish = PackWish {
        language,
        voice: args.voice.clone(),
        scripts,
        missing: args.missing,
        silent: args.no_sound,
        alone: args.no_preview,
    };
    let root = context.files.root();
    let usual = || root.join("out").join(format!("record-{}.zip", wish.language));
    let output = args.output.clone().unwrap_or_else(usual);
    if !output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
        return Err(Failure::Usage(format!("{} has to end in .zip", output.display())));
    }
    render::refuse_sources(root, [output.as_path()])?;
    trust::refuse_links(context, [output.as_path()])?;
    if !args.no_preview {
        report::note(
            "beds are rendered, and what has no recording is spoken, which can take minutes; --no-preview leaves them out",
        );
    }
    let progress = Progress::on_terminal();
    let page = pack_files(&engine, &context.files, web, &wish);
    progress.finish();
    let page = page.map_err(|problem| Failure::of_problem(&problem))?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    parcel::write(&mut bytes, page.files).map_err(|error| ExportError::new(&output, error))?;
    let bytes = bytes.into_inner();
    refuse_to_replace(&output)?;
    let made = place::new_folders(root, output.parent())?;
    let mut file = OutputFile::create(&output)?;
    file.write_all(&bytes).map_err(|error| ExportError::new(&output, error))?;
    file.commit()?;
    place::note_folders(&made);
    report::note(&format!(
        "{}: {} to record, {} to hear, {} by a machine, {}, {:.1} MB",
        place::shown(&output),
        report::count(page.phrases, "phrase"),
        report::count(page.originals, "original"),
        page.machine,
        report::count(page.beds, "bed"),
        bytes.len() as f64 / 1e6
    ));
    report::note(
        "unpack it on any web space that has https, and send the link of its folder to the voice; the zip that comes back is taken in with `adem voice import ZIP`",
    );
    Ok(exit::DONE)
}

/// Refuses to write over anything but a zip of such a page.
fn refuse_to_replace(path: &Path) -> Result<(), Failure> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::read(path, error)),
        Ok(old) if is_pack(&old) => Ok(()),
        Ok(_) => Err(Failure::Usage(format!(
            "{} is there already and is no page for a voice; write to another file with --output, or remove that one",
            place::shown(path)
        ))),
    }
}
