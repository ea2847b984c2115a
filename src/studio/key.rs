//! The keys of the studio. A link with a key that works once brings a browser in; the browser is known by a cookie from then on.
//! Nothing here can be guessed, and a page of another site never sees either.

use std::sync::{Mutex, PoisonError};

/// The most used links that are remembered, so that their owner is told that they were used.
const REMEMBERED: usize = 64;

/// The keys: of the next link, and of the cookie.
pub struct StudioKeys {
    cookie: String,
    links: Mutex<LinkKeys>,
}

struct LinkKeys {
    next: String,
    used: Vec<String>,
}

/// What a key of a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKey {
    /// It lets a browser in, and works no more.
    Right,
    /// It has let a browser in before.
    Used,
    Wrong,
}

impl StudioKeys {
    /// Keys with the key of a cookie that earlier runs gave to browsers.
    pub fn new(cookie: String) -> Self {
        Self { cookie, links: Mutex::new(LinkKeys { next: random_key(), used: Vec::new() }) }
    }

    /// The key of the next link.
    pub fn link(&self) -> String {
        self.links.lock().unwrap_or_else(PoisonError::into_inner).next.clone()
    }

    /// Takes the key of a link.
    pub fn take(&self, key: &str) -> LinkKey {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if is_same(key, &links.next) {
            let used = std::mem::replace(&mut links.next, random_key());
            if links.used.len() == REMEMBERED {
                links.used.remove(0);
            }
            links.used.push(used);
            LinkKey::Right
        } else if links.used.iter().any(|used| is_same(key, used)) {
            LinkKey::Used
        } else {
            LinkKey::Wrong
        }
    }

    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Whether this is the key of the cookie.
    pub fn is_cookie(&self, key: &str) -> bool {
        is_same(key, &self.cookie)
    }
}

/// Compares keys in a time that does not depend on where they differ.
fn is_same(a: &str, b: &str) -> bool {
    blake3::hash(a.as_bytes()) == blake3::hash(b.as_bytes())
}

/// 128 random bits of the system, as 32 hexadecimal digits.
///
/// # Panics
/// If the system has no random numbers, without which nobody could be let in safely.
pub fn random_key() -> String {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the system has random numbers");
    format!("{:032x}", u128::from_be_bytes(bits))
}

/// The value of a cookie in the header of a request.
pub fn cookie_value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_once_and_the_next_one_is_another() {
        let keys = StudioKeys::new(random_key());
        let first = keys.link();
        assert_eq!(first.len(), 32);
        assert_eq!(keys.take("x"), LinkKey::Wrong);
        assert_eq!(keys.take(&first), LinkKey::Right);
        assert_eq!(keys.take(&first), LinkKey::Used);
        assert_ne!(keys.link(), first);
        assert_eq!(keys.take(&keys.link()), LinkKey::Right);
    }

    #[test]
    fn keys_differ() {
        assert_ne!(random_key(), random_key());
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let header = "a=1; adem-studio-84700=no; adem-studio-8470=yes";
        assert_eq!(cookie_value(header, "adem-studio-8470"), Some("yes"));
        assert_eq!(cookie_value(header, "studio-8470"), None);
    }
}
