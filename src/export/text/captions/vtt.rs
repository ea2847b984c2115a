//! WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format").

use std::fmt::Write as _;

use super::{CaptionScope, captions, times};
use crate::export::text::clock::clock;
use crate::layout::Timeline;

/// The captions of a track as a WebVTT file. Kind and language are in the first line: the grammar of the standard
/// allows no other header before the first cue. The generation, that of [`Tags`](crate::export::Tags), is a comment.
pub fn web_vtt(timeline: &Timeline, scope: CaptionScope, generation: Option<&str>) -> String {
    let mut text = format!("WEBVTT Kind: captions; Language: {}\n", timeline.language);
    if let Some(generation) = generation {
        let _ = write!(text, "\n{NOTE}{generation}\n");
    }
    let captions = captions(timeline, scope);
    for (caption, (start, end)) in captions.iter().zip(times(&captions, timeline.rate)) {
        let _ = write!(text, "\n{}\n{} --> {}\n", caption.id, clock(start), clock(end));
        for line in &caption.lines {
            text.push_str(&escaped(line));
            text.push('\n');
        }
    }
    text
}

/// A comment begins with this word; what follows is ours.
const NOTE: &str = "NOTE adem-generation:";

/// The generation of a WebVTT file that adem wrote; `None` for any other.
pub fn vtt_generation(captions: &str) -> Option<String> {
    let (_, rest) = captions.split_once("\n\n")?;
    rest.lines().next()?.strip_prefix(NOTE).map(str::to_owned)
}

/// The text with the characters escaped that WebVTT reads as markup.
fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_escaped() {
        assert_eq!(escaped("a <b> & c --> d"), "a &lt;b&gt; &amp; c --&gt; d");
    }
}
