//! The page that `adem build` writes: its files, its links, its feeds, and what a listener does with it in a browser.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot prepare its folder has failed, and one that skips says so"
)]

use crate::support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::LazyLock;

use support::browser::{run_script, scripted_browser};
use support::{Course, Run};

const DELIVERY: &str = r#"
[[week]]
number = 2
title = "Verder"
tracks = [2, 3]

[[delivery]]
name = "net"
levels = ["full", "light"]
formats = ["mp3"]
files = ["vtt"]

[[delivery]]
name = "lang"
tracks = [2]
lengths = ["usual", "40s"]
levels = ["full", "light"]
formats = ["mp3"]
path = "{language}/{track} #1 %20 & {slug}{version}"

[site]
id = "proef"
deliveries = ["net", "lang"]
"#;

const FEED: &str =
    "address = \"https://example.org/proef\"\nreleased = \"2026-11-27\"\ncontact = \"anna@example.org\"\n";

/// A title that would be markup, or end the data of the page.
const HOSTILE: &str = r#"</script><b onclick=\"x\">Rust & \"stilte\"</b>"#;

/// The small course with a second track, a delivery and a page.
fn course() -> Course {
    let course = Course::with_delivery(DELIVERY);
    course.edit("course.toml", "voices =", "before = [\"Stop <nu> als je wilt.\"]\nvoices =");
    for voice in ["nl/anna", "en/beth"] {
        course.sound(&format!("voice/{voice}/stilte/vrij.wav"), "speech 1");
    }
    let script = "track = 3\nlanguage = \"nl\"\ntitle = \"TITLE\"\nbefore = [\"Alleen hier.\"]\nbed = \"bruis\"\n\n\
         [[part]]\ntitle = \"<i>Stil</i>\"\nsteps = [\n  { say = \"Je mag altijd stoppen.\", id = \"vrij\", safety = true, pause = 9 },\n]\n";
    course.write("scripts/stilte.toml", script.replace("TITLE", HOSTILE));
    let po = "\nmsgctxt \"stilte/vrij\"\nmsgid \"Je mag altijd stoppen.\"\nmsgstr \"You may always stop.\"\n";
    course.append("scripts/po/en.po", po);
    course
}

/// The course, built once for all tests that only look at it.
static BUILT: LazyLock<(Course, Run)> = LazyLock::new(|| {
    let course = course();
    let run = build(&course);
    (course, run)
});

/// The same course with fewer versions, for tests that build it several times.
fn small() -> Course {
    let course = course();
    course.edit(
        "course.toml",
        "levels = [\"full\", \"light\"]\nformats = [\"mp3\"]\nfiles",
        "formats = [\"mp3\"]\nfiles",
    );
    course.edit(
        "course.toml",
        "lengths = [\"usual\", \"40s\"]\nlevels = [\"full\", \"light\"]",
        "languages = [\"nl\"]\nlevels = [\"light\"]",
    );
    course
}

