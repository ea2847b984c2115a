//! The engines that docs/scale.md names, for real: Snakemake with the Snakefile of the examples, and an object store on this
//! machine. `ADEM_ENGINES` names a Python that has them.

#![allow(clippy::print_stderr)] // a test that skips says so

use crate::support;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::Course;
use support::course::CONSENT;

/// The time limit of an engine.
const PATIENCE: Duration = Duration::from_secs(300);

const DELIVERY: &str = "\n[[delivery]]\nname = \"net\"\nformats = [\"wav16\"]\nfiles = [\"timeline.json\"]\n";

/// The Python with the engines, if it has this one; says that the test skips if not.
fn python_with(module: &str) -> Option<PathBuf> {
    let python = std::env::var_os("ADEM_ENGINES").map(PathBuf::from);
    let has = |python: &PathBuf| {
        let run =
            Command::new(python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    let found = python.filter(has);
    if found.is_none() {
        eprintln!("skipped: ADEM_ENGINES names no Python with {module}");
    }
    found
}

/// A course of so many tracks of a few seconds.
fn course(tracks: usize) -> Course {
    let course = Course::bare();
    course.remove("scripts/plek.toml");
    for track in 1..=tracks {
        let script = format!(
            "track = {track}\nlanguage = \"nl\"\ntitle = \"Plek {track}\"\n\n[[part]]\nsteps = [\n  {{ say = \"Je kunt altijd stoppen.\", id = \"vrij\", safety = true, pause = 1 }},\n]\n"
        );
        course.write(&format!("scripts/plek{track}.toml"), script);
        course.sound(&format!("voice/nl/anna/plek{track}/vrij.wav"), "speech 1");
    }
    course.append("course.toml", DELIVERY);
    course.append("voice/nl/anna/voice.toml", CONSENT);
    course
}

/// adem, but the first time it gets one of the shards that fail once, it does nothing and asks to be run again.
const FAILS_ONCE: &str = r#"#!/bin/sh
for shard in FAILING; do
  case "$*" in *"$shard"*)
    if [ ! -e "failed-$shard" ]; then : > "failed-$shard"; exit 75; fi
  esac
done
exec ADEM "$@"
"#;

/// Fifty jobs, of which two fail once, with a controller that is killed in the middle and started again.
#[cfg(unix)]
#[test]
fn snakemake_runs_the_shards_of_a_plan() {
    use std::os::unix::fs::PermissionsExt;
    let Some(python) = python_with("snakemake") else { return };
    let course = course(50);
    course.succeed(&["build", "--shards", "plan", "--shard-seconds", "1"]);
    let index: serde_json::Value = serde_json::from_slice(&course.read("plan/index.json")).unwrap();
    let shards: Vec<&str> =
        index["shards"].as_array().unwrap().iter().map(|shard| shard["id"].as_str().unwrap()).collect();
    assert_eq!(shards.len(), 50);
    let wrapper = FAILS_ONCE
        .replace("FAILING", &format!("{} {}", shards[7], shards[31]))
        .replace("ADEM", env!("CARGO_BIN_EXE_adem"));
    course.write("fails-once", wrapper);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(course.path("fails-once"), mode).unwrap();
    let snakefile = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/cluster/Snakefile");
    let snakemake = |more: &[&str]| {
        let mut command = Command::new(&python);
        command.args(["-m", "snakemake", "--snakefile", snakefile, "--cores", "2", "--nocolor"]).args(more);
        command.args(["--config", "course=.", "plan=plan"]);
        command.arg(format!("adem={}", course.path("fails-once").display()));
        command.current_dir(course.root()).env("HOME", course.root()).env_remove("XDG_CACHE_HOME");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let done = || course.files("plan/done").len();
    let mut controller = snakemake(&[]).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while done() < 5 {
        assert!(started.elapsed() < PATIENCE, "no shard is done");
        assert!(
            controller.try_wait().unwrap().is_none(),
            "the controller has ended with {} shards done",
            done()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    controller.kill().unwrap();
    controller.wait().unwrap();
    assert!(done() < 50, "it was killed in the middle");
    // As the head of the Snakefile says.
    let unlocked = snakemake(&["--unlock"]).output().unwrap();
    assert!(unlocked.status.success(), "{}", told(&unlocked));
    let resumed = snakemake(&["--rerun-incomplete"]).output().unwrap();
    assert!(resumed.status.success(), "{}", told(&resumed));
    assert_eq!(done(), 50);
    for shard in [shards[7], shards[31]] {
        assert!(course.has(&format!("failed-{shard}")), "{shard} has failed once");
    }
    let again = snakemake(&[]).output().unwrap();
    assert!(again.status.success() && told(&again).contains("Nothing to be done"), "{}", told(&again));
    let collected = course.succeed(&["collect", "--plan", "plan"]);
    assert!(collected.stderr.contains("50 versions brought"), "{}", collected.stderr);
    let built = course.succeed(&["build"]);
    assert!(built.stderr.contains("0 versions rendered, 50 up to date"), "{}", built.stderr);
}

/// A server of object stores on this machine, until it is dropped.
#[cfg(feature = "cloud")]
struct ObjectServer {
    child: std::process::Child,
    address: String,
}

#[cfg(feature = "cloud")]
impl Drop for ObjectServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(feature = "cloud")]
#[expect(clippy::unwrap_used, reason = "a test without its server has failed")]
impl ObjectServer {
    /// Starts moto's server with a bucket.
    fn start(python: &PathBuf, bucket: &str) -> Self {
        use std::io::{Read, Write};
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, address: format!("127.0.0.1:{port}") };
        let ask = || -> std::io::Result<String> {
            let mut stream = std::net::TcpStream::connect(&server.address)?;
            write!(
                stream,
                "PUT /{bucket} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                server.address
            )?;
            let mut told = String::new();
            stream.read_to_string(&mut told)?;
            Ok(told)
        };
        let started = Instant::now();
        loop {
            if ask().is_ok_and(|told| told.contains(" 200 ")) {
                return server;
            }
            assert!(started.elapsed() < PATIENCE, "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The same as in a folder: many workers, one result for each job, and files that are what their names say.
#[cfg(feature = "cloud")]
#[test]
fn an_object_store_takes_the_results_of_workers() {
    let Some(python) = python_with("moto.server") else { return };
    let server = ObjectServer::start(&python, "shards");
    let course = course(3);
    let place = "s3://shards/proef";
    let adem = |arguments: &[&str], code: i32| {
        let program = course
            .program(arguments)
            .env("AWS_ENDPOINT_URL", format!("http://{}", server.address))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        let run = program.run();
        assert_eq!(run.code, code, "adem {arguments:?}\n{}{}", run.text(), run.stderr);
        run
    };
    let plan = || {
        let index =
            adem(&["build", "--shards", "plan", "--shard-seconds", "10000", "--store", place, "--json"], 0);
        serde_json::from_slice::<serde_json::Value>(&index.stdout).unwrap()
    };
    let index = plan();
    assert_eq!((index["jobs"].as_u64(), index["store"].as_str()), (Some(3), Some(place)));
    let shard = format!("plan/{}", index["shards"][0]["file"].as_str().unwrap());
    // Two workers at one shard: the result of the first one stays.
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| adem(&["run", "--shard", &shard, "--store", place], 0));
        }
    });
    let again = adem(&["run", "--shard", &shard, "--store", place], 0);
    assert_eq!(again.text().matches("\"there\"").count(), 3, "{}", again.text());
    let collected = adem(&["collect", "--plan", "plan"], 0);
    assert!(collected.stderr.contains("3 versions brought"), "{}", collected.stderr);
    let built = adem(&["build"], 0);
    assert!(built.stderr.contains("0 versions rendered, 3 up to date"), "{}", built.stderr);
    // The store knows what is done, without the output folder.
    std::fs::remove_dir_all(course.path("out")).unwrap();
    let index = plan();
    assert_eq!((index["jobs"].as_u64(), index["there"].as_u64()), (Some(0), Some(3)));
}
