//! The page of a list of changes: each with its words and sounds, before and after. It has no scripts and asks nothing of other
//! sites, so that it can be opened from a disk.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::compare::{ChangeKind, HeardSound, TimeSpan};
use super::list::{ChangeList, ListedChange, ListedFile};
use crate::export::text::page::{LETTERS, printable};
use crate::unit::literal::print_clock;

/// The page as HTML.
pub(super) fn page(list: &ChangeList) -> String {
    let title = format!("What changed, {}", list.date);
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" dir="ltr" {
            "\n" head {
                "\n" meta charset="utf-8";
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                "\n" title { (title) }
                "\n" style { (PreEscaped(LETTERS)) (PreEscaped(STYLE)) } "\n"
            }
            "\n" body {
                "\n" header {
                    "\n" h1 { (title) }
                    "\n" p {
                        (count(list.changes.len(), "change")) " in " (count(list.tracks(), "version"))
                        ". Each sound has a second around what changed."
                    } "\n"
                }
                "\n" main {
                    "\n"
                    @for (index, change) in list.changes.iter().enumerate() { (section(index + 1, change)) "\n" }
                } "\n"
            } "\n"
        }
        "\n"
    };
    printable(&page.into_string())
}

fn section(number: usize, change: &ListedChange) -> Markup {
    let (heard, others): (Vec<&ListedFile>, Vec<&ListedFile>) =
        change.tracks.iter().partition(|track| track.sound_before.is_some() || track.sound_after.is_some());
    let heading = format!("change-{number}");
    html! {
        section aria-labelledby=(heading) {
            "\n" h2 id=(heading) { (number) ". " (name(change)) }
            "\n" p { (change.note) }
            @if change.before.is_some() || change.after.is_some() {
                "\n" dl {
                    (side("Before", change.before.as_ref(), &change.language))
                    (side("After", change.after.as_ref(), &change.language))
                    "\n"
                }
            }
            @for track in heard { "\n" (sounds(track, &change.language)) }
            @if !others.is_empty() {
                "\n" details open[change.tracks.len() == others.len()] {
                    "\n" summary { (if change.tracks.len() == others.len() { "In " } else { "Also in " }) (count(others.len(), "track")) }
                    "\n" ul {
                        @for track in others { "\n" li { (title_of(track, &change.language)) ", " (times(track)) ": " (files(track)) } }
                        "\n"
                    } "\n"
                }
            } "\n"
        }
    }
}

fn name(change: &ListedChange) -> Markup {
    let kind = match change.kind {
        ChangeKind::Phrase => "Phrase",
        ChangeKind::Bell => "Bell",
        ChangeKind::Breath => "Breaths",
        ChangeKind::Walk => "Paces",
        ChangeKind::Pause => "Pause",
        ChangeKind::Bed => "Bed",
        ChangeKind::Level => "Level of the voice",
        ChangeKind::Length => "Length",
        ChangeKind::Sound => "The whole sound",
        ChangeKind::Tags => "Tags",
    };
    html! {
        (kind)
        @if let Some(id) = change.id.as_ref().filter(|id| !id.is_empty()) {
            @if change.kind == ChangeKind::Pause { " after" }
            " " code { (id) }
        }
        @if change.kind == ChangeKind::Phrase { " (" (change.language) ")" }
    }
}

fn side(title: &str, sound: Option<&HeardSound>, language: &str) -> Markup {
    html! {
        "\n" dt { (title) }
        "\n" dd {
            @match sound {
                Some(sound) => {
                    @if let Some(text) = &sound.text { p lang=(language) dir="auto" { (text) } }
                    small {
                        @if let Some(take) = &sound.take { code { (take) } ", " }
                        @if sound.draft { "a draft, " }
                        (format!("{:.1} s", sound.seconds))
                    }
                }
                None => { small { "nothing" } }
            }
        }
    }
}

fn sounds(track: &ListedFile, language: &str) -> Markup {
    html! {
        div.track {
            "\n" h3 { (title_of(track, language)) ", " (times(track)) }
            "\n" p { small { (files(track)) } }
            "\n" div.sounds {
                @for (title, span, sound) in
                    [("Before", track.was, &track.sound_before), ("After", track.is, &track.sound_after)]
                {
                    @let label = format!("{title}, {} at {}", track.title, print_clock(span.start));
                    "\n" figure {
                        "\n" figcaption { (title) ", at " (print_clock(span.start)) }
                        @match sound {
                            Some(sound) => { "\n" audio controls preload="none" src=(sound) aria-label=(label) {} }
                            None => { "\n" p { small { "no sound was kept" } } }
                        } "\n"
                    }
                } "\n"
            } "\n"
        }
    }
}

/// The title in its own direction, so that what stands after it stays there.
fn title_of(track: &ListedFile, language: &str) -> Markup {
    html! { bdi lang=(language) { (track.title) } }
}

fn times(track: &ListedFile) -> String {
    let clock = |span: TimeSpan| print_clock(span.start);
    let (was, is) = (clock(track.was), clock(track.is));
    if was == is { format!("at {is}") } else { format!("at {is}, before at {was}") }
}

fn files(track: &ListedFile) -> Markup {
    html! {
        @for (index, file) in track.files.iter().enumerate() {
            @if index > 0 { ", " }
            code { (file) }
        }
    }
}

fn count(many: usize, one: &str) -> String {
    if many == 1 { format!("1 {one}") } else { format!("{many} {one}s") }
}

/// Text has a contrast of 4.5 and more with its background (WCAG 2.2, 1.4.3), by day and by night; at 320 pixels nothing has to
/// be moved sideways (1.4.10).
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.05rem/1.5 system-ui,sans-serif;color:#26313a;background:#fbfaf7;max-width:46rem;margin:1.5rem auto;padding:0 1rem;overflow-wrap:anywhere}\
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.2rem;margin:0 0 .3rem}h3{font-size:1rem;margin:1rem 0 0}\
section{border-top:1px solid #cfd4d6;padding:1.2rem 0}p,dd,ul{margin:.2rem 0}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem;margin:.6rem 0}dd{margin:0}dt,small{color:#5a646d}\
.sounds{display:flex;flex-wrap:wrap;gap:.6rem 1rem;margin-top:.4rem}figure{margin:0;flex:1 1 16rem;min-width:0}audio{width:100%;max-width:100%}\
summary{padding:.3rem 0}code{font-size:.9em}\
@media (prefers-color-scheme:dark){body{color:#dfe5e8;background:#161b1f}section{border-color:#4a545b}dt,small{color:#a9b4bc}}";
