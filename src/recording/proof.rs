//! The page on which somebody hears where each phrase of a reading is, and corrects it.

use std::fmt::Write as _;
use std::path::PathBuf;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::reading::{CorrectedPlace, ReadPhrase};
use crate::align::FoundPhrase;
use crate::align::listen::FRAME;
use crate::engine::{HeardReading, ReadingFile};
use crate::script::language::Language;
use crate::toml::table::as_name;

/// What the page shows.
pub struct ProofPage<'a> {
    /// The name of the page without its ending, under which a browser keeps corrections.
    pub stem: &'a str,
    /// The command that takes corrections in.
    pub again: &'a str,
    pub language: &'a Language,
    pub reading: &'a HeardReading,
    pub phrases: &'a [ReadPhrase],
    pub found: &'a [FoundPhrase],
    /// What was left out: earlier takes and other speech, in seconds.
    pub left_out: &'a [(f64, f64)],
    /// Where the files of the reading lie.
    pub files: &'a [PathBuf],
}

const STYLE: &str = include_str!("../../web/voice/proof.css");
const SCRIPT: &str = include_str!("../../web/voice/proof.js");

/// Seconds around a phrase that its picture shows.
const AROUND: f64 = 1.5;

/// What a reading is known by, whatever its files are called: a hash of how loud it is from moment to moment.
pub fn reading_mark(reading: &HeardReading) -> String {
    let mut hash = blake3::Hasher::new();
    for peak in &reading.heard.peak {
        hash.update(&peak.to_le_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// The names of the files of a reading, without their folders.
pub fn reading_name(reading: &HeardReading) -> String {
    let name = |file: &ReadingFile| file.path.file_name().map(|name| name.to_string_lossy().into_owned());
    reading.files.iter().filter_map(name).collect::<Vec<_>>().join(", ")
}

/// The name of the page of a reading, without its ending. Another reading of the same scripts has another, even if its file has
/// the same name, so that neither its page nor its corrections take the place of the first.
pub fn proof_stem(voice: &str, scripts: &[String], reading: &HeardReading) -> String {
    let mut hash = blake3::Hasher::new();
    for script in scripts {
        hash.update(script.as_bytes());
    }
    hash.update(reading_mark(reading).as_bytes());
    let mark = hash.finalize().to_hex();
    let script = match scripts {
        [first, _, ..] => format!("{first}-and-{}", scripts.len() - 1),
        [one] => one.clone(),
        [] => String::new(),
    };
    let name = reading.files.first().and_then(|file| file.path.file_stem());
    let name = as_name(&name.map(|name| name.to_string_lossy()).unwrap_or_default());
    format!("reading-{voice}-{script}-{name}-{}", &mark[..8])
}

/// The page as HTML that plays the reading from where it lies.
pub fn proof_page(page: &ProofPage<'_>) -> String {
    let doubtful = page.found.iter().filter(|found| found.doubt.is_some()).count();
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Proof of a reading: " (page.stem) }
                style { (PreEscaped(STYLE)) }
            }
            body data-stem=(page.stem) data-reading=(reading_name(page.reading)) data-mark=(reading_mark(page.reading)) {
                header {
                    h1 { "Proof of a reading" }
                    p {
                        (page.phrases.len()) " phrases, " (doubtful) " of them doubtful. Hear the doubtful ones first, then some of the \
                        others. Correct where a phrase begins and ends, or tick that it is not read here, save the corrections, and take them in with:"
                    }
                    p { code { (page.again) } }
                    p class="bar" {
                        button id="save" type="button" { "Save corrections" }
                        " "
                        label { input type="checkbox" id="doubtful"; " only doubtful ones" }
                        " "
                        output id="count" { "nothing corrected" }
                    }
                }
                @for (index, file) in page.reading.files.iter().enumerate() {
                    audio preload="metadata" id={ "file-" (index) } data-from=(file.from) data-seconds=(file.seconds)
                        src=(file_url(page, index)) {}
                }
                main {
                    @for (index, (phrase, found)) in page.phrases.iter().zip(page.found).enumerate() {
                        (row(page, index, phrase, found))
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

fn row(page: &ProofPage<'_>, index: usize, phrase: &ReadPhrase, found: &FoundPhrase) -> Markup {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let (corrected, fixed) = match phrase.fixed {
        Some(CorrectedPlace::At(from, to)) => (Some((from, to)), Some("at")),
        Some(CorrectedPlace::NotRead) => (None, Some("not-read")),
        None => (None, None),
    };
    let (start, end) = found.span.or(corrected).unzip();
    let trouble = phrase.trouble(found);
    let gap = gap(page, index, found);
    let left_out: Vec<_> = page
        .left_out
        .iter()
        .filter(|(from, to)| *to > gap.0 && *from < gap.1)
        .copied()
        .filter(|span| is_long_enough(*span))
        .collect();
    html! {
        section class=(if trouble.is_some() { "phrase doubtful" } else { "phrase" }) id={ "phrase-" (index) }
            data-id=(phrase.id) data-fixed=[fixed] {
            h2 { (index + 1) ". " span class="id" { (phrase.id) } }
            p class="words" lang=(page.language) dir="auto" { (phrase.text.replace('|', " ")) }
            @if let Some(trouble) = &trouble {
                p class="flag" { "Doubtful: it " (trouble.wrong) "." }
                (beside(page, "Before it", index.checked_sub(1)))
                (beside(page, "After it", Some(index + 1)))
            }
            @match found.span {
                Some((start, end)) => (picture(page, (start - AROUND, end + AROUND), Some((start, end)))),
                None if is_long_enough(gap) => (picture(page, gap, None)),
                None => p class="beside" { "Nothing of the reading is left where it should be." },
            }
            p class="play" {
                button type="button" data-play="phrase" disabled[start.is_none()] { "Play" }
                " "
                button type="button" data-play="around" disabled[start.is_none()] { "Play with what is around" }
                @if found.span.is_none() && is_long_enough(gap) {
                    " "
                    (stretch("Play where it should be", gap))
                }
            }
            @if !left_out.is_empty() {
                ul class="left-out" {
                    @for span in left_out {
                        li {
                            (stretch("Play what was left out", span))
                            " "
                            button type="button" data-here="" data-from=(number(Some(span.0))) data-to=(number(Some(span.1))) { "It is here" }
                        }
                    }
                }
            }
            p class="fields" {
                label { "from " input type="number" step="any" min="0" name="start" value=(number(start)); " s" }
                " "
                label { "to " input type="number" step="any" min="0" name="end" value=(number(end)); " s" }
                " "
                label class="unread" { input type="checkbox" name="unread" checked[fixed == Some("not-read")]; " not read here" }
                @if found.span.is_some() {
                    span class="sure" {
                        @if fixed.is_some() { "corrected" } @else { (format!("{:.0} % sure", found.confidence * 100.0)) }
                    }
                }
            }
        }
    }
}

/// The words of a phrase beside one.
fn beside(page: &ProofPage<'_>, what: &str, index: Option<usize>) -> Markup {
    html! {
        @if let Some(phrase) = index.and_then(|index| page.phrases.get(index)) {
            p class="beside" { (what) ": " span lang=(page.language) dir="auto" { (phrase.text.replace('|', " ")) } }
        }
    }
}

/// Whether there is anything to hear in a stretch.
fn is_long_enough((from, to): (f64, f64)) -> bool {
    const LEAST: f64 = 0.1;
    to - from >= LEAST
}

/// A button that plays a stretch of the reading, named by its times.
fn stretch(what: &str, (from, to): (f64, f64)) -> Markup {
    html! {
        button type="button" data-play="stretch" data-from=(format!("{from:.3}")) data-to=(format!("{to:.3}")) {
            (what) (format!(": {from:.1}–{to:.1} s"))
        }
    }
}

/// From the end of what was found before a phrase to the beginning of what was found after it; the whole reading where the phrases
/// were read in another order.
fn gap(page: &ProofPage<'_>, index: usize, found: &FoundPhrase) -> (f64, f64) {
    let spans = || page.found.iter().enumerate().filter_map(|(at, other)| Some((at, other.span?)));
    let whole = page.reading.heard.seconds();
    let (before, after) = if let Some((start, end)) = found.span {
        let before = spans().map(|(_, span)| span.1).filter(|other| *other <= start).fold(0.0, f64::max);
        (before, spans().map(|(_, span)| span.0).filter(|other| *other >= end).fold(whole, f64::min))
    } else {
        let before = spans().filter(|(at, _)| *at < index).map(|(_, span)| span.1).fold(0.0, f64::max);
        (before, spans().filter(|(at, _)| *at > index).map(|(_, span)| span.0).fold(whole, f64::min))
    };
    if before < after { (before, after) } else { (0.0, whole) }
}

/// The peaks of a stretch, with those of the phrase in another colour.
fn picture(page: &ProofPage<'_>, stretch: (f64, f64), own_span: Option<(f64, f64)>) -> Markup {
    const WIDTH: usize = 600;
    const HEIGHT: f64 = 60.0;
    let heard = &page.reading.heard;
    let (from, to) = (stretch.0.max(0.0), stretch.1.min(heard.seconds()));
    let step = (to - from) / WIDTH as f64;
    let most = heard.peak.iter().copied().fold(0.01f32, f32::max);
    let (mut own, mut around) = (String::new(), String::new());
    for at in 0..WIDTH {
        let time = from + at as f64 * step;
        let first = (time / FRAME) as usize;
        let last = (((time + step) / FRAME) as usize).max(first + 1).min(heard.len());
        let peak = heard.peak[first.min(last)..last].iter().copied().fold(0.0f32, f32::max);
        let half = (f64::from(peak / most) * HEIGHT / 2.0).max(0.4);
        let is_own = own_span.is_some_and(|(start, end)| time >= start && time < end);
        let path = if is_own { &mut own } else { &mut around };
        let _ = write!(path, "M{at} {:.1}V{:.1}", HEIGHT / 2.0 - half, HEIGHT / 2.0 + half);
    }
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label="the sound around the phrase" {
            path class="around" d=(around) {}
            path class="own" d=(own) {}
        }
    }
}

/// The address of a file on this machine.
fn file_url(page: &ProofPage<'_>, index: usize) -> String {
    let path = page.files.get(index).map(|path| path.display().to_string()).unwrap_or_default();
    url::Url::from_file_path(&path).map_or(path, |url| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::Doubt;
    use crate::align::listen::{Heard, RATE};

    #[test]
    fn what_is_too_short_to_be_heard_is_not_offered() {
        let reading = HeardReading { files: Vec::new(), heard: Heard::of(&vec![0.1f32; 3 * RATE]) };
        let phrase =
            |id: &str| ReadPhrase { id: id.to_owned(), text: "Feel your feet.".to_owned(), fixed: None };
        let phrases = [phrase("a"), phrase("b"), phrase("c")];
        let page = |end: f64| {
            let missing = FoundPhrase { span: None, confidence: 0.0, doubt: Some(Doubt::NotFound) };
            let first = FoundPhrase { span: Some((1.0, end)), confidence: 1.0, doubt: None };
            proof_page(&ProofPage {
                stem: "reading-a",
                again: "adem voice import a.wav",
                language: &Language::parse("en").unwrap(),
                reading: &reading,
                phrases: &phrases,
                found: &[first, missing, missing],
                left_out: &[(end, end + 0.05)],
                files: &[],
            })
        };
        let (early, whole) = (page(reading.heard.seconds() - 0.06), page(2.0));
        assert!(!early.contains("data-play=\"stretch\""), "{early}");
        assert_eq!(early.matches("Nothing of the reading is left").count(), 2, "{early}");
        assert_eq!(whole.matches("Play where it should be").count(), 2, "{whole}");
        assert!(!whole.contains("Play what was left out"), "{whole}");
    }
}
