//! What is said of a command line that cannot be read.

use std::error::Error as _;
use std::ffi::OsString;
use std::num::ParseIntError;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// Options that people type, and the one that they mean.
const MEANT: [(&str, &[&str]); 6] = [
    ("--guidance", &["--level", "--levels", "--guide", "-g"]),
    ("--length", &["-l", "--duration", "--time", "--minutes"]),
    ("--lang", &["-L", "--language", "--languages", "--locale"]),
    ("--format", &["-f", "--formats", "--type", "--codec"]),
    ("--choose", &["--choice", "--choices", "--with"]),
    ("--output", &["--out", "--file", "--to"]),
];

/// Dashes that word processors and web pages write for hyphens.
const DASHES: [char; 5] = ['–', '—', '−', '‐', '‑'];

/// An option that begins with another dash than a hyphen, with what was meant.
pub(super) fn wrong_dash(typed: &[OsString], program: &Command) -> Option<String> {
    let words = typed.iter().skip(1).map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    for word in words {
        let bare = word.trim_start_matches(|c| c == '-' || DASHES.contains(&c));
        let is_wrong =
            word.starts_with(DASHES) || word.strip_prefix('-').is_some_and(|rest| rest.starts_with(DASHES));
        if !is_wrong {
            continue;
        }
        let name = bare.split('=').next().unwrap_or_default();
        let is_short = name.chars().count() == 1;
        let known = |command: &Command| {
            command.get_arguments().any(|argument| {
                argument.get_long() == Some(name)
                    || (is_short && argument.get_short().map(String::from).as_deref() == Some(name))
            })
        };
        let below = |command: &Command| command.get_subcommands().any(known);
        if known(program) || program.get_subcommands().any(|command| known(command) || below(command)) {
            let hyphens = if is_short { "-" } else { "--" };
            return Some(format!(
                "`{word}` begins with a dash and not with hyphens; did you mean `{hyphens}{bare}`?"
            ));
        }
    }
    None
}

/// The same error with what was probably meant.
pub(super) fn with_advice(mut error: Error, typed: &[OsString], program: &Command) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    if error.kind() == ErrorKind::ValueValidation
        && error.source().is_some_and(<dyn std::error::Error>::is::<ParseIntError>)
        && let (Some(value), Some(option)) = (text(ContextKind::InvalidValue), text(ContextKind::InvalidArg))
    {
        let message = format!("invalid value '{value}' for '{option}': write a whole number, such as 7\n");
        return Error::raw(ErrorKind::ValueValidation, message);
    }
    let Some(unknown) = text(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::UnknownArgument)
    else {
        return error;
    };
    // That a value may begin with a hyphen is never what was meant here.
    error.remove(ContextKind::Suggested);
    let typed: Vec<_> = typed.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    let mut command = program;
    for word in &typed {
        command = command.find_subcommand(word.as_ref()).unwrap_or(command);
    }
    let has = |option: &str| {
        command
            .get_arguments()
            .any(|argument| argument.get_long().is_some_and(|long| option == format!("--{long}")))
    };
    let meant = MEANT.iter().find(|(option, others)| others.contains(&&*unknown) && has(option));
    let tip = match meant {
        Some((option, _)) => format!("did you mean '{option}'?"),
        None if unknown == "--delivery" && command.get_name() == "build" => {
            let value = typed.iter().skip_while(|word| *word != "--delivery").nth(1);
            let name = value.filter(|value| !value.starts_with('-')).map_or("online", |value| &**value);
            format!("deliveries are named without an option: 'adem build {name}'")
        }
        None => return error,
    };
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help::command;

    fn said(line: &str) -> String {
        let typed: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let program = command();
        match wrong_dash(&typed, &program) {
            Some(wrong) => wrong,
            None => match program.clone().try_get_matches_from(&typed) {
                Ok(_) => "read".to_owned(),
                Err(error) => with_advice(error, &typed, &program).to_string(),
            },
        }
    }

    #[test]
    fn what_was_meant_is_said() {
        for (typed, expected) in [
            ("adem render 1 –draft", "did you mean `--draft`?"),
            ("adem render 1 —length=5m", "did you mean `--length=5m`?"),
            ("adem render 1 -–draft", "did you mean `--draft`?"),
            ("adem render 1 –o x.wav", "did you mean `-o`?"),
            ("adem plan 1 --level full", "did you mean '--guidance'?"),
            ("adem render 1 -l 5m", "did you mean '--length'?"),
            ("adem build --delivery online", "'adem build online'"),
            ("adem render 1 --seed abc", "write a whole number"),
            ("adem voice accept a/b --lang de --take x", "write a whole number"),
            ("adem voice consent --lang de --who – --for x --licence CC0-1.0", "read"),
        ] {
            let said = said(typed);
            assert!(said.contains(expected), "{typed}: {said}");
            assert!(!said.contains("as a value"), "{typed}: {said}");
        }
    }
}
