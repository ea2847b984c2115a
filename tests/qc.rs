//! The checklist of finished sound: every row passes a clean render and fails on a fault made for it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support;

mod faults;

use std::f32::consts::TAU;
use std::sync::{Arc, LazyLock, OnceLock};

use adem::decode::tags::Labels;
use adem::delivery::preset::Preset;
use adem::layout::SoundType;
use adem::qc::analysis::{Analyser, Analysis, Comparer, StemSum, Summer};
use adem::qc::{CheckResult, Finding, Missing, PlannedTrack, Report, RowId, Stems, Subject, Verdict, judge};
use adem::unit::{Lufs, SampleRate};
use serde_json::Value;
use support::sound::{self, Sound};
use support::{Course, Run, recordings};

/// Sound of two channels.
type Planes = Vec<Vec<f32>>;

/// A render of the small course with a long silence in it: the mix, the stems and the timeline.
struct Render {
    mix: Planes,
    /// The analysis of the mix, computed on demand.
    heard: OnceLock<Analysis>,
    stems: [Arc<Stem>; 3],
    plan: PlannedTrack,
}

/// A stem and its analysis, computed on demand.
struct Stem {
    planes: Planes,
    analysis: OnceLock<Analysis>,
}

impl Stem {
    fn new(planes: Planes) -> Arc<Self> {
        Arc::new(Self { planes, analysis: OnceLock::new() })
    }
}

const SECOND: usize = 48_000;

static RENDER: LazyLock<Render> =
    LazyLock::new(|| Render::of("use = \"regen\", fade_in = 1, fade_out = 5", &[]));
static BELLS: LazyLock<Render> =
    LazyLock::new(|| Render::of("use = \"regen\", fade_in = 1, fade_out = 8", &["--guidance", "bells"]));
/// Its waves are long, so a jump in them is not noise.
static BROWN: LazyLock<Render> =
    LazyLock::new(|| Render::of("use = \"bruis\", fade_in = 1, fade_out = 5, duck = { depth = 0 }", &[]));

impl Render {
    fn of(bed: &str, arguments: &[&str]) -> Self {
        let course = Course::new();
        course.edit("scripts/plek.toml", "use = \"bruis\", fade_in = 1, fade_out = 1", bed);
        course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", "id = \"voeten\", pause = 22");
        course.edit("scripts/plek.toml", "times = 2", "times = 6");
        course.succeed(
            &[&["render", "2", "--format", "wav32f", "-o", "t.wav", "--stems", "stems"], arguments].concat(),
        );
        let read = |path: &str| sound::read(&course.read(path)).planes;
        Self {
            mix: read("t.wav"),
            heard: OnceLock::new(),
            stems: ["voice", "cues", "bed"].map(|stem| Stem::new(read(&format!("stems/{stem}.wav")))),
            plan: PlannedTrack::read(&course.read("t.timeline.json")).unwrap(),
        }
    }

    /// A copy with one stem replaced, and the mix as the sum of the stems.
    fn with_stem(&self, stem: usize, change: impl FnOnce(&mut Planes)) -> Self {
        let mut planes = self.stems[stem].planes.clone();
        change(&mut planes);
        let mut stems = self.stems.clone();
        stems[stem] = Stem::new(planes);
        Self { mix: added_up(&stems), heard: OnceLock::new(), plan: self.plan.clone(), stems }
    }

    /// A copy with only the mix replaced.
    fn with_mix(&self, change: impl FnOnce(&mut Planes)) -> Self {
        let mut mix = self.mix.clone();
        change(&mut mix);
        Self { mix, heard: OnceLock::new(), stems: self.stems.clone(), plan: self.plan.clone() }
    }

    /// Without the sum of the stems, which takes longer than all else.
    fn subject(&self) -> Subject {
        let [voice, cues, bed] = self
            .stems
            .each_ref()
            .map(|stem| Some(stem.analysis.get_or_init(|| analyse(&stem.planes)).clone()));
        Subject {
            file: self.heard.get_or_init(|| analyse(&self.mix)).clone(),
            plan: Some(self.plan.clone()),
            stems: Stems { voice, cues, bed },
            preset: Preset::stream(),
            clips: None,
            limited: None,
            sum: None,
            made: Err(Missing::Course),
            same_bytes: None,
            labels: Labels::default(),
        }
    }

    /// The mix beside the sum of the stems.
    fn sum(&self) -> StemSum {
        let mut summer = Summer::new(SampleRate::DEFAULT, Some(32), Preset::stream().ceiling.gain());
        let sum = added_up(&self.stems);
        summer.push_sum([&sum[0], &sum[1]]);
        summer.push_file([&self.mix[0], &self.mix[1]]);
        summer.finish()
    }

    fn report(&self) -> Report {
        judge("test", &self.subject())
    }

    /// The start of the nth event of a kind, and its length, in frames.
    fn event(&self, kind: SoundType, index: usize) -> (usize, usize) {
        let event = self.plan.events(kind).nth(index).unwrap();
        (event.start as usize, event.frames as usize)
    }

    /// A place in the long silence.
    fn silence(&self) -> usize {
        let (from, to) = self.plan.pauses(20.0)[0];
        (f64::midpoint(from, to) * SECOND as f64) as usize
    }
}

/// The sum of the stems, in the order of the mix.
fn added_up(stems: &[Arc<Stem>; 3]) -> Planes {
    let [voice, cues, bed] = stems.each_ref().map(|stem| &stem.planes);
    let side =
        |side: usize| (0..bed[side].len()).map(|n| voice[side][n] + cues[side][n] + bed[side][n]).collect();
    vec![side(0), side(1)]
}

fn analyse(planes: &Planes) -> Analysis {
    let mut analyser = Analyser::new(SampleRate::DEFAULT, planes.len());
    let slices: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
    analyser.push(&slices);
    analyser.finish()
}

fn finding(report: &Report, id: RowId) -> &Finding {
    &report.rows[id.number() - 1].finding
}

