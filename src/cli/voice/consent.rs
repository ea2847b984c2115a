//! `adem voice consent`.

use clap::Args as ClapArgs;

use super::super::known::parse_licence;
use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::{WhichVoice, not_toml, text, today, write};
use crate::recording::voice_file::{VoiceAgreement, with_agreement};
use crate::script::voice::{Voice, VoiceKind};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ConsentArgs {
    #[command(flatten)]
    which: WhichVoice,
    /// Who agreed: the name of the person who speaks
    #[arg(long, value_name = "NAME", requires = "purpose")]
    who: Option<String>,
    /// What the recordings may be used for, such as 'this course, in all its lengths'
    #[arg(long = "for", id = "purpose", value_name = "USE", requires = "who")]
    purpose: Option<String>,
    /// The day of the agreement, such as 2026-11-27. Default: today
    #[arg(long, value_name = "DATE", value_parser = parse_day, requires = "who")]
    when: Option<String>,
    /// The recordings are a person's, though voice.toml says that the voice is synthetic
    #[arg(long, requires = "who")]
    person: bool,
    /// The licence of the recordings, such as CC-BY-4.0
    #[arg(long, value_name = "LICENCE", value_parser = parse_licence)]
    licence: Option<String>,
    /// The name in credits. Default, with --who: that name
    #[arg(long, value_name = "NAME", value_parser = parse_words)]
    name: Option<String>,
    /// The line for credits. Default, with --who: the name
    #[arg(long, value_name = "TEXT", value_parser = parse_words)]
    credit: Option<String>,
}

fn parse_words(text: &str) -> Result<String, String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { Err("write some words".to_owned()) } else { Ok(words) }
}

fn parse_day(text: &str) -> Result<String, String> {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d");
    day.map(|day| day.to_string()).map_err(|_| "write a day as year-month-day, such as 2026-11-27".to_owned())
}

pub(super) fn run(context: &CommandContext, args: &ConsentArgs) -> Outcome {
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let words = |text: &Option<String>| text.as_deref().map(parse_words).transpose().map_err(Failure::Usage);
    let (who, purpose) = (words(&args.who)?, words(&args.purpose)?);
    let consent = who
        .clone()
        .zip(purpose)
        .map(|(who, purpose)| [who, args.when.clone().unwrap_or_else(today), purpose]);
    let agreement = VoiceAgreement {
        name: args.name.clone().or_else(|| who.clone()),
        credit: args.credit.clone().or_else(|| args.name.clone()).or(who),
        licence: args.licence.clone(),
        consent,
    };
    if agreement == VoiceAgreement::default() {
        return show(voice);
    }
    if agreement.consent.is_some() && voice.kind == VoiceKind::Synthetic && !args.person {
        return Err(Failure::Usage(format!(
            "{} is a synthetic voice, of which nobody can agree to anything; a person gets a voice of their own with `adem translate add {} --voice NAME`, or, if these recordings are a person's, add --person",
            voice.folder(),
            voice.language
        )));
    }
    let _alone = context.alone()?;
    let path = format!("{}/voice.toml", voice.folder());
    let old = text(context, &path)?;
    let new = with_agreement(&old, &agreement).map_err(|error| not_toml(&path, &error))?;
    if new != old {
        write(context, &path, new.as_bytes())?;
    }
    report::note(&format!("wrote {path}"));
    if agreement.consent.is_some() && voice.kind == VoiceKind::Synthetic {
        report::note("the voice is that of a person now, so it is no longer disclosed as synthetic");
    }
    let again = context.engine()?;
    show(again.voice(&voice.language, Some(&voice.id))?)
}

fn show(voice: &Voice) -> Outcome {
    report::out(&super::status::about(voice))?;
    Ok(exit::DONE)
}
