//! The page of one language: weeks, tracks with their sound and files, the player, credits. All of it works without
//! scripts, except for the player.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::assets::Assets;
use super::contents::{SiteContents, SiteTrack, SiteWeek};
use super::data::{disclosures, from_page, page_data, versioned};
use crate::export::text::page::finished;
use crate::script::language::Language;
use crate::script::words::{AddedWords, fill, isolated};

/// What pages may load: nothing from elsewhere.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'";

/// What a page shows beside its contents.
pub(super) struct PageFrame<'a> {
    pub assets: &'a Assets,
    /// Every language that has a page.
    pub languages: &'a [&'a Language],
    /// There are feeds.
    pub has_feed: bool,
}

/// The page of a language, to be written to `<language>/index.html`.
pub(super) fn site_page(page: &SiteContents, frame: &PageFrame<'_>) -> String {
    let words = page.words.on_page();
    let language = &page.language;
    let direction = if language.is_right_to_left() { "rtl" } else { "ltr" };
    let assets = from_page(&frame.assets.folder());
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(language) dir=(direction) {
            head {
                (head(&page.title, &assets)) "\n"
                meta name="description" content=(summary(page, words)); "\n"
                link rel="manifest" href="manifest.webmanifest"; "\n"
                @if frame.has_feed {
                    link rel="alternate" type="application/rss+xml" title=(page.title) href="feed.xml"; "\n"
                }
                script type="module" src={ (assets) "/app.js" } {} "\n"
            }
            body {
                a.skip href="#exercises" { (words.page.skip) } "\n"
                (top(page, frame, words)) "\n"
                main.columns {
                    div {
                        (intro(page, words)) "\n"
                        div #exercises.list tabindex="-1" {
                            @for week in &page.weeks { (week_section(page, week, words)) "\n" }
                        }
                    }
                    (player(page, words)) "\n"
                }
                (foot(page, frame, words)) "\n"
                script #data type="application/json" { (PreEscaped(page_data(page))) } "\n"
            }
        }
        "\n"
    };
    finished(&page.into_string())
}

/// What the heads of all pages share.
pub(super) fn head(title: &str, assets: &str) -> Markup {
    html! {
        meta charset="utf-8"; "\n"
        meta http-equiv="Content-Security-Policy" content=(POLICY); "\n"
        meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"; "\n"
        meta name="referrer" content="no-referrer"; "\n"
        meta name="color-scheme" content="light dark"; "\n"
        title { (title) } "\n"
        link rel="icon" href={ (assets) "/icon-192.png" }; "\n"
        link rel="apple-touch-icon" href={ (assets) "/icon-192.png" }; "\n"
        link rel="stylesheet" href={ (assets) "/site.css" }; "\n"
        script src={ (assets) "/first.js" } {}
    }
}

/// `27 exercises · 8 weeks`.
fn summary(page: &SiteContents, words: &AddedWords) -> String {
    let mut numbers: Vec<_> = page.weeks.iter().filter_map(|week| week.number).collect();
    numbers.dedup();
    let mut parts = vec![words.page.exercise.count(page.tracks.len() as u64)];
    parts.extend((!numbers.is_empty()).then(|| words.page.weeks.count(numbers.len() as u64)));
    parts.join(" · ")
}

fn top(page: &SiteContents, frame: &PageFrame<'_>, words: &AddedWords) -> Markup {
    let page_words = &words.page;
    let themes =
        [&page_words.theme_device, &page_words.theme_light, &page_words.theme_dark, &page_words.theme_night];
    let themes = ["auto", "light", "dark", "night"].into_iter().zip(themes);
    html! {
        header.top {
            @if frame.languages.len() > 1 {
                nav.languages aria-label=(words.page.language) {
                    @for other in frame.languages {
                        a href=(from_page(&format!("{other}/index.html"))) lang=(other) hreflang=(other)
                            aria-current=[(**other == page.language).then_some("true")] {
                            (other.own_name())
                        } " "
                    }
                }
            }
            label.colours.scripted { span { (words.page.colours) } " "
                select #theme { @for (value, name) in themes { option value=(value) { (name) } } }
            }
        }
    }
}

