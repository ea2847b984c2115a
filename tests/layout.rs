//! Exactly the length that was asked for: any script, any length it can have, in every guidance level.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

use adem::asset::Cache;
use adem::event::Silent;
use adem::files::MemoryFiles;
use adem::layout::{EventKind, Length, Timeline};
use adem::produce::{Failure, LengthWish, Workshop};
use adem::script::exercise::Guidance;
use adem::script::session::Variant;
use adem::unit::{SampleRate, Seconds};
use proptest::prelude::*;

/// A course of one script without recordings: lengths are predicted, so that no sound has to be made.
fn course(steps: &str) -> MemoryFiles {
    let script = format!(
        "track = 1\nlanguage = \"nl\"\ntitle = \"T\"\nlevels = [\"full\", \"light\", \"bells\"]\n\
         [[part]]\ntitle = \"P\"\nsteps = [\n{{ say = \"Altijd gezegd.\", id = \"veilig\", safety = true }},\n{steps}\n]\n"
    );
    MemoryFiles::new()
        .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\nvoices = { nl = \"v\" }\n")
        .with("voice/nl/v/voice.toml", "name = \"V\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"-\"\n")
        .with("scripts/s.toml", script)
}

fn plan(files: &MemoryFiles, length: Length, guidance: Guidance, rate: u32) -> Result<Timeline, Failure> {
    let workshop = Workshop::open(files, Cache::off())?;
    let variant = Variant { guidance: Some(guidance), rate: SampleRate::new(rate), ..Variant::default() };
    let wish = LengthWish { length: Some(length), anyway: true, lock: None };
    let script = workshop.script("1")?;
    Ok(workshop.plan(script, &variant, wish, &Silent)?.timeline)
}

/// The phrases in order, as ids.
fn spoken(timeline: &Timeline) -> Vec<String> {
    let phrase = |event: &adem::layout::Event| match &event.kind {
        EventKind::Phrase { key, .. } => Some(key.id.clone()),
        _ => None,
    };
    timeline.events.iter().filter_map(phrase).collect()
}

fn any_pause() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u32..40_000).prop_map(|ms| format!("{}", f64::from(ms) / 1e3)),
        (1u32..9_000, 0u32..9_000, 0u32..90_000, 1u32..9_000).prop_map(
            |(least, more, room, weight)| format!(
                "{{ natural = {}, least = {}, most = {}, weight = {} }}",
                f64::from(least + more) / 1e3,
                f64::from(least) / 1e3,
                f64::from(least + more + room) / 1e3,
                f64::from(weight) / 1e2,
            )
        ),
        (0u32..9_000).prop_map(|ms| format!("{{ fixed = {} }}", f64::from(ms) / 1e3)),
    ]
}

/// One step; `{id}` is filled in later.
fn any_step() -> impl Strategy<Value = String> {
    let say = (
        any_pause(),
        prop_oneof![Just(""), Just(", keep = \"light\""), Just(", soft = true")],
        1u8..=9,
    )
        .prop_map(|(pause, keep, worth)| {
            format!(
                "{{ say = \"Een paar woorden.\", id = \"{{id}}\", worth = {worth}{keep}, pause = {pause} }}"
            )
        });
    let counts = || {
        (0u32..3, 1u32..4, 0u32..9).prop_map(|(least, more, room)| [least, least + more, least + more + room])
    };
    let breathe = (counts(), 2u32..5, 0u32..4).prop_map(|(counts, inhale, more)| {
        format!("{{ breathe = {{ in = {inhale}, out = {}, times = {counts:?} }} }}", inhale + more)
    });
    let repeat = (counts(), any_pause()).prop_map(|(counts, pause)| {
        format!("{{ repeat = {counts:?}, steps = [ {{ say = \"Nog eens.\", id = \"{{id}}\", pause = {pause} }} ] }}")
    });
    let walk = (counts(), 20u32..100)
        .prop_map(|(counts, pace)| format!("{{ walk = {{ pace = {pace}, steps = {counts:?} }} }}"));
    let pause = prop_oneof![
        5 => any_pause().prop_map(|pause| format!("{{ pause = {pause} }}")),
        1 => Just("{ pause = \"fill\" }".to_owned()),
    ];
    prop_oneof![4 => say, 2 => pause, 1 => breathe, 1 => repeat, 1 => walk]
}

