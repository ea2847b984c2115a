//! The parameters of a request, read by the types that the command line uses.

use url::form_urlencoded::{Serializer, parse};

use super::problem::{ProblemKind, ServiceProblem};
use crate::delivery::format::Format;
use crate::delivery::mix::Mix;
use crate::engine::{AskedLength, LengthOptions, PlanJob};
use crate::script::exercise::{Choice, Guidance};
use crate::script::language::Language;
use crate::script::own::MOST_OWN;
use crate::script::session::Variant;
use crate::toml::table::list;

/// A parameter of a version.
pub struct Parameter {
    pub name: &'static str,
    /// What it means, for the description of the service.
    pub about: &'static str,
    /// The values it can have, where they are few.
    pub values: &'static [&'static str],
}

/// The parameters of a version, in the order of a canonical address.
pub const PARAMETERS: [Parameter; 12] = [
    Parameter {
        name: "lang",
        about: "The language, such as nl or en. Default: that of the script",
        values: &[],
    },
    Parameter {
        name: "voice",
        about: "The voice. Default: the course's voice of that language",
        values: &[],
    },
    Parameter {
        name: "length",
        about: "The exact length: 10m, 12:34, 754s, natural, or source for that of the script's own language. Default: the usual length of the script",
        values: &[],
    },
    Parameter {
        name: "guidance",
        about: "How much is spoken. Default: the first level of the script",
        values: &Guidance::NAMES,
    },
    Parameter {
        name: "choices",
        about: "Choices of the listener, separated by commas, such as einde=slaap",
        values: &[],
    },
    Parameter {
        name: "own",
        about: "Own words for phrases, separated by commas: the id of a phrase and that of a wish, such as wens=0123456789abcdef0123456789abcdef",
        values: &[],
    },
    Parameter { name: "bed", about: "The bed for the whole track, or none", values: &[] },
    Parameter { name: "cues", about: "Bells and breath swells. Default: on", values: &["on", "off"] },
    Parameter { name: "mix", about: "The stems in the sound. Default: full", values: &Mix::NAMES },
    Parameter { name: "preset", about: "The preset of loudness, ceiling, rate and format", values: &[] },
    Parameter { name: "format", about: "The format. Default: that of the preset", values: &Format::NAMES },
    Parameter {
        name: "v",
        about: "The fingerprint of the version, as in its immutable address: the answer is that version, or none",
        values: &[],
    },
];

/// The longest query, in bytes.
const LONGEST_QUERY: usize = 2_000;
/// The most choices of a request.
const MOST_CHOICES: usize = 32;

/// A version that somebody asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionRequest {
    pub job: PlanJob,
    pub mix: Mix,
    pub format: Option<Format>,
    /// Own words for phrases, in the order of their names.
    pub own: Vec<WishRequest>,
    /// The fingerprint that the version must have.
    pub pinned: Option<String>,
}

/// A wish for a phrase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WishRequest {
    pub phrase: String,
    /// The hash by which it is kept: 32 hexadecimal digits.
    pub id: String,
}

impl WishRequest {
    fn parse(text: &str) -> Option<Self> {
        let (phrase, id) = text.split_once('=')?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
        let is_hex = id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let is_fine = !phrase.is_empty() && phrase.len() <= 200 && phrase.chars().all(is_plain) && is_hex;
        is_fine.then(|| Self { phrase: phrase.to_owned(), id: id.to_owned() })
    }
}

