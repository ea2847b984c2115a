//! A course of which some scripts have errors, for whoever goes on with the others: a teacher at one exercise does not keep a voice
//! from recording another. Renders, builds and checks are made of whole courses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::{Engine, Error, examine_after};
use crate::asset::Cache;
use crate::diag::{Diagnostic, Severity, Sink};
use crate::files::Files;
use crate::script::step::{StepText, all_steps};
use crate::script::{Course, KnownCourse, check as check_texts};

/// The scripts and fragments that are left out of a course, as they or what they use have errors.
#[derive(Clone, Debug, Default)]
pub struct ClosedScripts {
    /// Their files.
    pub paths: BTreeSet<String>,
    /// The errors.
    pub found: Vec<Diagnostic>,
    /// The titles that could be read, by the names of the scripts.
    titles: BTreeMap<String, String>,
}

impl ClosedScripts {
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Whether a script or fragment of this name is left out.
    pub fn has(&self, name: &str) -> bool {
        [script_path(name), fragment_path(name)].iter().any(|path| self.paths.contains(path))
    }

    /// The names of the scripts that are left out.
    pub fn scripts(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().filter_map(|path| {
            let name = path.strip_prefix("scripts/")?.strip_suffix(".toml")?;
            (!name.contains('/')).then_some(name)
        })
    }

    /// The title of a script that is left out; its name where the title cannot be read.
    pub fn title<'a>(&'a self, name: &'a str) -> &'a str {
        self.titles.get(name).map_or(name, String::as_str)
    }
}

fn script_path(name: &str) -> String {
    format!("scripts/{name}.toml")
}

fn fragment_path(name: &str) -> String {
    format!("scripts/fragments/{name}.toml")
}

impl Engine {
    /// Opens a course. Scripts and fragments with errors, and the scripts that use them, are left out of it, and are told by
    /// [`Engine::closed`].
    ///
    /// # Errors
    /// As [`Engine::open`], where anything else has an error.
    pub fn open_spared(files: Arc<dyn Files>, cache: Cache) -> Result<Self, Error> {
        Self::spared_after(files, cache, None)
    }

    /// The course as it is in other files, as [`Engine::reopen_at`] reads it, with scripts left out that have errors.
    ///
    /// # Errors
    /// As [`Engine::open_spared`].
    pub fn reopen_spared_at(&self, files: Arc<dyn Files>) -> Result<Self, Error> {
        let known = KnownCourse { course: &self.course, found: &self.warnings };
        let fresh = Self::spared_after(files, self.cache.clone(), Some(known))?;
        Ok(Self { catalogue: Arc::clone(&self.catalogue), ..fresh })
    }

    /// What was left out of the course.
    pub fn closed(&self) -> &ClosedScripts {
        &self.closed
    }

    fn spared_after(
        files: Arc<dyn Files>,
        cache: Cache,
        before: Option<KnownCourse<'_>>,
    ) -> Result<Self, Error> {
        let (mut course, found) = examine_after(&*files, before)?;
        let is_error = |one: &Diagnostic| one.severity == Severity::Error;
        let (errors, mut warnings): (Vec<_>, Vec<_>) = found.iter().cloned().partition(is_error);
        let sources = course.sources.clone();
        let whole = || Error::Diagnostics { found: found.clone(), sources: sources.clone() };
        let mut titles = titles(&course);
        let mut closed = BTreeSet::new();
        let mut left = errors.clone();
        while !left.is_empty() {
            let faulty: Option<BTreeSet<String>> =
                left.iter().map(|one| faulty_script(&course, one)).collect();
            let Some(faulty) = faulty.filter(|faulty| !faulty.is_subset(&closed)) else {
                return Err(whole());
            };
            closed.extend(faulty);
            course = without(course, &mut closed);
            let sink = Sink::new();
            check_texts(&course, &|path| files.exists(Path::new(path)), &sink);
            left = sink.into_sorted();
            left.retain(is_error);
        }
        warnings.retain(|one| !closed.contains(&course.sources.get(one.span().file).path));
        titles.retain(|name, _| closed.contains(&script_path(name)));
        let closed = ClosedScripts { paths: closed, found: errors, titles };
        Ok(Self { files, cache, catalogue: Arc::default(), course, warnings, closed })
    }
}

fn titles(course: &Course) -> BTreeMap<String, String> {
    let titled = course.scripts.iter().filter_map(|(name, script)| Some((name, script.title.as_ref()?)));
    titled.map(|(name, title)| (name.clone(), title.value.clone())).collect()
}

