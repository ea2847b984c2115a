//! The forms of a duration that people write, `8`, `"8s"`, `"1m30s"`, `"12:34"`: a parser and a printer for each.

use std::fmt::Write as _;

use super::Seconds;

/// Why a text or number is not a valid duration. The messages say what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("write seconds as `8`, or a time such as \"8s\", \"1m30s\" or \"12:34\"")]
    Form,
    #[error("a duration cannot be negative")]
    Negative,
    #[error("a duration can be a day at most")]
    TooLong,
}

/// Parses `8`, `2.5s`, `500ms`, `1m30s`, `1h 5m`, `12:34` or `1:02:03`; spaces between groups are allowed.
///
/// # Errors
/// [`DurationError`] says whether the form, the sign or the size is wrong.
pub fn parse_duration(text: &str) -> Result<Seconds, DurationError> {
    let text = text.trim();
    if text.strip_prefix('-').is_some_and(|rest| parse_duration(rest).is_ok()) {
        return Err(DurationError::Negative);
    }
    let nanos = if text.contains(':') { clock(text) } else { groups(text) }.ok_or(DurationError::Form)?;
    if nanos > u128::from(Seconds::MOST.nanos()) {
        return Err(DurationError::TooLong);
    }
    Ok(Seconds::from_nanos(nanos as u64))
}

/// A guess at what was meant by a text that is not a duration: a decimal comma (`1,5s`) or a unit spelled out (`8
/// sec`, `10 minuten`), or a last unit left out (`5m30`), or marks (`2'30"`). `None` where there is no good guess.
pub fn nearest_duration(text: &str) -> Option<String> {
    let text = text.to_lowercase().replace(',', ".").replace(char::is_whitespace, "");
    if let Some(plain) = without_quotes(&text) {
        return Some(plain);
    }
    // Minutes and seconds as runners write them: `2'30"`.
    let text =
        text.replace("''", "s").replace(['"', '”', '“', '″'], "s").replace(['\'', '’', '‘', '′', '´'], "m");
    let text = text.trim_end_matches('.');
    let mut near = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        if word > 0 {
            near.push_str(unit(&rest[..word])?);
        } else {
            near.push(first);
        }
        rest = &rest[word.max(first.len_utf8())..];
    }
    // A clock has no unit: `5:30min`.
    if near.contains(':') {
        near.truncate(near.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
    }
    // A last number without a unit counts in the next smaller one: `5m30`, `1h30`.
    if near.ends_with(|c: char| c.is_ascii_digit()) && !near.contains(':') {
        match near.rfind(|c: char| c.is_ascii_alphabetic()).map(|at| &near[at..=at]) {
            Some("h") => near.push('m'),
            Some("m") => near.push('s'),
            Some(_) | None => {}
        }
    }
    parse_duration(&near).is_ok().then_some(near)
}

/// A time with a unit, without the quotes around it or beside the unit, where a mark of minutes or seconds has no place.
fn without_quotes(text: &str) -> Option<String> {
    let is_quote = |c: char| matches!(c, '"' | '”' | '“' | '″' | '\'' | '’' | '‘' | '′' | '´');
    let is_digit = |c: char| c.is_ascii_digit();
    let between_digits = text.char_indices().any(|(at, c)| {
        is_quote(c) && text[..at].ends_with(is_digit) && text[at + c.len_utf8()..].starts_with(is_digit)
    });
    let plain = text.replace(is_quote, "");
    let is_time = plain.ends_with(|c: char| c.is_ascii_alphabetic()) && parse_duration(&plain).is_ok();
    (is_time && !between_digits && plain.len() < text.len()).then_some(plain)
}

/// The unit that an English, Dutch or German word stands for.
fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "h" | "hr" | "hrs" | "hour" | "hours" | "u" | "uur" | "uren" | "std" | "stunde" | "stunden" => "h",
        "m" | "min" | "mins" | "minute" | "minutes" | "minuut" | "minuten" => "m",
        "s" | "sec" | "secs" | "second" | "seconds" | "seconde" | "seconden" | "sek" | "sekunde"
        | "sekunden" => "s",
        "ms" | "msec" | "msecs" => "ms",
        _ => return None,
    })
}

/// Converts a TOML number of seconds.
///
/// # Errors
/// As [`parse_duration`]; NaN is [`DurationError::Form`] and infinity [`DurationError::TooLong`].
pub fn duration_from_number(seconds: f64) -> Result<Seconds, DurationError> {
    if seconds.is_nan() {
        return Err(DurationError::Form);
    }
    if seconds < 0.0 {
        return Err(DurationError::Negative);
    }
    Seconds::from_f64(seconds).ok_or(DurationError::TooLong)
}

/// Prints a duration as people write it: `8s`, `1m30s`, `1h`, `2.5s`. [`parse_duration`] reads it back.
pub fn print_duration(time: Seconds) -> String {
    let nanos = time.nanos();
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = String::new();
    for (count, unit) in [(hours, 'h'), (minutes, 'm')] {
        if count > 0 {
            let _ = write!(text, "{count}{unit}");
        }
    }
    if fraction > 0 {
        let digits = format!("{fraction:09}");
        let _ = write!(text, "{seconds}.{}s", digits.trim_end_matches('0'));
    } else if seconds > 0 || text.is_empty() {
        let _ = write!(text, "{seconds}s");
    }
    text
}