fn build(course: &Course) -> Run {
    let run = course.adem(&["build"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

fn text(course: &Course, path: &str) -> String {
    String::from_utf8(course.read(&format!("out/site/{path}"))).unwrap()
}

/// The files of the site, relative to its folder.
fn site_files(course: &Course) -> BTreeSet<String> {
    let files = course.files("out/site").into_iter();
    files.map(|path| path.trim_start_matches("out/site/").to_owned()).collect()
}

/// The values of an attribute in a page, as they are written.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let begin = format!(" {name}=\"");
    page.split(&begin).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The file that an address in a page of a folder leads to, as a server reads it.
fn led_to(folder: &str, address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next().unwrap();
    if path.is_empty() {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{address} leaves the site"),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    Some(percent_encoding::percent_decode_str(&parts.join("/")).decode_utf8().unwrap().into_owned())
}

#[test]
fn the_site_is_whole_and_every_link_leads_to_a_file_of_it() {
    let (course, run) = &*BUILT;
    assert!(run.stderr.contains("site/index.html"), "{}", run.stderr);
    assert!(run.stderr.contains("write address = "), "{}", run.stderr);
    let files = site_files(course);
    for file in [
        "index.html",
        "sw.js",
        "nl/index.html",
        "en/index.html",
        "nl/manifest.webmanifest",
        "nl/week-1-nl.zip",
    ] {
        assert!(files.contains(file), "{file} of {files:?}");
    }
    let mut reached: BTreeSet<String> = ["index.html", "sw.js"].map(str::to_owned).into();
    for (folder, page) in [("", "index.html"), ("nl", "nl/index.html"), ("en", "en/index.html")] {
        let html = text(course, page);
        let ids = attributes(&html, "id");
        let once: BTreeSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "{page} has an id twice: {ids:?}");
        for address in attributes(&html, "href").into_iter().chain(attributes(&html, "src")) {
            assert!(!address.contains(' '), "{page} has an address with a space: {address}");
            assert!(!address.contains("//"), "{page} leads elsewhere: {address}");
            if let Some(fragment) = address.strip_prefix('#').filter(|fragment| !fragment.is_empty()) {
                assert!(ids.iter().any(|id| id == fragment), "{page} has no {address}");
            }
            reached.extend(led_to(folder, &address));
        }
        if folder.is_empty() {
            continue;
        }
        let data: serde_json::Value = serde_json::from_str(
            html.split("type=\"application/json\">").nth(1).unwrap().split("</script>").next().unwrap(),
        )
        .unwrap();
        for version in
            data["tracks"].as_array().unwrap().iter().flat_map(|track| track["versions"].as_array().unwrap())
        {
            for address in ["sound", "cues", "transcript"] {
                reached.extend(led_to(folder, version[address].as_str().unwrap()));
            }
        }
        let manifest: serde_json::Value =
            serde_json::from_str(&text(course, &format!("{folder}/manifest.webmanifest"))).unwrap();
        for icon in manifest["icons"].as_array().unwrap() {
            reached.extend(led_to(folder, icon["src"].as_str().unwrap()));
        }
    }
    let worker = text(course, "sw.js");
    let shell = worker.lines().find_map(|line| line.strip_prefix("const SHELL = ")).unwrap();
    let shell: Vec<String> = serde_json::from_str(shell.trim_end_matches(';')).unwrap();
    reached.extend(shell);
    let missing: Vec<_> = reached.difference(&files).collect();
    assert!(missing.is_empty(), "these do not exist: {missing:?}");
    // Captions are for podcast apps and players elsewhere, checksums for whoever publishes.
    let unused: Vec<_> = files
        .difference(&reached)
        .filter(|file| {
            ![".vtt", ".srt", ".chapters.json", ".wav", "SHA256SUMS"]
                .iter()
                .any(|ending| file.ends_with(ending))
        })
        .collect();
    assert!(unused.is_empty(), "nothing leads to these: {unused:?}");
    for file in files
        .iter()
        .filter(|file| [".html", ".js", ".css", ".webmanifest"].iter().any(|ending| file.ends_with(ending)))
    {
        let text = text(course, file);
        assert!(!text.contains("://"), "{file} names another site");
    }
}

#[test]
fn what_people_write_is_text_on_the_page() {
    let (course, _) = &*BUILT;
    let html = text(course, "nl/index.html");
    assert!(
        html.contains(
            "&lt;/script&gt;&lt;b onclick=&quot;x&quot;&gt;Rust &amp; &quot;stilte&quot;&lt;/b&gt;"
        ),
        "{html}"
    );
    assert!(html.contains("Stop &lt;nu&gt; als je wilt."));
    assert!(!html.contains("<b onclick") && !html.contains("<i>Stil"));
    assert_eq!(html.matches("</script>").count(), html.matches("<script").count());
    assert!(html.contains("Content-Security-Policy"));
}

#[test]
fn a_week_is_an_archive_of_its_tracks() {
    let (course, _) = &*BUILT;
    let archive = std::fs::File::open(course.path("out/site/nl/week-2-nl.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let mut sound = Vec::new();
    std::io::copy(&mut archive.by_name("02-de-plek-nl.mp3").unwrap(), &mut sound).unwrap();
    assert!(sound == course.read("out/net/nl/02-de-plek-nl.mp3"));
    let read_me = std::io::read_to_string(archive.by_name("lees-mij.txt").unwrap()).unwrap();
    for line in ["Stop <nu> als je wilt.", "Alleen hier.", "Anna: Anna, licentie CC0-1.0", "De plek · "] {
        assert!(read_me.contains(line), "{line} in {read_me}");
    }
}

#[test]
fn a_second_build_writes_nothing_and_what_is_gone_is_removed() {
    let course = small();
    build(&course);
    let times = |course: &Course| -> BTreeMap<String, std::time::SystemTime> {
        let time = |path: &String| {
            std::fs::metadata(course.path(&format!("out/site/{path}"))).unwrap().modified().unwrap()
        };
        site_files(course).into_iter().map(|path| (path.clone(), time(&path))).collect()
    };
    course.write("out/site/CNAME", "example.org\n");
    let before = times(&course);
    build(&course);
    assert_eq!(times(&course), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let inode = |path: &str| std::fs::metadata(course.path(path)).unwrap().ino();
        let sound = "net/nl/02-de-plek-nl.mp3";
        assert_eq!(inode(&format!("out/{sound}")), inode(&format!("out/site/files/{sound}")), "it is linked");
    }
    course.edit("course.toml", ", \"lang\"", "");
    course.edit("course.toml", "title = \"Verder\"", "title = \"Nog verder\"");
    build(&course);
    let after = site_files(&course);
    assert!(!after.iter().any(|path| path.contains("_light")), "{after:?}");
    assert!(after.contains("CNAME"), "what others put there stays");
    assert!(text(&course, "nl/index.html").contains("Nog verder"));
    let assets: BTreeSet<_> =
        after.iter().filter_map(|path| path.strip_prefix("assets/")?.split('/').next()).collect();
    assert_eq!(assets.len(), 1);
}

#[test]
fn the_page_is_verified_as_a_delivery_is() {
    let course = small();
    build(&course);
    let good = course.adem(&["verify", "out/site", "out/net"]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    assert!(
        good.stderr.contains("out/site: ") && good.stderr.contains("complete and unchanged"),
        "{}",
        good.stderr
    );
    let files = course.files("out/site").len();
    let sums = String::from_utf8(course.read("out/site/SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), files - 1, "all but itself");
    course.write("out/site/nl/index.html", "<p>Iets anders.");
    course.remove("out/site/nl/week-2-nl.zip");
    course.remove("out/site/files/net/nl/02-de-plek-nl.mp3");
    course.write("out/site/CNAME", "example.org\n");
    let bad = course.adem(&["verify", "out/site"]);
    assert_eq!(bad.code, 1);
    for line in [
        "nl/index.html is not the file that was delivered",
        "nl/week-2-nl.zip is missing",
        "files/net/nl/02-de-plek-nl.mp3 is missing",
        "CNAME is no part of the page; if you put it there yourself, all is well",
    ] {
        assert!(bad.stderr.contains(line), "{line} in {}", bad.stderr);
    }
    // The next build mends all of it but what is not its own.
    build(&course);
    let mended = course.adem(&["verify", "out/site"]);
    assert_eq!(mended.code, 0, "{}", mended.stderr);
    assert!(
        mended.stderr.contains("complete and unchanged") && mended.stderr.contains("CNAME"),
        "{}",
        mended.stderr
    );
    assert_eq!(course.adem(&["verify", "out"]).code, 2, "no folder of a delivery");
}

#[test]
fn a_feed_has_every_track_and_its_ids_stay() {
    let course = small();
    course.edit(
        "course.toml",
        "files = [\"vtt\"]",
        "files = [\"vtt\"]\npath = \"{language}/{track}-{slug} #1%{version}\"",
    );
    course.append("course.toml", FEED);
    build(&course);
    let feed = text(&course, "nl/feed.xml");
    let addresses = |feed: &str| {
        let all = feed.split("url=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        all.collect::<Vec<_>>()
    };
    let released = addresses(&feed);
    let ids = |feed: &str| {
        feed.split("<guid isPermaLink=\"false\">")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = ids(&feed);
    assert_eq!(first.len(), 2, "{feed}");
    for line in [
        "<title>De plek</title>",
        "<itunes:season>1</itunes:season>",
        "<itunes:episode>2</itunes:episode>",
        "<podcast:season name=\"Verder\">2</podcast:season>",
        "<podcast:medium>course</podcast:medium>",
        "<podcast:locked owner=\"anna@example.org\">yes</podcast:locked>",
        "https://example.org/proef/files/net/nl/02-de-plek%20%231%25.vtt",
        "enclosure url=\"https://example.org/proef/files/net/nl/02-de-plek%20%231%25.mp3\"",
        "type=\"application/json+chapters\"",
        "Fri, 27 Nov 2026 06:01:00 +0000",
        "https://example.org/proef/nl/feed.xml",
    ] {
        assert!(feed.contains(line), "{line} in {feed}");
    }
    let length = course.read("out/net/nl/02-de-plek #1%.mp3").len();
    assert!(feed.contains(&format!("length=\"{length}\" type=\"audio/mpeg\"")), "{feed}");
    assert!(feed.contains("Alleen hier."));
    // A feed for each language, with ids of its own.
    assert!(ids(&text(&course, "en/feed.xml")).iter().all(|id| !first.contains(id)));
    // What a course says may change; what is published keeps its ids.
    course.edit("scripts/stilte.toml", "Alleen hier.", "Alleen daar.");
    course.edit("scripts/plek.toml", "title = \"De plek\"", "title = \"De plek hier\"");
    course.sound("voice/nl/anna/plek/vrij.wav", "speech 1.3");
    build(&course);
    let feed = text(&course, "nl/feed.xml");
    assert!(feed.contains("De plek hier") && feed.contains("Alleen daar."));
    assert_eq!(ids(&feed), first);
    assert_eq!(addresses(&feed), released, "a new title moves no file");
    read_by_others(&course);
}

/// The feeds as Python's parsers of XML and of feeds read them.
fn read_by_others(course: &Course) {
    let Some(python) = std::env::var_os("ADEM_READERS") else {
        eprintln!("skipped: ADEM_READERS names no Python that reads feeds");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/feed.py");
    let feeds = ["nl", "en"].map(|language| course.path(&format!("out/site/{language}/feed.xml")));
    let run = Command::new(python).arg(script).args(feeds).output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}{}", String::from_utf8_lossy(&run.stdout));
    eprint!("{told}");
}

#[test]
fn what_is_wrong_with_the_page_is_named_at_its_place() {
    let course = course();
    let before = std::fs::read_to_string(course.path("course.toml")).unwrap();
    let cases = [
        ("[\"net\", \"lang\"]", "[\"nett\"]", "did you mean `net`?"),
        ("formats = [\"mp3\", \"wav16\"]", "formats = [\"m4a\"]", ""),
        ("id = \"proef\"", "id = \"proef\"\naddress = \"example.org\"", "is not the address of a page"),
        ("id = \"proef\"", "id = \"proef\"\nreleased = \"2026-02-30\"", "is not a day"),
        ("id = \"proef\"\n", "", "`id`"),
    ];
    for (from, to, message) in cases {
        course.write("course.toml", before.replace(from, to));
        let run = course.adem(&["check"]);
        if message.is_empty() {
            assert_eq!(run.code, 0, "{to}: {}", run.stderr);
            continue;
        }
        assert_eq!(run.code, 1, "{to}: {}", run.stderr);
        assert!(run.stderr.contains(message) && run.stderr.contains("course.toml:"), "{to}: {}", run.stderr);
    }
}

/// Real clicks in a browser. Needs node, the packages of tests/site, and a headless Chromium.
#[test]
fn a_listener_uses_the_page_in_a_browser() {
    let Some((tests, browser)) = scripted_browser() else { return };
    let (course, _) = &*BUILT;
    let mut node = Command::new("node");
    node.arg(tests.join("clicks.mjs")).arg(course.path("out/site")).arg(browser);
    run_script(node);
}
