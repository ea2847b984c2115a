//! What a course may do beyond its own folder. A course from somebody else may do nothing there; the person at the
//! machine can trust it.

use std::collections::BTreeSet;

/// A program with its arguments, as a course names it.
pub type CommandLine = Vec<String>;

/// What a course is trusted with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Nothing outside its folder.
    #[default]
    Nothing,
    /// Links that leave its folder, and these commands; another command asks again.
    Commands(BTreeSet<CommandLine>),
    /// Links and every command, for one run.
    Everything,
}

impl Trust {
    /// Whether links that leave the course folder are followed.
    pub fn follows_links(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Commands(_) | Self::Everything => true,
        }
    }

    /// Whether this command may be started.
    pub fn runs(&self, command: &[String]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Commands(commands) => commands.contains(command),
            Self::Everything => true,
        }
    }
}
