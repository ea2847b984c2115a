//! What `--help` says beyond the arguments: examples and exit codes; and `adem help`.

use clap::{Args as ClapArgs, Command, CommandFactory};

use super::args::Args;
use super::{Failure, Outcome, exit, report};
use crate::diag::nearest;
use crate::toml::table::list;

/// Every key of every file, as `adem help reference` prints it.
const REFERENCE: &str = include_str!("../../docs/reference.md");

#[derive(Debug, ClapArgs)]
pub(super) struct HelpArgs {
    /// A command, such as `render` or `translate update`; or `reference`: every key of every file
    #[arg(value_name = "COMMAND")]
    topic: Vec<String>,
}

/// Exit codes: the number and its meaning.
const CODES: [(u8, &str); 9] = [
    (exit::DONE, "done"),
    (exit::ERRORS, "a file of the course needs a change, or a delivered file is not as delivered"),
    (exit::USAGE, "wrong usage"),
    (exit::QC, "a row of the checklist failed"),
    (exit::WORLD, "a file, a decoder or an encoder failed, or the disk is full"),
    (exit::BAD_JOB, "a job of a shard cannot succeed"),
    (exit::NO_INPUT, "the shard, its store or its course is missing, or not the one that was planned"),
    (exit::RETRY, "interrupted, busy or slow: another try may succeed"),
    (exit::STOPPED, "stopped by Ctrl-C"),
];

