//! The service: its bytes are those of a render, whoever asks for them, however they ask, and whatever happens to it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr)] // a test that skips says so

use crate::support;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::Course;
use support::http::{Answer, Server, read_answer};

/// A course in a folder with a name that an address can have.
fn course() -> Course {
    let course = Course::new();
    course.append("course.toml", "\n[presets.small]\nchannels = \"mono\"\nformat = \"wav16\"\n");
    course
}

/// The address of a track.
fn track(server: &Server, rest: &str) -> String {
    let course = server.get("/v1/courses").json()["courses"][0]["course"].as_str().unwrap().to_owned();
    format!("/v1/courses/{course}/tracks/2{rest}")
}

/// What `adem render` writes of a version.
fn rendered(course: &Course, options: &str) -> Vec<u8> {
    let mut arguments = vec!["render", "2", "-o", "-"];
    arguments.extend(options.split_whitespace());
    let run = course.adem(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

/// A number that a variable asks for, for a longer run.
fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The names of the threads of a service, where the system tells them.
fn threads(server: &Server) -> String {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", server.id())).into_iter().flatten().flatten();
    tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok()).collect()
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn of<'a, T>(&mut self, row: &'a [T]) -> &'a T {
        &row[self.below(row.len() as u64) as usize]
    }
}

#[test]
fn any_bytes_of_any_version_are_those_of_a_render() {
    let course = course();
    let server = Server::start(course.root(), &[]);
    let mut dice = Dice(3);
    for (query, options) in [
        ("", ""),
        ("lang=en&length=31s&format=wav32f&bed=lus", "--lang en --length 31s --format wav32f --bed lus"),
        ("guidance=light&preset=small&cues=off", "--guidance light --preset small --cues off"),
        (
            "mix=bed&preset=whole&bed=regen&guidance=bells",
            "--mix bed --preset whole --bed regen --guidance bells",
        ),
    ] {
        let expected = rendered(&course, options);
        let address = track(&server, &format!("/audio?{query}"));
        let size = expected.len() as u64;
        // A seek comes first, into what nobody has rendered.
        for round in 0..8 {
            let first = if round == 1 { 0 } else { dice.below(size) };
            let last = (first + dice.below(200_000)).min(size - 1);
            let answer = server.ask("GET", &address, &[("Range", &format!("bytes={first}-{last}"))]);
            assert_eq!((answer.status, answer.whole), (206, true), "{query}: {}", answer.text());
            assert_eq!(answer.header("content-range"), format!("bytes {first}-{last}/{size}"));
            assert!(answer.body == expected[first as usize..=last as usize], "{query} {first}-{last}");
        }
        let answer = server.get(&address);
        assert_eq!((answer.status, answer.header("content-length")), (200, size.to_string().as_str()));
        assert_eq!(answer.header("content-type"), "audio/wav");
        assert!(answer.body == expected, "{query}");
    }
    for format in ["flac", "opus", "ogg", "mp3", "m4a"] {
        let expected = rendered(&course, &format!("--format {format}"));
        let address = track(&server, &format!("/audio?format={format}"));
        // MP3 and M4A are whole before their first byte; the others grow.
        let first = server.get(&address);
        assert_eq!((first.status, first.whole), (200, true), "{format}: {}", first.text());
        assert!(first.body == expected, "{format}");
        let part = server.ask("GET", &address, &[("Range", "bytes=100-299")]);
        assert_eq!((part.status, part.header("etag")), (206, first.header("etag")));
        assert!(part.body == expected[100..300], "{format}");
    }
    assert_eq!(server.metric("adem_spools_total{how=\"made\"}"), 5.0);
}

