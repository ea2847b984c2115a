//! File names of versions, unique for every version of every script of a course.

use std::collections::BTreeMap;

use super::AskedLength;
use crate::delivery::mix::Mix;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::toml::table::{as_name, is_name};
use crate::unit::SampleRate;

/// What distinguishes a version from others. A value that comes from the script or the course is `None` and not named.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VersionName {
    pub track: Option<u32>,
    pub script: String,
    pub language: Language,
    pub voice: Option<String>,
    pub guidance: Guidance,
    pub length: Option<AskedLength>,
    pub follows: Option<Followed>,
    pub choices: BTreeMap<String, String>,
    pub bed: Option<String>,
    pub drafts: bool,
    pub no_cues: bool,
    pub preset: Option<String>,
    pub rate: Option<SampleRate>,
    pub seed: Option<u64>,
    pub mix: Mix,
    /// The hash of a listener's own words.
    pub own: Option<String>,
}

/// The version whose part borders this one takes over.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Followed {
    Language(Language),
    /// The hash of a timeline document.
    Timeline(String),
}

impl Followed {
    pub(super) fn timeline(text: &str) -> Self {
        Self::Timeline(short_hash(text))
    }
}

impl VersionName {
    /// The name without an extension, such as `01-ademruimte-nl_light_einde=slaap`. Names in a course consist of
    /// lower-case letters, digits and single hyphens, so `_`, `=` and `+` never occur in one. No two names differ only
    /// in case.
    pub(super) fn stem(&self) -> String {
        let script = safe(&self.script);
        let track = match self.track {
            Some(track) => format!("{track:02}-"),
            // Without a track, a script called `01-x` is not track 1.
            None if looks_numbered(&script) => "00-".to_owned(),
            None => String::new(),
        };
        let language = self.language.as_str().replace('-', "+");
        let mut parts = vec![format!("{track}{script}-{language}")];
        let option = |name: &str, value: &Option<String>| Some(format!("{name}-{}", safe(value.as_ref()?)));
        parts.extend(option("voice", &self.voice));
        if self.guidance != Guidance::Full {
            parts.push(self.guidance.name().to_owned());
        }
        parts.extend(self.length.map(|length| length.name().replace('.', "-")));
        parts.extend(self.follows.as_ref().map(|other| match other {
            Followed::Language(language) => format!("as-{language}"),
            Followed::Timeline(hash) => format!("locked-{hash}"),
        }));
        parts.extend(self.choices.iter().map(|(name, value)| format!("{}={}", safe(name), safe(value))));
        parts.extend(option("bed", &self.bed));
        if self.drafts {
            parts.push("draft".to_owned());
        }
        if self.no_cues {
            parts.push("no-cues".to_owned());
        }
        parts.extend(option("preset", &self.preset));
        parts.extend(self.rate.map(|rate| format!("rate-{}", rate.hz())));
        parts.extend(self.seed.map(|seed| format!("seed-{seed}")));
        if self.mix != Mix::Full {
            parts.push(format!("only-{}", self.mix.name()));
        }
        parts.extend(self.own.as_ref().map(|hash| format!("own-{hash}")));
        parts.join("_")
    }
}

/// Whether a name begins with a track number: two digits or more, and a hyphen.
fn looks_numbered(name: &str) -> bool {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    name.len() - rest.len() >= 2 && rest.starts_with('-')
}

/// A valid name unchanged; any other text, such as the name of a preset, converted to a name with a hash appended.
fn safe(text: &str) -> String {
    if is_name(text) { text.to_owned() } else { format!("{}+{}", as_name(text), short_hash(text)) }
}