fn intro(page: &SiteContents, words: &AddedWords) -> Markup {
    html! {
        section.intro {
            h1 { (page.title) }
            p.lead { (summary(page, words)) }
            @if page.is_synthetic() { p.told { (words.page.synthetic) } }
            @if page.has_drafts() { p.told { (words.page.drafts) } }
            @if !page.before.is_empty() {
                details #before open {
                    summary { h2 { (words.before) } }
                    ul { @for line in &page.before { li { (line) } } }
                }
            }
        }
    }
}

fn week_section(page: &SiteContents, week: &SiteWeek, words: &AddedWords) -> Markup {
    let size = week.tracks.iter().map(|at| page.tracks[*at].usual().sound.bytes).sum();
    html! {
        section.week id=(week.id) aria-labelledby={ (week.id) "-title" } {
            h2 id={ (week.id) "-title" } {
                @match week.number {
                    Some(number) => {
                        span.number { (words.page.week(number)) }
                        @if let Some(title) = &week.title { " " span.name { (title) } }
                    }
                    None => (words.page.more),
                }
            }
            ol.tracks {
                @for at in &week.tracks {
                    @let track = &page.tracks[*at];
                    @let first = page.week_of(*at).is_some_and(|first| first.id == week.id);
                    li id=[first.then_some(&track.id)] data-track=(track.id) {
                        a.track href={ "#" (track.id) } {
                            span.number { @if let Some(number) = track.number { (number) } }
                            span.name { (track.title) }
                            span.length { (words.page.length(track.usual().entry.seconds)) }
                        }
                        @if first { (plain_track(track, words)) }
                    }
                }
            }
            p.tools {
                button.keep.scripted type="button" data-week=(week.id) hidden { (words.page.keep) }
                a.archive href=(from_page(&page.archive(week))) download=(page.archive_name(week)) {
                    (words.page.download_week) " " span.size { "(" (words.page.size(size)) ")" }
                }
            }
            p.keeping.scripted role="status" data-week=(week.id) {}
        }
    }
}

/// What a page without scripts offers in the place of the player.
fn plain_track(track: &SiteTrack, words: &AddedWords) -> Markup {
    html! {
        div.plain {
            @for line in &track.before { p { (line) } }
            @for version in &track.versions {
                p.version {
                    @if track.versions.len() > 1 { (describe(version, words)) br; }
                    audio controls preload="none" src=(versioned(&version.sound)) {}
                    @for line in disclosures(words, version) { br; small { (line) } }
                }
                p {
                    @if let Some(text) = version.texts.get("transcript.html") {
                        a href=(from_page(&text.path)) { (words.page.transcript) } " · "
                    }
                    @for file in &version.sounds {
                        a href=(from_page(&file.path)) download {
                            (words.page.download) " " (file.ending().to_uppercase()) " (" (words.page.size(file.bytes)) ")"
                        } " "
                    }
                }
            }
        }
    }
}

/// What sets a version apart, in words.
pub(super) fn describe(version: &super::contents::SiteVersion, words: &AddedWords) -> String {
    let entry = &version.entry;
    let mut parts = vec![words.page.length(entry.seconds), level(words, &entry.guidance).to_owned()];
    parts.extend(entry.choices.values().cloned());
    parts.push(if entry.beds.is_empty() { words.player.none.clone() } else { entry.beds.join(" + ") });
    parts.join(" · ")
}

fn level<'a>(words: &'a AddedWords, guidance: &str) -> &'a str {
    match guidance {
        "light" => &words.player.level_light,
        "bells" => &words.player.level_bells,
        _ => &words.player.level_full,
    }
}