/// As many as `ADEM_VERSIONS` says.
#[test]
fn random_versions_and_ranges_are_those_of_a_render() {
    let course = course();
    let server = Server::start(course.root(), &["--rate", "0"]);
    let mut dice = Dice(number("ADEM_SEED", 7) as u64);
    for _ in 0..number("ADEM_VERSIONS", 4) {
        let mut options = vec![("length", format!("{}ms", 24_000 + dice.below(60_000)))];
        for (name, values) in [
            ("lang", &["nl", "en"][..]),
            ("guidance", &["full", "light", "bells"]),
            ("bed", &["bruis", "lus", "regen", "none"]),
            ("mix", &["full", "voice", "bed"]),
            ("cues", &["on", "off"]),
            ("preset", &["small", "whole", "stream"]),
            ("format", &["wav16", "wav24", "wav32f", "flac", "opus", "ogg", "mp3"]),
        ] {
            if dice.below(3) > 0 {
                options.push((name, (*dice.of(values)).to_owned()));
            }
        }
        let query: Vec<String> = options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let by_hand: Vec<String> = options.iter().map(|(name, value)| format!("--{name} {value}")).collect();
        let address = track(&server, &format!("/audio?{}", query.join("&")));
        let run = course
            .adem(&["render 2 -o -", &by_hand.join(" ")].join(" ").split_whitespace().collect::<Vec<_>>());
        let first = server.ask("GET", &address, &[("Range", "bytes=1000-1999")]);
        if run.code != 0 {
            assert!(first.status == 422, "{query:?}: {} beside {}", first.text(), run.stderr);
            continue;
        }
        let expected = run.stdout;
        assert!(first.status == 206 && first.body == expected[1_000..2_000], "{query:?}: {}", first.status);
        for _ in 0..3 {
            let from = dice.below(expected.len() as u64) as usize;
            let to = (from + dice.below(300_000) as usize).min(expected.len() - 1);
            let part = server.ask("GET", &address, &[("Range", &format!("bytes={from}-{to}"))]);
            assert!(part.status == 206 && part.body == expected[from..=to], "{query:?} {from}-{to}");
        }
        assert!(server.get(&address).body == expected, "{query:?}");
    }
}

#[test]
fn addresses_that_never_change_and_conditions_are_kept() {
    let course = course();
    let server = Server::start(course.root(), &[]);
    let plain = track(&server, "/audio?format=wav16");
    let head = server.ask("HEAD", &plain, &[]);
    let tag = head.header("etag").to_owned();
    assert_eq!((head.status, head.header("accept-ranges")), (200, "bytes"));
    assert_eq!(head.header("cache-control"), "public, no-cache");
    let pinned = head.header("content-location").to_owned();
    assert!(pinned.starts_with(&plain) && pinned.contains("&v="), "{pinned}");
    let again = server.ask("GET", &pinned, &[("Range", "bytes=0-1")]);
    assert_eq!((again.status, again.body.as_slice(), again.header("etag")), (206, &b"RI"[..], tag.as_str()));
    assert_eq!(again.header("cache-control"), "public, max-age=31536000, immutable");
    let known = server.ask("GET", &plain, &[("If-None-Match", &format!("\"x\", {tag}"))]);
    assert_eq!((known.status, known.body.len()), (304, 0));
    let part = server.ask("GET", &plain, &[("Range", "bytes=4-7"), ("If-Range", &tag)]);
    assert_eq!(part.status, 206);
    let whole = server.ask("GET", &plain, &[("Range", "bytes=4-7"), ("If-Range", "\"other\"")]);
    assert_eq!(whole.status, 200);
    let several = server.ask("GET", &plain, &[("Range", "bytes=0-1,5-6")]);
    assert_eq!(several.body.len(), whole.body.len());
    let beyond = server.ask("GET", &plain, &[("Range", &format!("bytes={}-", whole.body.len()))]);
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, format!("bytes */{}", whole.body.len()).as_str())
    );
    let gone = server.get(&format!("{plain}&v=0123456789abcdef0123456789abcdef"));
    assert_eq!((gone.status, problem(&gone)), (410, "version-gone".to_owned()));
}