/// The path of the script or fragment that an error is in; `None` where it is in another file.
fn faulty_script(course: &Course, error: &Diagnostic) -> Option<String> {
    let path = &course.sources.get(error.span().file).path;
    let is_script =
        path.starts_with("scripts/") && Path::new(path).extension().is_some_and(|ending| ending == "toml");
    is_script.then(|| path.clone())
}

/// The course without these scripts and fragments, and without those that use one of them. What they define is not missed.
fn without(mut course: Course, closed: &mut BTreeSet<String>) -> Course {
    loop {
        course.scripts.retain(|name, _| !closed.contains(&script_path(name)));
        course.fragments.retain(|name, _| !closed.contains(&fragment_path(name)));
        let uses = |steps: &[StepText]| {
            let named = all_steps(steps).into_iter().filter_map(StepText::fragment);
            named.into_iter().any(|name| closed.contains(&fragment_path(&name.value)))
        };
        let scripts = course.scripts.values().filter(|script| {
            script.parts.iter().any(|part| {
                let exercise = part.exercise.as_ref();
                uses(&part.steps)
                    || exercise.is_some_and(|exercise| closed.contains(&script_path(&exercise.script.value)))
            })
        });
        let scripts: Vec<String> = scripts.map(|script| script_path(&script.id)).collect();
        let fragments = course.fragments.values().filter(|fragment| uses(&fragment.steps));
        let fragments: Vec<String> = fragments.map(|fragment| fragment_path(&fragment.id)).collect();
        if scripts.is_empty() && fragments.is_empty() {
            course.unread.extend(closed.iter().cloned());
            return course;
        }
        closed.extend(scripts.into_iter().chain(fragments));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    const SCRIPT: &str = "language = \"en\"\ntitle = \"T\"\n[[part]]\nsteps = [{ say = \"You may stop.\", id = \"stop\", safety = true, pause = 2 }]\n";

    fn files(broken: &str) -> MemoryFiles {
        let uses = SCRIPT.replace("pause = 2 }", "pause = 2 }, { use = \"free\" }");
        MemoryFiles::new()
            .with("course.toml", "title = \"C\"\nlanguages = [\"en\"]\nvoices = { en = \"a\" }\n")
            .with(
                "voice/en/a/voice.toml",
                "name = \"A\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"CC0-1.0\"\n",
            )
            .with(
                "scripts/fragments/free.toml",
                format!("language = \"en\"\nsteps = [{{ {broken} = \"Rest.\", id = \"rest\" }}]\n"),
            )
            .with("scripts/alone.toml", SCRIPT)
            .with("scripts/uses.toml", uses)
    }

    #[test]
    fn a_mistake_closes_what_needs_the_file_and_nothing_else() {
        let whole = Engine::open_spared(Arc::new(files("say")), Cache::off()).unwrap();
        assert!(whole.closed().is_empty());
        let spared = whole.reopen_spared_at(Arc::new(files("sya"))).unwrap();
        assert_eq!(spared.course().scripts.keys().collect::<Vec<_>>(), ["alone"]);
        assert!(spared.closed().has("uses") && spared.closed().has("free") && !spared.closed().has("alone"));
        assert_eq!(spared.closed().scripts().collect::<Vec<_>>(), ["uses"]);
        assert_eq!((spared.closed().title("uses"), spared.closed().title("gone")), ("T", "gone"));
        let own = files("say").with("scripts/alone.toml", SCRIPT.replace("say =", "sya ="));
        let own = Engine::open_spared(Arc::new(own), Cache::off()).unwrap();
        assert_eq!((own.closed().has("alone"), own.closed().title("alone")), (true, "T"));
        assert!(!spared.closed().found.is_empty());
        // A render, a build and a check are strict, and what is mended is there again.
        assert!(matches!(Engine::open(Arc::new(files("sya")), Cache::off()), Err(Error::Diagnostics { .. })));
        let mended = spared.reopen_spared_at(Arc::new(files("say"))).unwrap();
        assert_eq!((mended.course().scripts.len(), mended.closed().is_empty()), (2, true));
        // What is no script closes all.
        let broken = files("say").with("course.toml", "title = 3\nlanguages = [\"en\"]\n");
        assert!(matches!(
            Engine::open_spared(Arc::new(broken), Cache::off()),
            Err(Error::Diagnostics { .. })
        ));
    }
}
