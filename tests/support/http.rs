//! A small client for HTTP/1.1, which sees every byte, and the service it asks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// Whether the body is as long as was announced.
    pub whole: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A running service.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a service in a folder and waits until it listens.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adem"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--patience", "5m", "--quiet", "--log", "warn"])
            .args(arguments);
        command
            .current_dir(folder)
            .env("ADEM_CACHE", folder.join("cache"))
            .env("ADEM_STATE", folder.join(".state"));
        command.env_remove("ADEM_TOKENS").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("//").next().and_then(|address| address.parse().ok());
        Self { child, address: address.unwrap_or_else(|| panic!("it does not listen: {line}")) }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end; returns its exit code.
    pub fn end(mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let stream = self.send(method, path, headers);
        read_answer(stream, method == "HEAD")
    }

    /// Sends a body.
    pub fn post(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A body that is refused is not read to its end.
        let _ = stream.write_all(body);
        read_answer(stream, false)
    }

    /// Sends a request and reads nothing yet.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n").into_bytes();
        headers.iter().for_each(|(name, value)| write!(head, "{name}: {value}\r\n").unwrap());
        head.extend(b"\r\n");
        stream.write_all(&head).unwrap();
        stream
    }

    /// The value of a metric, with its labels.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Waits until a metric has a value.
    pub fn wait_for(&self, name: &str, value: f64) {
        let until = Instant::now() + Duration::from_secs(20);
        while (self.metric(name) - value).abs() > 0.5 {
            assert!(Instant::now() < until, "{name} is {}", self.metric(name));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer to its end.
pub fn read_answer(stream: TcpStream, head_only: bool) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status: {line:?}"));
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let (mut body, mut whole) = (Vec::new(), true);
    if !head_only && status != 204 && status != 304 {
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            whole = read_chunks(&mut reader, &mut body);
        } else {
            let _ = reader.read_to_end(&mut body);
            let told = headers.get("content-length").and_then(|length| length.parse().ok());
            whole = told.is_none_or(|told: usize| told == body.len());
        }
    }
    Answer { status, headers, body, whole }
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> bool {
    loop {
        let mut size = String::new();
        if reader.read_line(&mut size).is_err() {
            return false;
        }
        let Ok(size) = u64::from_str_radix(size.trim(), 16) else { return false };
        let before = body.len() as u64;
        if reader.take(size).read_to_end(body).is_err() || body.len() as u64 - before != size {
            return false;
        }
        let mut end = String::new();
        let _ = reader.read_line(&mut end);
        if size == 0 {
            return true;
        }
    }
}
