//! Carries a change over to a text that was changed elsewhere, where the two changes do not touch each other.

use std::ops::Range;

/// The range of `base` that differs in `other`, and what stands there in `other`. Ranges begin and end between characters.
fn changed<'a>(base: &str, other: &'a str) -> (Range<usize>, &'a str) {
    let mut start = base.bytes().zip(other.bytes()).take_while(|(one, two)| one == two).count();
    while !(base.is_char_boundary(start) && other.is_char_boundary(start)) {
        start -= 1;
    }
    let rest = base.len().min(other.len()) - start;
    let ends = base.bytes().rev().zip(other.bytes().rev()).take(rest);
    let mut end = ends.take_while(|(one, two)| one == two).count();
    while !(base.is_char_boundary(base.len() - end) && other.is_char_boundary(other.len() - end)) {
        end -= 1;
    }
    (start..base.len() - end, &other[start..other.len() - end])
}

/// The lines of `base` that a change touches: none where it only adds whole lines.
fn lines(base: &str, range: &Range<usize>, new: &str) -> Range<usize> {
    let number = |at: usize| base[..at].matches('\n').count();
    let line = base[..range.start].rfind('\n').map_or(0, |at| at + 1);
    // What two lines have in common at their beginning stands before the change: it begins with the line all the same.
    let head = &base[line..range.start];
    let adds_before = new.strip_suffix(head).is_some_and(|added| added.ends_with('\n'));
    let adds_after =
        new.starts_with('\n') && (range.end == base.len() || base[range.end..].starts_with('\n'));
    if range.is_empty() && (adds_before || adds_after) {
        return number(line)..number(line);
    }
    let is_begun = new.is_empty() && base[range.clone()].ends_with(head);
    let end = if is_begun { range.end - head.len() } else { range.end };
    // A change that ends with the end of a line does not touch the next one.
    let last = if end > line && base[..end].ends_with('\n') { end - 1 } else { end };
    number(line)..number(last) + 1
}

/// What `theirs` becomes by the change from `base` to `mine`; `None` if both change the same place, or the same line: two
/// wordings of a phrase together are one that nobody has written.
pub fn rebase(base: &str, mine: &str, theirs: &str) -> Option<String> {
    if theirs == base {
        return Some(mine.to_owned());
    }
    let (own, new) = changed(base, mine);
    let (their, their_new) = changed(base, theirs);
    let (ours, other) = (lines(base, &own, new), lines(base, &their, their_new));
    if ours.start < other.end && other.start < ours.end {
        return None;
    }
    let place = moved(base, theirs, own)?;
    let mut text = theirs.to_owned();
    text.replace_range(place, new);
    Some(text)
}

/// Where a range of `base` stands in `theirs`; `None` if it was changed there.
pub fn moved(base: &str, theirs: &str, range: Range<usize>) -> Option<Range<usize>> {
    let (their, their_new) = changed(base, theirs);
    if theirs == base || range.end < their.start || (range.end == their.start && range.start < range.end) {
        return Some(range);
    }
    if range.start > their.end || (range.start == their.end && range.start < range.end) {
        let shift = |at: usize| at - their.end + their.start + their_new.len();
        return Some(shift(range.start)..shift(range.end));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_carried_over_unless_the_other_touches_it() {
        let base = "één = 1\ntwee = 2\ndrie = 3\n";
        let mine = "één = 1\ntwee = 2\ndrie = 33\n";
        let theirs = "één = 1111\ntwee = 2\ndrie = 3\n";
        let both = "één = 1111\ntwee = 2\ndrie = 33\n";
        assert_eq!(rebase(base, mine, theirs).as_deref(), Some(both));
        assert_eq!(rebase(base, theirs, mine).as_deref(), Some(both));
        assert_eq!(rebase(base, mine, "één = 1\ntwee = 2\ndrie = 34\n"), None);
        assert_eq!(rebase(base, mine, base).as_deref(), Some(mine));
        // Two wordings of one phrase.
        let base = "{ say = \"Hoe is het?\" },\n{ say = \"Rust.\" },\n";
        let [mine, theirs] =
            ["Hoe is het? Echt?", "Hoe gaat het?"].map(|say| base.replace("Hoe is het?", say));
        assert_eq!(rebase(base, &mine, &theirs), None);
        // A step that is added or taken out beside a line that is changed.
        let added = format!("{{ pause = 3 }},\n{base}");
        let both = format!("{{ pause = 3 }},\n{mine}");
        assert_eq!(rebase(base, &mine, &added), Some(both.clone()));
        assert_eq!(rebase(base, &added, &mine), Some(both));
        let fewer = "{ say = \"Hoe is het?\" },\n";
        assert_eq!(rebase(base, fewer, &mine).as_deref(), Some("{ say = \"Hoe is het? Echt?\" },\n"));
        assert_eq!(rebase(base, "{ say = \"Rust.\" },\n", &mine), None);
        // Letters of two bytes that share their first.
        assert_eq!(rebase("é", "è", "é\nx").as_deref(), Some("è\nx"));
    }

    #[test]
    fn a_place_moves_with_what_stands_before_it() {
        let (base, theirs) = ("a\nb\nc\n", "a\nlong\nb\nc\n");
        assert_eq!(moved(base, theirs, 4..5), Some(9..10));
        assert_eq!(moved(base, "a\nB\nc\n", 2..3), None);
        assert_eq!(moved(base, "a\nB\nc\n", 0..1), Some(0..1));
    }
}
