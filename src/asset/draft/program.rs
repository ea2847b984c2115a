//! Runs the programs that speak drafts.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use wait_timeout::ChildExt;

use super::DraftError;
use super::engines::{DraftSpeaker, Manner};

/// The time limit of a program for one phrase.
const ONE_PHRASE: Duration = Duration::from_secs(30);
/// The time limit of a program that speaks many phrases in one run, for loading and for each phrase.
const LOADING: Duration = Duration::from_secs(120);
const EACH_PHRASE: Duration = Duration::from_secs(60);

/// Speaks each text and returns the bytes of the files, in order. `file` is where a voice names its program.
pub(super) fn speak(speaker: &DraftSpeaker, texts: &[&str], file: &str) -> Result<Vec<Vec<u8>>, DraftError> {
    match speaker.manner {
        Manner::Phrase => {
            let one = |text: &&str| {
                let folder = TemporaryFolder::new(speaker)?;
                let out = folder.path("draft.wav");
                let text = speaker.plain(text);
                let fill =
                    |word: &String| word.replace("{out}", &out.to_string_lossy()).replace("{text}", &text);
                let words: Vec<_> = speaker.command.iter().map(fill).collect();
                finish(speaker, start(&words), ONE_PHRASE, file)?;
                written(speaker, &out)
            };
            texts.iter().map(one).collect()
        }
        Manner::Lines => {
            let folder = TemporaryFolder::new(speaker)?;
            let outs: Vec<_> = (0..texts.len()).map(|index| folder.path(&format!("{index}.wav"))).collect();
            let line = |(out, text): (&PathBuf, &&str)| format!("{}\t{text}\n", out.display());
            let list = folder.path("phrases.txt");
            let lines: String = outs.iter().zip(texts).map(line).collect();
            let input = fs::write(&list, lines).and_then(|()| File::open(&list));
            let input = input.map_err(|error| failed(speaker, error.to_string()))?;
            let mut command = start(&speaker.command);
            command.stdin(input);
            let limit = LOADING + EACH_PHRASE * u32::try_from(texts.len()).unwrap_or(u32::MAX);
            finish(speaker, command, limit, file)?;
            outs.iter().map(|out| written(speaker, out)).collect()
        }
    }
}

/// What a command of words without spaces says, on either stream; empty where it cannot be asked.
pub(super) fn answer(words: &str) -> String {
    let mut arguments = words.split(' ');
    let program = arguments.next().unwrap_or_default();
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    output.map_or(String::new(), |output| text(output.stdout) + &text(output.stderr))
}

/// The folder that one run writes to; it is deleted with this value.
struct TemporaryFolder(tempfile::TempDir);

impl TemporaryFolder {
    fn new(speaker: &DraftSpeaker) -> Result<Self, DraftError> {
        let folder = tempfile::tempdir().map(Self);
        folder.map_err(|error| failed(speaker, format!("cannot create a temporary folder: {error}")))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn start(words: &[String]) -> Command {
    let (program, arguments) = words.split_first().map_or(("", words), |(first, rest)| (first, rest));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
fn finish(
    speaker: &DraftSpeaker,
    mut command: Command,
    limit: Duration,
    file: &str,
) -> Result<(), DraftError> {
    let (status, said) = run(&mut command, limit).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            DraftError::NotFound { program: speaker.program(), voice: file.to_owned() }
        } else {
            failed(speaker, error.to_string())
        }
    })?;
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failed(speaker, format!("{status}{}", error_output(&said)))),
        None => Err(DraftError::Slow { program: speaker.program(), seconds: limit.as_secs() }),
    }
}

fn failed(speaker: &DraftSpeaker, reason: String) -> DraftError {
    DraftError::Failed { program: speaker.program(), reason }
}

fn written(speaker: &DraftSpeaker, out: &Path) -> Result<Vec<u8>, DraftError> {
    let reason = || match speaker.manner {
        Manner::Phrase => "it wrote no file at {out}".to_owned(),
        Manner::Lines => "it did not write every file of its list".to_owned(),
    };
    fs::read(out).map_err(|_| DraftError::Unusable { program: speaker.program(), reason: reason() })
}

/// How many bytes are kept of the end of a command's standard error, where it says why it failed.
const KEPT: usize = 4_096;
/// How long to wait for standard error to close after the command has ended, since a process that it started may keep
/// it open.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Runs a command and returns its exit status, `None` if it was killed at the time limit, and the end of its standard
/// error. That is read while the command runs, since a full pipe would block it.
fn run(command: &mut Command, limit: Duration) -> io::Result<(Option<ExitStatus>, Vec<u8>)> {
    let silent = command.stdout(Stdio::null());
    let mut child = silent.stderr(Stdio::piped()).spawn()?;
    let (sender, said) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || sender.send(end_of(stderr)));
    }
    let status = child.wait_timeout(limit)?;
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    // A process that it started may keep the pipe open, so this does not wait for the end.
    Ok((status, said.recv_timeout(AFTERWARDS).unwrap_or_default()))
}

/// Reads to the end and keeps the last [`KEPT`] bytes.
fn end_of(mut stderr: ChildStderr) -> Vec<u8> {
    let (mut kept, mut block) = (Vec::new(), [0; KEPT]);
    loop {
        match stderr.read(&mut block) {
            Ok(0) => return kept,
            Ok(read) => {
                kept.extend_from_slice(&block[..read]);
                kept.drain(..kept.len().saturating_sub(KEPT));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return kept,
        }
    }
}

/// The last line that a failed command wrote to its standard error, without control characters.
fn error_output(output: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(output);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    let plain = |line: &str| line.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>();
    last.map_or(String::new(), |line| format!(", {}", plain(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let (status, _) = run(Command::new("sleep").arg("30"), Duration::from_millis(20)).unwrap();
        assert!(status.is_none());
    }

    #[test]
    fn a_program_that_a_command_leaves_behind_is_not_waited_for() {
        let mut command = Command::new("sh");
        let (status, _) = run(command.args(["-c", "sleep 30 & exit 0"]), Duration::from_secs(20)).unwrap();
        assert!(status.is_some_and(|status| status.success()));
    }

    #[test]
    fn of_what_a_command_says_the_end_is_kept() {
        let (status, said) =
            run(Command::new("sh").args(["-c", "head -c 1000000 /dev/zero >&2"]), ONE_PHRASE).unwrap();
        assert!(status.is_some_and(|status| status.success()));
        assert!(said.len() <= KEPT);
        assert!(error_output(&[b'x'; 3_000]).len() < 300);
    }
}
