//! Plural forms as gettext has them (GNU gettext manual, 11.2.6 "Additional functions for plural forms"): how many a language
//! has, and an expression of C that gives the form of a number.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::script::language::Language;

/// The most forms, more than any language has.
const MOST_FORMS: usize = 10;
/// The deepest nesting of an expression.
const DEEPEST: usize = 60;

/// The plural forms of a language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluralForms {
    count: usize,
    rule: Expression,
    written: String,
}

/// An expression of C over `n`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Number(u64),
    N,
    Not(Box<Expression>),
    Two(Operator, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    AtMost,
    AtLeast,
    Less,
    Greater,
    Plus,
    Minus,
    Times,
    Over,
    Rest,
}

/// The operators from the weakest to the strongest; those of one group from left to right.
const OPERATORS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Equal), ("!=", Operator::Unequal)],
    &[("<=", Operator::AtMost), (">=", Operator::AtLeast), ("<", Operator::Less), (">", Operator::Greater)],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Over), ("%", Operator::Rest)],
];

/// What gettext writes into new files, by language; others have one form for 1 and one for the rest.
const USUAL: &[(&[&str], &str)] = &[
    (
        &["ja", "ko", "zh", "yue", "vi", "th", "lo", "km", "my", "id", "ms", "jv", "su", "bo", "dz", "wo"],
        "nplurals=1; plural=0;",
    ),
    (
        &["fr", "pt-BR", "hy", "fa", "hi", "bn", "gu", "kn", "mr", "am", "zu", "ak", "ln", "mg", "ti", "oc"],
        "nplurals=2; plural=(n > 1);",
    ),
    (&["lv"], "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);"),
    (&["ga"], "nplurals=5; plural=n==1 ? 0 : n==2 ? 1 : n<7 ? 2 : n<11 ? 3 : 4;"),
    (&["gd"], "nplurals=4; plural=(n==1 || n==11) ? 0 : (n==2 || n==12) ? 1 : (n > 2 && n < 20) ? 2 : 3;"),
    (&["cy"], "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);"),
    (
        &["br"],
        "nplurals=5; plural=(n%10==1 && n%100!=11 && n%100!=71 && n%100!=91 ? 0 : n%10==2 && n%100!=12 && n%100!=72 && n%100!=92 ? 1 : (n%10==3 || n%10==4 || n%10==9) && (n%100<10 || n%100>19) && (n%100<70 || n%100>79) && (n%100<90 || n%100>99) ? 2 : n!=0 && n%1000000==0 ? 3 : 4);",
    ),
    (&["ro"], "nplurals=3; plural=(n==1 ? 0 : n==0 || (n%100 > 0 && n%100 < 20) ? 1 : 2);"),
    (&["lt"], "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && (n%100<10 || n%100>=20) ? 1 : 2);"),
    (
        &["ru", "uk", "be", "sr", "hr", "bs", "sh"],
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    ),
    (&["cs", "sk"], "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);"),
    (&["pl"], "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"),
    (
        &["sl", "dsb", "hsb"],
        "nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3);",
    ),
    (
        &["mt"],
        "nplurals=4; plural=(n==1 ? 0 : n==0 || (n%100>1 && n%100<11) ? 1 : n%100>10 && n%100<20 ? 2 : 3);",
    ),
    (
        &["ar", "arz"],
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    ),
    (&["is", "mk"], "nplurals=2; plural=(n%10!=1 || n%100==11);"),
];

/// Those of English and of most languages.
const TWO: &str = "nplurals=2; plural=(n != 1);";

