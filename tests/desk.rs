//! The teacher's desk and the translator's table of the studio, as they are used in a browser.

use crate::support;

use std::process::Command;

use support::Course;
use support::browser::{run_script, scripted_browser};
use support::course::CONSENT;

/// The small course, with comments where edits are made.
fn course() -> Course {
    let course = Course::new();
    course.edit(
        "scripts/plek.toml",
        "pause = 2 },\n  { say = \"Je",
        "pause = 2 }, # blijft\n  # ook dit\n  { say = \"Je",
    );
    course.edit("scripts/plek.toml", "track = 2", "# Een plek.\ntrack = 2 # de tweede");
    course.edit(
        "scripts/po/en.po",
        "msgid \"\"\nmsgstr \"\"\n\"Lang",
        "# Beth translates.\nmsgid \"\"\nmsgstr \"\"\n\"Lang",
    );
    // What can be built: one version, with a page.
    let delivery = "[[delivery]]\nname = \"net\"\ntracks = [2]\nlanguages = [\"nl\"]\nlevels = [\"full\"]\nformats = [\"mp3\"]\n\n[site]\nid = \"proef\"\ndeliveries = [\"net\"]\n";
    course.append("course.toml", &format!("\n{delivery}"));
    course.append("voice/nl/anna/voice.toml", CONSENT);
    course
}

#[test]
fn a_teacher_and_a_translator_change_a_course_in_the_browser() {
    let Some((site, browser)) = scripted_browser() else { return };
    let course = course();
    let mut node = Command::new("node");
    node.arg(site.join("../studio/desk.mjs"));
    node.args([course.root(), std::path::Path::new(env!("CARGO_BIN_EXE_adem")), &browser]);
    if let Some(shots) = std::env::var_os("ADEM_SHOTS") {
        node.arg(shots);
    }
    node.env("ADEM_STATE", course.path(".state"))
        .env("ADEM_CACHE", course.path(".cache"))
        .env("NO_COLOR", "1");
    run_script(node);
}