/// Checks the verdict of a row, and shows the row on failure.
fn assert_verdict(report: &Report, id: RowId, verdict: Verdict) {
    let finding = finding(report, id);
    assert_eq!(finding.verdict, verdict, "{id:?}: {finding:#?}");
}

/// Expects a fault in a row, at a second if one is given.
fn assert_caught(render: &Render, id: RowId, verdict: Verdict, second: Option<f64>) {
    let report = render.report();
    assert_verdict(&report, id, verdict);
    if let Some(second) = second {
        let places = &finding(&report, id).places;
        assert!(places.iter().any(|place| (place.seconds - second).abs() < 0.5), "{second}: {places:?}");
    }
}

fn assert_no_alarm(name: &str, report: &Report) {
    let alarms: Vec<&CheckResult> =
        report.rows.iter().filter(|row| row.finding.verdict >= Verdict::Warning).collect();
    assert!(alarms.is_empty(), "{name}: {alarms:#?}");
}

fn each(planes: &mut Planes, change: impl Fn(usize, f32) -> f32) {
    for plane in planes {
        plane.iter_mut().enumerate().for_each(|(n, sample)| *sample = change(n, *sample));
    }
}

fn seconds(frame: usize) -> f64 {
    frame as f64 / SECOND as f64
}

#[test]
fn a_clean_render_passes_every_row_that_can_be_judged() {
    let report = judge("test", &Subject { sum: Some(RENDER.sum()), ..RENDER.subject() });
    assert_no_alarm("the small course", &report);
    let judged = |report: &Report, id: RowId| finding(report, id).verdict != Verdict::NotJudged;
    let left: Vec<RowId> = RowId::all().filter(|id| !judged(&report, *id)).collect();
    let unknown = [
        RowId::VoicelessLoudness,
        RowId::AccessibleBed,
        RowId::Reproducible,
        RowId::LossyDecoded,
        RowId::Labels,
        RowId::AsMade,
        RowId::InTime,
        RowId::AsLoud,
        RowId::SameTone,
    ];
    assert_eq!(left, unknown, "what else is not judged");
    assert!(RowId::all().all(|id| judged(&report, id) || !finding(&report, id).note.is_empty()));
    assert_no_alarm("without a voice", &BELLS.report());
    assert!(judged(&BELLS.report(), RowId::VoicelessLoudness));
}

#[test]
fn a_wrong_length_is_caught() {
    let short = RENDER.with_mix(|mix| mix.iter_mut().for_each(|plane| plane.truncate(plane.len() - 1)));
    assert_caught(&short, RowId::Whole, Verdict::Fail, None);
    assert_caught(&short, RowId::Placement, Verdict::Fail, None);
}

#[test]
fn sixteen_bits_in_a_larger_file_are_noticed_and_fewer_are_refused() {
    for (bits, verdict) in [(16, Verdict::Warning), (10, Verdict::Fail), (24, Verdict::Pass)] {
        let scale = f32::from(2u16).powi(bits - 1);
        let coarse = RENDER.with_mix(|mix| each(mix, |_, x| (x * scale).round() / scale));
        let mut subject = coarse.subject();
        subject.file.bits = Some(24);
        assert_verdict(&judge("test", &subject), RowId::SampleFormat, verdict);
    }
}

#[test]
fn another_rate_than_planned_is_caught() {
    let mut subject = RENDER.subject();
    subject.plan.as_mut().unwrap().rate = 44_100;
    assert_verdict(&judge("test", &subject), RowId::SampleFormat, Verdict::Fail);
}

#[test]
fn a_voice_that_is_too_soft_is_caught_and_a_lighter_version_is_only_noticed() {
    let soft = RENDER.with_stem(0, |voice| each(voice, |_, x| 0.95 * x));
    assert_caught(&soft, RowId::SpeechLoudness, Verdict::Fail, None);
    let softer = RENDER.with_stem(0, |voice| each(voice, |_, x| 0.8 * x));
    let mut subject = softer.subject();
    subject.plan.as_mut().unwrap().guidance = "light";
    assert_verdict(&judge("test", &subject), RowId::SpeechLoudness, Verdict::Warning);
}

#[test]
fn the_voice_is_measured_in_the_mix_where_there_are_no_stems() {
    let mut subject = RENDER.subject();
    subject.stems = Stems::default();
    assert_verdict(&judge("test", &subject), RowId::SpeechLoudness, Verdict::Pass);
    subject.file = analyse(&RENDER.with_mix(|mix| each(mix, |_, x| 0.9 * x)).mix);
    assert_verdict(&judge("test", &subject), RowId::SpeechLoudness, Verdict::Fail);
}

#[test]
fn a_side_that_is_late_is_named_without_the_version_rendered_again() {
    for (side, frames, name) in [(1, 480, "right"), (0, 144, "left")] {
        let late = RENDER.with_mix(|mix| mix[side].rotate_right(frames));
        let subject = Subject { stems: Stems::default(), ..late.subject() };
        let report = judge("test", &subject);
        assert_verdict(&report, RowId::Stereo, Verdict::Fail);
        let told = format!("the {name} side of the voice is {:.1} ms late", frames as f64 / 48.0);
        assert!(
            finding(&report, RowId::Stereo).note.contains(&told),
            "{:?}",
            finding(&report, RowId::Stereo)
        );
    }
}

#[test]
fn a_version_without_a_voice_that_is_too_loud_is_caught() {
    let loud = BELLS.with_mix(|mix| each(mix, |_, x| 1.1 * x));
    assert_caught(&loud, RowId::VoicelessLoudness, Verdict::Fail, None);
}