impl PluralForms {
    /// Reads what a header says after `Plural-Forms:`.
    ///
    /// # Errors
    /// What is wrong with it, as part of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let field = |name: &str| {
            let mut fields = text.split(';').map(str::trim);
            let value = fields.find_map(|field| field.strip_prefix(name)?.trim_start().strip_prefix('='));
            value.map(str::trim).ok_or_else(|| format!("`{name}=` is missing"))
        };
        let count: usize = field("nplurals")?
            .parse()
            .ok()
            .filter(|count| (1..=MOST_FORMS).contains(count))
            .ok_or_else(|| format!("`nplurals` is not a number from 1 to {MOST_FORMS}"))?;
        let mut parser = PluralParser { rest: field("plural")?, depth: 0 };
        let rule = parser.choice()?;
        if !parser.rest.trim().is_empty() {
            return Err(format!("`{}` does not belong into `plural`", parser.rest.trim()));
        }
        let forms = Self { count, rule, written: text.trim().to_owned() };
        match (0..1_000).find(|n| forms.value(*n).is_none_or(|form| form >= count as u64)) {
            Some(number) => Err(format!("`plural` gives no form below {count} for {number}")),
            None => Ok(forms),
        }
    }

    /// The forms that a language usually has.
    pub fn of(language: &Language) -> Self {
        let tag = language.as_str();
        let primary = tag.split('-').next().unwrap_or_default();
        let of =
            |wanted: &str| USUAL.iter().find(|(tags, _)| tags.contains(&wanted)).map(|(_, forms)| *forms);
        let text = of(tag).or_else(|| of(primary)).unwrap_or(TWO);
        Self::parse(text).expect("a rule of our own")
    }

    /// How many forms there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The form for a number, from 0.
    pub fn form(&self, n: u64) -> usize {
        let form = self.value(n).and_then(|form| usize::try_from(form).ok());
        form.filter(|form| *form < self.count).unwrap_or_default()
    }

    /// Whether a form is that of a single number, as of 2 in Arabic and not as of 1, 21 and 31 in Russian.
    pub fn is_of_one_number(&self, form: usize) -> bool {
        (0..1_000).filter(|n| self.form(*n) == form).take(2).count() == 1
    }

    fn value(&self, n: u64) -> Option<u64> {
        self.rule.value(n)
    }
}

impl fmt::Display for PluralForms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl TryFrom<String> for PluralForms {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<PluralForms> for String {
    fn from(forms: PluralForms) -> Self {
        forms.written
    }
}

impl Expression {
    /// `None` for a division by zero.
    fn value(&self, n: u64) -> Option<u64> {
        Some(match self {
            Self::Number(number) => *number,
            Self::N => n,
            Self::Not(inner) => u64::from(inner.value(n)? == 0),
            Self::Choice(asked, yes, no) => {
                if asked.value(n)? != 0 {
                    yes.value(n)?
                } else {
                    no.value(n)?
                }
            }
            Self::Two(Operator::Or, one, other) => u64::from(one.value(n)? != 0 || other.value(n)? != 0),
            Self::Two(Operator::And, one, other) => u64::from(one.value(n)? != 0 && other.value(n)? != 0),
            Self::Two(operator, one, other) => {
                let (one, other) = (one.value(n)?, other.value(n)?);
                match operator {
                    Operator::Or | Operator::And => unreachable!("answered above"),
                    Operator::Equal => u64::from(one == other),
                    Operator::Unequal => u64::from(one != other),
                    Operator::AtMost => u64::from(one <= other),
                    Operator::AtLeast => u64::from(one >= other),
                    Operator::Less => u64::from(one < other),
                    Operator::Greater => u64::from(one > other),
                    Operator::Plus => one.wrapping_add(other),
                    Operator::Minus => one.wrapping_sub(other),
                    Operator::Times => one.wrapping_mul(other),
                    Operator::Over => one.checked_div(other)?,
                    Operator::Rest => one.checked_rem(other)?,
                }
            }
        })
    }
}

struct PluralParser<'a> {
    rest: &'a str,
    depth: usize,
}

