//! The search for rounds against brute force on small scripts.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::context::{Context, Effort};
use super::flow::{Flow, RoundChoice};
use super::levels::Levels;
use super::search::RoundSearch;
use super::selection::Selection;
use crate::diag::Sink;
use crate::facts::Facts;
use crate::facts::pace::Pace;
use crate::files::MemoryFiles;
use crate::script::session::{Session, Variant};
use crate::script::{Course, check};
use crate::unit::{Frames, SampleRate};

/// A session without sounds: all lengths are predicted.
pub(super) fn session(steps: &str) -> (Session, Facts) {
    let files = MemoryFiles::new()
        .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\nvoices = { nl = \"v\" }\n")
        .with("voice/nl/v/voice.toml", "name = \"V\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"-\"\n")
        .with(
            "scripts/s.toml",
            format!("language = \"nl\"\ntitle = \"T\"\n[[part]]\nsteps = [\n{steps}\n]\n"),
        );
    let sink = Sink::new();
    let course = Course::open(&files, &sink).unwrap();
    check(&course, &|_| true, &sink);
    assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
    let session = Session::build(&course, &course.scripts["s"], &Variant::default(), &sink).unwrap();
    let facts = Facts {
        rate: SampleRate::new(8_000).unwrap(),
        clips: BTreeMap::default(),
        drafted_by: None,
        voice_level: None,
        strength: 0.5,
        bells: BTreeMap::default(),
        swells: BTreeMap::default(),
        tick: None,
        room: None,
        beds: BTreeMap::default(),
        pace: Pace::usual(&session.language),
    };
    (session, facts)
}

fn any_pause() -> impl Strategy<Value = String> {
    prop_oneof![
        (1u32..60).prop_map(|seconds| seconds.to_string()),
        (1u32..30).prop_map(|seconds| format!("{{ fixed = {seconds} }}")),
        (0u32..20, 0u32..20, 0u32..60, 1u32..50).prop_map(|(least, more, room, weight)| format!(
            "{{ natural = {}, least = {least}, most = {}, weight = {} }}",
            least + more,
            least + more + room,
            f64::from(weight) / 10.0
        )),
    ]
}

fn any_group() -> impl Strategy<Value = String> {
    let counts = || {
        (0u32..4, 1u32..5, 0u32..6).prop_map(|(least, more, room)| [least, least + more, least + more + room])
    };
    prop_oneof![
        (counts(), 2u32..5, 0u32..4).prop_map(|(counts, inhale, more)| format!(
            "{{ breathe = {{ in = {inhale}, out = {}, times = {counts:?} }} }}",
            inhale + more
        )),
        (counts(), any_pause()).prop_map(|(counts, pause)| format!(
            "{{ repeat = {counts:?}, steps = [{{ pause = {pause} }}] }}"
        )),
        (counts(), any_pause(), any_pause()).prop_map(|(counts, one, other)| format!(
            "{{ repeat = {counts:?}, steps = [{{ pause = {one} }}, {{ pause = {other} }}] }}"
        )),
    ]
}

/// All choices of rounds.
fn all_counts(times: &[[u32; 3]]) -> Vec<Vec<u32>> {
    times.iter().fold(vec![Vec::new()], |all, [least, _, most]| {
        let longer = |counts: Vec<u32>| {
            (*least..=*most).map(move |count| counts.iter().copied().chain([count]).collect())
        };
        all.into_iter().flat_map(longer).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_the_best_rounds_there_are(
        groups in prop::collection::vec(any_group(), 1..4),
        pauses in prop::collection::vec(any_pause(), 0..3),
        stretch in 0.2f64..2.5,
    ) {
        let pauses: Vec<_> = pauses.iter().map(|pause| format!("{{ pause = {pause} }}")).collect();
        let (session, facts) = session(&[groups, pauses].concat().join(",\n"));
        let sink = Sink::new();
        let levels = Levels::new(&session, &facts);
        let effort = Effort::new();
        let context =
            Context { session: &session, facts: &facts, levels, sink: &sink, effort: &effort, any_row: false };
        let selection = Selection::new(&session, &[0], false, &BTreeSet::default());
        let flow = Flow::new(&context, &selection, RoundChoice::Natural, &[0]);
        let natural: Frames = flow.boxes(&context) + flow.glues().iter().map(|glue| glue.natural).sum();
        let target = Frames((natural.0 as f64 * stretch) as u64);
        let search = RoundSearch { context: &context, selection: &selection, parts: &[0], target };
        let times: Vec<_> = flow.groups.iter().map(|group| group.times).collect();
        let brute = all_counts(&times)
            .into_iter()
            .map(|counts| search.badness(&flow.groups, &counts))
            .min_by(|one, other| one.partial_cmp(other).unwrap())
            .unwrap();
        let found = search.best();
        prop_assert_eq!(brute.missing == 0.0, found.is_ok(), "{:?}", brute);
        let asked = Context { sink: &sink, any_row: true, ..context };
        let any = RoundSearch { context: &asked, selection: &selection, parts: &[0], target }.best();
        prop_assert_eq!(any.map(|any| any.frames(&asked)).ok(), found.is_ok().then_some(target));
        if let Ok(solution) = found {
            let own = search.badness(&flow.groups, &solution.counts);
            prop_assert_eq!(own.missing, 0.0);
            prop_assert!(
                own.micros <= brute.micros * 1.01,
                "{} rounds {:?} instead of {}", own.micros, solution.counts, brute.micros
            );
            prop_assert_eq!(solution.frames(&context), target);
        }
    }
}