#[test]
fn the_size_of_a_file_that_is_not_made_yet_is_not_told() {
    let course = course();
    let server = Server::start(course.root(), &[]);
    let address = track(&server, "/audio?format=mp3");
    let head = server.ask("HEAD", &address, &[]);
    assert_eq!((head.status, head.header("content-length")), (200, ""));
    let size = server.get(&address).body.len().to_string();
    assert_eq!(server.ask("HEAD", &address, &[]).header("content-length"), size);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_replaced_is_watched_from_then_on() {
    let course = course();
    std::fs::rename(course.path("scripts"), course.path("first")).unwrap();
    std::os::unix::fs::symlink("first", course.path("scripts")).unwrap();
    let server = Server::start(course.root(), &[]);
    let title = || server.get(&track(&server, "")).json()["title"]["nl"].as_str().unwrap().to_owned();
    let copy = |folder: &str, title: &str| {
        for file in course.files("first") {
            let bytes = course.read(&file);
            let text = String::from_utf8(bytes).unwrap().replace("De plek", title);
            course.write(&file.replacen("first", folder, 1), text);
        }
    };
    copy("second", "Het tweede");
    std::fs::remove_file(course.path("scripts")).unwrap();
    std::os::unix::fs::symlink("second", course.path("scripts")).unwrap();
    server.wait_for("adem_reloads_total{outcome=\"fine\"}", 1.0);
    assert_eq!(title(), "Het tweede");
    course.edit("second/plek.toml", "Het tweede", "Het derde");
    server.wait_for("adem_reloads_total{outcome=\"fine\"}", 2.0);
    assert_eq!(title(), "Het derde");
}

/// The kind of a problem document.
fn problem(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    let document = answer.json();
    assert_eq!(document["status"], answer.status);
    document["type"].as_str().unwrap().strip_prefix("urn:adem:problem:").unwrap().to_owned()
}

#[test]
fn what_cannot_be_is_told_with_what_can() {
    let course = course();
    course.write("voice/nl/leeg/voice.toml", course.read("voice/nl/anna/voice.toml"));
    let server = Server::start(course.root(), &["--longest", "2m"]);
    for (query, status, kind) in [
        ("seed=3", 400, "bad-parameter"),
        ("lang=nl&lang=en", 400, "bad-parameter"),
        ("length=soon", 400, "bad-parameter"),
        ("format=aac", 400, "bad-parameter"),
        ("lang=fr", 422, "impossible-version"),
        ("bed=zee", 422, "impossible-version"),
        ("voice=leeg", 422, "not-recorded"),
        ("length=3m", 422, "impossible-length"),
    ] {
        let answer = server.get(&track(&server, &format!("/audio?{query}")));
        assert_eq!((answer.status, problem(&answer)), (status, kind.to_owned()), "{query}");
    }
    let short = server.get(&track(&server, "/audio?length=5s"));
    assert_eq!((short.status, problem(&short)), (422, "impossible-length".to_owned()));
    let nearest = short.json()["nearest"][0].as_str().unwrap().to_owned();
    assert_eq!(server.ask("HEAD", &track(&server, &format!("/audio?length={nearest}")), &[]).status, 200);
    for (method, path, status) in [
        ("GET", "/v1/courses/none", 404),
        ("GET", "/v1/courses/none/tracks/1/audio", 404),
        ("GET", "/nothing", 404),
        ("GET", "/v1/courses/%2e%2e/tracks/..%2f..%2fcourse/audio", 404),
        ("GET", "/v1/courses/%ff/tracks/%ff/audio", 404),
        ("POST", "/v1/courses", 405),
    ] {
        let answer = server.ask(method, path, &[]);
        assert_eq!(answer.status, status, "{method} {path}");
        problem(&answer);
    }
    assert_eq!(server.get(&track(&server, "x/audio")).status, 404);
}

#[test]
fn a_course_tells_what_it_has_and_each_version_its_texts() {
    let course = course();
    let server = Server::start(course.root(), &[]);
    let courses = server.get("/v1/courses").json();
    let address = courses["courses"][0]["address"].as_str().unwrap();
    let catalogue = server.get(address).json();
    assert_eq!(catalogue["tracks"][0]["track"], 2);
    let about = server.get(catalogue["tracks"][0]["address"].as_str().unwrap()).json();
    let versions = about["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 3);
    assert!(versions.iter().all(|own| own["least_seconds"].as_f64().unwrap() > 1.0));
    let asked = server.get(&track(&server, "?length=5s&guidance=full")).json();
    assert_eq!(asked["versions"][0]["fits"], false);
    let version = server.get(&track(&server, "/version?lang=en&length=30s")).json();
    assert_eq!((&version["seconds"], &version["title"]), (&Value::from(30.0), &Value::from("The place")));
    let wav = version["sounds"].as_array().unwrap().iter().find(|sound| sound["format"] == "wav24").unwrap();
    assert_eq!(server.ask("HEAD", wav["address"].as_str().unwrap(), &[]).status, 200);
    let file = |name: &str| {
        let answer = server.get(&track(&server, &format!("/{name}?lang=en&length=30s")));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let known = ("If-None-Match", answer.header("etag"));
        assert_eq!(
            server.ask("GET", &track(&server, &format!("/{name}?lang=en&length=30s")), &[known]).status,
            304
        );
        answer
    };
    let run = course.adem(&[
        "render",
        "2",
        "--lang",
        "en",
        "--length",
        "30s",
        "--format",
        "wav",
        "--all-files",
        "-o",
        "out/a.wav",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (name, beside) in [
        ("timeline", "timeline.json"),
        ("chapters", "chapters.json"),
        ("captions", "vtt"),
        ("captions.srt", "srt"),
        ("captions.json", "cues.json"),
        ("transcript", "transcript.html"),
        ("transcript.md", "transcript.md"),
        ("transcript.txt", "transcript.txt"),
        ("practice", "practice.html"),
        ("cover", "cover.png"),
    ] {
        let pinned = file(name).header("content-location").to_owned();
        assert!(pinned.contains(&format!("/{name}?")) && pinned.contains("v="), "{pinned}");
        assert!(server.get(&pinned).body == file(name).body, "{pinned}");
        assert!(file(name).body == course.read(&format!("out/a.{beside}")), "{name}");
    }
    let (report, own): (Value, Value) =
        (file("report").json(), serde_json::from_slice(&course.read("out/a.report.json")).unwrap());
    assert_eq!(report["inputs"], own["inputs"]);
    assert_eq!((&report["levels"], &report["generation"]), (&own["levels"], &own["generation"]));
}

/// A value for a parameter: one of those it has, or what no program expects.
fn value(dice: &mut Dice, schema: &Value) -> String {
    const ODD: [&str; 14] = [
        "",
        "2",
        "plek",
        "nl",
        "en",
        "30s",
        "0",
        "-1",
        "%00",
        "%ff%fe",
        "..%2F..%2Fetc",
        "a%20b",
        "99999999999999999999h",
        "%F0%9F%92%A9",
    ];
    match schema["enum"].as_array() {
        Some(values) if dice.below(4) > 0 => dice.of(values).as_str().unwrap().to_owned(),
        _ => (*dice.of(&ODD)).to_owned(),
    }
}

#[test]
fn no_request_has_an_answer_that_the_description_does_not_know() {
    let course = course();
    let server = Server::start(course.root(), &["--rate", "0"]);
    let name = server.get("/v1/courses").json()["courses"][0]["course"].as_str().unwrap().to_owned();
    let description = server.get("/v1/openapi.json").json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut dice = Dice(11);
    let mut seen = BTreeSet::new();
    let paths = description["paths"].as_object().unwrap().iter();
    for (path, item) in paths.filter(|(_, item)| item.get("get").is_some()) {
        for round in 0..8 {
            let method = if round % 4 == 3 { "head" } else { "get" };
            let operation = &item[method];
            let (mut address, mut query, mut headers) = (path.clone(), Vec::new(), Vec::new());
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let own = parameter["name"].as_str().unwrap();
                let mut given = value(&mut dice, &parameter["schema"]);
                // The first round asks for what there is.
                let plain = round == 0;
                match parameter["in"].as_str().unwrap() {
                    "path" => {
                        let real = if own == "course" { name.as_str() } else { "2" };
                        if plain || dice.below(8) > 0 {
                            given = real.to_owned();
                        }
                        address = address.replace(&format!("{{{own}}}"), &given);
                    }
                    "query" if !plain && dice.below(6) == 0 => query.push(format!("{own}={given}")),
                    "header" if plain && own == "Range" => {
                        headers.push((own.to_owned(), "bytes=0-9".to_owned()));
                    }
                    "header" if !plain && dice.below(4) == 0 => {
                        let odd = [
                            "bytes=0-9",
                            "bytes=5-",
                            "bytes=-0",
                            "items=1",
                            "*",
                            "\"x\"",
                            "bytes=9999999999-",
                        ];
                        headers.push((own.to_owned(), (*dice.of(&odd)).to_owned()));
                    }
                    _ => {}
                }
            }
            if round == 1 {
                query.push("unknown=1".to_owned());
            }
            let address = if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) };
            let sent: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = server.ask(&method.to_uppercase(), &address, &sent);
            let known = operation["responses"].get(answer.status.to_string());
            assert!(known.is_some(), "{method} {address}: {} {}", answer.status, answer.text());
            assert!(answer.status != 500 && answer.whole, "{method} {address} {sent:?}: {}", answer.text());
            if answer.status >= 400 && method == "get" && path != "/ready" {
                problem(&answer);
            }
            seen.insert(answer.status);
        }
    }
    for status in [200, 206, 400, 404, 422] {
        assert!(seen.contains(&status), "{status} is not among {seen:?}");
    }
    assert!(server.get("/ready").status == 200);
}

#[test]
fn whoever_leaves_or_reads_slowly_leaves_nothing_behind_and_hinders_nobody() {
    let course = course();
    let folder = course.path("kept");
    let server = Server::start(
        course.root(),
        &["--rate", "0", "--linger", "0s", "--folder", folder.to_str().unwrap()],
    );
    let (wav, opus) =
        (track(&server, "/audio?length=31s&format=wav32f"), track(&server, "/audio?format=opus&length=31s"));
    // A reader of one byte now and then.
    let mut slow = server.send("GET", &wav, &[]);
    slow.read_exact(&mut [0]).unwrap();
    let load = number("ADEM_LOAD", 1);
    let connections = || {
        let open = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().flatten();
        let targets = open.filter_map(|file| std::fs::read_link(file.path()).ok());
        targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
    };
    let before = connections();
    for round in 0..40 * load {
        let address = if round % 2 == 0 { &wav } else { &opus };
        let mut stream = server.send("GET", address, &[]);
        if round % 3 > 0 {
            stream.read_exact(&mut [0; 2_000]).unwrap();
        }
        drop(stream);
    }
    let expected = rendered(&course, "--length 31s --format wav32f");
    let fast: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4 * load).map(|_| scope.spawn(|| server.get(&wav).body == expected)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(fast.iter().all(|same| *same));
    slow.read_exact(&mut [0]).unwrap();
    server.wait_for("adem_streams", 1.0);
    drop(slow);
    server.wait_for("adem_streams", 0.0);
    server.wait_for("adem_queue_length", 0.0);
    // Neither a connection nor a thread that makes a file is left, once those that were asked for the metrics have ended too.
    let until = Instant::now() + Duration::from_secs(20);
    while (connections() > before || threads(&server).contains("adem-spool")) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(connections() <= before, "{} connections are open, {before} were", connections());
    assert!(!threads(&server).contains("adem-spool"), "{}", threads(&server));
    // Every window of the WAV was made once, however many asked for it; who leaves counts none.
    let made = ["made", "alone"].map(|how| server.metric(&format!("adem_pieces_total{{how=\"{how}\"}}")));
    assert!(made.iter().sum::<f64>() <= 6.0, "{made:?}");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().ends_with(".opus")), "{left:?}");
    server.signal("TERM");
    assert_eq!(server.end(), 0);
}