#[test]
fn audiobooks_are_measured_as_a_whole_or_not_at_all() {
    let mut subject = RENDER.subject();
    subject.preset = Preset::built_in("acx").unwrap();
    let report = judge("test", &subject);
    assert_verdict(&report, RowId::SpeechLoudness, Verdict::NotJudged);
    assert!(
        finding(&report, RowId::SpeechLoudness).note.contains("not applicable"),
        "{:?}",
        finding(&report, RowId::SpeechLoudness)
    );
    subject.plan.as_mut().unwrap().events.retain(|event| event.kind != SoundType::Phrase);
    let whole = subject.file.frames;
    let mut phrase = RENDER.plan.events(SoundType::Phrase).next().unwrap().clone();
    (phrase.start, phrase.frames) = (0, whole);
    subject.plan.as_mut().unwrap().events.push(phrase);
    assert_verdict(&judge("test", &subject), RowId::SpeechLoudness, Verdict::Fail);
}

#[test]
fn a_peak_above_the_ceiling_is_caught() {
    let (start, frames) = RENDER.event(SoundType::Phrase, 1);
    let peak = RENDER.with_mix(|mix| mix[0][start + frames / 2] = 0.9);
    assert_caught(&peak, RowId::TruePeak, Verdict::Fail, None);
}

#[test]
fn clipping_and_flat_tops_are_caught() {
    let (start, _) = RENDER.event(SoundType::Phrase, 1);
    let loud = |height: f32| {
        RENDER.with_mix(|mix| {
            each(mix, |n, x| {
                if (start..start + SECOND).contains(&n) { (8.0 * x).clamp(-height, height) } else { x }
            });
        })
    };
    assert_caught(&loud(1.0), RowId::Clipping, Verdict::Fail, Some(seconds(start)));
    assert_caught(&loud(0.7), RowId::Clipping, Verdict::Warning, Some(seconds(start)));
}

#[test]
fn an_offset_is_caught() {
    for (offset, verdict) in [(0.1, Verdict::Fail), (0.0007, Verdict::Warning)] {
        assert_caught(&RENDER.with_mix(|mix| each(mix, |_, x| x + offset)), RowId::DcOffset, verdict, None);
    }
}

#[test]
fn a_click_is_caught_in_silence_and_in_the_midst_of_a_word() {
    let (start, frames) = BROWN.event(SoundType::Phrase, 2);
    for place in [BROWN.silence(), start + frames / 2] {
        let click = BROWN.with_mix(|mix| mix[1][place] += 0.3);
        assert_caught(&click, RowId::Clicks, Verdict::Fail, Some(seconds(place)));
    }
}

#[test]
fn a_click_of_the_recording_is_its_own_but_not_one_where_it_was_cut() {
    let (start, frames) = BROWN.event(SoundType::Phrase, 2);
    let click =
        |place: usize| BROWN.with_stem(0, |voice| voice.iter_mut().for_each(|plane| plane[place] += 0.2));
    assert_caught(&click(start + frames / 2), RowId::Clicks, Verdict::Pass, None);
    assert_caught(&click(start + frames - 100), RowId::Clicks, Verdict::Fail, Some(seconds(start + frames)));
}

#[test]
fn drops_that_the_course_renders_again_are_no_fault_and_a_click_among_them_is() {
    let (drop, click) = (BROWN.silence(), BROWN.silence() + SECOND);
    let rendered = BROWN.with_mix(|mix| mix[0][drop] += 0.1);
    let verdict = |file: &Render, again: bool, stems: bool| {
        let mut comparer = Comparer::new(SampleRate::DEFAULT, Some(32));
        comparer.push_expected([&rendered.mix[0], &rendered.mix[1]]);
        comparer.push_file([&file.mix[0], &file.mix[1]]);
        let made = if again { Ok(comparer.finish()) } else { Err(Missing::Course) };
        let mut subject = Subject { made, ..file.subject() };
        if !stems {
            subject.stems = Stems::default();
        }
        let report = judge("test", &subject);
        (finding(&report, RowId::Clicks).verdict, finding(&report, RowId::Clicks).places.len())
    };
    assert_eq!(verdict(&rendered, true, false), (Verdict::Pass, 0));
    assert_eq!(verdict(&rendered, true, true), (Verdict::Pass, 0));
    assert_eq!(verdict(&rendered, false, false), (Verdict::Warning, 1), "it may be one of the bed");
    let faulty = rendered.with_mix(|mix| mix[1][click] += 0.1);
    assert_eq!(verdict(&faulty, true, false), (Verdict::Fail, 1));
    assert_eq!(verdict(&faulty, false, true), (Verdict::Fail, 2));
    // The bed has it, close to where a clip was cut.
    let cut = BROWN.event(SoundType::Phrase, 2).0 + 200;
    let in_bed = BROWN.with_stem(2, |bed| bed[0][cut] += 0.2);
    assert_eq!(verdict(&in_bed, false, true), (Verdict::Pass, 0));
}

#[test]
fn a_jump_of_the_wave_is_a_click() {
    let place = BROWN.silence();
    let step = BROWN.with_mix(|mix| {
        each(mix, |n, x| if n >= place { x + 0.4 * (-((n - place) as f32) / 2_000.0).exp() } else { x });
    });
    assert_caught(&step, RowId::Clicks, Verdict::Fail, Some(seconds(place)));
}

#[test]
fn a_hard_edge_is_caught_at_the_ends_and_beside_silence() {
    let end = RENDER.mix[0].len();
    let hard = |from: usize, to: usize| {
        RENDER.with_mix(|mix| {
            each(mix, |n, x| if (from..to).contains(&n) { 0.1 * (n as f32 * 0.05).cos() } else { x });
        })
    };
    assert_caught(&hard(0, 1_000), RowId::HardEdges, Verdict::Fail, Some(0.0));
    assert_caught(&hard(end - 1_000, end), RowId::HardEdges, Verdict::Fail, Some(seconds(end)));
    let (start, frames) = RENDER.event(SoundType::Phrase, 1);
    let cut = RENDER.with_mix(|mix| {
        each(
            mix,
            |n, x| if (start + frames / 2..start + frames / 2 + SECOND).contains(&n) { 0.0 } else { x },
        );
    });
    assert_caught(&cut, RowId::HardEdges, Verdict::Fail, Some(seconds(start + frames / 2)));
}