/// Of each command its name, examples, and the exit codes it can end with beside 0 and 2.
const COMMANDS: &[(&str, &[&str], &[u8])] = &[
    (
        "check",
        &["adem check", "adem check scripts/lopen.toml", "adem check --fix"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    ("explain", &["adem explain", "adem explain unknown-key"], &[exit::WORLD]),
    ("fmt", &["adem fmt", "adem fmt --check", "adem fmt scripts/lopen.toml"], &[exit::ERRORS, exit::WORLD]),
    (
        "fit",
        &["adem fit 3", "adem fit lopen --lang en", "adem fit 3 --length 6m"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "plan",
        &["adem plan 1", "adem plan lopen --length 8m --guidance light", "adem plan 1 --clips"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "render",
        &[
            "adem render 1",
            "adem render scripts/lopen.toml --lang en --length 12:34 -o walk.mp3",
            "adem render 2 --draft --choose einde=slaap --format mp3,opus",
            "adem render 1 -o - --format flac",
            "adem render 2 4 6 --draft --length 15m,20m --lang nl,en -o 'mixes/{language}/{slug}{version}.mp3'",
        ],
        &[exit::ERRORS, exit::QC, exit::WORLD, exit::RETRY, exit::STOPPED],
    ),
    (
        "build",
        &["adem build", "adem build online --dry-run --why", "adem build --only '**/01-*' --keep-going"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY, exit::STOPPED],
    ),
    (
        "run",
        &["adem run --shard plan/5e0c9a1b22d04f67.jsonl", "adem run --plan plan --index 3"],
        &[exit::ERRORS, exit::WORLD, exit::BAD_JOB, exit::NO_INPUT, exit::RETRY, exit::STOPPED],
    ),
    (
        "collect",
        &["adem collect --plan plan"],
        &[exit::ERRORS, exit::WORLD, exit::BAD_JOB, exit::NO_INPUT, exit::RETRY],
    ),
    (
        "serve",
        &[
            "adem serve",
            "adem serve courses/calm courses/sleep --listen 0.0.0.0:8080 --tokens tokens.txt",
            "adem serve --store s3://bucket/served --allow-origin https://app.example",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "adopt",
        &[
            "adem adopt old.mp3 --lang nl --text old.vtt --dry-run",
            "adem adopt old.mp3 --lang nl --text old.txt --name avond --voice anna",
        ],
        &[exit::ERRORS, exit::WORLD],
    ),
    ("verify", &["adem verify out/online"], &[exit::ERRORS, exit::WORLD]),
    ("list", &["adem list", "adem list --json"], &[exit::ERRORS, exit::WORLD]),
    ("credits", &["adem credits"], &[exit::ERRORS, exit::WORLD]),
    (
        "export",
        &["adem export reaper 1", "adem export audacity lopen --lang en"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY, exit::STOPPED],
    ),
    ("measure", &["adem measure out/*.wav", "adem measure --json track.mp3"], &[exit::WORLD, exit::RETRY]),
    (
        "qc",
        &["adem qc out/track.wav", "adem qc out/track.wav --stems stems --preset podcast"],
        &[exit::QC, exit::WORLD, exit::RETRY],
    ),
    ("schema", &["adem schema --out schema"], &[exit::WORLD]),
    ("new", &["adem new my-course", "adem new 'Mijn cursus' --lang nl"], &[exit::WORLD]),
    (
        "translate",
        &["adem translate add de --voice meise", "adem translate pack de", "adem translate status"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "translate add",
        &[
            "adem translate add de --voice meise",
            "adem translate add zh-Hant-TW --voice lin",
            "adem translate add de --voice anna --speaker 'Anna Vogel' --licence CC-BY-4.0 --consent 2026-11-03",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "translate check",
        &["adem translate check de.po", "adem translate check *.po --json"],
        &[exit::ERRORS, exit::WORLD],
    ),
    (
        "translate pack",
        &[
            "adem translate pack de",
            "adem translate pack de --script 1,2 --lock-parts nl",
            "adem translate pack pt-BR -o brazil.zip --no-sound",
        ],
        &[exit::ERRORS, exit::WORLD],
    ),
    (
        "translate unpack",
        &["adem translate unpack de.zip", "adem translate unpack de.po --dry-run"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "translate export",
        &["adem translate export de --to german.xlsx", "adem translate export de --to german.csv"],
        &[exit::ERRORS, exit::WORLD],
    ),
    (
        "translate import",
        &["adem translate import german.xlsx --lang de", "adem translate import de.po --lang de --theirs"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    ("translate extract", &["adem translate extract"], &[exit::ERRORS, exit::WORLD]),
    (
        "translate update",
        &["adem translate update", "adem translate update --lang pt-BR"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "translate status",
        &["adem translate status --json", "adem translate status --lang de --lock-parts nl"],
        &[exit::ERRORS, exit::WORLD],
    ),
    (
        "voice",
        &[
            "adem voice sheet --lang de",
            "adem voice import recordings/ --lang de",
            "adem voice status --lang de",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "translate confirm",
        &["adem translate confirm de veilige-plek/plek", "adem translate confirm de course:before"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice sheet",
        &[
            "adem voice sheet --lang de",
            "adem voice sheet --lang de --script 2",
            "adem voice sheet --lang de --pickups",
            "adem voice sheet --lang de --script 2 --lock-parts nl",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice status",
        &["adem voice status --lang de", "adem voice status --lang de --voice anna --json"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice import",
        &[
            "adem voice import recordings/ --lang de --dry-run",
            "adem voice import recordings/ --lang de --script 2 --yes",
            "adem voice import reading.wav --lang de --script 2",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice accept",
        &[
            "adem voice accept veilige-plek/plek --lang de",
            "adem voice accept veilige-plek/plek --take 2 --lang de",
            "adem voice accept --all --lang de",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice reject",
        &["adem voice reject veilige-plek/plek --lang de"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice level",
        &["adem voice level --lang de", "adem voice level --lang de --write"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice denoise",
        &["adem voice denoise 0.5 --lang de", "adem voice denoise 0 --lang de"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice hum",
        &["adem voice hum --lang de", "adem voice hum off --lang de"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "voice consent",
        &[
            "adem voice consent --lang de",
            "adem voice consent --lang de --voice anna --who 'Anna Vogel' --for 'this course' --licence CC-BY-4.0",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "studio",
        &[
            "adem studio",
            "adem studio ~/courses/mildness --no-open",
            "adem studio --pack --lang en",
            "adem studio --pack --lang en --voice anna --missing",
        ],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    ("trust", &["adem trust", "adem trust --remove"], &[exit::ERRORS, exit::WORLD]),
    (
        "clean",
        &["adem clean --dry-run", "adem clean --older-than 30", "adem clean --out --dry-run"],
        &[exit::ERRORS, exit::WORLD, exit::RETRY],
    ),
    (
        "completions",
        &[
            "adem completions bash > ~/.local/share/bash-completion/completions/adem",
            "adem completions zsh > ~/.zfunc/_adem",
            "adem completions fish > ~/.config/fish/completions/adem.fish",
        ],
        &[exit::WORLD],
    ),
    ("man", &["adem man | man -l -", "adem man ~/.local/share/man/man1"], &[exit::WORLD]),
    ("help", &["adem help render", "adem help translate update", "adem help reference"], &[exit::WORLD]),
];

const PROGRAM_EXAMPLES: &[&str] = &[
    "adem new my-course",
    "adem check",
    "adem render 1 --length 10m",
    "adem help render",
    "adem help reference",
];

const ENVIRONMENT: &str = "Environment:
  ADEM_CACHE  The folder of the cache, or off. Default: .adem in the course
  ADEM_CACHE_LIMIT  How large the cache may be, such as 500MB, or off. Default: 8GiB
  ADEM_DRAFT  The engine that speaks drafts, where it is installed: kokoro, hibari, flite, pico or espeak-ng. Default: the best
  ADEM_VOICES  The folder of the engines that are installed for drafts. Default: the data folder of the system
  ADEM_STATE  The folder that remembers trusted courses. Default: the state folder of the system
  NO_COLOR, CLICOLOR_FORCE, TERM  Whether output is coloured, unless --color says so";

/// The program with examples and exit codes in the help of every command.
pub(super) fn command() -> Command {
    let all: Vec<u8> = CODES.iter().map(|(code, _)| *code).collect();
    let after = format!("{}\n\n{}\n\n{ENVIRONMENT}", examples(PROGRAM_EXAMPLES), codes(&all));
    COMMANDS.iter().fold(Args::command().after_long_help(after), |program, (name, lines, others)| {
        let mut own = vec![exit::DONE, exit::USAGE];
        own.extend(*others);
        own.sort_unstable();
        let after = format!("{}\n\n{}", examples(lines), codes(&own));
        match name.split_once(' ') {
            None => program.mut_subcommand(name, |command| command.after_long_help(after)),
            Some((group, name)) => program.mut_subcommand(group, |command| {
                command.mut_subcommand(name, |command| command.after_long_help(after))
            }),
        }
    })
}

fn examples(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| format!("  {line}")).collect();
    format!("Examples:\n{}", lines.join("\n"))
}

fn codes(wanted: &[u8]) -> String {
    let known = CODES.iter().filter(|(code, _)| wanted.contains(code));
    let lines: Vec<_> = known.map(|(code, meaning)| format!("  {code:<3}  {meaning}")).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}

pub(super) fn run(args: &HelpArgs) -> Outcome {
    if args.topic == ["reference"] {
        report::out(REFERENCE)?;
        return Ok(exit::DONE);
    }
    let mut program = command();
    program.build();
    let mut found = &mut program;
    for word in &args.topic {
        let known: Vec<_> = found.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        if !known.contains(word) {
            let known = known.iter().map(String::as_str).chain(["reference"]);
            let help = match nearest(word, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("available: {}", list(known)),
            };
            return Err(Failure::Usage(format!("there is no command `{word}`; {help}")));
        }
        found = found.find_subcommand_mut(word).expect("it is known");
    }
    report::out_styled(&found.render_long_help().ansi().to_string())?;
    Ok(exit::DONE)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_command_has_examples_that_are_read() {
        let program = command();
        let told: BTreeSet<_> = COMMANDS.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let mut all = BTreeSet::new();
        for command in program.get_subcommands() {
            all.insert(command.get_name().to_owned());
            let below =
                command.get_subcommands().map(|below| format!("{} {}", command.get_name(), below.get_name()));
            all.extend(below);
        }
        assert_eq!(told, all);
        for line in COMMANDS.iter().flat_map(|(_, lines, _)| *lines).chain(PROGRAM_EXAMPLES) {
            let typed = line.split(['>', '|']).next().unwrap();
            let words = shlex::split(typed).unwrap();
            let read = command().try_get_matches_from(&words);
            assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
        }
    }
}