#[test]
fn a_service_that_is_killed_under_load_has_no_wrong_file_afterwards() {
    let course = course();
    let folder = course.path("kept");
    let arguments = ["--rate", "0", "--folder", folder.to_str().unwrap()];
    let formats = ["opus", "flac", "m4a"];
    for millis in [60, 250, 600] {
        let server = Server::start(course.root(), &arguments);
        let streams: Vec<_> = (0..9)
            .map(|number| {
                let format = formats[number % 3];
                let length = 30 + number;
                server.send("GET", &track(&server, &format!("/audio?format={format}&length={length}s")), &[])
            })
            .collect();
        std::thread::sleep(Duration::from_millis(millis));
        server.kill();
        drop(streams);
    }
    let server = Server::start(course.root(), &arguments);
    for (number, format) in (0..9).zip(formats.iter().cycle()) {
        let length = 30 + number;
        let answer = server.get(&track(&server, &format!("/audio?format={format}&length={length}s")));
        assert_eq!((answer.status, answer.whole), (200, true));
        if number % 4 == 0 {
            assert!(
                answer.body == rendered(&course, &format!("--format {format} --length {length}s")),
                "{format}"
            );
        }
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(formats.iter().any(|format| name.ends_with(&format!(".{format}"))), "{name}");
    }
}

