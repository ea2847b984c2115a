//! Faults of every kind, each in a copy of one short sound, and the row that says what is wrong. Row 31 finds all of them,
//! whether or not the stems have them too, since the version is rendered again.

use std::f32::consts::TAU;
use std::sync::LazyLock;

use adem::layout::SoundType;
use adem::qc::analysis::{Comparer, Likeness};
use adem::qc::{Missing, Report, RowId, Stems, Subject, Verdict, judge};
use adem::unit::SampleRate;

use super::{Planes, RENDER, SECOND, assert_verdict, each, finding};

/// The start of the small course: a bell, three phrases, and rain while nobody speaks.
const FRAMES: usize = 24 * SECOND;

static PIECE: LazyLock<Piece> = LazyLock::new(|| Piece {
    stems: RENDER
        .stems
        .each_ref()
        .map(|stem| stem.planes.iter().map(|plane| plane[..FRAMES].to_vec()).collect()),
});
static MIX: LazyLock<Planes> = LazyLock::new(|| PIECE.mix());

#[derive(Clone)]
struct Piece {
    /// Voice, cues and bed.
    stems: [Planes; 3],
}

const VOICE: usize = 0;
const CUES: usize = 1;
const BED: usize = 2;

impl Piece {
    fn mix(&self) -> Planes {
        let [voice, cues, bed] = &self.stems;
        let side = |side: usize| (0..FRAMES).map(|n| voice[side][n] + cues[side][n] + bed[side][n]).collect();
        vec![side(0), side(1)]
    }
}

/// The mix with one stem changed.
fn with(stem: usize, change: impl Fn(usize, f32) -> f32) -> Planes {
    let mut piece = PIECE.clone();
    each(&mut piece.stems[stem], change);
    piece.mix()
}

/// The mix with one stem changed as a whole.
fn with_planes(stem: usize, change: impl Fn(&mut Vec<f32>)) -> Planes {
    let mut piece = PIECE.clone();
    piece.stems[stem].iter_mut().for_each(change);
    piece.mix()
}

/// The mix, changed.
fn mixed(change: impl Fn(usize, f32) -> f32) -> Planes {
    let mut mix = MIX.clone();
    each(&mut mix, change);
    mix
}

/// The mix with each side changed as a whole.
fn sides(change: impl Fn(&mut Vec<f32>)) -> Planes {
    let mut mix = MIX.clone();
    mix.iter_mut().for_each(change);
    mix
}

fn phrase(index: usize) -> std::ops::Range<usize> {
    let (start, frames) = RENDER.event(SoundType::Phrase, index);
    start..start + frames
}

fn bell() -> usize {
    RENDER.event(SoundType::BELL, 0).0
}

/// A place in the rain, two seconds before the end.
const RAIN: usize = FRAMES - 4 * SECOND;

/// A phrase at another place.
fn moved(index: usize, by: isize) -> Planes {
    with_planes(VOICE, |plane| {
        let own = plane[phrase(index)].to_vec();
        plane[phrase(index)].fill(0.0);
        let start = phrase(index).start.wrapping_add_signed(by);
        plane[start..start + own.len()].iter_mut().zip(own).for_each(|(to, x)| *to += x);
    })
}

/// The sound read at another pace: `place` tells where each frame comes from.
fn read_at(plane: &[f32], place: impl Fn(f64) -> f64) -> Vec<f32> {
    let at = |n: usize| {
        let place = place(n as f64).clamp(0.0, plane.len() as f64 - 2.0);
        let (index, part) = (place as usize, place.fract() as f32);
        plane[index] * (1.0 - part) + plane[index + 1] * part
    };
    (0..plane.len()).map(at).collect()
}

fn sine(hz: f32, n: usize) -> f32 {
    (TAU * hz * n as f32 / SECOND as f32).sin()
}

/// Noise that is the same each time.
fn hiss(n: usize) -> f32 {
    let hash = (n as u32).wrapping_mul(2_654_435_761) ^ 0x9e37_79b9;
    (hash.wrapping_mul(hash | 1) >> 8) as f32 / 8_388_608.0 - 1.0
}

fn smooth(plane: &mut Vec<f32>) {
    *plane = plane.windows(4).map(|four| four.iter().sum::<f32>() / 4.0).collect();
    plane.resize(FRAMES, 0.0);
}

