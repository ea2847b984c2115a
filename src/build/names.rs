//! Released names: a version keeps the name it was delivered under for as long as its delivery has the same pattern of paths,
//! whatever becomes of its title, its number or its week.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::matrix::{BuildTarget, Matrix, refuse_clashes};
use super::record::Records;
use crate::diag::{Diagnostic, Sink};
use crate::script::Course;

/// What a version is, whatever it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VersionIdentity {
    pub delivery: String,
    /// The id of the script.
    pub script: String,
    pub language: String,
    /// As the delivery writes it, such as `usual`.
    pub length: String,
    pub level: String,
    /// A name and a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bed: Option<String>,
    pub mix: String,
}

impl fmt::Display for VersionIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}, {}, {}", self.script, self.language, self.length, self.level)?;
        if let Some(choice) = &self.choice {
            write!(f, ", {choice}")?;
        }
        if let Some(bed) = &self.bed {
            write!(f, ", bed {bed}")?;
        }
        if self.mix != "full" {
            write!(f, ", {} only", self.mix)?;
        }
        f.write_str(")")
    }
}

/// What the name of a version was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReleasedName {
    /// The pattern of the delivery.
    pub pattern: String,
    pub version: VersionIdentity,
    /// Its files without their endings, as the pattern names them now.
    pub by_pattern: String,
}

impl ReleasedName {
    /// What has to be the same for a name to be kept.
    fn key(&self) -> (&str, &VersionIdentity) {
        (&self.pattern, &self.version)
    }
}

/// A version that goes on under the name it was released under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptName {
    /// Its files without their endings.
    pub stem: String,
    /// The name that the pattern would give it now.
    pub by_pattern: String,
    /// No build has said so before.
    pub is_news: bool,
}

impl BuildTarget {
    /// Goes on under another name.
    fn rename(&mut self, stem: &str) {
        for output in &mut self.render.outputs {
            let path = output.path.to_string_lossy();
            let ending = path.strip_prefix(self.stem.as_str()).unwrap_or_default();
            output.path = format!("{stem}{ending}").into();
        }
        stem.clone_into(&mut self.stem);
    }
}

/// Gives each version the name it was released under, unless it is to be renamed.
///
/// # Errors
/// A new version would be written to the released name of another one.
pub fn keep_released(
    course: &Course,
    matrix: &mut Matrix,
    records: &Records,
    is_renamed: &dyn Fn(&BuildTarget) -> bool,
) -> Result<Vec<KeptName>, Vec<Diagnostic>> {
    let mut released: BTreeMap<(&str, &VersionIdentity), (&str, &ReleasedName)> = BTreeMap::new();
    for record in records.iter() {
        let Some(name) = record.name.as_ref().filter(|name| is_below(&record.stem, &name.version.delivery))
        else {
            continue;
        };
        // Of two records of a version, the one with the name that the pattern gave it last is the newer one.
        let place = released.entry(name.key()).or_insert((&record.stem, name));
        if record.stem == name.by_pattern {
            *place = (&record.stem, name);
        }
    }
    let mut kept = Vec::new();
    for target in &mut matrix.targets {
        let Some((stem, known)) = released.get(&target.name.key()) else { continue };
        if *stem == target.stem || is_renamed(target) || records.is_of(&target.stem, &target.name) {
            continue;
        }
        let (stem, by_pattern) = ((*stem).to_owned(), target.stem.clone());
        let is_news = known.by_pattern != by_pattern;
        target.rename(&stem);
        kept.push(KeptName { stem, by_pattern, is_news });
    }
    let sink = Sink::new();
    if !kept.is_empty() {
        refuse_clashes(course, &matrix.targets, &sink);
    }
    if sink.has_errors() { Err(sink.into_sorted()) } else { Ok(kept) }
}

/// Whether a name is one below the folder of its delivery: a record that came with the course may say anything.
fn is_below(stem: &str, delivery: &str) -> bool {
    let mut parts = Path::new(stem).components();
    parts.next() == Some(Component::Normal(delivery.as_ref()))
        && parts.clone().next().is_some()
        && parts.all(|part| matches!(part, Component::Normal(_)))
}

impl Records {
    /// Whether a record with this stem is of this version.
    fn is_of(&self, stem: &str, name: &ReleasedName) -> bool {
        let known = self.get(stem).and_then(|record| record.name.as_ref());
        known.is_some_and(|known| known.key() == name.key())
    }

    /// The records of names that versions had before they were renamed.
    pub(super) fn renamed(&self, matrix: &Matrix) -> Vec<String> {
        let mut now: BTreeMap<(&str, &VersionIdentity), &str> = BTreeMap::new();
        for target in matrix.targets.iter().filter(|target| self.is_of(&target.stem, &target.name)) {
            now.insert(target.name.key(), &target.stem);
        }
        let is_old = |stem: &str, name: &ReleasedName| now.get(&name.key()).is_some_and(|now| *now != stem);
        let old =
            self.iter().filter(|record| record.name.as_ref().is_some_and(|name| is_old(&record.stem, name)));
        old.map(|record| record.stem.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_name_leads_nowhere_else() {
        assert!(is_below("net/nl/01-rust-nl", "net"));
        for stem in ["net", "ander/01-rust", "net/../../x", "/net/x", "../net/x", ""] {
            assert!(!is_below(stem, "net"), "{stem}");
        }
    }
}
