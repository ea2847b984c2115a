//! Runs the program as users do.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The result of a run of the program.
pub struct Run {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
    folder: PathBuf,
}

/// The resources a run used.
pub struct Weight {
    /// The most memory it held, in bytes.
    pub memory: u64,
    /// The bytes it wrote: files and messages.
    pub written: u64,
}

/// A run that has not started.
pub struct Program {
    command: Command,
    folder: PathBuf,
}

impl Program {
    /// The program in a folder, without the environment settings of the person who runs the tests.
    pub fn new(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adem"));
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        command.env("ADEM_CACHE", super::shared_cache());
        for setting in ["RAYON_NUM_THREADS", "RUST_BACKTRACE", "CLICOLOR_FORCE"] {
            command.env_remove(setting);
        }
        command.env("NO_COLOR", "1");
        // The list of trusted courses of this person is neither used nor changed.
        command.env("ADEM_STATE", folder.join(".state"));
        // Nor is what this person has installed to speak drafts.
        command.env("ADEM_DRAFT", "espeak-ng").env_remove("ADEM_VOICES");
        Self { command, folder: folder.to_owned() }
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of the environment.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// With the cache in the course.
    #[must_use]
    pub fn own_cache(self) -> Self {
        self.env_remove("ADEM_CACHE")
    }

    /// Sends stdout somewhere.
    #[must_use]
    pub fn stdout(mut self, place: impl Into<Stdio>) -> Self {
        self.command.stdout(place);
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Run {
        let output = self.command.output().expect("the program starts");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("messages are text"),
            folder: self.folder,
        }
    }

    /// Runs it to its end with both streams on a terminal, which arrive in stdout; `None`, said aloud, where there is no
    /// Python to make one.
    pub fn run_in_terminal(self) -> Option<Run> {
        let python = std::env::var_os("ADEM_READERS").unwrap_or_else(|| "python3".into());
        let works = Command::new(&python).args(["-c", "import pty"]).stderr(Stdio::null()).status();
        if !works.is_ok_and(|status| status.success()) {
            eprintln!("skipped: a terminal is made by python3 with its module pty");
            return None;
        }
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/terminal.py"));
        command.arg(self.command.get_program()).args(self.command.get_args());
        command.current_dir(&self.folder).stdin(Stdio::null());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Some(Self { command, folder: self.folder }.run())
    }

    /// Runs it to its end and returns what it took as well; `None` where the system does not tell. It is asked every few
    /// milliseconds. Memory is what the program asked for, without the pages of its own file, of which a build for tests has
    /// twice as many as a release.
    pub fn run_weighed(mut self) -> (Run, Option<Weight>) {
        let piped = self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = piped.spawn().expect("the program starts");
        let told = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id()));
        let number = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse::<u64>().ok()
        };
        let mut weight = None;
        while let Ok(status) = told("status") {
            let memory = number(&status, "RssAnon:").map(|kilobytes| kilobytes << 10);
            let memory = memory.max(weight.as_ref().map(|weight: &Weight| weight.memory));
            let written = number(&told("io").unwrap_or_default(), "wchar:");
            weight = memory.zip(written).map(|(memory, written)| Weight { memory, written });
            if status.lines().any(|line| line.starts_with("State:\tZ")) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(3));
        }
        let output = child.wait_with_output().expect("the program has ended");
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("messages are text"),
            folder: self.folder,
        };
        (run, weight)
    }

    /// Starts it and returns at once.
    pub fn start(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }
}

impl Run {
    /// Stdout as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is text")
    }

    /// Exit code, stdout and stderr for a snapshot, without folders and times, which differ between runs.
    pub fn shown(&self) -> String {
        let mut shown = format!("exit code {}\n", self.code);
        for (name, text) in [("stdout", self.text()), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                shown.extend(["--- ", name, "\n", &settle(text, &self.folder)]);
            }
        }
        shown.trim_end().to_owned()
    }

    /// Fails if the program panicked.
    pub fn assert_no_panic(&self) {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert!([0, 1, 2, 4, 130].contains(&self.code), "exit code {}\n{}", self.code, self.stderr);
    }
}

/// A text without what differs between runs.
pub fn settle(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "[DIR]");
    let lines = text.lines().map(|line| match line.split_once(", in ") {
        Some((before, _)) if line.ends_with("times real time") => format!("{before}, in [TIME]"),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}
