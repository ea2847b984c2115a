//! The waveform: a drawing of the whole track with its parts, phrases, bells and loudness.

use std::fmt::Write as _;

use super::escaped;
use super::letters::{lettered, paintable};
use super::paint::{FAMILY, fit, width};
use crate::dsp::loudness::loudness_of;
use crate::export::analysis::{COLUMNS_A_SECOND, Shape};
use crate::layout::Timeline;
use crate::script::words::AddedWords;
use crate::unit::literal::print_clock;

/// The size in SVG units. The text stays readable at a third of it.
const WIDTH: f64 = 1_200.0;
const HEIGHT: f64 = 430.0;
const LETTERS: f64 = 27.0;
/// The edges of the plot.
const LEFT: f64 = 12.0;
const RIGHT: f64 = 1_112.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 316.0;
/// The row of phrases and bells below the plot.
const ROW: f64 = 330.0;
const ROW_HEIGHT: f64 = 18.0;
/// The number of columns of the waveform.
const COLUMNS: usize = 550;
/// The height of a second line of titles, used if they do not all fit above their parts.
const LINE: f64 = 34.0;
/// Between two titles or two times of one line.
const GAP: f64 = 18.0;
/// The scale of loudness, in LUFS.
const SOFTEST: f64 = -60.0;
const LOUDEST: f64 = -10.0;
/// The window of short-term loudness, 3 s (EBU Tech 3341).
const LOOK_BACK: usize = 3 * COLUMNS_A_SECOND as usize;

/// Draws the waveform of a track with its parts as SVG, with a key in these words.
pub fn waveform(timeline: &Timeline, shape: &Shape, words: &AddedWords) -> String {
    let drawing = Drawing { timeline, shape, words };
    let title = escaped(&timeline.title);
    let top = if drawing.titles_fit() { 0.0 } else { -LINE };
    let height = HEIGHT - top;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 {top} {WIDTH} {height}\" role=\"img\" font-family=\"{FAMILY}\" \
         font-size=\"{LETTERS}\"><title>{title}</title><rect y=\"{top}\" width=\"{WIDTH}\" height=\"{height}\" fill=\"#fbfaf7\"/>\n"
    );
    drawing.parts(&mut svg);
    drawing.titles(&mut svg);
    scale(&mut svg);
    drawing.wave(&mut svg);
    drawing.loudness(&mut svg);
    drawing.row(&mut svg);
    drawing.times(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

struct Drawing<'a> {
    timeline: &'a Timeline,
    shape: &'a Shape,
    words: &'a AddedWords,
}

