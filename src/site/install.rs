//! The manifest of the page as an app: its name, where it begins, its icons.

use serde_json::json;

use super::assets::{Assets, ICONS};
use super::contents::SiteContents;
use super::data::from_page;

/// The manifest of a language, to be written beside its page.
pub(super) fn manifest(page: &SiteContents, assets: &Assets) -> String {
    let icon = |width: u32| {
        json!({
            "src": from_page(&format!("{}/icon-{width}.png", assets.folder())),
            "sizes": format!("{width}x{width}"),
            "type": "image/png",
            "purpose": "any maskable",
        })
    };
    let direction = if page.language.is_right_to_left() { "rtl" } else { "ltr" };
    let document = json!({
        "name": page.title,
        "short_name": page.title,
        "lang": page.language.as_str(),
        "dir": direction,
        "id": "../",
        "start_url": "index.html",
        "scope": "../",
        "display": "standalone",
        "background_color": "#f6f3ec",
        "theme_color": "#f6f3ec",
        "icons": ICONS.map(icon),
    });
    format!("{document:#}\n")
}