#[test]
fn a_hole_of_twenty_milliseconds_is_caught() {
    let place = RENDER.silence();
    let hole =
        RENDER.with_mix(|mix| each(mix, |n, x| if (place..place + 960).contains(&n) { 0.0 } else { x }));
    assert_caught(&hole, RowId::Dropouts, Verdict::Fail, Some(seconds(place)));
}

#[test]
fn digital_silence_under_a_bed_is_caught() {
    let place = RENDER.silence();
    let silent =
        RENDER.with_mix(|mix| each(mix, |n, x| if (place..place + SECOND).contains(&n) { 0.0 } else { x }));
    assert_caught(&silent, RowId::DigitalSilence, Verdict::Fail, Some(seconds(place)));
}

#[test]
fn a_cut_tail_is_caught() {
    let (start, frames) = RENDER.event(SoundType::Phrase, RENDER.plan.events(SoundType::Phrase).count() - 1);
    let cut = RENDER.with_mix(|mix| mix.iter_mut().for_each(|plane| plane.truncate(start + frames)));
    assert_caught(&cut, RowId::HeadAndTail, Verdict::Warning, None);
    assert_caught(&cut, RowId::Whole, Verdict::Fail, None);
}

#[test]
fn silence_at_the_end_is_noticed_unless_the_script_asks_for_it() {
    let mut long =
        RENDER.with_mix(|mix| mix.iter_mut().for_each(|plane| plane.resize(plane.len() + 30 * SECOND, 0.0)));
    let end = long.plan.frames;
    long.plan.frames += 30 * SECOND as u64;
    assert_caught(&long, RowId::HeadAndTail, Verdict::Warning, None);
    long.plan.tail_start = long.plan.frames - 4 * SECOND as u64;
    let report = long.report();
    assert_verdict(&report, RowId::HeadAndTail, Verdict::Pass);
    assert!(
        finding(&report, RowId::HeadAndTail).note.contains("at the end of the script"),
        "{}",
        finding(&report, RowId::HeadAndTail).note
    );
    assert!(RENDER.plan.tail_start < end && finding(&RENDER.report(), RowId::HeadAndTail).note.is_empty());
}

#[test]
fn the_silence_at_both_ends_of_an_audiobook_is_judged() {
    let book =
        Render::of("use = \"regen\", fade_in = 1, fade_out = 5", &["--preset", "acx", "--rate", "48000"]);
    let mut subject = book.subject();
    subject.preset = Preset::built_in("acx").unwrap();
    assert_verdict(&judge("test", &subject), RowId::HeadAndTail, Verdict::Pass);
    subject = RENDER.subject();
    subject.preset = Preset::built_in("acx").unwrap();
    assert!(
        finding(&judge("test", &subject), RowId::HeadAndTail).note.is_empty(),
        "a shop counts silence that is asked for, too"
    );
    assert_verdict(&judge("test", &subject), RowId::HeadAndTail, Verdict::Warning);
}

#[test]
fn bells_alone_in_silence_raise_no_alarm() {
    let bells = Render::of("use = \"regen\"", &["--guidance", "bells", "--bed", "none"]);
    let report = bells.report();
    assert_verdict(&report, RowId::Startle, Verdict::NotJudged);
    assert!(finding(&report, RowId::Startle).note.contains("only bells"), "{report:?}");
    assert_no_alarm("bells alone", &report);
}

/// A bed that is 17 LU under the voice has to fall by 3 dB, and one that does not is noticed.
#[test]
fn a_shallow_duck_of_a_soft_bed_is_no_alarm() {
    let soft = Render::of("use = \"regen\", under = 17, fade_in = 1, fade_out = 5", &[]);
    assert_verdict(&soft.report(), RowId::Duck, Verdict::Pass);
    let gain = 10f32.powf(3.0 / 20.0);
    let speech = soft.plan.speech();
    let spoken = |n: usize| speech.iter().any(|span| (span.0 - 0.5..span.1 + 0.5).contains(&seconds(n)));
    let stays = soft.with_stem(2, |bed| each(bed, |n, x| if spoken(n) { gain * x } else { x }));
    assert_caught(&stays, RowId::Duck, Verdict::Warning, None);
}

#[test]
fn a_wave_in_a_pause_is_no_alarm_but_a_bed_as_loud_as_the_voice_is() {
    let place = RENDER.silence();
    // A swell of 6 s by 8 dB in a pause, as recordings of the sea have.
    let swell = |most: f32| {
        RENDER.with_stem(2, |bed| {
            each(bed, |n, x| {
                let near = 1.0 - (n as f32 - place as f32).abs() / (3 * SECOND) as f32;
                x * 10f32.powf(most / 20.0 * (0.5 - 0.5 * (near.max(0.0) * TAU / 2.0).cos()))
            });
        })
    };
    let report = swell(8.0).report();
    assert_verdict(&report, RowId::LoudMoments, Verdict::Pass);
    assert_verdict(&report, RowId::Startle, Verdict::Pass);
    assert_caught(&swell(14.0), RowId::LoudMoments, Verdict::Warning, None);
}

#[test]
fn a_bed_that_is_too_loud_is_caught() {
    let loud = RENDER.with_stem(2, |bed| each(bed, |_, x| 3.162 * x));
    assert_caught(&loud, RowId::VoiceOverBed, Verdict::Fail, None);
    let (start, frames) = RENDER.event(SoundType::Phrase, 2);
    let here = RENDER
        .with_stem(2, |bed| each(bed, |n, x| if (start..start + frames).contains(&n) { 2.0 * x } else { x }));
    assert_caught(&here, RowId::VoiceOverBed, Verdict::Fail, Some(seconds(start)));
}

#[test]
fn the_accessible_preset_keeps_every_phrase_clear_of_the_bed() {
    // A whole render of it is among those of all kinds.
    let judged = |gain: f32| {
        let mut subject = RENDER.with_stem(2, |bed| each(bed, |_, x| gain * x)).subject();
        subject.preset = Preset::built_in("accessible").unwrap();
        judge("test", &subject)
    };
    assert_verdict(&judged(0.5), RowId::AccessibleBed, Verdict::Pass);
    assert_verdict(&judged(3.0), RowId::AccessibleBed, Verdict::Fail);
}

