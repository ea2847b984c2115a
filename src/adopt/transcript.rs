//! The words of a finished recording: subtitles (VTT, SRT), which say when, or plain text.

use thiserror::Error;

/// The words of a recording, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WrittenWords {
    pub phrases: Vec<TranscribedPhrase>,
    /// Whether it says where each part begins.
    pub has_parts: bool,
}

/// A phrase of a transcript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TranscribedPhrase {
    pub text: String,
    /// When it is shown, in seconds; `None` in plain text.
    pub shown: Option<(f64, f64)>,
    /// Whether a part begins with it, and the title of that.
    pub part: Option<Option<String>>,
}

/// Why a transcript cannot be used; the messages continue a sentence that begins with its name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TranscriptError {
    #[error("has no words; write what is said, a phrase a line, or give the subtitles of the recording")]
    Empty,
    #[error("has a cue without two times in line {line}; write 00:00:01.000 --> 00:00:04.000")]
    Times { line: usize },
    #[error("has a cue in line {line} that begins before the one above it; put the cues in order of time")]
    Order { line: usize },
}

/// A line of plain text that is longer than this, in letters, is cut into its sentences.
const LONG_LINE: usize = 140;
/// A cue whose text does not end goes on in the next, if that follows within so many seconds.
const GOES_ON: f64 = 0.6;

impl WrittenWords {
    /// Reads a transcript; subtitles are told by the arrows between their times.
    ///
    /// # Errors
    /// [`TranscriptError`].
    pub fn read(bytes: &[u8]) -> Result<Self, TranscriptError> {
        let text = decoded(bytes);
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
        let is_timed = text.contains("-->") || text.starts_with("WEBVTT");
        let found = if is_timed { subtitles(&text)? } else { plain(&text) };
        if found.phrases.is_empty() { Err(TranscriptError::Empty) } else { Ok(found) }
    }

    /// Whether it says when each phrase is spoken.
    pub fn is_timed(&self) -> bool {
        self.phrases.iter().all(|phrase| phrase.shown.is_some())
    }
}

fn decoded(bytes: &[u8]) -> String {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // As old subtitles are written.
            Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
        },
    }
}

fn subtitles(text: &str) -> Result<WrittenWords, TranscriptError> {
    let mut found = WrittenWords::default();
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    let mut last_start = 0.0;
    while at < lines.len() {
        let Some((from, to)) = lines[at].split_once("-->") else {
            at += 1;
            continue;
        };
        let line = at + 1;
        let name = at.checked_sub(1).map_or("", |above| lines[above].trim());
        let times = clock(from).zip(to.split_whitespace().next().and_then(clock));
        let Some((start, end)) = times else { return Err(TranscriptError::Times { line }) };
        if start < last_start {
            return Err(TranscriptError::Order { line });
        }
        last_start = start;
        let mut words = Vec::new();
        at += 1;
        while at < lines.len() && !lines[at].trim().is_empty() && !lines[at].contains("-->") {
            words.push(lines[at]);
            at += 1;
        }
        // SRT without an empty line between its cues: the number of the next one.
        if at < lines.len() && lines[at].contains("-->") && words.last().is_some_and(|last| is_number(last)) {
            words.pop();
        }
        let text = plain_words(&words.join(" "));
        if text.is_empty() {
            continue;
        }
        let goes_on = |last: &TranscribedPhrase| {
            let near = last.shown.is_some_and(|(_, end)| start - end < GOES_ON);
            near && (!ends(&last.text) || is_second_caption(name))
        };
        match found.phrases.last_mut().filter(|last| goes_on(last)) {
            Some(last) => {
                last.text = format!("{} {text}", last.text);
                last.shown = last.shown.map(|(first, _)| (first, end));
            }
            None => found.phrases.push(TranscribedPhrase { text, shown: Some((start, end)), part: None }),
        }
    }
    Ok(found)
}

/// Whether a cue is the second or a later one of a long phrase, by the name that adem gives it: `plek/welkom (2)`.
fn is_second_caption(name: &str) -> bool {
    let number = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
    number.is_some_and(|(_, number)| is_number(number))
}

fn is_number(text: &str) -> bool {
    !text.trim().is_empty() && text.trim().chars().all(|c| c.is_ascii_digit())
}

