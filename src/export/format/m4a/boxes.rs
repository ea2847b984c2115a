//! Boxes (ISO/IEC 14496-12, 4.2): a size, a name of four letters, and numbers, text or further boxes.

/// A sequence of boxes, or the content of one.
#[derive(Default)]
pub(super) struct Boxes(Vec<u8>);

impl Boxes {
    /// Adds a box with the content that `fill` writes.
    pub(super) fn put(&mut self, name: [u8; 4], fill: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        self.u32(0);
        self.bytes(&name);
        fill(self);
        let size = u32::try_from(self.0.len() - start).expect("an index is far below 4 GiB");
        self.0[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }

    /// Adds a box that starts with a version and 24 flags.
    pub(super) fn full(&mut self, name: [u8; 4], version: u8, flags: u32, fill: impl FnOnce(&mut Self)) {
        self.put(name, |inside| {
            inside.u32(u32::from(version) << 24 | flags);
            fill(inside);
        });
    }

    /// Adds the header of the media box, which is last. Only a large one has a size of 64 bits.
    pub(super) fn media(&mut self, is_large: bool, bytes: u64) {
        self.u32(if is_large { 1 } else { bytes as u32 + 8 });
        self.bytes(b"mdat");
        if is_large {
            self.u64(bytes + 16);
        }
    }

    /// Adds a signed time of 32 bits, or of 64 in version 1.
    pub(super) fn times(&mut self, is_long: bool, times: &[u64]) {
        for time in times {
            if is_long { self.u64(*time) } else { self.u32(*time as u32) }
        }
    }

    /// Adds the identity matrix: 16.16 fixed point, the last number in 2.30 (6.2.2).
    pub(super) fn matrix(&mut self) {
        [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000].into_iter().for_each(|number| self.u32(number));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn zeros(&mut self, count: usize) {
        self.0.resize(self.0.len() + count, 0);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
