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

/// Reads rounds: least, natural and most.
pub(super) fn read_rounds(node: &Node<'_>) -> Option<[u32; 3]> {
    if !node.is_list() {
        let count = node.whole()? as u32;
        return Some([count; 3]);
    }
    let items = node.items()?;
    if items.len() != 3 {
        let three = node.refuse(Code::WrongType, "rounds are one number, or least, natural and most");
        node.sink().emit(three.help("write one number such as 6, or three such as [3, 6, 12]"));
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
