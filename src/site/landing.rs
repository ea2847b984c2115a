//! The first page: it leads to the page of the reader's language, and lists all of them where no script runs.

use maud::{DOCTYPE, html};

use super::address::address;
use super::assets::Assets;
use super::contents::SiteContents;
use super::page::head;
use crate::export::text::page::printable;

/// The page at the root of the site.
pub(super) fn landing(pages: &[SiteContents], assets: &Assets) -> String {
    let folder = address(&assets.folder());
    let first = &pages[0];
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(first.language) {
            head {
                (head(&first.title, &folder)) "\n"
                script src={ (folder) "/pick.js" } defer {} "\n"
            }
            body {
                main.landing {
                    h1 { (first.title) }
                    ul {
                        @for page in pages {
                            li {
                                a href=(address(&format!("{}/index.html", page.folder()))) lang=(page.language) hreflang=(page.language) {
                                    (page.title) " · " (page.language.own_name())
                                }
                            }
                        }
                    }
                }
            }
        }
        "\n"
    };
    printable(&page.into_string())
}