impl VersionRequest {
    /// Reads a query.
    ///
    /// # Errors
    /// A problem with the first parameter that is unknown, doubled or has no such value.
    pub fn read(track: &str, query: Option<&str>) -> Result<Self, ServiceProblem> {
        let query = query.unwrap_or_default();
        if query.len() > LONGEST_QUERY {
            return Err(bad(format!("the query is longer than {LONGEST_QUERY} bytes")));
        }
        let mut values = [const { None::<String> }; PARAMETERS.len()];
        for (name, value) in parse(query.as_bytes()) {
            let Some(at) = PARAMETERS.iter().position(|known| known.name == name) else {
                let known = list(PARAMETERS.iter().map(|known| known.name));
                return Err(bad(format!("there is no parameter `{name}`; the parameters are {known}")));
            };
            if values[at].replace(value.into_owned()).is_some() {
                return Err(bad(format!("`{name}` is given twice; give it once")));
            }
        }
        let [lang, voice, length, guidance, choices, own, bed, cues, mix, preset, format, pinned] = values;
        let language =
            lang.map(|tag| read("lang", &tag, Language::parse(&tag), "write a tag such as nl or pt-BR"));
        let guidance = guidance.map(|word| one_of("guidance", &word, Guidance::named(&word)));
        let mix = mix.map(|word| one_of("mix", &word, Mix::named(&word)));
        let format = format.map(|word| one_of("format", &word, Format::named(&word)));
        let length = length.map(|text| {
            AskedLength::parse(&text).map_err(|why| bad(format!("`length` cannot be `{text}`: {why}")))
        });
        let no_cues = match cues.as_deref() {
            None | Some("on") => false,
            Some("off") => true,
            Some(other) => return Err(bad(format!("`cues` cannot be `{other}`; write on or off"))),
        };
        let [voice, bed, preset] = [("voice", voice), ("bed", bed), ("preset", preset)].map(read_name);
        let (voice, bed, preset) = (voice?, bed?, preset?);
        let variant = Variant {
            language: language.transpose()?,
            voice,
            guidance: guidance.transpose()?,
            bed,
            no_cues,
            choices: read_choices(choices.as_deref())?,
            preset,
            ..Variant::default()
        };
        let length = LengthOptions { length: length.transpose()?, ..LengthOptions::default() };
        Ok(Self {
            job: PlanJob { script: track.to_owned(), variant, length },
            mix: mix.transpose()?.unwrap_or_default(),
            format: format.transpose()?,
            own: read_wishes(own.as_deref())?,
            pinned,
        })
    }

    /// The query of the same version in the canonical order, with this format and fingerprint.
    pub fn canonical(&self, format: Option<Format>, fingerprint: Option<&str>) -> String {
        let Variant {
            language,
            voice,
            guidance,
            bed,
            no_cues,
            choices,
            preset,
            draft: _,
            seed: _,
            rate: _,
            own: _,
        } = &self.job.variant;
        // Of a choice made twice the last counts.
        let choices: std::collections::BTreeMap<_, _> = choices.iter().cloned().collect();
        let choices: Vec<String> = choices.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let own: Vec<String> = self.own.iter().map(|own| format!("{}={}", own.phrase, own.id)).collect();
        let values: [Option<String>; PARAMETERS.len()] = [
            language.as_ref().map(ToString::to_string),
            voice.clone(),
            self.job.length.length.map(AskedLength::name),
            guidance.map(|level| level.name().to_owned()),
            (!choices.is_empty()).then(|| choices.join(",")),
            (!own.is_empty()).then(|| own.join(",")),
            bed.clone(),
            no_cues.then(|| "off".to_owned()),
            (self.mix != Mix::Full).then(|| self.mix.name().to_owned()),
            preset.clone(),
            format.map(|format| format.name().to_owned()),
            fingerprint.map(str::to_owned),
        ];
        let mut query = Serializer::new(String::new());
        for (parameter, value) in PARAMETERS.iter().zip(&values) {
            if let Some(value) = value {
                query.append_pair(parameter.name, value);
            }
        }
        query.finish()
    }
}

fn bad(detail: String) -> ServiceProblem {
    ServiceProblem::new(ProblemKind::BadParameter, detail)
}

fn read<T>(name: &str, value: &str, found: Option<T>, advice: &str) -> Result<T, ServiceProblem> {
    found.ok_or_else(|| bad(format!("`{name}` cannot be `{value}`; {advice}")))
}

fn one_of<T>(name: &str, value: &str, found: Option<T>) -> Result<T, ServiceProblem> {
    let values = PARAMETERS.iter().find(|known| known.name == name).map_or(&[][..], |known| known.values);
    read(name, value, found, &format!("write one of {}", list(values.iter().copied())))
}

