//! Conflicts that the merging of two versions left in a file.

use std::ops::Range;

/// One conflict, with places in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeConflict {
    /// Its first mark, without the line break.
    pub mark: Range<usize>,
    /// Where its second version begins.
    pub second: Range<usize>,
    /// What is left out, so that the first version alone is read: the marks and the other versions, as whole lines.
    pub left_out: [Range<usize>; 2],
}

impl MergeConflict {
    pub const MESSAGE: &str = "two versions of these lines stand here, as a merge left them";
    pub const HELP: &str =
        "keep one of them, and take out the other and the lines with <<<<<<<, ======= and >>>>>>>";
}

/// The conflicts of a file.
pub fn conflicts(text: &str) -> Vec<MergeConflict> {
    let mut found = Vec::new();
    // The first mark, the end of the first version, and the second version.
    let (mut open, mut first_ends, mut second) = (None, None, None);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let is_mark = |sign: char| {
            let rest = line.trim_start_matches(sign);
            line.len() - rest.len() == 7 && (rest.trim_end().is_empty() || rest.starts_with(' '))
        };
        if is_mark('<') {
            let end = range.start + line.trim_end().len();
            (open, first_ends, second) = (Some((range, end)), None, None);
        } else if open.is_some() && is_mark('|') {
            first_ends = first_ends.or(Some(range.start));
        } else if open.is_some() && is_mark('=') {
            first_ends = first_ends.or(Some(range.start));
            second = Some(range.start..range.start + line.trim_end().len());
        } else if is_mark('>')
            && let (Some((first, first_end)), Some(ends), Some(second)) =
                (open.take(), first_ends.take(), second.take())
        {
            let mark = first.start..first_end;
            found.push(MergeConflict { mark, second, left_out: [first, ends..range.end] });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_is_kept() {
        for middle in ["=======\n", "||||||| old\nc\n=======\n"] {
            let text = format!("a\n<<<<<<< HEAD\nb\n{middle}d\n>>>>>>> other\ne\n");
            let [conflict] = &conflicts(&text)[..] else { panic!("{text}") };
            let mut kept = text.clone();
            for range in conflict.left_out.iter().rev() {
                kept.replace_range(range.clone(), "");
            }
            assert_eq!(kept, "a\nb\ne\n");
            assert_eq!(&text[conflict.second.clone()], "=======");
            assert_eq!(&text[conflict.mark.clone()], "<<<<<<< HEAD");
        }
        for text in ["a\n=======\nb\n", "<<<<<<< HEAD\na\n", "<<<<<<<<\n=======\n>>>>>>>\n"] {
            assert_eq!(conflicts(text), [], "{text}");
        }
    }
}
