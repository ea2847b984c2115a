//! Numbers of rounds: one number, or least, natural and most.

use crate::diag::Code;
use crate::toml::kind::Kind;
use crate::toml::table::Node;

const MOST: u64 = 10_000;
const COUNT: Kind = Kind::Whole(1, MOST);
/// Each of least, natural and most; a least of 0 allows versions without any round.
const EACH: Kind = Kind::Whole(0, MOST);

/// What a key for rounds takes.
pub(super) const ROUNDS: Kind = Kind::Either(&[COUNT, Kind::Three(&EACH)]);

const SHAPE: &str = "rounds are one number, or least, natural and most";
const FORM: &str = "write one number such as 6, or three such as [3, 6, 12]";

/// Limits that are written as a text, a range, a table or two numbers: `"2 3 6"`, `2-6`, `[2, 6]`; and whether all three are.
fn limits_in_other_words(node: &Node<'_>) -> Option<([u32; 3], bool)> {
    let list = node.listed_numbers();
    if list.as_ref().is_some_and(|numbers| numbers.len() != 2)
        || !(node.is_text() || list.is_some() || node.is_table())
    {
        return None;
    }
    let written = node.written();
    let words: Vec<&str> =
        written.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty()).collect();
    let mut numbers = words.iter().map(|word| word.parse().ok()).collect::<Option<Vec<u32>>>()?;
    // Nothing else may stand there, such as a fraction or a sentence.
    let written =
        &[" to ", " tot ", " bis "].iter().fold(written.to_owned(), |text, word| text.replace(word, " - "));
    let letters = written.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace());
    let signs = |c: char| matches!(c, '"' | '\'' | ',' | ';' | '-' | '–' | '/' | '[' | ']');
    if node.is_table() {
        let place = |key: &str| written.find(key);
        let places = [place("least")?, place("natural").or_else(|| place("usual"))?, place("most")?];
        if numbers.len() != 3 || written.contains(['.', '"']) {
            return None;
        }
        let mut order = [0, 1, 2];
        order.sort_by_key(|&index| places[index]);
        let mut sorted = numbers.clone();
        order.iter().zip(&numbers).for_each(|(&index, number)| sorted[index] = *number);
        numbers = sorted;
    } else if !{ letters }.all(signs) {
        return None;
    }
    let (limits, is_whole) = match numbers[..] {
        [least, most] if least < most => ([least, least.midpoint(most), most], false),
        [least, natural, most] => ([least, natural, most], true),
        _ => return None,
    };
    let is_right = limits.is_sorted() && limits[1] > 0 && u64::from(limits[2]) <= MOST;
    is_right.then_some((limits, is_whole))
}

/// The number of a text that says more than it: `3x`, `3 times`.
fn counted(node: &Node<'_>) -> Option<u32> {
    let text = node.as_text()?.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let word = text[digits..].trim_start();
    let is_word = !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '×');
    text[..digits].parse().ok().filter(|count| is_word && (1..=MOST).contains(&u64::from(*count)))
}

/// Reads rounds: least, natural and most.
pub(super) fn read_rounds(node: &Node<'_>) -> Option<[u32; 3]> {
    if let Some((limits, is_whole)) = limits_in_other_words(node) {
        let three = node.refuse(Code::WrongType, SHAPE);
        let typed = format!("[{}, {}, {}]", limits[0], limits[1], limits[2]);
        let title = format!("type {typed}");
        node.sink().emit(if is_whole {
            three.certain_patch(title, node.span(), typed)
        } else {
            three.patch(title, node.span(), typed)
        });
        return Some(limits);
    }
    if !node.is_list() && !node.is_table() {
        if let Some(count) = counted(node) {
            let wrong = node.refuse(Code::WrongType, SHAPE);
            node.sink().emit(wrong.patch(format!("type {count}"), node.span(), count.to_string()));
            return Some([count; 3]);
        }
        let count = node.whole()? as u32;
        return Some([count; 3]);
    }
    let items = node.is_list().then(|| node.items()).flatten().unwrap_or_default();
    if items.len() != 3 {
        node.sink().emit(node.refuse(Code::WrongType, SHAPE).help(FORM));
        return None;
    }
    let counts: Vec<u32> = items.iter().filter_map(Node::whole).map(|count| count as u32).collect();
    match counts[..] {
        [least, natural, most] if least <= natural && natural <= most && natural > 0 => {
            Some([least, natural, most])
        }
        [_, _, _] => {
            let message = "rounds must be in the order least, natural, most, and natural must be 1 or more";
            let order = node.refuse(Code::Order, message);
            node.sink().emit(order.help("write them in rising order, such as [3, 6, 12]"));
            None
        }
        // An item that is no number has been told of.
        _ => None,
    }
}
