//! The studio as a browser, a stranger and a voice meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare its folder has failed")]

use crate::support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::Course;
use support::browser::{run_script, scripted_browser};

/// A studio that runs.
struct Running {
    child: Child,
    port: u16,
    key: String,
    course: Course,
}

impl Running {
    fn start() -> Self {
        Self::of(Course::new())
    }

    fn of(course: Course) -> Self {
        let mut child =
            course.program(&["studio", "--no-open", "--port", "0"]).stdout(Stdio::piped()).start();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let link = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let (address, key) = link.split_once("/?key=").unwrap();
        let port = address.rsplit_once(':').unwrap().1.parse().unwrap();
        Self { child, port, key: key.to_owned(), course }
    }

    /// What the studio answers to a request as it is written; `HOST` and `ORIGIN` stand for its own.
    fn ask(&self, request: &str) -> String {
        let host = format!("127.0.0.1:{}", self.port);
        let request = request
            .replace("ORIGIN", &format!("http://{host}"))
            .replace("HOST", &host)
            .replace("PORT", &self.port.to_string())
            .replace('\n', "\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A refusal may come before all was sent, and close the line.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn status(&self, request: &str) -> u16 {
        let answer = self.ask(request);
        answer.split(' ').nth(1).unwrap_or_else(|| panic!("{request} is not answered")).parse().unwrap()
    }

    /// Opens the link, and returns the cookie.
    fn let_in(&self) -> String {
        let answer = self.ask(&format!("GET /?key={} HTTP/1.1\nHost: HOST\nConnection: close\n\n", self.key));
        assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
        let line = answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie:")).unwrap();
        for flag in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(line.contains(flag), "{line}");
        }
        let cookie = line.split_once(':').unwrap().1.split(';').next().unwrap().trim().to_owned();
        assert!(cookie.starts_with(&format!("adem-studio-{}=", self.port)), "{cookie}");
        cookie
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn strangers_get_nothing_from_the_studio() {
    let studio = Running::start();
    let own = "Host: HOST\nConnection: close\n";
    // Without the cookie.
    assert_eq!(studio.status(&format!("GET / HTTP/1.1\n{own}\n")), 401);
    let closed =
        |languages: &str| studio.ask(&format!("GET / HTTP/1.1\n{own}Accept-Language: {languages}\n\n"));
    assert!(closed("nl-NL,nl;q=0.9,en;q=0.8").contains("De studio is open in een andere browser"));
    assert!(closed("de,en;q=0.5").contains("The studio is open in another browser"));
    assert_eq!(studio.status(&format!("GET /?key=0123 HTTP/1.1\n{own}\n")), 401);
    assert_eq!(studio.status(&format!("GET /web/app.js HTTP/1.1\n{own}\n")), 401);
    assert_eq!(studio.status(&format!("GET /studio/course HTTP/1.1\n{own}\n")), 401);
    // Another name for this machine, before anything else is looked at.
    for host in ["evil.example", "127.0.0.1.evil.example:PORT", "127.0.0.1:1", "127.0.0.1", "0.0.0.0:PORT"] {
        let request = format!("GET /?key={} HTTP/1.1\nHost: {host}\nConnection: close\n\n", studio.key);
        assert_eq!(studio.status(&request), 421, "{host}");
    }
    let cookie = studio.let_in();
    let known = format!("{own}Cookie: {cookie}\n");
    // The link has worked once.
    assert_eq!(studio.status(&format!("GET /?key={} HTTP/1.1\n{own}\n", studio.key)), 401);
    let page = studio.ask(&format!("GET / HTTP/1.1\n{known}\n"));
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    let lower = page.to_lowercase();
    for header in [
        "content-security-policy: default-src 'self'",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
    ] {
        assert!(lower.contains(header), "{header}: {page}");
    }
    assert!(!lower.contains("access-control-allow"), "{page}");
    assert_eq!(studio.status(&format!("GET /studio/course HTTP/1.1\n{known}\n")), 200);
    // The page of another site, with the cookie that its browser has.
    for line in [
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1:3000",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ] {
        assert_eq!(studio.status(&format!("GET /studio/course HTTP/1.1\n{known}{line}\n\n")), 403, "{line}");
    }
    let upgrade =
        "Upgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n";
    let socket = |lines: &str| {
        let known = known.replace("Connection: close", "Connection: Upgrade");
        studio.status(&format!("GET /studio HTTP/1.1\n{known}{upgrade}{lines}\n"))
    };
    assert_eq!(socket("Origin: http://evil.example\n"), 403);
    assert_eq!(socket(""), 403, "a socket says where it comes from");
    let post = |lines: &str, body: &str| {
        let length = body.len();
        studio.status(&format!(
            "POST /studio/voices HTTP/1.1\n{known}{lines}Content-Length: {length}\n\n{body}"
        ))
    };
    let body = r#"{"language":"nl","name":"Eva"}"#;
    assert_eq!(post("X-Adem: 1\n", body), 403, "without an origin");
    assert_eq!(post("Origin: ORIGIN\n", body), 403, "without the header of our pages");
    assert_eq!(post("Origin: http://127.0.0.1:3000\nX-Adem: 1\n", body), 403);
    assert_eq!(post("Origin: ORIGIN\nX-Adem: 1\nSec-Fetch-Site: same-site\n", body), 403);
    let ours = "Origin: ORIGIN\nX-Adem: 1\nSec-Fetch-Site: same-origin\n";
    assert_eq!(post(ours, "[]"), 400);
    assert_eq!(post(ours, r#"{"language":"nl","name":"Eva","more":1}"#), 400);
    assert_eq!(post(ours, &format!("\"{}\"", "x".repeat(5 << 20))), 413);
    assert_eq!(post(ours, body), 200);
    // Paths that lead elsewhere.
    for path in [
        "/web/../mod.rs",
        "/web/..%2f..%2fmod.rs",
        "/web/%2e%2e/%2e%2e/etc/passwd",
        "/studio/voices/nl/..%2f..%2f..%2fetc/pickups",
        "/studio/voices/nl/anna/takes/..%2f..%2f../passwd/1/sound",
        "/studio/voices/nl/anna/takes/plek/..%2fvoice/1/sound",
        "/studio/voices/nl/anna/scripts/..%2fcourse",
        "/etc/passwd",
    ] {
        let status = studio.status(&format!("GET {path} HTTP/1.1\n{known}\n"));
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
}

#[test]
fn a_voice_that_the_studio_makes_speaks_its_language_from_then_on() {
    let course = Course::new();
    let before = String::from_utf8(course.read("course.toml")).unwrap();
    let before = format!("# Of two.\n{}", before.replace("\"en\"]", "\"en\", \"de\"]"));
    course.write("course.toml", &before);
    let studio = Running::of(course);
    let cookie = studio.let_in();
    let make = |body: &str| {
        studio.status(&format!(
            "POST /studio/voices HTTP/1.1\nHost: HOST\nConnection: close\nCookie: {cookie}\nOrigin: ORIGIN\nX-Adem: 1\nContent-Length: {}\n\n{body}",
            body.len()
        ))
    };
    let now = || String::from_utf8(studio.course.read("course.toml")).unwrap();
    assert_eq!(make(r#"{"language":"de","name":"Eva Blau"}"#), 200);
    assert_eq!(now(), before.replace("en = \"beth\"", "en = \"beth\", de = \"eva-blau\""));
    // Nothing was recorded with her voice yet, so the next one speaks; anna has recordings and goes on.
    assert_eq!(make(r#"{"language":"de","name":"Uwe"}"#), 200);
    assert_eq!(make(r#"{"language":"nl","name":"Piet"}"#), 200);
    assert_eq!(now(), before.replace("en = \"beth\"", "en = \"beth\", de = \"uwe\""));
}

#[test]
fn a_request_that_trickles_in_is_given_up() {
    let studio = Running::start();
    let mut stream = TcpStream::connect(("127.0.0.1", studio.port)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: 127").unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // Ten seconds for the head of a request, and then the line is closed.
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_type() {
    let studio = Running::start();
    let course = Course::new();
    let port = studio.port.to_string();
    let run = course.adem(&["studio", "--no-open", "--port", &port]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("is taken") && run.stderr.contains("--port"), "{}", run.stderr);
}

#[test]
fn a_folder_that_is_not_there_or_no_course_is_said_by_its_name() {
    let course = Course::new();
    let run = course.adem(&["studio", "nothere", "--no-open", "--port", "0"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("nothere does not exist"), "{}", run.stderr);
    // Something of a course is there, but no course.toml.
    let half = tempfile::tempdir().unwrap();
    std::fs::create_dir(half.path().join("scripts")).unwrap();
    std::fs::write(half.path().join("scripts/quiet.toml"), "").unwrap();
    let run = course.adem(&["studio", half.path().to_str().unwrap(), "--no-open", "--port", "0"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("has no course.toml"), "{}", run.stderr);
    for help in [&["studio", "--help"][..], &["--help"]] {
        let told = String::from_utf8(course.adem(help).stdout).unwrap();
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for room in ["voice records", "teacher bends", "translator writes"] {
            assert!(told.contains(room), "{help:?}: {told}");
        }
    }
}

/// Runs a script of `tests/studio` with a course; false, said aloud, where something for it is missing.
fn in_a_browser(name: &str, course: &Course) -> bool {
    let Some((_, browser)) = scripted_browser() else { return false };
    let scratch = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/studio").join(name);
    let mut node = Command::new("node");
    node.arg(script).arg(browser).arg(env!("CARGO_BIN_EXE_adem")).arg(course.root()).arg(scratch.path());
    node.env("ADEM_STATE", scratch.path().join("state"))
        .env_remove("ADEM_CACHE")
        .env("ADEM_DRAFT", "espeak-ng");
    node.stdin(Stdio::null());
    run_script(node)
}

/// The way that the issue of the studio ends with: record a track in English, drag one silence longer, hear it, find a file.
#[test]
fn somebody_records_bends_hears_and_finds_a_track() {
    let course = Course::empty();
    course.write("course.toml", "title = \"A course\"\nlanguages = [\"en\"]\n");
    course.write(
        "scripts/quiet.toml",
        "language = \"en\"\ntitle = \"A quiet moment\"\ntrack = 1\n\n[[part]]\ntitle = \"Arriving\"\nsteps = [\n\
         \x20 { say = \"You can always stop.\", id = \"stop\", safety = true, pause = 4 },\n\
         \x20 { say = \"Feel your feet.\", id = \"feet\", pause = 6 },\n\
         \x20 { say = \"Until the next time.\", id = \"until\", pause = 3 },\n]\n",
    );
    in_a_browser("way.mjs", &course);
}

#[test]
fn a_course_begins_from_the_page_in_a_folder_that_has_nothing_of_one() {
    in_a_browser("begin.mjs", &Course::empty());
}

/// Runs a script that needs no browser.
fn in_node(name: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/studio").join(name);
    let mut node = Command::new("node");
    node.arg(script).stdin(Stdio::null());
    run_script(node);
}

#[test]
fn a_take_ends_after_the_silence_that_follows_its_words() {
    in_node("auto-stop.mjs");
}

#[test]
fn a_page_without_the_studio_hears_what_is_wrong_with_a_take() {
    in_node("page-checks.mjs");
}

#[test]
fn a_script_is_read_in_one_go_and_cut_into_takes() {
    in_a_browser("reading.mjs", &Course::new());
}

#[test]
fn a_full_disk_is_told_at_once_and_loses_nothing() {
    in_a_browser("full.mjs", &Course::new());
}

#[test]
fn a_browser_that_may_lose_sound_records_and_says_where_it_lost_some() {
    in_a_browser("second.mjs", &Course::new());
}

#[test]
fn a_voice_elsewhere_records_and_what_she_sends_is_taken_in() {
    in_a_browser("pack.mjs", &Course::new());
}

/// `ADEM_STUDIO_MINUTES` and `ADEM_STUDIO_KILLS` say how long and how often.
#[test]
fn minutes_are_recorded_and_kills_are_survived_where_somebody_asks_for_it() {
    let is_asked = ["ADEM_STUDIO_MINUTES", "ADEM_STUDIO_KILLS"].map(std::env::var_os);
    if is_asked.iter().any(Option::is_some) {
        in_a_browser("proof.mjs", &Course::new());
    }
}

#[test]
fn a_voice_records_in_a_browser_and_nothing_is_lost() {
    let course = Course::new();
    if !in_a_browser("record.mjs", &course) {
        return;
    }
    // What was recorded is of the course: nothing of it is a stray, and the rejected take is not used.
    let check = course.adem(&["check"]);
    for kept in ["rejected", "sessions", "_t1.toml"] {
        assert!(!check.stderr.contains(kept), "{}", check.stderr);
    }
    let status = course.adem(&["voice", "status", "--lang", "nl", "--voice", "anna-de-wit", "--json"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
    let told = String::from_utf8(status.stdout).unwrap();
    assert!(told.contains("plek/welkom_t1.wav") && !told.contains("welkom_t2"), "{told}");
}
