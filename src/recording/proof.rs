//! The page on which somebody hears where each phrase of a reading is, and corrects it.

use std::fmt::Write as _;
use std::path::PathBuf;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::reading::{ReadPhrase, fault};
use crate::align::FoundPhrase;
use crate::align::listen::FRAME;
use crate::engine::HeardReading;
use crate::script::language::Language;

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
    /// Where the files of the reading lie.
    pub files: &'a [PathBuf],
}

const STYLE: &str = include_str!("../../web/voice/proof.css");
const SCRIPT: &str = include_str!("../../web/voice/proof.js");

/// Seconds around a phrase that its picture shows.
const AROUND: f64 = 1.5;

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
            body data-stem=(page.stem) {
                header {
                    h1 { "Proof of a reading" }
                    p {
                        (page.phrases.len()) " phrases, " (doubtful) " of them doubtful. Hear the doubtful ones first, then some of the \
                        others. Correct where a phrase begins and ends, save the corrections, and take them in with:"
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
    let (start, end) = found.span.unzip();
    html! {
        section class=(if found.doubt.is_some() { "phrase doubtful" } else { "phrase" }) id={ "phrase-" (index) } data-id=(phrase.id) {
            h2 { (index + 1) ". " span class="id" { (phrase.id) } }
            p class="words" lang=(page.language) dir="auto" { (phrase.text.replace('|', " ")) }
            @if let Some(doubt) = found.doubt {
                p class="flag" { "Doubtful: it " (fault(doubt).wrong) "." }
            }
            @if let Some((start, end)) = found.span {
                (picture(page, start, end))
            }
            p class="play" {
                button type="button" data-play="phrase" disabled[found.span.is_none()] { "Play" }
                " "
                button type="button" data-play="around" disabled[found.span.is_none()] { "Play with what is around" }
            }
            p class="fields" {
                label { "from " input type="number" step="0.01" min="0" name="start" value=(number(start)); " s" }
                " "
                label { "to " input type="number" step="0.01" min="0" name="end" value=(number(end)); " s" }
                span class="sure" { (format!("{:.0} % sure", found.confidence * 100.0)) }
            }
        }
    }
}

/// The peaks around a phrase, with its own in another colour.
fn picture(page: &ProofPage<'_>, start: f64, end: f64) -> Markup {
    const WIDTH: usize = 600;
    const HEIGHT: f64 = 60.0;
    let heard = &page.reading.heard;
    let (from, to) = ((start - AROUND).max(0.0), (end + AROUND).min(heard.seconds()));
    let step = (to - from) / WIDTH as f64;
    let most = heard.peak.iter().copied().fold(0.01f32, f32::max);
    let (mut own, mut around) = (String::new(), String::new());
    for at in 0..WIDTH {
        let time = from + at as f64 * step;
        let first = (time / FRAME) as usize;
        let last = (((time + step) / FRAME) as usize).max(first + 1).min(heard.len());
        let peak = heard.peak[first.min(last)..last].iter().copied().fold(0.0f32, f32::max);
        let half = (f64::from(peak / most) * HEIGHT / 2.0).max(0.4);
        let path = if time >= start && time < end { &mut own } else { &mut around };
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