/// Prints a measured length as [`print_duration`] does, to the nearest of steps of some milliseconds.
pub fn print_measured(seconds: f64, step: u64) -> String {
    let steps = (seconds.max(0.0) * 1_000.0 / step as f64).round() as u64;
    print_duration(Seconds::from_millis(step).times(steps))
}

/// Prints a time in a track as a clock does: `4:05`, `1:02:03`. Rounds down to the second.
pub fn print_clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3_600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `12:34` or `1:02:03`; the last group may have a fraction. Returns nanoseconds.
fn clock(text: &str) -> Option<u128> {
    let groups: Vec<&str> = text.split(':').collect();
    let (last, leading) = groups.split_last()?;
    if leading.len() > 2 {
        return None;
    }
    let mut minutes: u128 = 0;
    for (index, group) in leading.iter().enumerate() {
        let value = digits(group)?;
        if index > 0 && value >= 60 {
            return None;
        }
        minutes = minutes.checked_mul(60)?.checked_add(value)?;
    }
    let seconds = decimal(last, 1_000_000_000)?;
    if seconds >= 60_000_000_000 {
        return None;
    }
    minutes.checked_mul(60_000_000_000)?.checked_add(seconds)
}

/// `1h 2m 3.5s 20ms`, largest unit first and each at most once; a bare number is seconds. Returns nanoseconds.
fn groups(text: &str) -> Option<u128> {
    const UNITS: [(&str, u128); 4] =
        [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000)];
    let mut rest = text;
    let mut total: u128 = 0;
    let mut next_unit = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let after = after.trim_start();
        let unit_end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        if unit.is_empty() && next_unit == 0 && after.is_empty() {
            return decimal(number, 1_000_000_000);
        }
        let place = UNITS.iter().position(|(name, _)| *name == unit)?;
        if place < next_unit {
            return None;
        }
        next_unit = place + 1;
        total = total.checked_add(decimal(number, UNITS[place].1)?)?;
        rest = after.trim_start();
    }
    Some(total)
}

fn digits(text: &str) -> Option<u128> {
    (!text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// A decimal number times `unit`, rounded down. At most twelve digits before the point and nine after it.
fn decimal(text: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.len() > 9 {
        return None;
    }
    let scale = 10u128.pow(fraction.len() as u32);
    digits(whole)?.checked_mul(unit)?.checked_add(digits(fraction)? * unit / scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_documented_form_is_parsed() {
        for (text, millis) in [
            ("8", 8_000),
            ("8s", 8_000),
            ("2.5s", 2_500),
            ("500ms", 500),
            ("1m30s", 90_000),
            ("1h 2m", 3_720_000),
            ("12:34", 754_000),
            ("1:02:03", 3_723_000),
            ("754s", 754_000),
            ("0", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Seconds::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn a_near_miss_gets_a_suggestion_and_nonsense_gets_none() {
        for (text, near) in [
            ("8 sec", Some("8s")),
            ("1,5s", Some("1.5s")),
            ("10 minuten", Some("10m")),
            ("1 uur 30 min", Some("1h30m")),
            ("5 min", Some("5m")),
            ("5m30", Some("5m30s")),
            ("1h30", Some("1h30m")),
            ("8 Minuten", Some("8m")),
            ("2 Stunden 5 Sekunden", Some("2h5s")),
            ("8 min.", Some("8m")),
            ("3'", Some("3m")),
            ("2'30\"", Some("2m30s")),
            ("2’30”", Some("2m30s")),
            ("2′ 30", Some("2m30s")),
            ("45''", Some("45s")),
            ("90's", Some("90s")),
            ("3m”", Some("3m")),
            ("“1m30s", Some("1m30s")),
            ("2'30s", Some("2m30s")),
            ("kwartier", None),
            ("5:30min", Some("5:30")),
            ("3 months", None),
            ("", None),
        ] {
            assert_eq!(nearest_duration(text).as_deref(), near, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_duration_is_refused_with_its_reason() {
        for text in ["", "abc", "1:2:3:4", "5:61", "3s2m", "1m1m", "4x", "1,5s", ".", "1.2.3"] {
            assert_eq!(parse_duration(text), Err(DurationError::Form), "{text}");
        }
        assert_eq!(parse_duration("-3s"), Err(DurationError::Negative));
        assert_eq!(parse_duration("25h"), Err(DurationError::TooLong));
        assert_eq!(duration_from_number(f64::NAN), Err(DurationError::Form));
        assert_eq!(duration_from_number(1e308), Err(DurationError::TooLong));
    }

    #[test]
    fn a_measured_length_is_printed_as_people_write_it() {
        for (seconds, step, printed) in [
            (360.04, 100, "6m"),
            (63.25, 10, "1m3.25s"),
            (0.834, 100, "0.8s"),
            (-1.0, 100, "0s"),
            (f64::NAN, 100, "0s"),
        ] {
            assert_eq!(print_measured(seconds, step), printed);
        }
        assert!(print_measured(f64::INFINITY, 100).ends_with('s'));
    }

    proptest! {
        #[test]
        fn a_printed_duration_parses_to_the_same_value(nanos in 0..=Seconds::MOST.nanos()) {
            let time = Seconds::from_nanos(nanos);
            prop_assert_eq!(parse_duration(&print_duration(time)), Ok(time));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,24}") {
            let _ = parse_duration(&text);
        }
    }
}