impl PluralParser<'_> {
    fn take(&mut self, sign: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn choice(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("`plural` is nested too deeply".to_owned());
        }
        let asked = self.two(0)?;
        let found = if self.take("?") {
            let yes = self.choice()?;
            if !self.take(":") {
                return Err("a `?` in `plural` has no `:`".to_owned());
            }
            Expression::Choice(Box::new(asked), Box::new(yes), Box::new(self.choice()?))
        } else {
            asked
        };
        self.depth -= 1;
        Ok(found)
    }

    fn two(&mut self, group: usize) -> Result<Expression, String> {
        let Some(operators) = OPERATORS.get(group) else { return self.one() };
        let mut found = self.two(group + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.take(sign)) {
            found = Expression::Two(*operator, Box::new(found), Box::new(self.two(group + 1)?));
        }
        Ok(found)
    }

    fn one(&mut self) -> Result<Expression, String> {
        let mut negations = 0;
        while self.take("!") {
            negations += 1;
        }
        let inner = if self.take("(") {
            let inner = self.choice()?;
            if !self.take(")") {
                return Err("a bracket in `plural` is not closed".to_owned());
            }
            inner
        } else if self.take("n") {
            Expression::N
        } else {
            self.rest = self.rest.trim_start();
            let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = self.rest.split_at(digits);
            let number = number.parse().map_err(|_| match rest.chars().next() {
                Some(letter) => format!("`{letter}` in `plural` stands where a number or `n` is needed"),
                None => "`plural` ends where a number or `n` is needed".to_owned(),
            })?;
            self.rest = rest;
            Expression::Number(number)
        };
        // Two negations make any number 0 or 1, and so do four.
        let negations = if negations > 2 { 2 - negations % 2 } else { negations };
        Ok((0..negations).fold(inner, |inner, _| Expression::Not(Box::new(inner))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> PluralForms {
        PluralForms::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    fn usual(tag: &str, numbers: &[u64]) -> Vec<usize> {
        let forms = PluralForms::of(&Language::parse(tag).unwrap());
        numbers.iter().map(|n| forms.form(*n)).collect()
    }

    #[test]
    fn a_number_has_the_form_of_its_language() {
        let numbers = [0, 1, 2, 5, 11, 12, 21, 22, 100, 101, 111];
        assert_eq!(usual("en", &numbers), [1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(usual("ja", &numbers), [0; 11]);
        assert_eq!(usual("fr-CA", &numbers), [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(usual("pt", &[0])[0], 1);
        assert_eq!(usual("pt-BR", &[0])[0], 0);
        assert_eq!(usual("pl", &numbers), [2, 0, 1, 2, 2, 2, 2, 1, 2, 2, 2]);
        assert_eq!(usual("ru", &numbers), [2, 0, 1, 2, 2, 2, 0, 1, 2, 0, 2]);
        assert_eq!(usual("ar", &numbers), [0, 1, 2, 3, 4, 4, 4, 4, 5, 5, 4]);
    }

    #[test]
    fn a_form_is_of_one_number_or_of_many() {
        let of = |tag: &str| {
            let forms = PluralForms::of(&Language::parse(tag).unwrap());
            (0..forms.count()).map(|form| forms.is_of_one_number(form)).collect::<Vec<_>>()
        };
        assert_eq!(of("ar"), [true, true, true, false, false, false]);
        assert_eq!(of("en"), [true, false]);
        assert_eq!(of("ru"), [false, false, false]);
    }

    #[test]
    fn every_usual_rule_gives_each_of_its_forms() {
        for (tags, text) in USUAL {
            let rule = forms(text);
            // Some rules have a form of their own for whole millions.
            let numbers = (0..1_001).chain([1_000_000, 1_000_001, 2_000_000]);
            let found: std::collections::BTreeSet<_> = numbers.map(|n| rule.form(n)).collect();
            assert_eq!(found.len(), rule.count(), "{tags:?}");
        }
    }

    #[test]
    fn operators_bind_as_in_c() {
        let value = |text: &str, n| forms(&format!("nplurals=10; plural={text}")).form(n);
        assert_eq!(value("n==1 || n==2 && n==3", 1), 1);
        assert_eq!(value("1+2*3%4-n*0", 9), 3);
        assert_eq!(value("!n", 0), 1);
        assert_eq!(value("!!!n", 5), 0);
        assert_eq!(value("!!n", 5), 1);
        assert_eq!(value("7-3-2+n*0", 0), 2);
        assert_eq!(value("n>1 == 1", 3), 1);
        assert_eq!(value("n ? n < 5 ? 1 : 2 : 3", 7), 2);
    }

    #[test]
    fn a_wrong_rule_is_refused_with_a_reason() {
        for (text, part) in [
            ("", "`nplurals=` is missing"),
            ("nplurals=2;", "`plural=` is missing"),
            ("nplurals=INTEGER; plural=EXPRESSION;", "not a number"),
            ("nplurals=2; plural=(n != 1;", "not closed"),
            ("nplurals=2; plural=n != 1 x;", "does not belong"),
            ("nplurals=2; plural=n ? 1;", "no `:`"),
            ("nplurals=2; plural=n;", "gives no form below 2 for 2"),
            ("nplurals=2; plural=1/n;", "for 0"),
            ("nplurals=99; plural=0;", "not a number from 1 to 10"),
            ("nplurals=2; plural=m > 1;", "`m` in `plural`"),
        ] {
            let why = PluralForms::parse(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
        let deep = format!("nplurals=2; plural={}0{};", "(".repeat(5_000), ")".repeat(5_000));
        assert!(PluralForms::parse(&deep).unwrap_err().contains("too deeply"));
    }
}
