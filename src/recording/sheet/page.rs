//! The sheet as a page that is read on a screen or printed on A4.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::words::SheetWords;
use super::{Sheet, SheetLine, SheetReason};
use crate::export::text::page::{LETTERS, printable};
use crate::recording::lines::{SpokenPart, SpokenPhrase, SpokenScript};
use crate::script::language::Language;
use crate::script::session::PhraseKey;
use crate::script::voice::VoiceKind;

/// The page of a sheet: how to record, the room, then every phrase in order.
pub fn sheet_page(sheet: &Sheet<'_>) -> String {
    let voice = sheet.voice;
    let words = SheetWords::of(&voice.language);
    let title = if sheet.is_pickup { words.pickups } else { words.title };
    let mut left = sheet.lines.clone();
    // Scripts tell of their own language where it is not that of the voice.
    let course = sheet.scripts.first().map(|script| script.source.as_ref().unwrap_or(&voice.language));
    let scripts: Vec<Markup> =
        sheet.scripts.iter().filter_map(|script| of_script(sheet, words, script, &mut left)).collect();
    let page = html! {
        (DOCTYPE) "\n"
        html lang=(words.tag) dir="ltr" {
            "\n" head {
                "\n" meta charset="utf-8";
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                "\n" title { (title) " · " (sheet.course) " · " (voice.name) }
                "\n" style { (PreEscaped(LETTERS)) (PreEscaped(STYLE)) } "\n"
            }
            "\n" body {
                "\n" header {
                    h1 { (title) }
                    p {
                        bdi lang=[course] { (sheet.course) } " · " (words.voice) ": " bdi lang=(voice.language) { (voice.name) } " · "
                        bdi lang=(voice.language) { (voice.language.own_name()) } " (" (voice.language) ")"
                    }
                    @if sheet.is_pickup { p { (words.about_pickups) } }
                } "\n"
                main {
                    @if !sheet.lines.is_empty() {
                        section.rules {
                            h2 { (words.rules) }
                            ol { @for rule in words.rule_texts { li { (rule) } } }
                        } "\n"
                        section.room {
                            h2 { (words.room_tone) }
                            p { (words.room_tone_text) " " code { "room-tone.wav" } }
                        } "\n"
                    } @else {
                        p { (words.nothing) } "\n"
                    }
                    @for script in &scripts { (script) "\n" }
                    @if !sheet.untranslated.is_empty() {
                        p.left { (words.untranslated) ": " (untranslated(sheet)) } "\n"
                    }
                    (agreement(sheet, words))
                } "\n"
            } "\n"
        }
        "\n"
    };
    printable(&page.into_string())
}

fn untranslated(sheet: &Sheet<'_>) -> String {
    let scripts = sheet.untranslated.iter().map(|(script, count)| format!("{script}: {count}"));
    scripts.collect::<Vec<_>>().join(", ")
}

/// Who speaks, when, for what and under which licence: what is known is filled in.
fn agreement(sheet: &Sheet<'_>, words: &SheetWords) -> Markup {
    let voice = sheet.voice;
    let consent = voice.consent.as_deref();
    // `Anna de Vries, 2026-11-03: this course`.
    let purpose = consent.and_then(|consent| Some(consent.split_once(": ")?.1));
    let person = voice.kind == VoiceKind::Human;
    let own = |text| Some(text).filter(|_| person);
    let known = [own(voice.name.as_str()), None, purpose, own(voice.licence.value.as_str()), None];
    html! {
        section.agreement {
            h2 { (words.agreement) }
            p { (words.agreement_text) }
            dl {
                @for (name, value) in words.agreement_lines.iter().zip(known) {
                    dt { (name) }
                    dd { @if let Some(value) = value { (value) } @else { "\u{a0}" } }
                }
            }
        } "\n"
    }
}

fn of_script(
    sheet: &Sheet<'_>,
    words: &SheetWords,
    script: &SpokenScript,
    left: &mut BTreeMap<PhraseKey, SheetLine>,
) -> Option<Markup> {
    let language = &sheet.voice.language;
    let parts: Vec<Markup> = script
        .parts
        .iter()
        .filter_map(|part| {
            let lines: Vec<_> =
                part.phrases.iter().filter_map(|phrase| Some((phrase, left.remove(&phrase.key)?))).collect();
            (!lines.is_empty()).then(|| of_part(sheet, words, script, part, &lines))
        })
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(html! {
        section.script {
            h2 lang=(language) dir=(direction(language)) {
                @if let Some(track) = script.track { (track) ". " }
                (script.title)
            }
            @for misfit in sheet.misfits.get(&script.id).into_iter().flatten() {
                p.misfit dir="auto" { (words.misfit(misfit)) }
            }
            @for part in &parts { (part) }
        }
    })
}