fn any_steps() -> impl Strategy<Value = String> {
    prop::collection::vec(any_step(), 1..9).prop_map(|steps| {
        let numbered =
            steps.iter().enumerate().map(|(index, step)| step.replace("{id}", &format!("zin-{index}")));
        numbered.collect::<Vec<_>>().join(",\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_length_a_script_can_have_is_met_to_the_frame(
        steps in any_steps(), part in 0.2f64..3.0, rate in 8_000u32..96_000,
        guidance in prop_oneof![Just(Guidance::Full), Just(Guidance::Light), Just(Guidance::Bells)],
    ) {
        let files = course(&steps);
        let natural = plan(&files, Length::Natural, guidance, rate).unwrap();
        let seconds = natural.frames.seconds(natural.rate) * part;
        let target = Seconds::from_nanos((seconds * 1e9) as u64);
        match plan(&files, Length::Exactly(target), guidance, rate) {
            Ok(timeline) => {
                prop_assert_eq!(timeline.frames, target.frames(timeline.rate));
                let all = spoken(&timeline);
                prop_assert_eq!(all.contains(&"veilig".to_owned()), guidance != Guidance::Bells);
                // What is spoken comes in the order in which it is written.
                let mut order: Vec<_> = all.iter().map(|id| id.trim_start_matches("zin-").parse::<usize>().unwrap_or(0)).collect();
                let told = order.clone();
                order.sort_unstable();
                prop_assert_eq!(order, told);
            }
            Err(Failure::Mistakes { found, .. }) => {
                // Refused with limits; never for a length between the shortest and the natural one.
                prop_assert_eq!(found.len(), 1);
                prop_assert_eq!(found[0].code.name(), "no-length");
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn every_level_has_the_same_natural_length(steps in any_steps()) {
        let files = course(&steps);
        let lengths: Vec<_> = Guidance::ALL
            .into_iter()
            .map(|guidance| plan(&files, Length::Natural, guidance, 48_000).unwrap().frames)
            .collect();
        prop_assert_eq!(lengths[0], lengths[1]);
        prop_assert_eq!(lengths[0], lengths[2]);
    }
}

#[test]
fn the_limits_that_a_refusal_names_are_feasible() {
    let files = course("{ say = \"Een.\", id = \"een\", pause = { natural = 4, least = 2, most = 9 } }");
    for (length, wanted) in [(1, "the shortest is"), (600, "the longest is")] {
        let refused = plan(&files, Length::Exactly(Seconds::whole(length)), Guidance::Full, 48_000);
        let Err(Failure::Mistakes { found, .. }) = refused else { panic!("{length} s is refused") };
        let help = &found[0].helps[0];
        let (_, rest) = help.split_once(wanted).unwrap();
        let seconds: f64 = rest.trim_start().split_once(" s").unwrap().0.parse().unwrap();
        // It is printed to the millisecond; at 8 kHz that is eight frames.
        let nearest = Seconds::from_millis((seconds * 1e3).round() as u64);
        let near = [
            nearest,
            Seconds::from_nanos(nearest.nanos() + 1_000_000),
            Seconds::from_nanos(nearest.nanos() - 1_000_000),
        ];
        assert!(
            near.iter().any(|length| plan(&files, Length::Exactly(*length), Guidance::Full, 48_000).is_ok()),
            "{help}"
        );
    }
}

#[test]
fn a_part_begins_at_its_clock_time_whatever_the_length() {
    let files = MemoryFiles::new()
        .with("course.toml", "title = \"C\"\nlanguages = [\"nl\"]\nvoices = { nl = \"v\" }\n")
        .with("voice/nl/v/voice.toml", "name = \"V\"\nkind = \"human\"\ncredit = \"-\"\nlicence = \"-\"\n")
        .with(
            "scripts/s.toml",
            "track = 1\nlanguage = \"nl\"\ntitle = \"T\"\n\
             [[part]]\ntitle = \"A\"\nsteps = [{ say = \"Een.\", id = \"een\", safety = true }, { pause = 30 }]\n\
             [[part]]\ntitle = \"B\"\nat = \"1m\"\nsteps = [{ say = \"Twee.\", id = \"twee\" }, { pause = 30 }]\n\
             [[part]]\ntitle = \"C\"\nat = \"end-20s\"\nsteps = [{ say = \"Drie.\", id = \"drie\" }, { pause = 10 }]\n",
        );
    for minutes in [2, 3, 5] {
        let timeline =
            plan(&files, Length::Exactly(Seconds::whole(60 * minutes)), Guidance::Full, 48_000).unwrap();
        let starts: Vec<_> = timeline.chapters.iter().map(|chapter| chapter.start.0).collect();
        assert_eq!(starts, [0, 60 * 48_000, (60 * minutes - 20) * 48_000]);
        assert_eq!(timeline.frames.0, 60 * minutes * 48_000);
    }
}