#[test]
fn a_course_is_replaced_while_somebody_listens() {
    let course = course();
    let server = Server::start(course.root(), &[]);
    let address = track(&server, "/audio");
    let before = server.get(&address);
    let pinned = before.header("content-location").to_owned();
    let mut listener = server.send("GET", &pinned, &[]);
    let mut some = vec![0; 10_000];
    listener.read_exact(&mut some).unwrap();
    let script = String::from_utf8(course.read("scripts/plek.toml")).unwrap();
    course.write("scripts/plek.toml", script.replace("De plek", "Die plek"));
    server.wait_for("adem_reloads_total{outcome=\"fine\"}", 1.0);
    let after = server.ask("HEAD", &address, &[]);
    assert_ne!(after.header("etag"), before.header("etag"));
    // Who began with the version before goes on with it, also after a pause.
    listener.read_to_end(&mut some).unwrap();
    assert!(some.ends_with(&before.body[before.body.len() - 1_000..]));
    let resumed = server.ask("GET", &pinned, &[("Range", "bytes=700000-700009")]);
    assert!(resumed.status == 206 && resumed.body == before.body[700_000..700_010]);
    let resumed =
        server.ask("GET", &address, &[("Range", "bytes=50-59"), ("If-Range", before.header("etag"))]);
    assert_eq!((resumed.status, resumed.header("etag")), (206, before.header("etag")));
    // A course with errors does not replace anything.
    course.write("scripts/plek.toml", "track = ");
    server.wait_for("adem_reloads_total{outcome=\"failed\"}", 1.0);
    assert_eq!(server.ask("HEAD", &address, &[]).header("etag"), after.header("etag"));
}