impl Drawing<'_> {
    fn x(&self, frame: u64) -> f64 {
        LEFT + (RIGHT - LEFT) * frame as f64 / self.timeline.frames.0.max(1) as f64
    }

    /// The horizontal start and end of a part.
    fn edges(&self, part: usize) -> (f64, f64) {
        let chapters = &self.timeline.chapters;
        let end = chapters.get(part + 1).map_or(self.timeline.frames.0, |next| next.start.0);
        (self.x(chapters[part].start.0), self.x(end))
    }

    /// A band for each part, alternately lighter and darker.
    fn parts(&self, svg: &mut String) {
        for part in 0..self.timeline.chapters.len() {
            let (from, to) = self.edges(part);
            let colour = if part % 2 == 0 { "#eef1ee" } else { "#e2e9e8" };
            let _ = writeln!(
                svg,
                "<rect x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
                to - from,
                ROW + ROW_HEIGHT - TOP
            );
        }
    }

    /// Whether every title fits above its own part.
    fn titles_fit(&self) -> bool {
        let fits = |part: usize| {
            let (from, to) = self.edges(part);
            LETTERS * width(&paintable(&self.timeline.chapters[part].title)) <= to - from - 8.0
        };
        (0..self.timeline.chapters.len()).all(fits)
    }

    /// The title of each part above it. If one does not fit, titles alternate between two lines and are cut before the
    /// next title on the same line; one with room for less than four characters becomes the number of the part.
    fn titles(&self, svg: &mut String) {
        let titles: Vec<_> = self.timeline.chapters.iter().map(|chapter| paintable(&chapter.title)).collect();
        let lines = if self.titles_fit() { 1 } else { 2 };
        let start = |part: usize| {
            let from = self.edges(part).0 + 4.0;
            // The last ones may start before their part, as nothing follows them.
            let last = part + lines >= titles.len();
            if last { from.min(WIDTH - LEFT - LETTERS * width(&titles[part])) } else { from }
        };
        for (part, title) in titles.iter().enumerate() {
            let (x, next) = (start(part), part + lines);
            let until = if next < titles.len() { start(next) - GAP } else { WIDTH };
            let room = (until - x) / LETTERS;
            let label = match fit(title, room) {
                label if label.chars().count() < 4 && label != *title => (part + 1).to_string(),
                label => label,
            };
            if width(&label) > room {
                continue;
            }
            let y = if lines == 2 && part % 2 == 0 { 38.0 - LINE } else { 38.0 };
            let _ =
                writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" fill=\"#3d6470\">{}</text>", lettered(&label));
        }
    }

    /// The peaks around the middle. Soft passages are enlarged, or a bed would be a flat line.
    fn wave(&self, svg: &mut String) {
        let peaks = &self.shape.peaks;
        if peaks.is_empty() {
            return;
        }
        let loudest = peaks.iter().map(|(low, high)| high.max(-low)).fold(0.02, f32::max);
        let middle = f64::midpoint(TOP, BOTTOM);
        let enlarged = |sample: f32| f64::from((sample.abs() / loudest).powf(0.6)) * 0.47 * (BOTTOM - TOP);
        let columns = COLUMNS.min(peaks.len());
        let column = |index: usize| {
            let (from, to) = (index * peaks.len() / columns, (index + 1) * peaks.len() / columns);
            peaks[from..to].iter().fold((0f32, 0f32), |(low, high), peak| (low.min(peak.0), high.max(peak.1)))
        };
        let x = |index: usize| LEFT + (RIGHT - LEFT) * (index as f64 + 0.5) / columns as f64;
        let mut above = String::new();
        let mut below = Vec::new();
        for index in 0..columns {
            let (low, high) = column(index);
            let _ = write!(
                above,
                "{} {:.1} {:.1}",
                if index == 0 { "M" } else { "L" },
                x(index),
                middle - enlarged(high)
            );
            below.push(format!(" L{:.1} {:.1}", x(index), middle + enlarged(low)));
        }
        let below: String = below.into_iter().rev().collect();
        let _ = writeln!(svg, "<path fill=\"#86aaab\" d=\"{above}{below} Z\"/>");
    }

    /// The short-term loudness, with gaps during silence.
    fn loudness(&self, svg: &mut String) {
        let energy = &self.shape.energy;
        let columns = COLUMNS.min(energy.len());
        let mut path = String::new();
        let mut pen = false;
        for index in 0..columns {
            let end = (index + 1) * energy.len() / columns;
            let window = &energy[end.saturating_sub(LOOK_BACK)..end];
            let mean = window.iter().sum::<f64>() / window.len() as f64;
            let level = loudness_of(mean).map(|level| level.0).filter(|level| *level > SOFTEST);
            if let Some(level) = level {
                let x = LEFT + (RIGHT - LEFT) * (index as f64 + 0.5) / columns as f64;
                let _ = write!(path, "{}{x:.1} {:.1} ", if pen { "L" } else { "M" }, height(level));
            }
            pen = level.is_some();
        }
        if !path.is_empty() {
            let _ = writeln!(
                svg,
                "<path fill=\"none\" stroke=\"#b0683f\" stroke-width=\"2.5\" stroke-linejoin=\"round\" d=\"{path}\"/>"
            );
        }
    }

    /// Phrases as bars, and bells as dots over them.
    fn row(&self, svg: &mut String) {
        let events = &self.timeline.events;
        for event in events.iter().filter(|event| event.phrase().is_some()) {
            let (from, to) = (self.x(event.start.0), self.x(event.start.0 + event.frames.0));
            let _ = writeln!(
                svg,
                "<rect x=\"{from:.1}\" y=\"{ROW}\" width=\"{:.1}\" height=\"{ROW_HEIGHT}\" rx=\"2\" fill=\"#3d6470\"/>",
                (to - from).max(1.5)
            );
        }
        for event in events.iter().filter(|event| event.bell().is_some()) {
            let _ = writeln!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"8\" fill=\"#e0a458\" stroke=\"#fbfaf7\" stroke-width=\"2\"/>",
                self.x(event.start.0) + 8.0,
                ROW + ROW_HEIGHT / 2.0
            );
        }
    }

    /// Round times below the row, six to twelve of them, and the length of the track.
    fn times(&self, svg: &mut String) {
        let length = self.timeline.frames.seconds(self.timeline.rate);
        let steps = [5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_200.0, 1_800.0, 3_600.0];
        let step = steps.into_iter().find(|step| length / step <= 8.0).unwrap_or(7_200.0);
        let y = HEIGHT - 42.0;
        let wide = |time: f64| LETTERS * 0.58 * print_clock(time).len() as f64;
        let last = RIGHT - wide(length) - GAP;
        let mut at = 0.0;
        while LEFT + (RIGHT - LEFT) * at / length.max(1e-9) + wide(at) / 2.0 < last {
            let x = LEFT + (RIGHT - LEFT) * at / length.max(1e-9);
            let anchor = if at == 0.0 { "start" } else { "middle" };
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#5a646d\">{}</text>",
                print_clock(at)
            );
            at += step;
        }
        let _ = writeln!(
            svg,
            "<text x=\"{RIGHT}\" y=\"{y}\" text-anchor=\"end\" fill=\"#26313a\">{}</text>",
            print_clock(length)
        );
        let words = self.words;
        let y = HEIGHT - 8.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"26\" height=\"14\" rx=\"2\" fill=\"#3d6470\"/>\
             <text x=\"{:.1}\" y=\"{y}\" fill=\"#5a646d\">{}</text><circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"8\" fill=\"#e0a458\"/>\
             <text x=\"{:.1}\" y=\"{y}\" fill=\"#5a646d\">{}</text><path d=\"M{:.1} {:.1} h30\" stroke=\"#b0683f\" stroke-width=\"3\"/>\
             <text x=\"{:.1}\" y=\"{y}\" fill=\"#5a646d\">{}</text>",
            y - 16.0,
            LEFT + 34.0,
            lettered(&paintable(&words.voice)),
            LEFT + 170.0,
            y - 9.0,
            LEFT + 186.0,
            lettered(&paintable(&words.bell)),
            LEFT + 280.0,
            y - 9.0,
            LEFT + 318.0,
            lettered(&paintable(&words.loudness)),
        );
    }
}