type Fault = (&'static str, Option<RowId>, fn() -> Planes);

/// Each with the row that tells its kind, where another one than row 31 does.
const FAULTS: &[Fault] = &[
    ("a phrase 80 ms late", Some(RowId::InTime), || moved(1, 3_840)),
    ("a phrase 300 ms late", Some(RowId::InTime), || moved(1, 14_400)),
    ("a phrase 150 ms early", Some(RowId::InTime), || moved(1, -7_200)),
    ("a phrase lost", Some(RowId::AsLoud), || {
        with(VOICE, |n, x| if phrase(1).contains(&n) { 0.0 } else { x })
    }),
    ("a phrase twice", Some(RowId::AsLoud), || {
        with_planes(VOICE, |plane| plane.copy_within(phrase(1), RAIN))
    }),
    ("two phrases swapped", Some(RowId::AsLoud), || {
        with_planes(VOICE, |plane| {
            let [one, other] = [0, 2].map(|index| plane[phrase(index)].to_vec());
            plane[phrase(0)].fill(0.0);
            plane[phrase(0).start..][..other.len()].copy_from_slice(&other);
            plane[phrase(2)].fill(0.0);
            plane[phrase(2).start..][..one.len()].copy_from_slice(&one);
        })
    }),
    ("a phrase 6 dB down", Some(RowId::AsLoud), || {
        with(VOICE, |n, x| if phrase(1).contains(&n) { 0.5 * x } else { x })
    }),
    ("a phrase 6 dB up", Some(RowId::AsLoud), || {
        with(VOICE, |n, x| if phrase(1).contains(&n) { 2.0 * x } else { x })
    }),
    ("the voice 1 dB down", Some(RowId::AsLoud), || with(VOICE, |_, x| 0.89 * x)),
    ("a word cut short", Some(RowId::AsLoud), || {
        with(VOICE, |n, x| if (phrase(1).start + SECOND..phrase(1).end).contains(&n) { 0.0 } else { x })
    }),
    ("a first word lost", Some(RowId::AsLoud), || {
        with(VOICE, |n, x| if (phrase(1).start..phrase(1).start + SECOND).contains(&n) { 0.0 } else { x })
    }),
    ("a clipped phrase", Some(RowId::AsLoud), || {
        with(VOICE, |n, x| if phrase(1).contains(&n) { (6.0 * x).clamp(-0.2, 0.2) } else { x })
    }),
    ("a phrase 2 % too fast", None, || {
        with_planes(VOICE, |plane| {
            let faster = read_at(&plane[phrase(1)], |n| 1.02 * n);
            plane[phrase(1)].copy_from_slice(&faster);
        })
    }),
    ("an echo", None, || {
        with_planes(VOICE, |plane| {
            for n in (9_600..FRAMES).rev() {
                plane[n] += 0.4 * plane[n - 9_600];
            }
        })
    }),
    ("hiss in the voice", Some(RowId::AsLoud), || with(VOICE, |n, x| x + 0.03 * hiss(n))),
    ("a cough", Some(RowId::AsLoud), || {
        with(VOICE, |n, x| if (RAIN..RAIN + 9_600).contains(&n) { x + 0.2 * hiss(n) } else { x })
    }),
    ("no bell", Some(RowId::AsLoud), || with(CUES, |_, _| 0.0)),
    ("the bell 6 dB down", Some(RowId::AsLoud), || with(CUES, |_, x| 0.5 * x)),
    ("the bell 6 dB up", Some(RowId::AsLoud), || with(CUES, |_, x| 2.0 * x)),
    ("a bell 50 ms late", Some(RowId::AsLoud), || with_planes(CUES, |plane| plane.rotate_right(2_400))),
    ("a bell cut off", None, || with(CUES, |n, x| if n > bell() + 9_600 { 0.0 } else { x })),
    ("no bed", Some(RowId::AsLoud), || with(BED, |_, _| 0.0)),
    ("the bed 3 dB up", Some(RowId::AsLoud), || with(BED, |_, x| 1.41 * x)),
    ("the bed 3 dB down", Some(RowId::AsLoud), || with(BED, |_, x| 0.71 * x)),
    ("no bed for two seconds behind room tone", Some(RowId::AsLoud), || {
        with(BED, |n, x| if (RAIN..RAIN + 2 * SECOND).contains(&n) { 3e-4 * hiss(n) } else { x })
    }),
    ("no bed for a tenth of a second", None, || {
        with(BED, |n, x| if (RAIN..RAIN + 4_800).contains(&n) { 3e-4 * hiss(n) } else { x })
    }),
    ("a bed that pumps", Some(RowId::AsLoud), || {
        with(BED, |n, x| if n % SECOND < SECOND / 2 { 0.6 * x } else { x })
    }),
    ("a bed louder under a phrase", None, || {
        with(BED, |n, x| if phrase(1).contains(&n) { 2.0 * x } else { x })
    }),
    ("a bed that repeats", None, || {
        with_planes(BED, |plane| {
            let piece = plane[8 * SECOND..11 * SECOND].to_vec();
            (11 * SECOND..FRAMES).for_each(|n| plane[n] = piece[n % piece.len()]);
        })
    }),
    ("a bed with both sides alike", None, || {
        let mut piece = PIECE.clone();
        let (left, right) = piece.stems[BED].split_at_mut(1);
        right[0].copy_from_slice(&left[0]);
        piece.mix()
    }),
    ("a dip", None, || mixed(|n, x| if (RAIN..RAIN + 9_600).contains(&n) { 0.8 * x } else { x })),
    ("30 ms twice", None, || sides(|plane| plane.copy_within(RAIN - 1_440..RAIN, RAIN))),
    ("30 ms left out", Some(RowId::InTime), || {
        sides(|plane| {
            plane.drain(4 * SECOND..4 * SECOND + 1_440);
            plane.resize(FRAMES, 0.0);
        })
    }),
    ("a click of one sample in rain", None, || mixed(|n, x| if n == RAIN { x + 0.02 } else { x })),
    ("a click in a word", None, || mixed(|n, x| if n == phrase(1).start + SECOND { x + 0.3 } else { x })),
    ("a jump", None, || {
        mixed(|n, x| if n < RAIN { x } else { x + 0.2 * (-((n - RAIN) as f32) / 2_000.0).exp() })
    }),
    ("a hole of 20 ms", None, || mixed(|n, x| if (RAIN..RAIN + 960).contains(&n) { 0.0 } else { x })),
    ("a second of digital silence", Some(RowId::AsLoud), || {
        mixed(|n, x| if (RAIN..RAIN + SECOND).contains(&n) { 0.0 } else { x })
    }),
    ("a hard beginning", None, || mixed(|n, x| if n < 480 { 0.1 } else { x })),
    ("cut off at the end", None, || sides(|plane| plane.truncate(FRAMES - 48))),
    ("silence after the end", None, || sides(|plane| plane.resize(FRAMES + SECOND, 0.0))),
    ("clipped at full scale", Some(RowId::AsLoud), || mixed(|_, x| (12.0 * x).clamp(-1.0, 1.0))),
    ("an offset", None, || mixed(|_, x| x + 0.002)),
    ("ten bits", None, || mixed(|_, x| (x * 512.0).round() / 512.0)),
    ("noise in the pauses", Some(RowId::AsLoud), || mixed(|n, x| x + 0.03 * hiss(n))),
    ("a start out of nothing", Some(RowId::AsLoud), || {
        mixed(|n, x| if (RAIN..RAIN + SECOND).contains(&n) { x + 0.2 * sine(400.0, n) } else { x })
    }),
    ("a low-pass", Some(RowId::SameTone), || sides(smooth)),
    ("too much treble", Some(RowId::SameTone), || {
        sides(|plane| {
            for n in (1..FRAMES).rev() {
                plane[n] = 1.3 * plane[n] - 0.3 * plane[n - 1];
            }
        })
    }),
    ("aliasing", Some(RowId::SameTone), || {
        sides(|plane| (0..FRAMES).for_each(|n| plane[n] = plane[n - n % 6]))
    }),
    ("wow", Some(RowId::InTime), || {
        sides(|plane| *plane = read_at(plane, |n| n + 60.0 * (f64::from(TAU) * 0.4 * n / 48_000.0).sin()))
    }),
    ("0.05 % too fast", Some(RowId::InTime), || sides(|plane| *plane = read_at(plane, |n| 1.0005 * n))),
    ("a whine", None, || mixed(|n, x| x + 0.0005 * sine(9_000.0, n))),
    ("hum", Some(RowId::SameTone), || mixed(|n, x| x + 0.002 * sine(50.0, n))),
    ("rumble", None, || mixed(|n, x| x + 0.01 * sine(9.0, n))),
    ("one side turned over", Some(RowId::InTime), || {
        let mut mix = MIX.clone();
        mix[0].iter_mut().for_each(|x| *x = -*x);
        mix
    }),
    ("one side 3 ms late", Some(RowId::InTime), || {
        let mut mix = MIX.clone();
        mix[1].rotate_right(144);
        mix
    }),
    ("the right side 10 ms late", Some(RowId::InTime), || {
        let mut mix = MIX.clone();
        mix[1].rotate_right(480);
        mix
    }),
    ("both sides 3 ms late", Some(RowId::InTime), || sides(|plane| plane.rotate_right(144))),
    ("sides swapped", None, || MIX.iter().rev().cloned().collect()),
    ("one side 2 dB louder", Some(RowId::AsLoud), || {
        let mut mix = MIX.clone();
        mix[0].iter_mut().for_each(|x| *x *= 1.26);
        mix
    }),
    ("one side silent", Some(RowId::AsLoud), || vec![MIX[0].clone(), vec![0.0; FRAMES]]),
    ("both sides alike", None, || {
        let mono: Vec<f32> = MIX[0].iter().zip(&MIX[1]).map(|(l, r)| f32::midpoint(*l, *r)).collect();
        vec![mono.clone(), mono]
    }),
];

fn compared(file: &Planes, bits: Option<u32>) -> Likeness {
    let mut comparer = Comparer::new(SampleRate::DEFAULT, bits);
    comparer.push_expected([&MIX[0], &MIX[1]]);
    comparer.push_file([&file[0], &file[1]]);
    comparer.finish()
}

/// The rows about what was made, of a file without stems.
fn judged(made: Result<Likeness, Missing>, bits: Option<u32>) -> Report {
    let mut subject = Subject { stems: Stems::default(), made, ..RENDER.subject() };
    subject.file.bits = bits;
    judge("test", &subject)
}

const ROWS: [RowId; 4] = [RowId::AsMade, RowId::InTime, RowId::AsLoud, RowId::SameTone];

#[test]
fn each_fault_of_sixty_is_found_and_its_kind_is_told() {
    assert!(FAULTS.len() >= 58);
    let subject = Subject { stems: Stems::default(), ..RENDER.subject() };
    let failing = |bits: Option<u32>, planes: &Planes| -> Vec<RowId> {
        let made = Ok(compared(planes, bits));
        let mut subject = Subject { made, ..subject.clone() };
        subject.file.bits = bits;
        let report = judge("test", &subject);
        ROWS.into_iter().filter(|id| finding(&report, *id).verdict == Verdict::Fail).collect()
    };
    assert!(failing(Some(32), &MIX).is_empty());
    let mut unlike = Vec::new();
    for (name, row, fault) in FAULTS {
        let failing = failing(Some(32), &fault());
        if !failing.contains(&RowId::AsMade) || row.is_some_and(|row| !failing.contains(&row)) {
            unlike.push((name, row, failing));
        }
    }
    assert!(unlike.is_empty(), "{unlike:#?}");
}

#[test]
fn what_was_made_is_not_judged_without_the_course_and_rounding_is_no_fault() {
    let report = judged(Err(Missing::SameCourse), Some(24));
    for id in ROWS {
        assert!(finding(&report, id).note.contains("render it again"), "{:?}", finding(&report, id));
    }
    let rounded = mixed(|_, x| (x * 32_768.0).round() / 32_768.0);
    let report = judged(Ok(compared(&rounded, Some(16))), Some(16));
    ROWS.into_iter().for_each(|id| assert_verdict(&report, id, Verdict::Pass));
}

#[test]
fn where_and_by_how_much_it_differs_is_told() {
    let told = |planes: Planes, id: RowId| {
        let report = judged(Ok(compared(&planes, Some(32))), Some(32));
        finding(&report, id).clone()
    };
    let late = told(moved(1, 3_840), RowId::InTime);
    assert_eq!((late.measured.as_str(), late.places[0].sound.as_deref()), ("+80.0 ms", Some("plek/vrij")));
    let fast = told(sides(|plane| *plane = read_at(plane, |n| 1.0005 * n)), RowId::InTime);
    assert!(fast.note.contains("0.05") && fast.note.contains("fast"), "{fast:?}");
    let turned = told(MIX.iter().map(|plane| plane.iter().map(|x| -x).collect()).collect(), RowId::InTime);
    assert!(turned.note.contains("polarity"), "{turned:?}");
    let soft = told(with(VOICE, |n, x| if phrase(1).contains(&n) { 0.5 * x } else { x }), RowId::AsLoud);
    assert!(soft.measured.starts_with("-5.") || soft.measured == "-6.0 dB", "{soft:?}");
    assert!(told(MIX.iter().rev().cloned().collect(), RowId::AsMade).note.contains("swapped"));
}
