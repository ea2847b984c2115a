//! Reads whether a packet of Apple Lossless (ALAC) is whole. Its sound has no checksum, and the decoder of symphonia stops at
//! the last sample, so damage would be loud noise. In a whole packet the code of the last sample is followed by the mark of
//! the end, and by nothing more.

/// What the codes of a file depend on, from its "magic cookie".
pub(super) struct AlacCodes {
    frame_length: u32,
    bit_depth: u32,
    pb: u32,
    mb: u32,
    kb: u32,
    channels: u32,
}

impl AlacCodes {
    /// `None` for a cookie that cannot be read, as then the decoder refuses the file.
    pub(super) fn of(mut cookie: &[u8]) -> Option<Self> {
        for atom in [b"frma", b"alac"] {
            if cookie.get(4..8) == Some(atom) {
                cookie = cookie.get(12..)?;
            }
        }
        let &[a, b, c, d, _, bit_depth, pb, mb, kb, channels, ..] = cookie else { return None };
        let [bit_depth, pb, mb, kb, channels] = [bit_depth, pb, mb, kb, channels].map(u32::from);
        let frame_length = u32::from_be_bytes([a, b, c, d]);
        (1..=32).contains(&bit_depth).then_some(Self { frame_length, bit_depth, pb, mb, kb, channels })
    }

    /// Whether the codes of a packet end where the packet does.
    pub(super) fn is_whole(&self, packet: &[u8]) -> bool {
        self.read(&mut Bits { bytes: packet, at: 0 }).is_some()
    }

    /// Reads all elements up to the mark of the end.
    fn read(&self, bits: &mut Bits<'_>) -> Option<()> {
        let mut channels = 0;
        loop {
            match bits.take(3)? {
                0 | 3 => {
                    channels += 1;
                    self.element(bits, 1)?;
                }
                1 => {
                    channels += 2;
                    self.element(bits, 2)?;
                }
                // Data of other programs, and filling.
                4 => {
                    bits.take(4)?;
                    let is_aligned = bits.take(1)? == 1;
                    let count = bits.take(8)?;
                    let count = if count == 255 { count + bits.take(8)? } else { count };
                    if is_aligned {
                        bits.at = bits.at.next_multiple_of(8);
                    }
                    bits.at += 8 * count as usize;
                }
                6 => {
                    let count = bits.take(4)?;
                    let count = if count == 15 { count + bits.take(8)? - 1 } else { count };
                    bits.at += 8 * count as usize;
                }
                7 => return (channels == self.channels && bits.only_zeros_follow()).then_some(()),
                _ => return None,
            }
            if channels > self.channels {
                return None;
            }
        }
    }

    /// Reads the sound of one channel or of two.
    fn element(&self, bits: &mut Bits<'_>, channels: u32) -> Option<()> {
        bits.take(16)?;
        let is_partial = bits.take(1)? == 1;
        let shift = 8 * bits.take(2)?;
        let is_uncompressed = bits.take(1)? == 1;
        let samples = if is_partial { bits.take(32)? } else { self.frame_length };
        if samples > self.frame_length || shift >= self.bit_depth {
            return None;
        }
        if is_uncompressed {
            return bits.skip(u64::from(samples) * u64::from(channels * self.bit_depth));
        }
        bits.take(16)?;
        let mut factors = [0; 2];
        for factor in &mut factors[..channels as usize] {
            bits.take(8)?;
            *factor = (bits.take(3)? * self.pb) >> 2;
            let order = bits.take(5)?;
            bits.skip(u64::from(16 * order))?;
        }
        bits.skip(u64::from(samples) * u64::from(channels * shift))?;
        let width = self.bit_depth - shift + channels - 1;
        factors[..channels as usize].iter().try_for_each(|factor| self.codes(bits, samples, *factor, width))
    }

    /// Reads the codes of the samples of a channel, which are as long as those before them were large.
    fn codes(&self, bits: &mut Bits<'_>, samples: u32, factor: u32, width: u32) -> Option<()> {
        let (mut mean, mut sign, mut at) = (self.mb, 0, 0);
        while at < samples {
            let k = ((mean >> 9) + 3).ilog2();
            let value = bits.code(k.min(self.kb), width)?.wrapping_add(sign);
            at += 1;
            sign = 0;
            mean = if value > 0xffff {
                0xffff
            } else {
                mean.wrapping_add(factor * value).wrapping_sub(factor.wrapping_mul(mean) >> 9)
            };
            if mean < 128 && at < samples {
                let k = mean.leading_zeros() - 24 + ((mean + 16) >> 6);
                let zeros = bits.code(k.min(self.kb), 16)?;
                at = at.checked_add(zeros).filter(|at| *at <= samples)?;
                sign = u32::from(zeros < 0xffff);
                mean = 0;
            }
        }
        Some(())
    }
}

/// Bits from the highest of the first byte on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next 32 bits; zeros behind the end.
    fn peek(&self) -> u32 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let mut eight = [0; 8];
        let there = rest.len().min(8);
        eight[..there].copy_from_slice(&rest[..there]);
        ((u64::from_be_bytes(eight) << (self.at % 8)) >> 32) as u32
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.at = self.at.checked_add(usize::try_from(count).ok()?)?;
        (self.at <= 8 * self.bytes.len()).then_some(())
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        let value = self.peek().checked_shr(32 - count).unwrap_or(0);
        self.skip(u64::from(count))?;
        Some(value)
    }

    /// A number as Apple's form of a Rice code has it: ones and a zero, and the rest in `k` bits or one less.
    fn code(&mut self, k: u32, width: u32) -> Option<u32> {
        let ones = self.peek().leading_ones().min(9);
        if ones == 9 {
            self.skip(9)?;
            // Two channels have a bit more, which is 33 at most.
            return if width > 32 { None } else { self.take(width) };
        }
        self.skip(u64::from(ones) + 1)?;
        if k < 2 {
            return Some(if k == 1 { ones } else { 0 });
        }
        let value = (ones << k) - ones;
        let high = self.take(k - 1)?;
        Some(if high == 0 { value } else { value + (high << 1) + self.take(1)? - 1 })
    }

    fn only_zeros_follow(&mut self) -> bool {
        let end = 8 * self.bytes.len();
        while self.at < end {
            if self.peek() != 0 {
                return false;
            }
            self.at += 32;
        }
        true
    }
}