/// Lines at -20 and -40 LUFS with labels.
fn scale(svg: &mut String) {
    for level in [-20.0, -40.0] {
        let y = height(level);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1} H{RIGHT}\" stroke=\"#c9d2d3\" stroke-dasharray=\"3 6\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#9a5530\">{level:.0}</text>",
            RIGHT + 8.0,
            y + 9.0
        );
    }
    let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{BOTTOM}\" fill=\"#9a5530\">LUFS</text>", RIGHT + 8.0);
}

/// The vertical position of a loudness.
fn height(level: f64) -> f64 {
    let share = ((level - SOFTEST) / (LOUDEST - SOFTEST)).clamp(0.0, 1.0);
    BOTTOM - share * (BOTTOM - TOP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Chapter;
    use crate::script::exercise::Guidance;
    use crate::script::language::Language;
    use crate::unit::{Frames, Position, SampleRate};

    fn timeline(minutes: u64, chapters: Vec<Chapter>) -> Timeline {
        Timeline {
            script: "lopen".into(),
            title: "Lopen".into(),
            language: Language::parse("nl").unwrap(),
            words: std::sync::Arc::new(AddedWords::built_in(&Language::parse("nl").unwrap())),
            voice: "anna".into(),
            drafted_by: None,
            guidance: Guidance::Full,
            seed: 0,
            rate: SampleRate::DEFAULT,
            frames: Frames(minutes * 60 * 48_000),
            tail: Position(minutes * 60 * 48_000),
            chapters,
            events: Vec::new(),
            grids: Vec::new(),
            pauses: Vec::new(),
            beds: Vec::new(),
            swells: None,
            room: None,
            fittings: std::collections::BTreeMap::new(),
            parts: Vec::new(),
            left_out: Vec::new(),
            outside_limits: false,
        }
    }

    /// The texts of the drawing: position and words.
    fn words(minutes: u64, parts: &[(u64, &str)]) -> Vec<(f64, f64, String)> {
        let chapter = |(second, title): &(u64, &str)| Chapter {
            title: (*title).to_owned(),
            start: Position(second * 48_000),
        };
        let timeline = timeline(minutes, parts.iter().map(chapter).collect());
        let svg = waveform(&timeline, &Shape::default(), &timeline.words);
        let number = |line: &str, name: &str| {
            line.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().parse().unwrap()
        };
        let texts = svg.lines().filter(|line| line.starts_with("<text"));
        let text = |line: &str| line.split_once('>').unwrap().1.trim_end_matches("</text>").to_owned();
        texts.map(|line| (number(line, "x"), number(line, "y"), text(line))).collect()
    }

    #[test]
    fn titles_that_do_not_fit_above_their_part_are_on_two_lines_and_never_touch() {
        let parts = [
            (0, "Staan"),
            (128, "Een kalmerend tempo"),
            (310, "Stilstaan"),
            (420, "Een wens, stap voor stap, zo lang als je loopt"),
            (570, "Keren"),
            (700, "Gewoon lopen"),
            (850, "Terugkeren"),
        ];
        let words = words(15, &parts);
        let over: Vec<_> = words.iter().filter(|(_, y, _)| *y < 50.0).collect();
        assert_eq!(over.len(), 7);
        for (part, (_, title)) in parts.iter().enumerate() {
            let there = over[part].2.as_str();
            assert!(there == *title || (part == 3 && there.starts_with("Een wens, stap")), "{over:?}");
        }
        for line in [4.0, 38.0] {
            let on: Vec<_> = over.iter().filter(|(_, y, _)| *y == line).collect();
            assert!(on.windows(2).all(|two| two[0].0 + LETTERS * width(&two[0].2) < two[1].0), "{on:?}");
        }
    }

    #[test]
    fn times_never_touch_the_length() {
        for minutes in 1..150 {
            let words = words(minutes, &[(0, "Aankomen")]);
            let under: Vec<_> = words.iter().filter(|(_, y, _)| *y == HEIGHT - 42.0).collect();
            let wide = |text: &str| LETTERS * 0.58 * text.len() as f64;
            let [.., before, last] = under[..] else { panic!("{minutes} minutes: {under:?}") };
            assert!(
                before.0 + wide(&before.2) / 2.0 < last.0 - wide(&last.2),
                "{minutes} minutes: {under:?}"
            );
        }
    }
}
