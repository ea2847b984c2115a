//! Addresses of the files of the site: paths as browsers, podcast apps and servers read them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is written as `%20` and the like: all that may mean something else in an address, or in the server that reads it.
/// `=` stands in the names of versions with a choice and means nothing in a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'=');

/// The address of a file, relative to the folder its path is relative to: each part of the path encoded by itself.
pub(super) fn address(path: &str) -> String {
    let parts = path.split('/').map(|part| utf8_percent_encode(part, ENCODED).to_string());
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_nothing_else_in_an_address() {
        assert_eq!(
            address("files/net/nl/01-adem-nl_einde=slaap_2.mp3"),
            "files/net/nl/01-adem-nl_einde=slaap_2.mp3"
        );
        assert_eq!(address("en/01 #half?%20+&é.mp3"), "en/01%20%23half%3F%2520%2B%26%C3%A9.mp3");
    }
}