pub(super) fn short_hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..12].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::format::Format;
    use crate::unit::Seconds;
    use proptest::prelude::*;

    /// Names that look like parts of other names.
    fn any_name() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a", "b", "nl", "pt", "br", "light", "bells", "draft", "voice", "bed", "only", "no-cues", "10m",
            "01", "as", "seed", "7", "rate", "8000", "natural", "wav16",
        ]);
        prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.join("-"))
    }

    fn any_free_name() -> impl Strategy<Value = String> {
        prop_oneof![
            any_name(),
            prop::sample::select(vec!["A", "a b", "a_b", "a=b", "É", "a.b", ""]).prop_map(str::to_owned)
        ]
    }

    fn any_language() -> impl Strategy<Value = Language> {
        let tags = ["nl", "pt", "pt-BR", "br", "as-IN", "nl-light", "zh-Hant-TW"];
        prop::sample::select(tags.to_vec()).prop_map(|tag| Language::parse(tag).unwrap())
    }

    fn maybe<T: std::fmt::Debug + Clone>(any: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
        prop::option::weighted(0.3, any)
    }

    fn any_version() -> impl Strategy<Value = VersionName> {
        let length = prop_oneof![
            Just(AskedLength::Natural),
            Just(AskedLength::Source),
            prop::sample::select(vec![600_000, 600_100, 60_000, 2_500, 25_000, 5_000])
                .prop_map(|millis| AskedLength::Exactly(Seconds::from_millis(millis))),
        ];
        let follows = prop_oneof![
            any_language().prop_map(Followed::Language),
            any_name().prop_map(|text| Followed::timeline(&text)),
        ];
        let rate = prop::sample::select(vec![8_000, 44_100]).prop_map(|hz| SampleRate::new(hz).unwrap());
        let mix = prop::sample::select(vec![Mix::Full, Mix::Voice, Mix::Bed]);
        (
            (
                maybe(1u32..12),
                any_name(),
                any_language(),
                maybe(any_name()),
                prop::sample::select(Guidance::ALL.to_vec()),
            ),
            (maybe(length), maybe(follows), prop::collection::btree_map(any_free_name(), any_name(), 0..3)),
            (maybe(any_name()), any::<bool>(), any::<bool>(), maybe(any_free_name())),
            (maybe(rate), maybe(prop::sample::select(vec![0, 7, u64::MAX])), mix, maybe(any_name())),
        )
            .prop_map(
                |(
                    (track, script, language, voice, guidance),
                    (length, follows, choices),
                    (bed, drafts, no_cues, preset),
                    (rate, seed, mix, own),
                )| VersionName {
                    track,
                    script,
                    language,
                    voice,
                    guidance,
                    length,
                    follows,
                    choices,
                    bed,
                    drafts,
                    no_cues,
                    preset,
                    rate,
                    seed,
                    mix,
                    own: own.map(|words| short_hash(&words)),
                },
            )
    }

    fn any_format() -> impl Strategy<Value = Format> {
        prop::sample::select(Format::NAMES.to_vec()).prop_map(|name| Format::named(name).unwrap())
    }

    /// Each takes one thing from another version.
    const CHANGES: [fn(&mut VersionName, &VersionName); 16] = [
        |version, other| version.track = other.track,
        |version, other| version.script.clone_from(&other.script),
        |version, other| version.language.clone_from(&other.language),
        |version, other| version.voice.clone_from(&other.voice),
        |version, other| version.guidance = other.guidance,
        |version, other| version.length = other.length,
        |version, other| version.follows.clone_from(&other.follows),
        |version, other| version.choices.clone_from(&other.choices),
        |version, other| version.bed.clone_from(&other.bed),
        |version, other| version.own.clone_from(&other.own),
        |version, other| version.drafts = other.drafts,
        |version, other| version.no_cues = other.no_cues,
        |version, other| version.preset.clone_from(&other.preset),
        |version, other| version.rate = other.rate,
        |version, other| version.seed = other.seed,
        |version, other| version.mix = other.mix,
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn two_requests_never_share_a_name(requests in prop::collection::vec((any_version(), any_format()), 300)) {
            let mut seen: BTreeMap<String, &(VersionName, Format)> = BTreeMap::new();
            for request in &requests {
                let (version, format) = request;
                // A preset has one format, and so does a course where no preset is asked for.
                let usual = if version.preset.is_some() { Format::Wav16 } else { Format::Wav24 };
                let stem = version.stem();
                let allowed = |c: char| c.is_ascii_alphanumeric() || "-_=+".contains(c);
                prop_assert!(stem.chars().all(allowed), "{}", stem);
                let name = stem + &format.name_end(usual);
                if let Some(other) = seen.insert(name.to_lowercase(), request) {
                    prop_assert_eq!(other, request, "{}", name);
                }
            }
        }

        /// Requests that differ in one thing, as random ones seldom do.
        #[test]
        fn a_request_and_its_nearest_never_share_a_name(
            (one, other) in (any_version(), any_version()),
            formats in (any_format(), any_format()),
        ) {
            let name = |version: &VersionName, format: Format| version.stem() + &format.name_end(Format::Wav24);
            prop_assert_eq!(name(&one, formats.0) == name(&one, formats.1), formats.0 == formats.1);
            for change in CHANGES {
                let mut changed = one.clone();
                change(&mut changed, &other);
                for format in [formats.0, formats.1] {
                    let same = name(&one, formats.0) == name(&changed, format);
                    prop_assert_eq!(same, one == changed && format == formats.0, "{:?} {:?}", &one, &changed);
                }
            }
        }
    }

    #[test]
    fn names_that_could_be_read_in_two_ways_differ() {
        let plain = VersionName {
            track: None,
            script: "a".to_owned(),
            language: Language::parse("nl").unwrap(),
            voice: None,
            guidance: Guidance::Full,
            length: None,
            follows: None,
            choices: BTreeMap::new(),
            bed: None,
            drafts: false,
            no_cues: false,
            preset: None,
            rate: None,
            seed: None,
            mix: Mix::Full,
            own: None,
        };
        let choice = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let language = |tag| Language::parse(tag).unwrap();
        let with = |change: &dyn Fn(&mut VersionName)| {
            let mut version = plain.clone();
            change(&mut version);
            version.stem()
        };
        let names = [
            with(&|_| {}),
            with(&|v| v.track = Some(1)),
            with(&|v| v.script = "01-a".to_owned()),
            with(&|v| v.script = "a-nl".to_owned()),
            with(&|v| v.guidance = Guidance::Light),
            with(&|v| v.language = language("nl-light")),
            with(&|v| v.language = language("pt-BR")),
            with(&|v| (v.script, v.language) = ("a-pt".to_owned(), language("br"))),
            with(&|v| v.voice = Some("only".to_owned())),
            with(&|v| v.mix = Mix::Voice),
            with(&|v| v.choices = choice("x", "y-z")),
            with(&|v| v.choices = choice("x-y", "z")),
            with(&|v| v.choices = choice("seed", "7")),
            with(&|v| v.seed = Some(7)),
            with(&|v| v.rate = SampleRate::new(44_100)),
            with(&|v| v.preset = Some("light".to_owned())),
            with(&|v| v.preset = Some("Light".to_owned())),
            with(&|v| v.follows = Some(Followed::timeline("one"))),
            with(&|v| v.follows = Some(Followed::timeline("two"))),
        ];
        let different: std::collections::BTreeSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
        assert_eq!(names[0], "a-nl");
        assert_eq!(names[1], "01-a-nl");
        assert_eq!(names[10], "a-nl_x=y-z");
    }
}
