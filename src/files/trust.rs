//! Trust: what a course may do outside its own folder. By default nothing; a user can trust a course.

use std::collections::BTreeSet;

/// A program and its arguments, as specified by a course.
pub type CommandLine = Vec<String>;

/// How far a course is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// It may do nothing outside its folder.
    #[default]
    Nothing,
    /// It may link out of its folder and run these commands; any other command must be trusted first.
    Commands(BTreeSet<CommandLine>),
    /// It may link out of its folder and run any command, for one run.
    Everything,
}

impl Trust {
    /// Whether links out of the course folder are followed.
    pub fn follows_links(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Commands(_) | Self::Everything => true,
        }
    }

    /// Whether this command may be run.
    pub fn runs(&self, command: &[String]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Commands(commands) => commands.contains(command),
            Self::Everything => true,
        }
    }
}