fn of_part(
    sheet: &Sheet<'_>,
    words: &SheetWords,
    script: &SpokenScript,
    part: &SpokenPart,
    lines: &[(&SpokenPhrase, SheetLine)],
) -> Markup {
    let language = &sheet.voice.language;
    html! {
        section {
            @if let Some(title) = &part.title {
                h3 lang=(language) dir=(direction(language)) { (title) }
            }
            @if !sheet.is_pickup { p.clap { (words.clap) } }
            ol.phrases {
                @for (at, (phrase, line)) in lines.iter().enumerate() {
                    "\n" (of_phrase(language, words, script, phrase, line, sheet.is_pickup || at == 0))
                }
            }
        }
    }
}

/// A phrase; the pause before it is shown where that of its neighbour is not on the sheet.
fn of_phrase(
    language: &Language,
    words: &SheetWords,
    script: &SpokenScript,
    phrase: &SpokenPhrase,
    line: &SheetLine,
    with_before: bool,
) -> Markup {
    let before = phrase.before.filter(|_| with_before);
    let note_language = if phrase.is_note_translated { Some(language) } else { script.source.as_ref() };
    html! {
        li {
            @if let Some(before) = before { p.pause { (words.pause(before)) } }
            div.phrase {
                span.number { (phrase.number) }
                p.text lang=(language) dir=(direction(language)) { (phrase.text.as_deref().unwrap_or_default()) }
                p.about {
                    code { (line.file) } " " span.id { (phrase.key) }
                    @if phrase.safety { " " strong { (words.safety) } }
                    @if phrase.soft { " " strong { (words.soft) } }
                    @if phrase.is_fuzzy { " " strong { (words.fuzzy) } }
                    @if let Some(grid) = phrase.grid { " " strong { (words.grid(grid)) } }
                    @if let Some(time) = line.time { " " strong { (words.within(time)) } }
                }
                @if let Some(note) = &phrase.note {
                    p.about { (words.note) ": " em lang=[note_language] dir="auto" { (note) } }
                }
                @match &line.reason {
                    SheetReason::Stale(was) => { p.about { (words.stale) ": " s lang=(language) dir="auto" { (was) } } }
                    SheetReason::Fault(wrong) => { p.about { (words.fault) " " span lang="en" { (wrong) } } }
                    SheetReason::Missing | SheetReason::Recorded => {}
                }
            }
            p.pause { (words.pause(phrase.after)) }
        }
    }
}

fn direction(language: &Language) -> &'static str {
    if language.is_right_to_left() { "rtl" } else { "ltr" }
}

/// The words are large enough to be read from a stand at arm's length, also on paper; contrast is that of text (WCAG 2.2,
/// 1.4.3), and on a screen of 320 pixels nothing has to be moved sideways.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,'Segoe UI',Helvetica,Arial,sans-serif;color:#1d252b;background:#fff;max-width:46rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}\
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.4rem;margin:2.2rem 0 .5rem}h3{font-size:1.15rem;margin:1.8rem 0 .4rem}\
header p{margin:.2rem 0}.rules li{margin:.25rem 0}.room{border:2px solid;border-radius:.4rem;padding:0 1rem .4rem}.room h2{margin-top:.6rem}\
ol.phrases{list-style:none;margin:0;padding:0}.phrases li{break-inside:avoid}\
.phrase{position:relative;padding:.5rem 0 .5rem 3.2rem;border-top:1px solid #c9cfd3}\
.number{position:absolute;left:0;top:.75rem;font-size:1.05rem;color:#55606a;font-variant-numeric:tabular-nums}\
.text{font:1.65rem/1.4 Georgia,'Times New Roman',serif;margin:0 0 .2rem}\
.about{font-size:.85rem;color:#55606a;margin:.1rem 0}.about strong,.about em{color:#1d252b;margin-inline-end:.4rem}.about .id{margin-inline-end:.6rem}\
code{font:.85em/1.4 ui-monospace,Menlo,Consolas,monospace}\
.misfit{border-inline-start:4px solid;padding-inline-start:.6rem}\
.pause,.clap{font-size:.85rem;color:#55606a;margin:0;padding:.15rem 0 .15rem 3.2rem}.pause::before{content:'— '}.clap{padding-left:0;font-style:italic}\
.agreement{break-inside:avoid}.agreement dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.5rem 1rem;align-items:end}.agreement dt{color:#55606a}.agreement dd{margin:0;border-bottom:1px solid #8b959c;min-height:1.6rem}\
@media (max-width:30rem){.phrase,.pause{padding-left:2.2rem}.text{font-size:1.4rem}.agreement dl{grid-template-columns:1fr;gap:.2rem}}\
@media screen and (prefers-color-scheme:dark){body{color:#e4e9ec;background:#14191d}.number,.about,.pause,.clap,.agreement dt{color:#a7b2ba}.about strong,.about em{color:#e4e9ec}.phrase{border-color:#3a444b}}\
@page{size:A4;margin:16mm 15mm}\
@media print{body{max-width:none;margin:0;padding:0;font-size:10.5pt}.text{font-size:19pt}h2,h3{break-after:avoid}.clap{break-after:avoid}.script{break-before:page}.number,.about,.pause,.clap{color:#333}.phrase{border-color:#999}}";