#[test]
fn limits_tokens_and_other_pages_are_kept_apart() {
    let course = course();
    let start = |tokens: &str| {
        course.write("tokens.txt", tokens);
        course.adem(&["serve", "--tokens", "tokens.txt", "--listen", "127.0.0.1:0"]).stderr
    };
    assert!(start("# a comment of some length\n").contains("tokens.txt has no token"));
    assert!(start("# a comment\n\nshort\n").contains("tokens.txt:3: a token has fewer than 16 letters"));
    assert!(start("words that are no token\n").contains("tokens.txt:1: a token has a space"));
    course.write("tokens.txt", "# for the app of October\na-token-of-some-length\n");
    let arguments = [
        "--tokens",
        "tokens.txt",
        "--allow-origin",
        "https://app.example",
        "--rate",
        "5",
        "--listeners",
        "1",
        "--drain",
        "5m",
    ];
    let server = Server::start(course.root(), &arguments);
    let token = ("Authorization", "Bearer a-token-of-some-length");
    let refused = server.get("/v1/courses");
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(
        server.ask("GET", "/v1/courses", &[("Authorization", "Bearer another-token-of-length")]).status,
        401
    );
    let comment = ("Authorization", "Bearer # for the app of October");
    assert_eq!(server.ask("GET", "/v1/courses", &[comment]).status, 401);
    assert_eq!(server.get("/health").status, 200);
    let page = server.ask("GET", "/v1/courses", &[token, ("Origin", "https://app.example")]);
    assert_eq!((page.status, page.header("access-control-allow-origin")), (200, "https://app.example"));
    let other = server.ask("GET", "/v1/courses", &[token, ("Origin", "https://app.example.evil")]);
    assert_eq!(other.header("access-control-allow-origin"), "");
    let preflight = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")];
    assert_eq!(server.ask("OPTIONS", "/v1/courses", &preflight).status, 204);
    let name = page.json()["courses"][0]["course"].as_str().unwrap().to_owned();
    let address = format!("/v1/courses/{name}/tracks/2/audio?length=31s&format=wav32f");
    let mut first = server.send("GET", &address, &[token]);
    first.read_exact(&mut [0; 100]).unwrap();
    let second = server.ask("GET", &address, &[token]);
    assert_eq!((second.status, problem(&second)), (503, "busy".to_owned()));
    assert!(second.header("retry-after").parse::<u32>().unwrap() >= 1);
    // A new token is taken and the old one is not; a file that cannot be used changes nothing.
    let fresh = ("Authorization", "Bearer another-token-of-length");
    let status = |token| server.ask("GET", "/metrics", &[token]).status;
    for (file, taken, refused) in
        [("another-token-of-length\n", fresh, token), ("short\n", fresh, token), ("", fresh, token)]
    {
        course.write("tokens.txt", file);
        server.signal("HUP");
        // Until it is read; so that the limit of requests is not met, not often.
        let pause = || std::thread::sleep(Duration::from_millis(600));
        let is_taken = || {
            pause();
            status(taken) == 200
        };
        assert!((0..30).any(|_| is_taken()), "{file}");
        pause();
        assert_eq!((status(taken), status(refused)), (200, 401), "{file}");
    }
    let many: Vec<Answer> = (0..30).map(|_| server.ask("GET", "/v1/courses", &[fresh])).collect();
    let last = many.iter().rev().find(|answer| answer.status == 429).unwrap();
    assert!(last.header("retry-after").parse::<u32>().unwrap() >= 1);
    // A second connection that says nothing is let go, and so is the service while one is still sent.
    server.signal("TERM");
    let mut rest = Vec::new();
    first.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > 11_500_000, "an answer that was begun is sent to its end: {}", rest.len());
    assert_eq!(server.end(), 0);
}

