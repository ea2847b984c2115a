//! Byte ranges and entity tags of requests (RFC 9110, sections 8.8, 13 and 14).

use std::ops::Range;

/// What a request wants of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedBytes {
    /// All of it: no range was asked for, or several, or in another unit.
    Whole,
    Part(Range<u64>),
    /// A range that begins behind the end.
    Outside,
}

impl WantedBytes {
    /// Reads a `Range` header for a body of this size.
    pub fn of(header: Option<&str>, size: u64) -> Self {
        let one = || {
            let (unit, ranges) = header?.split_once('=')?;
            // Units have no case (section 14.1), and a list may have elements without anything in them (section 5.6.1).
            let mut ranges = ranges.split(',').map(str::trim).filter(|range| !range.is_empty());
            let (first, last) = ranges.next()?.split_once('-')?;
            if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.next().is_some() {
                return None;
            }
            let number = |digits: &str| {
                let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                // A number beyond any size stands for the largest one.
                is_number.then(|| digits.parse().unwrap_or(u64::MAX))
            };
            Some(match (first.trim(), last.trim()) {
                ("", suffix) => match number(suffix)? {
                    0 => Self::Outside,
                    _ if size == 0 => Self::Outside,
                    suffix => Self::Part(size.saturating_sub(suffix)..size),
                },
                (first, "") => Self::from(number(first)?, u64::MAX, size),
                (first, last) => {
                    let (first, last) = (number(first)?, number(last)?);
                    if last < first {
                        return None;
                    }
                    Self::from(first, last, size)
                }
            })
        };
        one().unwrap_or(Self::Whole)
    }

    fn from(first: u64, last: u64, size: u64) -> Self {
        if first >= size { Self::Outside } else { Self::Part(first..size.min(last.saturating_add(1))) }
    }
}

/// The value of a `Content-Range` header.
pub fn content_range(range: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end - 1)
}

/// Whether a tag, with its quotes, is in an `If-None-Match` header. Weak tags count as strong ones here (section 13.1.2).
pub fn names_tag(header: &str, tag: &str) -> bool {
    let is_it = |one: &str| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    };
    header.split(',').any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part_and_anything_else_is_the_whole() {
        let of = |header| WantedBytes::of(Some(header), 100);
        for (header, range) in [
            ("bytes=0-1", 0..2),
            ("bytes=0-", 0..100),
            ("bytes=99-", 99..100),
            ("bytes=10-99999999999999999999999", 10..100),
            ("bytes=-5", 95..100),
            ("bytes=-500", 0..100),
            ("bytes= 7 - 8 ", 7..9),
            ("Bytes=0-1", 0..2),
            ("bytes=0-0, ", 0..1),
        ] {
            assert_eq!(of(header), WantedBytes::Part(range), "{header}");
        }
        for header in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(of(header), WantedBytes::Outside, "{header}");
        }
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=+1-2",
        ] {
            assert_eq!(of(header), WantedBytes::Whole, "{header}");
        }
        assert_eq!(WantedBytes::of(None, 100), WantedBytes::Whole);
        assert_eq!(WantedBytes::of(Some("bytes=0-"), 0), WantedBytes::Outside);
        assert_eq!(content_range(&(5..10), 100), "bytes 5-9/100");
    }

    #[test]
    fn a_tag_is_found_in_a_list() {
        for (header, found) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            assert_eq!(names_tag(header, "\"a\""), found, "{header}");
        }
    }
}
