//! WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format").

use std::fmt::Write as _;

use super::{Caption, Heard, captions};
use crate::export::moment::{clock, milliseconds};
use crate::layout::Timeline;
use crate::unit::SampleRate;

/// The captions of a track as a WebVTT file. Kind and language stand in the first line: the grammar of the standard
/// has no other lines before the first cue.
pub fn web_vtt(timeline: &Timeline, heard: Heard) -> String {
    let mut text = format!("WEBVTT Kind: captions; Language: {}\n", timeline.language);
    let mut clear = 0;
    for caption in captions(timeline, heard) {
        clear = write_cue(&mut text, &caption, timeline.rate, clear);
    }
    text
}

/// Writes a cue that begins at `clear` or later, in milliseconds; gives the moment it ends.
fn write_cue(text: &mut String, caption: &Caption, rate: SampleRate, clear: u64) -> u64 {
    let start = milliseconds(caption.start, rate).max(clear);
    // A cue ends after it starts, however short it is.
    let end = milliseconds(caption.end, rate).max(start + 1);
    let _ = write!(text, "\n{}\n{} --> {}\n", caption.id, clock(start), clock(end));
    for line in &caption.lines {
        text.push_str(&escaped(line));
        text.push('\n');
    }
    end
}

/// The text without what WebVTT would take as a mark of its own.
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
