//! A headless browser, a small server for it, and what a page reports.

#![allow(clippy::print_stderr)] // a test that skips says so

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The time limit of a page.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program names of a headless Chromium.
const NAMES: [&str; 4] = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/// The folder of the scripts that use a page through playwright, and the browser for them; prints a line and returns `None`
/// where one is missing.
pub fn scripted_browser() -> Option<(PathBuf, PathBuf)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/site");
    let browser = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path)
            .map(|folder| folder.join("chromium-headless-shell"))
            .find(|file| file.is_file())
    });
    let Some(browser) = browser else {
        eprintln!("skipped: there is no chromium-headless-shell");
        return None;
    };
    if !tests.join("node_modules/playwright-core").is_dir() {
        eprintln!("skipped: tests/site has no packages; npm ci in that folder installs them");
        return None;
    }
    Some((tests, browser))
}

/// Runs a script that drives the browser to its end, and says what it told; `false`, said aloud, where there is no node.
pub fn run_script(mut node: Command) -> bool {
    let run = match node.output() {
        Ok(run) => run,
        Err(error) => {
            eprintln!("skipped: node does not start: {error}");
            return false;
        }
    };
    let told = [run.stdout, run.stderr].map(|told| String::from_utf8_lossy(&told).into_owned()).concat();
    assert!(run.status.success(), "{told}");
    eprint!("{told}");
    true
}

struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        // Some systems start the browser by a script, which would end alone.
        #[cfg(unix)]
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.0.id())]).status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Opens a page with the files of a folder, and waits until it has sent a text to `/told`; prints a line and returns `None`
/// without a browser.
pub fn told_by(page: &str, folder: &Path) -> Option<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let profile = tempfile::tempdir().unwrap();
    let start = |name: &str| {
        let mut command = Command::new(name);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--mute-audio"]);
        command.args([
            "--autoplay-policy=no-user-gesture-required",
            "--no-first-run",
            "--disable-dev-shm-usage",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        // A browser that prints a page closes it at once; with remote debugging the page stays open.
        command.args(["--remote-debugging-port=0", &address]);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
    };
    let Some(browser) = NAMES.into_iter().find_map(start) else {
        eprintln!("skipped: no headless Chromium is installed");
        return None;
    };
    let _browser = Browser(browser);
    listener.set_nonblocking(true).unwrap();
    let until = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < until, "the page told nothing");
        let Ok((stream, _)) = listener.accept() else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        stream.set_nonblocking(false).unwrap();
        // A browser may open a connection and send nothing.
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        if let Some(told) = answer(stream, page, folder) {
            return Some(told);
        }
    }
}

/// Opens each page 320 and 1280 pixels wide, by day and by night, and tells what is wrong with it.
const LOOK: &str = r#"<!DOCTYPE html><meta charset="utf-8"><body><script>
const parse = text => text.match(/[\d.]+/g).map(Number);
const light = color => parse(color).slice(0, 3).map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
const contrast = (a, b) => { [a, b] = [light(a), light(b)].sort((a, b) => b - a); return (a + .05) / (b + .05); };
const shown = async (file, width, scheme) => {
  const frame = document.createElement('iframe');
  frame.style = `width:${width}px;height:900px;border:0;color-scheme:${scheme}`;
  frame.src = file;
  document.body.append(frame);
  await new Promise(done => frame.onload = done);
  const page = frame.contentDocument, wrong = [];
  if (page.documentElement.scrollWidth > width) wrong.push(`${page.documentElement.scrollWidth} pixels`);
  if (!page.documentElement.lang) wrong.push('no language');
  for (const one of ['header', 'main', 'h1']) if (page.querySelectorAll(one).length != 1) wrong.push(`not one ${one}`);
  for (const head of page.querySelectorAll('th'))
    if (!head.scope || !head.textContent.trim()) wrong.push(`a bare header ${head.outerHTML}`);
  for (const link of page.querySelectorAll('nav a'))
    if (!page.querySelector(link.getAttribute('href'))) wrong.push(`no ${link.getAttribute('href')}`);
  const paper = frame.contentWindow.getComputedStyle(page.body).backgroundColor;
  const night = frame.contentWindow.matchMedia('(prefers-color-scheme: dark)').matches;
  for (const one of page.querySelectorAll('body *:not(svg *)')) {
    if (![...one.childNodes].some(node => node.nodeType == 3 && node.textContent.trim())) continue;
    const ratio = contrast(frame.contentWindow.getComputedStyle(one).color, paper);
    if (ratio < 4.5) wrong.push(`contrast ${ratio} of ${one.outerHTML}`);
  }
  for (const text of page.querySelectorAll('svg text')) {
    const ratio = contrast(frame.contentWindow.getComputedStyle(text).fill, 'rgb(226, 233, 232)');
    if (ratio < 4.5) wrong.push(`contrast ${ratio} of ${text.outerHTML}`);
  }
  frame.remove();
  return [`${file} ${width} ${night ? 'night' : 'day'}`, wrong];
};
(async () => {
  const told = [];
  for (const file of PAGES)
    for (const width of [320, 1280])
      for (const scheme of ['light', 'dark']) told.push(await shown(file, width, scheme));
  await fetch('/told', { method: 'POST', body: JSON.stringify(told) });
})();
</script>"#;

/// Each page of a folder at two widths, by day and by night, with what is wrong with it; `None` without a browser.
pub fn faults_of_pages(pages: &[&str], folder: &Path) -> Option<Vec<(String, Vec<String>)>> {
    let pages = serde_json::to_string(pages).unwrap();
    let told = told_by(&LOOK.replace("PAGES", &pages), folder)?;
    Some(serde_json::from_str(&told).unwrap())
}

/// Answers one request; returns the text sent to `/told`.
fn answer(stream: TcpStream, page: &str, folder: &Path) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let path = head.first()?.split(' ').nth(1)?.to_owned();
    let field = |name: &str| {
        head.iter()
            .find_map(|line| line.to_lowercase().strip_prefix(name).map(|value| value.trim().to_owned()))
    };
    if path == "/told" {
        let mut body = vec![0; field("content-length:")?.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        return String::from_utf8(body).ok();
    }
    let mut stream = reader.into_inner();
    if path == "/" {
        send(&mut stream, "200 OK", "text/html; charset=utf-8", "", page.as_bytes());
        return None;
    }
    let file: PathBuf = folder.join(path.trim_start_matches('/'));
    let Ok(bytes) = std::fs::read(&file) else {
        send(&mut stream, "404 Not Found", "text/plain", "", b"");
        return None;
    };
    let kind = match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("vtt") => "text/vtt",
        Some("mp3") => "audio/mpeg",
        _ => "audio/ogg",
    };
    // Without range requests a browser cannot seek.
    let range = field("range: bytes=").and_then(|range| {
        let (from, to) = range.split_once('-')?;
        let to = to.parse().unwrap_or(bytes.len() - 1).min(bytes.len() - 1);
        Some((from.parse::<usize>().ok()?, to))
    });
    match range.filter(|(from, to)| from <= to) {
        Some((from, to)) => {
            let told = format!("Content-Range: bytes {from}-{to}/{}\r\n", bytes.len());
            send(&mut stream, "206 Partial Content", kind, &told, &bytes[from..=to]);
        }
        None => send(&mut stream, "200 OK", kind, "", &bytes),
    }
    None
}

fn send(stream: &mut TcpStream, status: &str, kind: &str, more: &str, body: &[u8]) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nAccept-Ranges: bytes\r\n{more}Connection: close\r\n\r\n"
    );
    // A browser that seeks elsewhere closes the connection.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