#[test]
fn a_duck_that_is_too_deep_too_fast_or_pumps_is_noticed() {
    let speech = RENDER.plan.speech();
    let spoken = |n: usize| speech.iter().any(|span| (span.0 - 2.0..span.1 + 4.0).contains(&seconds(n)));
    let deep = RENDER.with_stem(2, |bed| each(bed, |n, x| if spoken(n) { 0.2 * x } else { x }));
    assert_caught(&deep, RowId::Duck, Verdict::Warning, None);
    // Its slopes are those of the plan.
    let mut fast = RENDER.with_mix(|_| ());
    let ducks = fast.plan.events.iter_mut().filter_map(|event| event.duck.as_mut());
    ducks.for_each(|duck| duck.fall = 0.3);
    assert_caught(&fast, RowId::Duck, Verdict::Warning, None);
    // Syllabic ducking: the bed falls with every syllable and rises at once.
    let voice = RENDER.stems[0].planes[0].clone();
    let mut level = 0f32;
    let follow: Vec<f32> = voice
        .iter()
        .map(|x| {
            level += (x.abs() - level) * if x.abs() > level { 0.01 } else { 0.0005 };
            1.0 / (1.0 + 20.0 * level)
        })
        .collect();
    let pumps = RENDER.with_stem(2, |bed| each(bed, |n, x| 2.0 * follow[n] * x));
    assert_caught(&pumps, RowId::Duck, Verdict::Warning, None);
}

#[test]
fn phrases_of_unlike_loudness_are_noticed_and_then_refused() {
    for (gain, verdict) in [(0.5, Verdict::Warning), (0.3, Verdict::Fail)] {
        let (start, frames) = RENDER.event(SoundType::Phrase, 1);
        let unlike = RENDER.with_stem(0, |voice| {
            each(voice, |n, x| if (start..start + frames).contains(&n) { gain * x } else { x });
        });
        assert_caught(&unlike, RowId::PhraseSpread, verdict, Some(seconds(start)));
    }
}

#[test]
fn noise_between_phrases_is_noticed() {
    let noise = sound::read(&sound::named("noise 1")).planes[0].clone();
    let noisy = RENDER.with_stem(0, |voice| each(voice, |n, x| x + 0.05 * noise[n % SECOND]));
    assert_caught(&noisy, RowId::PauseNoise, Verdict::Warning, None);
    let mut subject = noisy.subject();
    subject.preset = Preset::built_in("acx").unwrap();
    assert_verdict(&judge("test", &subject), RowId::PauseNoise, Verdict::Fail);
}

#[test]
fn a_bell_louder_than_it_may_be_is_noticed() {
    let loud = RENDER.with_stem(1, |cues| each(cues, |_, x| 2.0 * x));
    assert_caught(&loud, RowId::LoudMoments, Verdict::Warning, None);
}

#[test]
fn a_startle_is_noticed() {
    let place = RENDER.silence();
    let startle = RENDER.with_stem(1, |cues| {
        each(
            cues,
            |n, x| if (place..place + SECOND).contains(&n) { x + 0.2 * (n as f32 * 0.06).sin() } else { x },
        );
    });
    assert_caught(&startle, RowId::Startle, Verdict::Warning, Some(seconds(place)));
}

#[test]
fn unbalanced_cancelling_or_swapped_channels_are_noticed() {
    let lean = RENDER.with_mix(|mix| mix[0].iter_mut().for_each(|x| *x *= 1.3));
    assert_caught(&lean, RowId::Stereo, Verdict::Warning, None);
    let against = RENDER.with_mix(|mix| mix[0] = mix[1].iter().map(|x| -x).collect());
    assert_caught(&against, RowId::Stereo, Verdict::Fail, None);
}

#[test]
fn hum_and_rumble_are_noticed() {
    let tone = |hz: f32, n: usize| (TAU * hz * n as f32 / SECOND as f32).sin();
    let hum =
        RENDER.with_mix(|mix| each(mix, |n, x| x + 0.03 * (tone(50.0, n) + tone(100.0, n) + tone(200.0, n))));
    assert_caught(&hum, RowId::Hum, Verdict::Fail, None);
    let rumble = RENDER.with_mix(|mix| each(mix, |n, x| x + 0.01 * tone(9.0, n)));
    assert_caught(&rumble, RowId::Hum, Verdict::Warning, None);
}

#[test]
fn a_hard_loop_is_caught() {
    assert_verdict(&BROWN.report(), RowId::LoopSeams, Verdict::Pass);
    let looped = BROWN.with_stem(2, |bed| {
        let bend = |from: usize| (bed[0][from] - bed[0][from + 3 * SECOND]).abs();
        let from =
            (2 * SECOND..5 * SECOND).step_by(480).max_by(|a, b| bend(*a).total_cmp(&bend(*b))).unwrap();
        for plane in bed {
            let piece = plane[from..from + 3 * SECOND].to_vec();
            plane.iter_mut().enumerate().for_each(|(n, sample)| *sample = piece[n % piece.len()]);
        }
    });
    assert_caught(&looped, RowId::LoopSeams, Verdict::Fail, None);
}

#[test]
fn a_lost_phrase_is_caught_with_stems_and_without() {
    let (start, frames) = RENDER.event(SoundType::Phrase, 1);
    let lost = RENDER
        .with_stem(0, |voice| each(voice, |n, x| if (start..start + frames).contains(&n) { 0.0 } else { x }));
    assert_caught(&lost, RowId::Placement, Verdict::Fail, Some(seconds(start)));
    let mut subject = lost.subject();
    subject.stems = Stems::default();
    assert_verdict(&judge("test", &subject), RowId::Placement, Verdict::Fail);
    subject.file = analyse(&RENDER.mix);
    assert_verdict(&judge("test", &subject), RowId::Placement, Verdict::Pass);
}

