//! The rules of wording, in one table: what each is called, where docs/craft.md explains it, and what to do.

use crate::diag::Code;

/// A rule of wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// An order where an invitation belongs.
    Command,
    /// A promise or a cure.
    Promise,
    /// The breath is held.
    BreathHold,
    /// A must, an always or a never.
    Absolute,
    /// Another form of address than that of the course.
    Address,
    /// A phrase of more than 15 words or 9 s.
    LongPhrase,
    /// A phrase that another track says too.
    DoubledPhrase,
    /// A first minute that does not say one may stop.
    LateSafety,
    /// A hard invitation without a way back within 90 s.
    NoWayBack,
    /// More than 90 s of silence after a hard invitation.
    LongSilence,
}

/// What is known of a rule.
struct RuleDescription {
    rule: Rule,
    code: Code,
    /// What it finds.
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
        doc: "An order where an invitation belongs.",
        section: 1,
        why: "a listener is invited and stays free to do otherwise",
        remedy: "make it an offer",
    },
    RuleDescription {
        rule: Rule::Promise,
        code: Code::Promise,
        doc: "A promise or a cure.",
        section: 2,
        why: "nobody knows what a listener will feel, and an exercise is no cure",
        remedy: "say what may happen, or leave the outcome open",
    },
    RuleDescription {
        rule: Rule::BreathHold,
        code: Code::BreathHold,
        doc: "The breath is held.",
        section: 3,
        why: "holding the breath can frighten; it is offered a pace and then set free",
        remedy: "leave the hold out and let the breath come and go",
    },
    RuleDescription {
        rule: Rule::Absolute,
        code: Code::Absolute,
        doc: "A must, an always or a never.",
        section: 2,
        why: "whoever cannot keep a must, an always or a never has failed at the exercise",
        remedy: "leave room: say what can or may be",
    },
    RuleDescription {
        rule: Rule::Address,
        code: Code::Address,
        doc: "Another form of address than that of the course.",
        section: 6,
        why: "one form of address through a course; another one sounds like another speaker",
        remedy: "use the course's form, or give the reason for the other one",
    },
    RuleDescription {
        rule: Rule::LongPhrase,
        code: Code::LongPhrase,
        doc: "A phrase of more than 15 words or 9 s.",
        section: 5,
        why: "a phrase is one breath of the voice and one thing to do",
        remedy: "cut it in two, or take words out",
    },
    RuleDescription {
        rule: Rule::DoubledPhrase,
        code: Code::DoubledPhrase,
        doc: "A phrase that another track says too.",
        section: 7,
        why: "a sentence known from another track is no longer heard",
        remedy: "say it in words of this exercise, or make it a fragment that both use",
    },
    RuleDescription {
        rule: Rule::LateSafety,
        code: Code::LateSafety,
        doc: "A first minute that does not say one may stop.",
        section: 4,
        why: "before anything else a listener has to know that stopping is fine",
        remedy: "say within the first minute that one may stop, move or open the eyes, and mark it `safety = true`",
    },
    RuleDescription {
        rule: Rule::NoWayBack,
        code: Code::NoWayBack,
        doc: "A hard invitation without a way back within 90 s.",
        section: 4,
        why: "after the hardest moment the way back is told again, while it is needed",
        remedy: "follow it with a phrase that offers a way back, marked `safety = true`",
    },
    RuleDescription {
        rule: Rule::LongSilence,
        code: Code::LongSilence,
        doc: "Silence of more than 90 s after a hard invitation.",
        section: 4,
        why: "nobody is left alone with something hard for more than 90 s",
        remedy: "give the pauses after it a smaller `most`, or keep a phrase between them with `keep = \"light\"`",
    },
];

impl Rule {
    /// All rules.
    pub const ALL: [Self; 10] = {
        let mut all = [Self::Command; 10];
        let mut index = 0;
        while index < RULES.len() {
            all[index] = RULES[index].rule;
            index += 1;
        }
        all
    };

    /// Their names, in the same order.
    pub const NAMES: [&'static str; 10] = {
        let mut names = [""; 10];
        let mut index = 0;
        while index < RULES.len() {
            names[index] = RULES[index].code.name();
            index += 1;
        }
        names
    };

    /// What it finds, in one line.
    pub const fn doc(self) -> &'static str {
        RULES[self as usize].doc
    }

    fn facts(self) -> &'static RuleDescription {
        &RULES[self as usize]
    }

    /// The code of its warnings; its name is what authors type.
    pub fn code(self) -> Code {
        self.facts().code
    }

    /// The rule of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code().name() == name)
    }

    /// Why there is such a rule, with the section that says more.
    pub fn why(self) -> String {
        format!("{} (docs/craft.md, section {})", self.facts().why, self.facts().section)
    }

    /// What to do.
    pub fn remedy(self) -> &'static str {
        self.facts().remedy
    }

    /// The section of docs/craft.md.
    pub fn section(self) -> u32 {
        self.facts().section
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