/// `00:01:02.345`, `01:02,345`, in seconds.
fn clock(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let groups: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&groups.len()) {
        return None;
    }
    groups.iter().try_fold(0.0, |sum, group| {
        let is_plain = !group.is_empty() && group.chars().all(|c| c.is_ascii_digit() || c == '.');
        let value: f64 = group.parse().ok().filter(|_| is_plain)?;
        Some(sum * 60.0 + value)
    })
}

/// Whether a text ends as a sentence does.
fn ends(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c == ')' || is_quote(c));
    text.ends_with(is_end)
}

fn is_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | ':' | ';' | '。' | '！' | '？' | '؟' | '।')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | '“' | '‘' | '«' | '」')
}

/// The words of a cue or a line: without marks of style, names of sounds in brackets, and notes of music.
fn plain_words(text: &str) -> String {
    if text.contains(['♪', '♫']) {
        return String::new();
    }
    let mut words = String::new();
    let mut until = None;
    for c in text.chars() {
        match (until, c) {
            (Some(end), c) if c == end => until = None,
            (Some(_), _) => {}
            (None, '<') => until = Some('>'),
            (None, '[') => until = Some(']'),
            (None, '{') => until = Some('}'),
            (None, c) => words.push(c),
        }
    }
    let words = ["&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"]
        .iter()
        .zip(["&", "<", ">", " ", "", ""])
        .fold(words, |text, (name, letter)| text.replace(name, letter));
    let words = words.replace(['*', '_'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = words.join(" ");
    // A sound that is described in round brackets is none of the words.
    let is_described = words.starts_with('(') && words.ends_with(')') && words.matches('(').count() == 1;
    if is_described || !words.chars().any(char::is_alphanumeric) { String::new() } else { words }
}

fn plain(text: &str) -> WrittenWords {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    // A transcript by adem begins with what the listener has to know; its parts have their times.
    let first = lines.iter().position(|line| timed_heading(line).is_some()).unwrap_or(0);
    let lines = &lines[first..];
    let headings = lines.iter().any(|line| heading(line).is_some());
    let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
    let paragraphs: Vec<usize> = paragraphs.map(<[&str]>::len).collect();
    let said: usize = paragraphs.iter().sum();
    // Where every line stands alone, an empty line means nothing.
    let by_paragraph = !headings && paragraphs.len() > 1 && said >= 2 * paragraphs.len();
    let mut found = WrittenWords { phrases: Vec::new(), has_parts: headings || by_paragraph };
    let mut part = by_paragraph.then_some(None);
    for line in lines {
        if line.is_empty() {
            if by_paragraph {
                part = Some(None);
            }
            continue;
        }
        if let Some(title) = heading(line) {
            part = Some(Some(title));
            continue;
        }
        let line = line.trim_start_matches(['-', '•', '–', ' ']);
        let words = plain_words(line);
        let is_long = words.chars().count() > LONG_LINE;
        let sentences = if is_long { sentences(&words) } else { vec![words] };
        for text in sentences.into_iter().filter(|text| !text.is_empty()) {
            found.phrases.push(TranscribedPhrase { text, shown: None, part: part.take() });
        }
    }
    found
}

/// The title in a heading: `# Een plek`, or `Een plek (1:23)` as adem writes it.
fn heading(line: &str) -> Option<String> {
    let marked = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#').trim().to_owned());
    marked.filter(|title| !title.is_empty()).or_else(|| timed_heading(line))
}

fn timed_heading(line: &str) -> Option<String> {
    let (title, time) = line.trim_start_matches('#').trim().strip_suffix(')')?.rsplit_once(" (")?;
    let is_time = time.contains(':') && time.chars().all(|c| c.is_ascii_digit() || c == ':');
    (is_time && !title.is_empty()).then(|| title.to_owned())
}

/// The sentences of a text: a mark of the end, then a space and no small letter.
fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut sentence = String::new();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        sentence.push(c);
        let is_over = ends(&sentence) && !matches!(c, ':' | ';');
        let full_width = matches!(c, '。' | '！' | '？');
        if is_over && (full_width || letters.peek().is_some_and(|next| next.is_whitespace())) {
            let next = letters.clone().find(|c| !c.is_whitespace());
            if full_width || next.is_none_or(|next| !next.is_lowercase()) {
                found.push(sentence.trim().to_owned());
                sentence.clear();
            }
        }
    }
    found.push(sentence.trim().to_owned());
    found.retain(|sentence| !sentence.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(transcript: &WrittenWords) -> Vec<&str> {
        transcript.phrases.iter().map(|phrase| phrase.text.as_str()).collect()
    }

    #[test]
    fn subtitles_of_both_kinds_are_read_and_sounds_are_left_out() {
        let vtt = "WEBVTT\n\nNOTE hello\n\nbell 1\n00:00:00.500 --> 00:00:03.000\n[bel]\n\nplek/welkom\n00:00:03.519 --> 00:00:07.989 align:start\n[bel] <v Anna>Welkom &amp; goed\ndat je er bent.\n\n00:10.000 --> 00:12.000\n(muziek)\n";
        let found = WrittenWords::read(vtt.as_bytes()).unwrap();
        assert_eq!(texts(&found), ["Welkom & goed dat je er bent."]);
        assert_eq!(found.phrases[0].shown, Some((3.519, 7.989)));
        let srt =
            "1\r\n00:00:01,000 --> 00:00:02,500\r\nEén.\r\n2\r\n00:01:00,000 --> 00:01:02,500\r\nTwee.\r\n";
        let found = WrittenWords::read(srt.as_bytes()).unwrap();
        assert_eq!(texts(&found), ["Eén.", "Twee."]);
        assert_eq!(found.phrases[1].shown, Some((60.0, 62.5)));
    }

    #[test]
    fn a_phrase_in_several_cues_is_one() {
        let vtt = "WEBVTT\n\n00:01.000 --> 00:04.000\nAdem in,\n\n00:04.000 --> 00:06.000\nen uit.\n\n00:09.000 --> 00:10.000\nNog eens.\n";
        let found = WrittenWords::read(vtt.as_bytes()).unwrap();
        assert_eq!(texts(&found), ["Adem in, en uit.", "Nog eens."]);
        assert_eq!(found.phrases[0].shown, Some((1.0, 6.0)));
    }

    #[test]
    fn wrong_subtitles_are_named_by_their_line() {
        let read = |text: &str| WrittenWords::read(text.as_bytes());
        assert_eq!(read("WEBVTT\n\n00:x --> 00:02.000\nA\n"), Err(TranscriptError::Times { line: 3 }));
        let order = "00:05.000 --> 00:06.000\nA.\n\n00:01.000 --> 00:02.000\nB.\n";
        assert_eq!(read(order), Err(TranscriptError::Order { line: 4 }));
        assert_eq!(read("WEBVTT\n\n00:01.000 --> 00:02.000\n[bel]\n"), Err(TranscriptError::Empty));
        assert_eq!(read(" \n"), Err(TranscriptError::Empty));
    }

    #[test]
    fn plain_text_has_a_phrase_a_line_and_parts_by_headings_or_empty_lines() {
        let found =
            WrittenWords::read("# Aankomen\nWelkom.\nGa zitten.\n\n# Adem\nIn en uit.\n".as_bytes()).unwrap();
        assert_eq!(texts(&found), ["Welkom.", "Ga zitten.", "In en uit."]);
        assert_eq!(found.phrases[0].part, Some(Some("Aankomen".to_owned())));
        assert_eq!(found.phrases[2].part, Some(Some("Adem".to_owned())));
        let found = WrittenWords::read("A a.\nB b.\n\nC c.\nD d.\n".as_bytes()).unwrap();
        let parts: Vec<bool> = found.phrases.iter().map(|phrase| phrase.part.is_some()).collect();
        assert_eq!(parts, [true, false, true, false]);
        let found = WrittenWords::read("A a.\n\nB b.\n\nC c.\n".as_bytes()).unwrap();
        assert!(!found.has_parts);
    }

    #[test]
    fn a_transcript_by_adem_begins_with_its_first_part() {
        let text = "De plek\nstem: Duif\n\nVoor je begint\n\nLuister niet als je rijdt.\n\nBegin (0:00)\n\n[bel]\nWelkom.\n\nEinde (1:02:03)\n\nDag.\n";
        let found = WrittenWords::read(text.as_bytes()).unwrap();
        assert_eq!(texts(&found), ["Welkom.", "Dag."]);
        assert_eq!(found.phrases[1].part, Some(Some("Einde".to_owned())));
    }

    #[test]
    fn a_long_line_is_cut_into_sentences() {
        let line = "Ga rustig zitten, zoals het vandaag past bij jou, op een stoel of op een kussen. Laat je schouders zakken, zo ver als ze willen. Is er iets wat je nog wilt verplaatsen? Doe dat dan.";
        let found = WrittenWords::read(line.as_bytes()).unwrap();
        assert_eq!(found.phrases.len(), 4, "{found:?}");
    }
}
