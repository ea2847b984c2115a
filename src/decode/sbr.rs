//! Tells HE-AAC from AAC-LC: spectral band replication (SBR), which doubles the rate, may be announced in the header, or
//! lie in the packets without a word (ISO/IEC 14496-3, 1.6.5 and 4.4.2.8).

/// The share of packets that must hold SBR.
const MOST: f64 = 0.8;

/// Whether the configuration of a decoder announces SBR: by its object type, or behind that of AAC-LC.
pub(super) fn is_announced(config: &[u8]) -> bool {
    let Some(first) = config.first() else { return false };
    match first >> 3 {
        5 | 29 => true,
        2 => match config.get(2..5) {
            Some(&[a, b, c]) => {
                let sync = u16::from(a) << 3 | u16::from(b >> 5);
                sync == 0x2b7 && b & 31 == 5 && c & 0x80 != 0
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether packets of AAC-LC carry SBR: nearly each of them ends with a fill element of that kind.
pub(super) fn is_in(packets: &[Vec<u8>]) -> bool {
    let with = packets.iter().filter(|packet| ends_with_sbr(packet)).count();
    packets.len() >= 4 && with as f64 >= MOST * packets.len() as f64
}

/// Whether a fill element (`110`, a count of bytes, then the type `1101` or `1110`) reaches exactly to the end: an end
/// element (`111`) and fewer than eight bits of padding. What precedes it would have to be decoded to find its start,
/// but hardly any other bits fit this by chance.
fn ends_with_sbr(packet: &[u8]) -> bool {
    let length = 8 * packet.len();
    let bits = |at: usize, count: usize| {
        (at..at + count).fold(0usize, |sum, bit| sum << 1 | usize::from(packet[bit / 8] >> (7 - bit % 8) & 1))
    };
    // The end element is followed by zeros up to a byte.
    let Some(last) = (0..length).rev().find(|bit| bits(*bit, 1) == 1) else { return false };
    if last < 2 || length - last > 8 || bits(last - 2, 3) != 7 {
        return false;
    }
    let end = last - 2;
    (0..end.saturating_sub(11)).any(|at| {
        if bits(at, 3) != 6 {
            return false;
        }
        let (start, count) = match bits(at + 3, 4) {
            15 if at + 15 < end => (at + 15, 14 + bits(at + 7, 8)),
            count => (at + 7, count),
        };
        count > 0 && start + 8 * count == end && matches!(bits(start, 4), 13 | 14)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sbr_is_found_where_it_is_announced() {
        assert!(is_announced(&[0x2b, 0x92, 0x08, 0x00]));
        assert!(is_announced(&[0x13, 0x90, 0x56, 0xe5, 0xa5, 0x48]));
        assert!(!is_announced(&[0x13, 0x90, 0x56, 0xe5, 0x00]));
        assert!(!is_announced(&[0x11, 0x90]));
        assert!(!is_announced(&[]));
    }

    #[test]
    fn sbr_is_found_at_the_end_of_packets() {
        // A single channel of nothing, a fill element of three bytes, the end.
        let bits = "000".to_owned() + &"10".repeat(20) + "110" + "0011" + "1101" + &"01".repeat(10) + "111";
        let bytes: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|byte| (0..8).fold(0, |sum, n| sum << 1 | u8::from(byte.get(n) == Some(&b'1'))))
            .collect();
        assert!(ends_with_sbr(&bytes));
        assert!(is_in(&vec![bytes.clone(); 8]));
        assert!(!is_in(&[vec![bytes.clone(); 4], vec![vec![0xe0]; 4]].concat()));
        assert!(!ends_with_sbr(&bytes[1..bytes.len() - 1]));
        assert!(!ends_with_sbr(&[]));
    }
}