#[test]
fn sounds_that_come_too_early_or_too_late_are_caught() {
    let shift = |stem: usize, frames: isize| {
        RENDER.with_stem(stem, |planes| {
            for plane in planes {
                if frames > 0 {
                    plane.rotate_right(frames as usize);
                } else {
                    plane.rotate_left(frames.unsigned_abs());
                }
            }
        })
    };
    for frames in [-7_200, 7_200] {
        assert_caught(&shift(0, frames), RowId::Placement, Verdict::Fail, None);
        assert_caught(&shift(1, frames), RowId::Placement, Verdict::Fail, None);
    }
    assert_caught(&shift(0, 480), RowId::Placement, Verdict::Pass, None);
    assert_caught(&shift(1, 96), RowId::Placement, Verdict::Pass, None);
}

#[test]
fn a_breath_that_drifts_or_is_lost_is_caught() {
    let swells: Vec<(usize, usize)> = (0..RENDER.plan.events(SoundType::BREATH).count())
        .map(|index| RENDER.event(SoundType::BREATH, index))
        .collect();
    let moved = |index: usize, by: usize| {
        RENDER.with_stem(1, |cues| {
            for plane in cues {
                for (turn, (start, frames)) in swells.iter().enumerate().rev() {
                    plane[*start..start + frames].rotate_right(if turn < index {
                        0
                    } else {
                        by * (turn - index + 1)
                    });
                }
            }
        })
    };
    assert_caught(&moved(1, 1_000), RowId::Breath, Verdict::Fail, None);
    // One that nobody speaks over.
    let speech = RENDER.plan.speech();
    let free = |(start, frames): &&(usize, usize)| {
        let (from, to) = (*start as f64 / SECOND as f64, (start + frames) as f64 / SECOND as f64);
        !speech.iter().any(|span| span.0 < to + 2.5 && from - 2.5 < span.1)
    };
    let (start, frames) = *swells.iter().find(free).unwrap();
    let lost = RENDER
        .with_stem(1, |cues| each(cues, |n, x| if (start..start + frames).contains(&n) { 0.0 } else { x }));
    assert_caught(&lost, RowId::Breath, Verdict::Fail, None);
}

/// The faults that only the mix has are in `faults`; here it is compared with its stems.
#[test]
fn a_mix_that_its_stems_do_not_add_up_to_is_noticed() {
    let report = |sum: StemSum| judge("test", &Subject { sum: Some(sum), ..RENDER.subject() });
    let same = report(RENDER.sum());
    assert_verdict(&same, RowId::StemsAddUp, Verdict::Pass);
    assert_verdict(&same, RowId::Limiter, Verdict::Pass);
    let silence = RENDER.silence();
    let click = report(RENDER.with_mix(|mix| mix[0][silence] += 0.02).sum());
    assert_verdict(&click, RowId::StemsAddUp, Verdict::Fail);
    assert!((finding(&click, RowId::StemsAddUp).places[0].seconds - seconds(silence)).abs() < 0.02);
    let swapped = report(RENDER.with_mix(|mix| mix.swap(0, 1)).sum());
    assert!(finding(&swapped, RowId::StemsAddUp).note.contains("swapped"), "{swapped:?}");
    // Stems of another version say nothing about this file.
    let other = report(Render { mix: BELLS.mix.clone(), ..RENDER.with_mix(|_| ()) }.sum());
    assert_verdict(&other, RowId::VoiceOverBed, Verdict::NotJudged);
    assert!(finding(&other, RowId::VoiceOverBed).note.contains("another render"), "{other:?}");
    assert_verdict(&other, RowId::StemsAddUp, Verdict::Fail);
}

#[test]
fn another_render_must_be_the_same() {
    for (same, verdict) in [(true, Verdict::Pass), (false, Verdict::Fail)] {
        let subject = Subject { same_bytes: Some(same), ..RENDER.subject() };
        assert_verdict(&judge("test", &subject), RowId::Reproducible, verdict);
    }
}

#[test]
fn what_a_decoder_makes_of_a_lossy_file_is_judged() {
    let mut subject = RENDER.subject();
    subject.file.bits = None;
    assert_verdict(&judge("test", &subject), RowId::LossyDecoded, Verdict::Pass);
    subject.file.frames += 1_105;
    assert_verdict(&judge("test", &subject), RowId::LossyDecoded, Verdict::Fail);
}

#[test]
fn a_missing_title_and_chapters_elsewhere_are_noticed() {
    let mut subject = RENDER.subject();
    assert_verdict(&judge("test", &subject), RowId::Labels, Verdict::NotJudged);
    let planned = RENDER.plan.chapters.iter().map(|chapter| chapter.start as f64 / SECOND as f64);
    subject.labels = Labels { title: Some("De plek".to_owned()), chapters: planned.collect() };
    assert_verdict(&judge("test", &subject), RowId::Labels, Verdict::Pass);
    subject.labels.chapters[1] += 0.05;
    assert_verdict(&judge("test", &subject), RowId::Labels, Verdict::Warning);
    subject.labels = Labels { title: None, chapters: vec![0.0] };
    assert_verdict(&judge("test", &subject), RowId::Labels, Verdict::Warning);
}

#[test]
fn an_outside_meter_reads_the_same() {
    let mix = Sound { rate: 48_000, bits: 32, planes: RENDER.mix.clone() };
    let heard = analyse(&RENDER.mix);
    assert!((heard.levels.integrated.unwrap().0 - mix.integrated()).abs() < 0.05);
    assert!((heard.levels.true_peak.db().unwrap().0 - mix.true_peak()).abs() < 0.2);
    let voice = Sound { rate: 48_000, bits: 32, planes: RENDER.stems[0].planes.clone() };
    assert!(
        (analyse(&RENDER.stems[0].planes).loudness.gated(&[(0.0, 1e4)]).unwrap() - voice.integrated()).abs()
            < 0.05
    );
}