/// The player, which scripts fill.
fn player(page: &SiteContents, words: &AddedWords) -> Markup {
    let times = [5, 10, 15, 20, 30, 45, 60, 90];
    html! {
        section #player.player.scripted aria-label=(words.page.player) tabindex="-1" {
            div.empty {
                (leaf())
                @if page.tracks.is_empty() {
                    p { (words.page.no_tracks) }
                } @else {
                    p.say { (words.page.choose) }
                    p { (words.page.choose_more) }
                }
            }
            div.now hidden {
                p.to-list { a href="#exercises" { span aria-hidden="true" { "‹ " } (words.page.back_to_list) } }
                p #about.about {}
                h2 #title tabindex="-1" {}
                p #caption.caption aria-hidden="true" {}
                // Sound runs from left to right in every language, as on the buttons of any player.
                div.seek dir="ltr" {
                    input #seek type="range" min="0" max="1" step="1" value="0" aria-label=(words.page.position);
                    p.times {
                        span #elapsed { "0:00" } span #part.part dir="auto" {} span #left {}
                    }
                }
                div.buttons dir="ltr" {
                    button #back type="button" aria-label=(words.page.back) { (turn("back")) span { "15" } }
                    button #play.play type="button" aria-label=(words.player.play) {
                        svg.to-play viewBox="0 0 24 24" aria-hidden="true" { path d="M8 5.2v13.6L19 12z" {} }
                        svg.to-pause viewBox="0 0 24 24" aria-hidden="true" { path d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z" {} }
                    }
                    button #ahead type="button" aria-label=(words.page.ahead) { (turn("ahead")) span { "15" } }
                }
                p #status.status role="status" {}
                audio #audio preload="none" {}
                div #choose.choose {}
                div.settings {
                    label.field { span { (words.page.timer) }
                        select #timer {
                            option value="0" { (words.page.timer_off) }
                            @for minutes in times { option value=(minutes) { (fill(&words.page.minutes, &[("n", &minutes.to_string())])) } }
                        }
                    }
                    label.check { input #bell type="checkbox"; span { (words.page.bell) } }
                }
                p #ends.ends {}
                div #own.own hidden { h3 { (words.page.before_this) } ul {} }
                nav #parts aria-label=(words.page.parts) { h3 { (words.page.parts) } ol {} }
                section.words aria-labelledby="words-title" {
                    h3 #words-title { (words.page.text) }
                    ol #lines.lines {}
                    p #no-lines hidden {}
                }
                ul #notes.notes {}
                p.files { a #transcript href="#" { (words.page.transcript) } span #files {} }
            }
        }
        p #mini.mini.scripted hidden {
            button type="button" aria-label=(words.player.play) {
                svg.to-play viewBox="0 0 24 24" aria-hidden="true" { path d="M8 5.2v13.6L19 12z" {} }
                svg.to-pause viewBox="0 0 24 24" aria-hidden="true" { path d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z" {} }
            }
            a href="#" {}
            span.time aria-hidden="true" {}
        }
    }
}

fn turn(way: &str) -> Markup {
    html! {
        svg.turn.(way) viewBox="0 0 24 24" aria-hidden="true" {
            path d="M12 5a7.5 7.5 0 1 1-7.5 7.5" {}
            path d="M14.8 2.2 12 5l2.8 2.8" {}
        }
    }
}

fn leaf() -> Markup {
    html! {
        svg.leaf viewBox="0 0 120 60" aria-hidden="true" {
            path d="M0 44 C20 24 34 24 54 40 S92 56 120 34" {}
            path d="M0 54 C24 38 44 40 64 50 S100 60 120 48" {}
            circle cx="84" cy="20" r="9" {}
        }
    }
}

fn foot(page: &SiteContents, frame: &PageFrame<'_>, words: &AddedWords) -> Markup {
    let kinds = ["voice", "bed", "bell"].into_iter().zip([
        &words.page.kind_voices,
        &words.page.kind_beds,
        &words.page.kind_bells,
    ]);
    let isolated = |name: &str| isolated(&page.language, name);
    html! {
        footer {
            details {
                summary { h2 { (words.page.credits) } }
                @for (kind, name) in kinds {
                    @let entries: Vec<_> = page.credits.iter().filter(|entry| entry.kind == kind).collect();
                    @if !entries.is_empty() {
                        h3 { (name) }
                        ul {
                            @for entry in entries {
                                li {
                                    (isolated(entry.name_in(&page.language))) ": " (isolated(&entry.credit)) ", " (words.page.licence) " " (isolated(&entry.licence))
                                    @if let Some(consent) = &entry.consent { ", " (words.page.consent) ": " (consent) }
                                    @if entry.synthetic { ". " (words.page.synthetic) }
                                }
                            }
                        }
                    }
                }
            }
            p { (words.page.private) }
            @if frame.has_feed { p { a href="feed.xml" { (words.page.feed) } } }
        }
    }
}
