//! `adem translate confirm`: translations that somebody has looked at.

use clap::Args as ClapArgs;

use super::super::known::parse_language;
use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::Translation;
use crate::diag::{Code, Sources};
use crate::engine::Error;
use crate::script::language::Language;
use crate::script::po::encoding::ByteForm;
use crate::script::po::file::{Message, Previous};
use crate::script::po::lint::slips;
use crate::script::po::merge::update;
use crate::toml::foreign;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ConfirmArgs {
    /// The language
    #[arg(value_name = "LANG", value_parser = parse_language)]
    lang: Language,
    /// The texts: the words that stand beside them, such as veilige-plek/plek or course:before
    #[arg(value_name = "TEXT", required = true)]
    texts: Vec<String>,
}

/// Takes the mark `fuzzy` off translations that are right.
pub(super) fn run(context: &CommandContext, args: &ConfirmArgs) -> Outcome {
    let _alone = context.alone()?;
    let translation = Translation::open(context)?;
    let language = &args.lang;
    translation.languages(Some(language))?;
    let path = translation.path(language)?;
    let (mut sources, old) = (Sources::default(), translation.bytes(&path)?);
    let (file, found) = super::read(&path, &old, &mut sources);
    let Some(file) = file else { return Err(Error::Diagnostics { found, sources }.into()) };
    let course = &translation.course;
    let texts = translation.texts_for(&translation.times(&translation.locked(language, None)?));
    let title = &course.header.title.value;
    let (mut file, _) = update(file, &texts, &course.sources, language, title);
    for wanted in &args.texts {
        let is_it = |one: &Message| one.context.as_deref() == Some(wanted.as_str()) && !one.obsolete;
        if !file.messages.iter().any(is_it) {
            let known = file.messages.iter().filter(|one| !one.obsolete);
            let near = foreign::meant(wanted, known.filter_map(|one| one.context.as_deref()));
            let help = near.map_or_else(
                || "`adem check` names those that are fuzzy".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Failure::Usage(format!("{path} has no text `{wanted}`; {help}")));
        }
        for own in file.messages.iter_mut().filter(|one| is_it(one)) {
            if !own.is_translated() {
                return Err(Failure::Usage(format!(
                    "`{wanted}` has no translation that could be right: {}",
                    own.source.trim_end()
                )));
            }
            if let Some(slip) = slips(&own.source, own.text())
                .into_iter()
                .find(|slip| own.plural.is_none() && (slip.is_error || slip.code == Code::TooManyBeats))
            {
                return Err(Failure::Usage(format!("`{wanted}`: {}; {}", slip.message, slip.help)));
            }
            let said = format!("{wanted}: {}\n  {}", own.source.trim_end(), own.text().trim_end());
            if own.fuzzy() {
                own.flags.retain(|flag| flag != "fuzzy");
                own.previous = Previous::default();
                report::note(&format!("confirmed {said}"));
            } else {
                report::note(&format!("not fuzzy: {said}"));
            }
        }
    }
    let new = ByteForm::of(&old).bytes(&file.print());
    if new != old {
        translation.write(&path, &new)?;
    }
    Ok(exit::DONE)
}
