//! The table of the rules of wording: name, section of docs/craft.md, reason and remedy.

use crate::diag::Code;

/// A rule of wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A command instead of an invitation.
    Command,
    /// A promise of an effect or a cure.
    Promise,
    /// Holding the breath.
    BreathHold,
    /// Words such as must, always and never.
    Absolute,
    /// A form of address other than that of the course.
    Address,
    /// A phrase of more than 15 words or 9 s.
    LongPhrase,
    /// A phrase that another track also has.
    DoubledPhrase,
    /// A first minute that does not say that the listener may stop.
    LateSafety,
    /// A hard phrase without a safety phrase within 90 s.
    NoWayBack,
    /// More than 90 s of silence after a hard phrase.
    LongSilence,
}

/// A row of the table.
struct RuleDescription {
    rule: Rule,
    code: Code,
    /// See [`Rule::doc`].
    doc: &'static str,
    /// The section of docs/craft.md that gives the reason.
    section: u32,
    why: &'static str,
    remedy: &'static str,
}

/// Every rule, in the order of [`Rule`].
const RULES: [RuleDescription; 10] = [
    RuleDescription {
        rule: Rule::Command,
        code: Code::Command,
        doc: "A command instead of an invitation.",
        section: 1,
        why: "an invitation leaves listeners free to do something else",
        remedy: "make it an offer",
    },
    RuleDescription {
        rule: Rule::Promise,
        code: Code::Promise,
        doc: "A promise of an effect or a cure.",
        section: 2,
        why: "nobody knows what a listener will feel, and an exercise is not a cure",
        remedy: "say what may happen, or leave the outcome open",
    },
    RuleDescription {
        rule: Rule::BreathHold,
        code: Code::BreathHold,
        doc: "Holding the breath.",
        section: 3,
        why: "holding the breath can frighten people; offer a pace, then let the breath go freely",
        remedy: "remove the hold and let the breath come and go",
    },
    RuleDescription {
        rule: Rule::Absolute,
        code: Code::Absolute,
        doc: "Words such as must, always and never.",
        section: 2,
        why: "listeners who cannot do what they must, or always or never do, feel that they fail",
        remedy: "say what can or may happen",
    },
    RuleDescription {
        rule: Rule::Address,
        code: Code::Address,
        doc: "A form of address other than that of the course.",
        section: 6,
        why: "another form of address sounds like another speaker",
        remedy: "use the form of the course",
    },
    RuleDescription {
        rule: Rule::LongPhrase,
        code: Code::LongPhrase,
        doc: "A phrase of more than 15 words or 9 s.",
        section: 5,
        why: "a phrase should fit in one breath of the speaker and ask one thing of the listener",
        remedy: "split it in two, or shorten it",
    },
    RuleDescription {
        rule: Rule::DoubledPhrase,
        code: Code::DoubledPhrase,
        doc: "A phrase that another track also has.",
        section: 7,
        why: "listeners pay less attention to a sentence they know from another track",
        remedy: "reword it for this exercise, or make it a fragment that both use",
    },
    RuleDescription {
        rule: Rule::LateSafety,
        code: Code::LateSafety,
        doc: "A first minute that does not say that the listener may stop.",
        section: 4,
        why: "listeners should know before anything else that they may stop",
        remedy: "say within the first minute that one may stop, move or open the eyes, and mark it `safety = true`",
    },
    RuleDescription {
        rule: Rule::NoWayBack,
        code: Code::NoWayBack,
        doc: "A hard phrase without a safety phrase within 90 s.",
        section: 4,
        why: "after a hard phrase, listeners need to hear again how to stop",
        remedy: "follow it with a phrase that offers a way back, marked `safety = true`",
    },
    RuleDescription {
        rule: Rule::LongSilence,
        code: Code::LongSilence,
        doc: "More than 90 s of silence after a hard phrase.",
        section: 4,
        why: "listeners should not be alone with something hard for more than 90 s",
        remedy: "give the pauses after it a smaller `most`, or keep a phrase between them with `keep = \"light\"`",
    },
];

impl Rule {
    pub const ALL: [Self; 10] = {
        let mut all = [Self::Command; 10];
        let mut index = 0;
        while index < RULES.len() {
            all[index] = RULES[index].rule;
            index += 1;
        }
        all
    };

    /// The names of [`Self::ALL`].
    pub const NAMES: [&'static str; 10] = {
        let mut names = [""; 10];
        let mut index = 0;
        while index < RULES.len() {
            names[index] = RULES[index].code.name();
            index += 1;
        }
        names
    };

    /// What it warns of, in one line.
    pub const fn doc(self) -> &'static str {
        RULES[self as usize].doc
    }

    fn description(self) -> &'static RuleDescription {
        &RULES[self as usize]
    }

    /// The code of its warnings, whose name authors write.
    pub fn code(self) -> Code {
        self.description().code
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code().name() == name)
    }

    /// The reason for the rule, with the section that explains it.
    pub fn why(self) -> String {
        format!("{} (docs/craft.md, section {})", self.description().why, self.description().section)
    }

    pub fn remedy(self) -> &'static str {
        self.description().remedy
    }

    /// The section of docs/craft.md.
    pub fn section(self) -> u32 {
        self.description().section
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_rules() {
        for (index, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, index);
            assert_eq!(Rule::named(Rule::NAMES[index]), Some(rule));
        }
    }

    #[test]
    fn every_rule_has_its_section_in_the_craft_page() {
        let page = include_str!("../../../docs/craft.md");
        for rule in Rule::ALL {
            let heading = format!("\n## {}. ", rule.section());
            let from = page.find(&heading).expect("the section is there") + heading.len();
            let section = &page[from..];
            let section = &section[..section.find("\n## ").unwrap_or(section.len())];
            let name = format!("`{}`", rule.code());
            assert!(section.contains(&name), "section {} names {name}", rule.section());
        }
    }
}