fn read_choices(text: Option<&str>) -> Result<Vec<(String, String)>, ServiceProblem> {
    let texts: Vec<&str> = text.into_iter().flat_map(|text| text.split(',')).collect();
    if texts.len() > MOST_CHOICES {
        return Err(bad(format!("there are more than {MOST_CHOICES} choices")));
    }
    let one = |text: &&str| {
        read("choices", text, Choice::parse(text), "write a name and a value, such as einde=slaap")
    };
    texts.iter().map(one).collect()
}

/// The name of something that a course has.
fn read_name((parameter, name): (&str, Option<String>)) -> Result<Option<String>, ServiceProblem> {
    let is_name = |name: &String| {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '.' | ' ');
        name.len() <= 200 && name.chars().all(is_plain) && !name.contains("..")
    };
    match name {
        Some(name) if !is_name(&name) => {
            Err(bad(format!("`{parameter}` is no name; the JSON of the track says what there is")))
        }
        name => Ok(name),
    }
}

fn read_wishes(text: Option<&str>) -> Result<Vec<WishRequest>, ServiceProblem> {
    let texts: Vec<&str> = text.into_iter().flat_map(|text| text.split(',')).collect();
    if texts.len() > MOST_OWN {
        return Err(bad(format!("there are own words for more than {MOST_OWN} phrases")));
    }
    let mut found = Vec::new();
    for text in texts {
        let wish =
            read("own", text, WishRequest::parse(text), "write the id of a phrase, = and the id of a wish");
        found.push(wish?);
    }
    found.sort();
    if let Some(twice) = found.windows(2).find(|pair| pair[0].phrase == pair[1].phrase) {
        return Err(bad(format!("there are own words for `{}` twice; give them once", twice[0].phrase)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<VersionRequest, String> {
        VersionRequest::read("3", Some(query)).map_err(|problem| problem.detail)
    }

    #[test]
    fn a_version_is_read_and_written_in_one_order() {
        let asked = "mix=bed&lang=NL&length=754s&choices=b%3D2,a=1&cues=off&format=wav&guidance=light&voice=anna&v=x&own=b=00000000000000000000000000000001,a=00000000000000000000000000000002";
        let request = read(asked).unwrap();
        assert_eq!(request.format, Some(Format::Wav24));
        let canonical = request.canonical(request.format, Some("ff"));
        let expected = "lang=nl&voice=anna&length=12m34s&guidance=light&choices=a%3D1%2Cb%3D2&own=a%3D00000000000000000000000000000002%2Cb%3D00000000000000000000000000000001&cues=off&mix=bed&format=wav24&v=ff";
        assert_eq!(canonical, expected);
        let again = read(&canonical).unwrap();
        assert_eq!(again.canonical(again.format, again.pinned.as_deref()), expected);
        assert_eq!(read("").unwrap().canonical(None, None), "");
    }

    #[test]
    fn what_is_unknown_doubled_or_impossible_is_told() {
        for (query, part) in [
            ("seed=1", "there is no parameter `seed`; the parameters are `lang`, `voice`"),
            ("draft=on", "no parameter `draft`"),
            ("lang=nl&lang=en", "`lang` is given twice"),
            ("lang=klinkklaar", "`lang` cannot be `klinkklaar`"),
            ("length=0s", "must be more than zero"),
            ("length=-5m", "`length` cannot be `-5m`"),
            ("guidance=some", "write one of `full`, `light`"),
            ("mix=voce", "write one of `full`, `voice` and `bed`"),
            ("format=aac", "write one of `wav`"),
            ("cues=maybe", "write on or off"),
            ("choices=x", "a name and a value"),
            ("voice=..%2f..%2fen", "`voice` is no name"),
            ("bed=a%00", "`bed` is no name"),
            ("own=wens", "the id of a phrase, = and the id of a wish"),
            ("own=wens=../../etc/passwd", "the id of a wish"),
            (
                "own=a=0123456789abcdef0123456789abcdef,a=0123456789abcdef0123456789abcde0",
                "own words for `a` twice",
            ),
        ] {
            let detail = read(query).unwrap_err();
            assert!(detail.contains(part), "{query}: {detail}");
        }
        assert!(read(&format!("bed={}", "x".repeat(3_000))).is_err());
    }
}
