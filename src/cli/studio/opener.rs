//! Opens an address in the browser of the person at this machine.

use std::process::{Command, Stdio};

/// Starts the system's opener; `false` where there is none, or nobody at a screen.
pub(super) fn open(address: &str) -> bool {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|set| !set.is_empty()));
        if !has_screen {
            return false;
        }
        Command::new("xdg-open")
    };
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut started) = command.spawn() else { return false };
    // It ends at once or stays with the browser; either way somebody has to wait for it.
    std::thread::spawn(move || started.wait());
    true
}
