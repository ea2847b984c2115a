//! Writes numbers of any width, highest bit first.

/// The most bits of one [`BitWriter::put`].
pub(super) const MOST_BITS: u32 = 56;

/// Bits in a buffer, which grows by [`BitWriter::reserve`].
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    /// The written bytes, and room for more.
    bytes: Vec<u8>,
    /// Whole bytes written.
    at: usize,
    /// The bits of the next byte, at the top; the rest is zero.
    begun: u64,
    /// How many they are: at most seven.
    count: u32,
}

impl BitWriter {
    /// Makes room for so many bits.
    pub(super) fn reserve(&mut self, bits: u64) {
        // A put stores eight bytes at a time.
        let needed = self.at + (bits / 8) as usize + 16;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
    }

    /// Appends the lowest `count` bits of a number, which has no other bits.
    ///
    /// # Panics
    /// If there is no room.
    #[expect(clippy::inline_always, reason = "it is done for every sample")]
    #[inline(always)]
    pub(super) fn put(&mut self, number: u64, count: u32) {
        debug_assert!(count <= MOST_BITS && number >> count == 0);
        let filled = self.count + count;
        // In two steps, as nothing may be shifted by 64.
        let begun = self.begun | number << 1 << (63 - filled);
        self.bytes[self.at..][..8].copy_from_slice(&begun.to_be_bytes());
        self.at += (filled / 8) as usize;
        self.begun = begun << (filled & !7);
        self.count = filled & 7;
    }

    /// Appends a signed number in two's complement.
    pub(super) fn put_signed(&mut self, number: i32, count: u32) {
        self.put(u64::from(number as u32) & ((1 << count) - 1), count);
    }

    /// Appends so many zeros.
    pub(super) fn put_zeros(&mut self, mut count: u32) {
        while count > MOST_BITS {
            self.put(0, MOST_BITS);
            count -= MOST_BITS;
        }
        self.put(0, count);
    }

    /// Fills the last byte with zeros.
    pub(super) fn align(&mut self) {
        self.put(0, (8 - self.count) & 7);
    }

    /// The whole bytes written.
    pub(super) fn written(&self) -> &[u8] {
        &self.bytes[..self.at]
    }

    /// Empties it, and keeps the room.
    pub(super) fn clear(&mut self) {
        (self.at, self.begun, self.count) = (0, 0, 0);
    }
}
