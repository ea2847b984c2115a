//! The version that a page shows, as its address names it.

use std::collections::BTreeMap;

use crate::engine::{AskedLength, LengthOptions, PlanJob};
use crate::http::problem::Problem;
use crate::script::exercise::Guidance;
use crate::script::language::Language;
use crate::script::session::Variant;
use crate::studio::refusal::Refusal;
use crate::unit::literal::parse_duration;

/// The pairs of an address.
pub type VersionQuery = BTreeMap<String, String>;

/// What begins the name of a choice.
const CHOOSE: &str = "choose.";

/// The version of a script that an address asks for. Keys that are no part of a version are left to others.
///
/// # Errors
/// [`Problem`] for a value that means nothing.
pub fn version(script: &str, query: &VersionQuery) -> Result<PlanJob, Problem> {
    let given = |key: &str| query.get(key).map(String::as_str).filter(|value| !value.is_empty());
    let wrong = |key: &str| Refusal::Page.because(format!("`{key}` of this address means nothing"));
    let language = given("language").map(|tag| Language::parse(tag).ok_or_else(|| wrong("language")));
    let guidance = given("guidance").map(|level| Guidance::named(level).ok_or_else(|| wrong("guidance")));
    let length = given("length").map(|length| match length {
        "natural" => Ok(AskedLength::Natural),
        time => parse_duration(time).map(AskedLength::Exactly).map_err(|_| wrong("length")),
    });
    let choices =
        query.iter().filter_map(|(key, value)| Some((key.strip_prefix(CHOOSE)?.to_owned(), value.clone())));
    let variant = Variant {
        language: language.transpose()?,
        voice: given("voice").map(str::to_owned),
        guidance: guidance.transpose()?,
        bed: given("bed").map(str::to_owned),
        draft: given("draft") == Some("yes"),
        no_cues: given("cues") == Some("off"),
        choices: choices.collect(),
        ..Variant::default()
    };
    let length = LengthOptions { length: length.transpose()?, ..LengthOptions::default() };
    Ok(PlanJob { script: script.to_owned(), variant, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_version_and_refuses_what_means_nothing() {
        let query = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            version("plek", &pairs.collect())
        };
        let job =
            query(&[("language", "en"), ("length", "8m"), ("choose.einde", "slaap"), ("bed", "")]).unwrap();
        assert_eq!(job.variant.choices, [("einde".to_owned(), "slaap".to_owned())]);
        assert_eq!(
            (job.length.length.map(AskedLength::name), job.variant.bed),
            (Some("8m".to_owned()), None)
        );
        for pair in [("length", "long"), ("guidance", "much"), ("language", "?")] {
            assert!(query(&[pair]).is_err(), "{pair:?}");
        }
    }
}
