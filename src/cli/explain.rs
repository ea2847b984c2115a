//! `adem explain`: what a kind of error means.

use super::{Failure, Outcome, exit, report};
use crate::diag::{Code, nearest};
use crate::script::example::example;

#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// The word in brackets of a message, such as `unknown-key`; without it all are listed
    code: Option<String>,
}

pub(super) fn run(args: &ExplainArgs) -> Outcome {
    let Some(typed) = &args.code else {
        let lines = Code::ALL.iter().map(|code| format!("{:<18} {}\n", code.name(), code.meaning()));
        report::out(&lines.collect::<String>())?;
        return Ok(exit::DONE);
    };
    let name = typed.trim_start_matches("error").trim_start_matches("warning").trim_matches(['[', ']']);
    let names = || Code::ALL.iter().map(|code| code.name());
    let Some(code) = Code::ALL.iter().find(|code| code.name() == name.to_lowercase()) else {
        let help = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`adem explain` lists them".to_owned(),
        };
        return Err(Failure::Usage(format!("there is no kind of error `{typed}`; {help}")));
    };
    let example = example(*code);
    let mut text = format!("{code}: {}\n\n{}\n", code.meaning(), example.why);
    let place = example.place.describe();
    for (title, typed) in [("Wrong", example.wrong), ("Right", example.right)] {
        if !typed.is_empty() {
            let lines = typed.trim_end().lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n");
            text.push_str(&["\n", title, ", ", &place, ":\n\n", &lines.collect::<String>()].concat());
        }
    }
    report::out(&text)?;
    Ok(exit::DONE)
}
