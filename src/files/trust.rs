//! Trust: what a course may do outside its own folder. By default nothing; a user can trust a course.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A program and its arguments, as specified by a course.
pub type CommandLine = Vec<String>;

/// How far a course is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// It may do nothing outside its folder.
    #[default]
    Nothing,
    /// It may do what it asked for when it was trusted; anything else must be trusted first.
    Granted(Grant),
    /// It may follow any link out of its folder and run any command, for one run.
    Everything,
}

/// What a course asked for when it was trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The commands that it may run.
    pub commands: BTreeSet<CommandLine>,
    /// Its links out of its folder, each with its target. A link that leads elsewhere now is not followed. What is at a
    /// target is not the course's, so links in there are followed.
    pub links: BTreeMap<PathBuf, PathBuf>,
}

impl Trust {
    /// Whether this link out of the course folder may be followed to this target.
    pub fn follows(&self, link: &Path, target: Option<&Path>) -> bool {
        match self {
            Self::Nothing => false,
            Self::Granted(grant) => target.is_some() && grant.links.get(link).map(PathBuf::as_path) == target,
            Self::Everything => true,
        }
    }

    /// Whether this command may be run.
    pub fn runs(&self, command: &[String]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Granted(grant) => grant.commands.contains(command),
            Self::Everything => true,
        }
    }
}