#[test]
fn ffmpeg_plays_and_seeks_every_format() {
    let course = course();
    let server = Server::start(course.root(), &["--rate", "0"]);
    if Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no ffmpeg");
        return;
    }
    for format in ["wav", "wav16", "flac", "mp3", "m4a", "opus", "ogg"] {
        let address =
            format!("http://{}{}", server.address, track(&server, &format!("/audio?format={format}")));
        // Twice: while it grows, and from the finished file, where it seeks.
        for start in ["0", "15"] {
            let output = Command::new("ffmpeg")
                .args([
                    "-v", "error", "-ss", start, "-i", &address, "-f", "s16le", "-ac", "1", "-ar", "8000",
                    "-",
                ])
                .output()
                .unwrap();
            let seconds = output.stdout.len() as f64 / 16_000.0;
            let expected = server.get(&track(&server, "/version")).json()["seconds"].as_f64().unwrap();
            let expected = expected - start.parse::<f64>().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                (seconds - expected).abs() < 0.3,
                "{format} from {start}: {seconds} s of {expected}; {told}"
            );
        }
    }
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let course = course();
    let server = Server::start(course.root(), &["--stall", "300ms"]);
    let mut silent = std::net::TcpStream::connect(server.address).unwrap();
    silent.write_all(b"GET /health HTTP/1.1\r\nHo").unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut rest = Vec::new();
    let ended = silent.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.unwrap_err().kind() == std::io::ErrorKind::ConnectionReset);
    assert_eq!(read_answer(server.send("GET", "/health", &[]), false).status, 200);
}