#[test]
fn ffmpeg_reads_the_same_of_a_mix_and_of_each_stem() {
    let folder = Course::empty();
    let stems = RENDER.stems.iter().map(|stem| &stem.planes);
    for planes in [&RENDER.mix].into_iter().chain(stems) {
        folder.write("in.wav", sound::wav(planes, 48_000, 32));
        let mut command = std::process::Command::new("ffmpeg");
        command.args(["-nostdin", "-hide_banner", "-i"]).arg(folder.path("in.wav"));
        command.args(["-af", "ebur128=peak=sample+true:framelog=verbose", "-f", "null", "-"]);
        let Ok(output) = command.output() else {
            eprintln!("skipped: no ffmpeg here");
            return;
        };
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let told = &told[told.rfind("Summary:").unwrap_or_else(|| panic!("{told}"))..];
        let values = |label: &str| -> Vec<f64> {
            let lines = told.lines().filter_map(|line| line.trim().strip_prefix(label));
            lines.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect()
        };
        let levels = analyse(planes).levels;
        // ffmpeg rounds to tenths.
        let near = |name: &str, own: f64, theirs: f64, most: f64| {
            assert!((own - theirs).abs() <= most, "{name}: {own}, ffmpeg reads {theirs}");
        };
        near("integrated", levels.integrated.unwrap().0, values("I:")[0], 0.151);
        near("sample peak", levels.sample_peak.db().unwrap().0, values("Peak:")[0], 0.051);
        near("true peak", levels.true_peak.db().unwrap().0, values("Peak:")[1], 0.151);
        near("range", levels.range.unwrap().0, values("LRA:")[0], 1.0);
    }
}

#[test]
fn analysis_in_blocks_of_any_length_gives_the_same_result() {
    let whole = analyse(&RENDER.mix);
    for block in [1, 997, 65_536] {
        let mut analyser = Analyser::new(SampleRate::DEFAULT, 2);
        let end = if block == 1 { 20_000 } else { RENDER.mix[0].len() };
        for start in (0..end).step_by(block) {
            let range = start..(start + block).min(end);
            analyser.push(&[&RENDER.mix[0][range.clone()], &RENDER.mix[1][range]]);
        }
        let parts = analyser.finish();
        if block > 1 {
            assert_eq!((parts.levels, &parts.breaks), (whole.levels, &whole.breaks));
            assert_eq!(
                (&parts.samples.silent, parts.samples.used_bits),
                (&whole.samples.silent, whole.samples.used_bits)
            );
        }
        let same = parts
            .envelope
            .steps
            .iter()
            .zip(&whole.envelope.steps[..end / 240])
            .all(|(a, b)| (a[0] - b[0]).abs() <= 1e-4 * b[0].abs() + 1e-12);
        assert!(same, "blocks of {block}");
    }
}

#[test]
fn voices_of_people_have_no_clicks_holes_hum_or_seams() {
    let sets = ["speech/ljspeech", "speech/kerstin", "speech/css10"];
    for path in sets.iter().flat_map(|set| recordings(set, &["flac"]).into_iter().step_by(8)) {
        let heard = Analysis::of(adem::files::open_anywhere(&path).unwrap()).unwrap();
        let subject = Subject {
            file: heard,
            plan: None,
            stems: Stems::default(),
            preset: Preset::stream(),
            clips: None,
            limited: None,
            sum: None,
            made: Err(Missing::Course),
            same_bytes: None,
            labels: Labels::default(),
        };
        let report = judge(&path.display().to_string(), &subject);
        for id in [RowId::Clipping, RowId::Clicks, RowId::Dropouts] {
            assert!(
                finding(&report, id).verdict <= Verdict::Info,
                "{}: {:?}",
                path.display(),
                finding(&report, id)
            );
        }
        assert!(
            finding(&report, RowId::Hum).measured.starts_with("0 lines"),
            "{}: {:?}",
            path.display(),
            finding(&report, RowId::Hum)
        );
    }
}

// the program

fn shown(run: &Run) -> String {
    run.shown().replace(env!("CARGO_MANIFEST_DIR"), "[HERE]")
}

#[test]
fn the_table_and_the_json_of_the_program_are_as_they_were() {
    let course = Course::new();
    course.succeed(&["render", "2", "--format", "wav", "-o", "t.wav", "--stems", "stems"]);
    let qc = |arguments: &[&str]| course.adem(&[&["qc", "t.wav"], arguments].concat());
    insta::assert_snapshot!("table", shown(&qc(&["--stems", "stems"])));
    insta::assert_snapshot!("table-bare", shown(&qc(&["--preset", "podcast"])));
    let json: Value = serde_json::from_slice(&qc(&["--json"]).stdout).unwrap();
    insta::assert_snapshot!("json", serde_json::to_string_pretty(&json).unwrap());
    // A fault that the stems have, too, is in no other row.
    let mut planes = sound::read(&course.read("t.wav")).planes;
    each(&mut planes, |n, x| if (480_000..490_000).contains(&n) { 0.7 * x } else { x });
    course.write("t.wav", sound::wav(&planes, 48_000, 24));
    let run = qc(&[]);
    let text = run.text();
    assert!(text.contains("31  fail     as it was made") && text.contains("at 0:10.0"), "{text}");
    course.edit("scripts/plek.toml", "id = \"voeten\", pause = 2", "id = \"voeten\", pause = 3");
    let run = qc(&[]);
    let text = run.text();
    assert!(text.contains("31, 32, 33, 34: the course or adem has changed since it was rendered"), "{text}");
}

