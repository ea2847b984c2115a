//! Links that lead out of the course folder.

use std::path::{Component, Path, PathBuf};

/// A link of the course whose target is outside the course folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutwardLink {
    /// Its path relative to the course folder, with no other link in it.
    pub link: PathBuf,
    /// What it leads to, as a real path; that need not exist. `None` where links go in a circle.
    pub target: Option<PathBuf>,
}

/// How many links one path may go through; Linux has the same limit.
const MOST: usize = 40;

/// The folder of made things, which is never followed into: its links have a rule of their own.
const CACHE: &str = ".adem";

/// The first link on the way from the course folder to a path below it that leads out of the folder. The path itself need
/// not exist.
pub(super) fn outward_link(root: &Path, path: &Path) -> Option<OutwardLink> {
    let (root, path) = (absolute(root), absolute(path));
    let real_root = std::fs::canonicalize(&root).ok()?;
    let mut place = root.clone();
    for part in path.strip_prefix(&root).ok()?.components() {
        let folder = std::fs::canonicalize(&place).ok()?;
        place.push(part);
        if !place.is_symlink() {
            continue;
        }
        let target = resolve(&place, MOST);
        if !target.as_ref().is_some_and(|target| target.starts_with(&real_root)) {
            let link = folder.strip_prefix(&real_root).ok()?.join(part);
            return Some(OutwardLink { link, target });
        }
    }
    None
}

/// All links out of a course folder, sorted.
pub(super) fn outward_links(root: &Path) -> Vec<OutwardLink> {
    let (mut found, mut waiting) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_symlink() {
                found.extend(outward_link(root, &path));
            } else if path.is_dir() && path != root.join(CACHE) {
                waiting.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The real path of a file that need not exist: writing to a link that leads to nothing makes a file at its target.
fn resolve(path: &Path, links: usize) -> Option<PathBuf> {
    if let Ok(real) = std::fs::canonicalize(path) {
        return Some(real);
    }
    let parent = path.parent()?;
    match std::fs::read_link(path) {
        Ok(target) => resolve(&parent.join(target), links.checked_sub(1)?),
        Err(_) => Some(resolve(parent, links)?.join(path.file_name()?)),
    }
}

/// An absolute path; links are kept. `..` at its start means the folder above the current one, so that a path written from
/// a folder of the course is seen to be in the course.
pub fn absolute(path: &Path) -> PathBuf {
    let Ok(mut base) = std::env::current_dir() else { return path.to_owned() };
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next_if(|part| matches!(part, Component::CurDir | Component::ParentDir)) {
        if part == Component::ParentDir {
            base.pop();
        }
    }
    let rest: PathBuf = parts.collect();
    // Nothing joined to a path would end it with a slash.
    let path = if rest.as_os_str().is_empty() { base } else { base.join(rest) };
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_is_found_by_its_own_path_and_leads_where_the_system_would_go() {
        let desk = tempfile::tempdir().unwrap();
        let real = fs::canonicalize(desk.path()).unwrap();
        let (course, other) = (real.join("course"), real.join("other"));
        fs::create_dir_all(course.join("voice")).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join("a.wav"), "").unwrap();
        symlink("../other/a.wav", course.join("a.wav")).unwrap();
        symlink("voice", course.join("inside")).unwrap();
        symlink(&other, course.join("voice/out")).unwrap();
        symlink("../other/new", course.join("new.wav")).unwrap();
        symlink("voice/not-yet", course.join("own.wav")).unwrap();
        symlink("circle", course.join("circle")).unwrap();
        let link = |link: &str, target: Option<&str>| {
            Some(OutwardLink { link: link.into(), target: target.map(|target| other.join(target)) })
        };
        for (path, expected) in [
            ("a.wav", link("a.wav", Some("a.wav"))),
            ("inside/out/a.wav", link("voice/out", Some(""))),
            ("inside/a.wav", None),
            ("new.wav", link("new.wav", Some("new"))),
            ("own.wav", None),
            ("circle", link("circle", None)),
            ("nothing/at/all", None),
        ] {
            let found = outward_link(&course, &course.join(path));
            assert_eq!(found, expected, "{path}");
        }
        let all: Vec<_> = outward_links(&course).into_iter().map(|found| found.link).collect();
        assert_eq!(all, ["a.wav", "circle", "new.wav", "voice/out"].map(PathBuf::from));
        assert_eq!(outward_link(&course, &other), None, "a path outside is no path of the course");
    }
}
