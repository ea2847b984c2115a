//! What a run of the program took from the system. Linux tells how much a program wrote as long as nobody has waited
//! for its end, which Python can see and the standard library cannot.

#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use std::process::Command;

use super::Course;

const WATCH: &str = r#"
import json, os, re, sys
files = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
program = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=files)
os.waitid(os.P_PID, program, os.WEXITED | os.WNOWAIT)
with open(f"/proc/{program}/io") as io:
    written = int(re.search(r"wchar: (\d+)", io.read())[1])
_, status, usage = os.wait4(program, 0)
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "memory": usage.ru_maxrss, "written": written}))
"#;

/// What one run took.
pub struct Usage {
    /// The most memory it held, in KiB.
    pub memory: u64,
    /// The bytes it handed to the system: files and messages.
    pub written: u64,
}

/// Runs the program in the folder of a course, without a cache, and expects all to be well. `None`, with a message,
/// where this cannot be measured.
pub fn usage(course: &Course, arguments: &[&str]) -> Option<Usage> {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: only Linux tells what a program wrote");
        return None;
    }
    let mut watch = Command::new("python3");
    watch.args(["-c", WATCH, env!("CARGO_BIN_EXE_adem")]).args(arguments).current_dir(course.root());
    let output = watch.env("ADEM_CACHE", "off").env("RAYON_NUM_THREADS", "2").output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["code"], 0, "adem {arguments:?}");
    let number = |name: &str| told[name].as_u64().unwrap();
    Some(Usage { memory: number("memory"), written: number("written") })
}