/// Schemathesis makes requests from the description: as many of each kind as `ADEM_FUZZ` says, and then with all its edge cases.
#[test]
fn a_fuzzer_of_the_description_finds_no_answer_that_it_does_not_know() {
    let beside = |python: std::ffi::OsString| std::path::PathBuf::from(python).with_file_name("schemathesis");
    let Some(program) = std::env::var_os("ADEM_ENGINES").map(beside).filter(|program| program.is_file())
    else {
        eprintln!("skipped: ADEM_ENGINES names no Python with schemathesis");
        return;
    };
    let course = course();
    let server = Server::start(course.root(), &["--rate", "0", "--wishes", "1000000"]);
    let name = server.get("/v1/courses").json()["courses"][0]["course"].as_str().unwrap().to_owned();
    course.write(
        "schemathesis.toml",
        format!("[parameters]\n\"path.course\" = \"{name}\"\n\"path.track\" = \"2\"\n"),
    );
    let (rounds, phases) = match number("ADEM_FUZZ", 0) {
        0 => ("2".to_owned(), "fuzzing"),
        rounds => (rounds.to_string(), "coverage,fuzzing"),
    };
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let output = Command::new(program)
        .current_dir(course.root())
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(format!("http://{}/v1/openapi.json", server.address))
        .args([
            "--phases",
            phases,
            "--max-examples",
            &rounds,
            "--checks",
            checks,
            "--seed",
            "1",
            "--no-color",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(server.get("/health").status, 200);
}

/// Plays each sound, seeks ahead and back, pauses and goes on, and tells how it went.
const PLAYER: &str = r#"<!DOCTYPE html><meta charset="utf-8"><script>
const until = async (what, test) => {
  const end = Date.now() + 20000;
  while (!test()) {
    if (Date.now() > end) throw what;
    await new Promise(done => setTimeout(done, 20));
  }
};
const play = async ([format, address]) => {
  const sound = new Audio(address);
  if (!sound.canPlayType(TYPES[format])) return [format, "cannot be played here"];
  try {
    await sound.play();
    await until("starts", () => sound.currentTime > 0.2);
    sound.currentTime = 15;
    await until("seeks ahead", () => !sound.seeking && sound.currentTime > 15.1);
    sound.pause();
    sound.currentTime = 4;
    await until("seeks back", () => !sound.seeking);
    await sound.play();
    await until("goes on", () => sound.currentTime > 4.1 && sound.currentTime < 14);
    return [format, "plays"];
  } catch (what) {
    return [format, `${what}: ${sound.error?.message} at ${sound.currentTime} of ${sound.duration}`];
  } finally {
    sound.src = "";
  }
};
(async () => {
  const told = [];
  for (const sound of SOUNDS) told.push(await play(sound));
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });
})();
</script>"#;

#[test]
fn a_browser_plays_and_seeks_every_format() {
    let course = course();
    let server = Server::start(course.root(), &["--rate", "0"]);
    let formats = ["wav", "wav16", "flac", "mp3", "m4a", "opus", "ogg"];
    let address = |format: &str| {
        format!("http://{}{}", server.address, track(&server, &format!("/audio?format={format}")))
    };
    // Made before the page is opened, which has a minute; ffmpeg plays them while they grow.
    for format in formats {
        assert!(server.get(&track(&server, &format!("/audio?format={format}"))).whole);
    }
    let sounds: Vec<_> = formats.iter().map(|format| (format, address(format))).collect();
    let types = serde_json::json!({
        "wav": "audio/wav", "wav16": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "m4a": "audio/mp4",
        "opus": "audio/ogg; codecs=opus", "ogg": "audio/ogg; codecs=vorbis",
    });
    let page = PLAYER
        .replace("SOUNDS", &serde_json::to_string(&sounds).unwrap())
        .replace("TYPES", &types.to_string());
    let Some(told) = support::browser::told_by(&page, course.root()) else { return };
    let told: Vec<(String, String)> = serde_json::from_str(&told).unwrap();
    assert_eq!(told.len(), formats.len());
    for (format, how) in &told {
        let fine = how == "plays" || (format == "m4a" && how == "cannot be played here");
        assert!(fine, "{format}: {how}");
    }
}
