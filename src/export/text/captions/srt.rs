//! `SubRip`: numbered captions. There is no standard; this is what common players read.

use std::fmt::Write as _;

use super::{Caption, CaptionScope, captions, times};
use crate::export::text::clock::clock;
use crate::layout::Timeline;

/// The captions of a track as a `SubRip` file.
pub fn sub_rip(timeline: &Timeline, scope: CaptionScope) -> String {
    let captions = captions(timeline, scope);
    let mut text = String::new();
    for (index, (caption, (start, end))) in captions.iter().zip(times(&captions, timeline.rate)).enumerate() {
        let (start, end) = (clock(start).replace('.', ","), clock(end).replace('.', ","));
        let _ = write!(text, "{}{}\n{start} --> {end}\n", if index > 0 { "\n" } else { "" }, index + 1);
        for line in plain_lines(caption) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Lines without angle brackets, which players read as tags.
fn plain_lines(caption: &Caption) -> impl Iterator<Item = String> {
    caption.lines.iter().map(|line| line.replace('<', "‹").replace('>', "›"))
}