#[test]
fn the_program_exits_with_three_on_a_failure_and_says_where() {
    let course = Course::new();
    course.succeed(&["render", "2", "--format", "wav32f", "-o", "t.wav"]);
    let Sound { mut planes, .. } = sound::read(&course.read("t.wav"));
    each(&mut planes, |n, x| if n == 500_000 { 1.5 } else { x });
    course.write("t.wav", sound::wav(&planes, 48_000, 32));
    let run = course.adem(&["qc", "t.wav"]);
    assert_eq!(run.code, 3, "{}", run.text());
    assert!(run.text().contains("at 0:10.4"), "{}", run.text());
    course.write("broken.wav", &course.read("t.wav")[..200_001]);
    let run = course.adem(&["qc", "broken.wav", "--json"]);
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!((run.code, &json["files"][0]["rows"][0]["verdict"]), (3, &Value::from("fail")));
    assert_eq!(course.adem(&["qc", "gone.wav"]).code, 4);
    assert_eq!(course.adem(&["qc", "t.wav", "--preset", "podcats"]).code, 2);
    course.write("t.timeline.json", "{}");
    assert_eq!(course.adem(&["qc", "t.wav"]).code, 4);
}

#[test]
fn another_render_has_the_same_bytes() {
    let course = Course::new();
    for name in ["a.wav", "b.wav"] {
        course.succeed(&["render", "2", "-o", name]);
    }
    let again = |other: &str| course.adem(&["qc", "a.wav", "--compare", other]);
    assert!(again("b.wav").text().contains("26  ok"), "{}", again("b.wav").text());
    course.succeed(&["render", "2", "--seed", "9", "-o", "b.wav"]);
    assert_eq!(again("b.wav").code, 3);
}

#[test]
fn a_render_writes_its_report_and_strict_keeps_no_file_that_fails() {
    let course = Course::new();
    course.succeed(&["render", "2", "--strict", "-o", "t.wav"]);
    let report: Value = serde_json::from_slice(&course.read("t.qc.json")).unwrap();
    assert_eq!(report["passes"], true);
    let verdict = |id: RowId| report["rows"][id.number() - 1]["verdict"].as_str().unwrap();
    let fine = [
        RowId::Whole,
        RowId::SampleFormat,
        RowId::SpeechLoudness,
        RowId::Clipping,
        RowId::DcOffset,
        RowId::HardEdges,
        RowId::DigitalSilence,
    ];
    assert!(fine.iter().all(|id| verdict(*id) == "ok"), "{report:#}");
    assert_eq!(verdict(RowId::Clicks), "not judged");

    // The last part has no bed: it stops at once.
    course.edit("scripts/plek.toml", "fade_in = 1, fade_out = 1", "fade_in = 0, fade_out = 0, gain = 20");
    let before = course.files("");
    let run = course.adem(&["render", "2", "--strict", "-o", "u/u.wav", "--stems", "u"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains("hard edges") && run.stderr.contains("nothing was written"),
        "{}",
        run.stderr
    );
    assert_eq!(course.files(""), before);
    let run = course.succeed(&["render", "2", "-o", "u.wav"]);
    assert!(run.stderr.contains("hard edges"), "{}", run.stderr);
    assert_eq!(course.adem(&["render", "2", "--strict", "-o", "-"]).code, 2);
}

#[test]
fn renders_of_all_kinds_raise_no_false_alarm() {
    let course = Course::new();
    let repository = env!("CARGO_MANIFEST_DIR");
    course.edit("scripts/plek.toml", "use = \"bruis\", fade_in = 1, fade_out = 1", "use = \"regen\"");
    let versions: [(&str, &[&str]); 7] = [
        ("m4a", &["2", "--preset", "accessible"]),
        ("mp3", &["2", "--lang", "en", "--seed", "4", "--mix", "voice"]),
        ("opus", &["2", "--guidance", "light", "--preset", "sleep"]),
        ("wav", &["2", "--preset", "broadcast", "--rate", "44100"]),
        ("wav", &["2", "--mix", "bed", "--bed", "lus", "--format", "wav16"]),
        ("ogg", &["2", "--bed", "none"]),
        ("wav", &["-C", repository, "1", "--length", "3m", "--lang", "en", "--guidance", "light"]),
    ];
    for (index, (ending, version)) in versions.iter().enumerate() {
        let (file, stems) = (format!("{index}.{ending}"), format!("stems{index}"));
        let render = [&["render", "-o", &file, "--stems", &stems], *version].concat();
        let run = course.adem(&render);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let run = course.adem(&["qc", &file, "--stems", &stems]);
        assert!(run.code == 0 && run.text().contains(", 0 warnings"), "{version:?}\n{}", run.text());
        let again = ["31  ok", "32  ok", "33  ok", "34  ok"];
        let is_own = !version.contains(&repository);
        assert!(again.iter().all(|row| run.text().contains(row) == is_own), "{version:?}\n{}", run.text());
    }
}

#[test]
fn renders_with_recordings_of_people_raise_no_false_alarm() {
    for (language, set) in [("de", "kerstin"), ("en", "ljspeech"), ("nl", "css10")] {
        let mut files = recordings(&format!("speech/{set}"), &["flac"]);
        files.truncate(4);
        if files.is_empty() {
            return;
        }
        let course = Course::spoken(language, &files);
        course.succeed(&["render", "plek", "-o", "t.wav", "--stems", "stems"]);
        let run = course.adem(&["qc", "t.wav", "--stems", "stems", "--json"]);
        let json: Value = serde_json::from_slice(&run.stdout).unwrap();
        for row in json["files"][0]["rows"].as_array().unwrap() {
            // How evenly a person reads is not a fault of the render.
            let reading = row["row"] == RowId::PhraseSpread.number();
            let alarm = row["verdict"] == "fail" || (row["verdict"] == "warning" && !reading);
            assert!(!alarm, "{set}: {row:#}");
        }
    }
}

#[test]
fn the_anchor_of_a_course_of_its_own_is_the_one_that_is_judged() {
    let course = Course::new();
    course.succeed(&["render", "2", "--preset", "whole", "-o", "t.wav"]);
    let run = course.adem(&["qc", "t.wav"]);
    assert!(run.text().contains("preset whole") && run.text().contains("-20.0 ± 0.3 LUFS"), "{}", run.text());
    let mut subject = RENDER.subject();
    subject.preset.target = Lufs(-23.0);
    assert_verdict(&judge("test", &subject), RowId::SpeechLoudness, Verdict::Fail);
}
