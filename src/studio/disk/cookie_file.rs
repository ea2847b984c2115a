//! The key of the cookie, kept in the user's state folder: a browser that was let in stays in when the program is started again.

use std::fs;
use std::io;
use std::path::Path;

use super::super::key::random_key;
use crate::export::{ExportError, write_whole};

/// The key of the cookie of a port: the one that is kept, or a new one.
///
/// # Errors
/// If the folder cannot be written.
pub fn cookie_key(state: &Path, port: u16) -> Result<String, ExportError> {
    let path = state.join(format!("studio-{port}.key"));
    if let Ok(kept) = fs::read_to_string(&path) {
        let kept = kept.trim();
        if kept.len() == 32 && kept.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(kept.to_owned());
        }
    }
    let key = random_key();
    let fail = |error| ExportError::new(&path, error);
    fs::create_dir_all(state).map_err(fail)?;
    make_private(&path).map_err(fail)?;
    // A file that exists keeps its mode.
    write_whole(&path, key.as_bytes())?;
    Ok(key)
}

/// Makes an empty file that only its owner reads.
#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    fs::OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_port_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = cookie_key(folder.path(), 8470).unwrap();
        assert_eq!(cookie_key(folder.path(), 8470).unwrap(), first);
        assert_ne!(cookie_key(folder.path(), 8471).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let facts = fs::metadata(folder.path().join("studio-8470.key")).unwrap();
            assert_eq!(facts.permissions().mode() & 0o777, 0o600);
        }
    }
}
