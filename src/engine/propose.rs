//! Names that the course has, proposed where a text file lacks one and its reader knows only an example.

use crate::diag::{Code, Diagnostic, Help, Patch, TextEdit};
use crate::script::Course;
use crate::toml::table::list;

/// Proposes the number of a track where its script is named.
fn tracks(course: &Course, found: &mut [Diagnostic]) {
    let is_track = |one: &&mut Diagnostic| {
        one.code == Code::WrongType && one.message.starts_with("`tracks` takes a whole")
    };
    for one in found.iter_mut().filter(is_track) {
        let name = course.sources.text(one.span()).trim_matches(['"', '\'']);
        let Some(script) = course.scripts.get(name) else { continue };
        match &script.track {
            Some(track) => {
                let edits = vec![TextEdit { span: one.span(), replacement: track.value.to_string() }];
                one.patch =
                    Some(Patch { title: "write the number of its track".to_owned(), edits, certain: true });
            }
            None => one
                .helps
                .push(Help::from(format!("write `track = …` into scripts/{name}.toml, and its number here"))),
        }
    }
}

/// Proposes a bell or a bed of the course where one has to be named.
pub(super) fn names(course: &Course, found: &mut [Diagnostic]) {
    tracks(course, found);
    for one in found.iter_mut().filter(|one| matches!(one.code, Code::Syntax | Code::WrongType)) {
        let known: Vec<&str> = if one.message.starts_with("`bell` ") {
            course.bells.keys().map(String::as_str).collect()
        } else if one.message.starts_with("`bed` ") {
            course.ambiences.keys().map(String::as_str).collect()
        } else {
            continue;
        };
        let lacks_value = one.message.ends_with(" has no value");
        if known.is_empty() || one.patch.is_some() || !(lacks_value || one.code == Code::WrongType) {
            continue;
        }
        let (key, name) = (if one.message.starts_with("`bell`") { "bell" } else { "bed" }, known[0]);
        if let [only] = known[..] {
            let replacement = if lacks_value { format!("{key} = \"{only}\"") } else { format!("\"{only}\"") };
            let is_key = course.sources.text(one.span()) == key;
            if !lacks_value || is_key {
                one.helps.clear();
                let edits = vec![TextEdit { span: one.span(), replacement }];
                one.patch = Some(Patch { title: "name it".to_owned(), edits, certain: false });
                continue;
            }
        }
        one.helps = vec![Help::from(format!("name one of {}, such as {key} = \"{name}\"", list(known)))];
    }
}
