//! How one sample is stored, and its conversion to ±1.

/// The coding of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SampleCoding {
    /// Eight bits with zero at 128, as in WAV.
    U8,
    /// Eight bits with a sign, as in AIFF.
    S8,
    Int(Width, Order),
    /// 24 bits in the low bytes of 32, which some recorders write.
    Low24,
    Float(FloatWidth, Order),
    /// ITU-T G.711.
    ALaw,
    /// ITU-T G.711.
    MuLaw,
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// The width of a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Bits16,
    Bits24,
    Bits32,
    Bits64,
}

/// The width of a floating-point number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FloatWidth {
    Bits32,
    Bits64,
}

impl SampleCoding {
    /// Whole numbers of so many bytes; one byte is taken as in WAV.
    pub(super) fn int(bytes: usize, order: Order) -> Option<Self> {
        Some(match bytes {
            1 => Self::U8,
            2 => Self::Int(Width::Bits16, order),
            3 => Self::Int(Width::Bits24, order),
            4 => Self::Int(Width::Bits32, order),
            8 => Self::Int(Width::Bits64, order),
            _ => return None,
        })
    }

    /// Floating-point numbers of so many bytes.
    pub(super) fn float(bytes: usize, order: Order) -> Option<Self> {
        match bytes {
            4 => Some(Self::Float(FloatWidth::Bits32, order)),
            8 => Some(Self::Float(FloatWidth::Bits64, order)),
            _ => None,
        }
    }

    /// Bytes per sample.
    pub(super) fn width(self) -> usize {
        match self {
            Self::U8 | Self::S8 | Self::ALaw | Self::MuLaw => 1,
            Self::Int(Width::Bits16, _) => 2,
            Self::Int(Width::Bits24, _) => 3,
            Self::Int(Width::Bits32, _) | Self::Low24 | Self::Float(FloatWidth::Bits32, _) => 4,
            Self::Int(Width::Bits64, _) | Self::Float(FloatWidth::Bits64, _) => 8,
        }
    }

    pub(super) fn is_float(self) -> bool {
        match self {
            Self::Float(..) => true,
            Self::U8 | Self::S8 | Self::Int(..) | Self::Low24 | Self::ALaw | Self::MuLaw => false,
        }
    }

    /// Its short name.
    pub(super) fn name(self) -> &'static str {
        use {FloatWidth as F, Order::Big, Order::Little, Width as W};
        match self {
            Self::U8 => "pcm_u8",
            Self::S8 => "pcm_s8",
            Self::Int(W::Bits16, Little) => "pcm_s16le",
            Self::Int(W::Bits16, Big) => "pcm_s16be",
            Self::Int(W::Bits24, Little) => "pcm_s24le",
            Self::Int(W::Bits24, Big) => "pcm_s24be",
            Self::Int(W::Bits32, Little) | Self::Low24 => "pcm_s32le",
            Self::Int(W::Bits32, Big) => "pcm_s32be",
            Self::Int(W::Bits64, Little) => "pcm_s64le",
            Self::Int(W::Bits64, Big) => "pcm_s64be",
            Self::Float(F::Bits32, Little) => "pcm_f32le",
            Self::Float(F::Bits32, Big) => "pcm_f32be",
            Self::Float(F::Bits64, Little) => "pcm_f64le",
            Self::Float(F::Bits64, Big) => "pcm_f64be",
            Self::ALaw => "pcm_alaw",
            Self::MuLaw => "pcm_mulaw",
        }
    }

    /// Converts stored samples to ±1; there is one sample for every [`width`](Self::width) bytes.
    pub(super) fn unpack(self, bytes: &[u8], samples: &mut [f32]) {
        use {FloatWidth as F, Order::Big, Order::Little, Width as W};
        match self {
            Self::U8 => each(bytes, samples, |[byte]| (f32::from(byte) - 128.0) / 128.0),
            Self::S8 => each(bytes, samples, |[byte]| f32::from(byte as i8) / 128.0),
            Self::Int(W::Bits16, Little) => {
                each(bytes, samples, |two| f32::from(i16::from_le_bytes(two)) / 32_768.0);
            }
            Self::Int(W::Bits16, Big) => {
                each(bytes, samples, |two| f32::from(i16::from_be_bytes(two)) / 32_768.0);
            }
            Self::Int(W::Bits24, Little) => unpack_24(bytes, samples),
            Self::Int(W::Bits24, Big) => {
                each(bytes, samples, |[a, b, c]| from_32(u32::from_be_bytes([a, b, c, 0])));
            }
            Self::Int(W::Bits32, Little) => {
                each(bytes, samples, |four| from_32(u32::from_le_bytes(four)));
            }
            Self::Low24 => each(bytes, samples, |[a, b, c, _]| from_32(u32::from_le_bytes([0, a, b, c]))),
            Self::Int(W::Bits32, Big) => each(bytes, samples, |four| from_32(u32::from_be_bytes(four))),
            Self::Int(W::Bits64, Little) => each(bytes, samples, |eight| from_64(i64::from_le_bytes(eight))),
            Self::Int(W::Bits64, Big) => each(bytes, samples, |eight| from_64(i64::from_be_bytes(eight))),
            Self::Float(F::Bits32, Little) => each(bytes, samples, f32::from_le_bytes),
            Self::Float(F::Bits32, Big) => each(bytes, samples, f32::from_be_bytes),
            Self::Float(F::Bits64, Little) => {
                each(bytes, samples, |eight| from_double(f64::from_le_bytes(eight)));
            }
            Self::Float(F::Bits64, Big) => {
                each(bytes, samples, |eight| from_double(f64::from_be_bytes(eight)));
            }
            Self::ALaw => each(bytes, samples, |[byte]| a_law(byte)),
            Self::MuLaw => each(bytes, samples, |[byte]| mu_law(byte)),
        }
    }
}

#[inline]
fn each<const N: usize>(bytes: &[u8], samples: &mut [f32], convert: impl Fn([u8; N]) -> f32) {
    for (sample, bytes) in samples.iter_mut().zip(bytes.as_chunks::<N>().0) {
        *sample = convert(*bytes);
    }
}

/// Converts three 32-bit words to four samples at a time, which is faster than reading single bytes.
fn unpack_24(bytes: &[u8], samples: &mut [f32]) {
    let (twelves, last_bytes) = bytes.as_chunks::<12>();
    let (fours, last_samples) = samples.as_chunks_mut::<4>();
    for (four, twelve) in fours.iter_mut().zip(twelves) {
        let words = twelve.as_chunks::<4>().0;
        let (a, b, c) =
            (u32::from_le_bytes(words[0]), u32::from_le_bytes(words[1]), u32::from_le_bytes(words[2]));
        // Each sample is shifted to the top of its own word.
        four[0] = from_32(a << 8);
        four[1] = from_32((a >> 24 | b << 8) << 8);
        four[2] = from_32((b >> 16 | c << 16) << 8);
        four[3] = from_32(c & 0xFFFF_FF00);
    }
    for (sample, three) in last_samples.iter_mut().zip(last_bytes.as_chunks::<3>().0) {
        *sample = from_32(u32::from_le_bytes([0, three[0], three[1], three[2]]));
    }
}

#[inline]
fn from_32(bits: u32) -> f32 {
    bits as i32 as f32 / 2_147_483_648.0
}

#[inline]
fn from_64(value: i64) -> f32 {
    (value as f64 / 9_223_372_036_854_775_808.0) as f32
}

/// What is finite stays finite.
#[inline]
fn from_double(value: f64) -> f32 {
    if value.is_finite() {
        value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
    } else {
        value as f32
    }
}

/// G.711, table 1: every second bit is inverted; three bits of segment, four of step.
fn a_law(byte: u8) -> f32 {
    let byte = byte ^ 0x55;
    let (segment, step) = (byte >> 4 & 7, i32::from(byte & 15));
    let level = if segment == 0 { step * 16 + 8 } else { (step * 16 + 264) << (segment - 1) };
    (if byte & 0x80 == 0 { -level } else { level }) as f32 / 32_768.0
}

/// G.711, table 2: all bits are inverted; three bits of segment, four of step, with a bias of 33 quarter steps.
fn mu_law(byte: u8) -> f32 {
    let byte = !byte;
    let (segment, step) = (byte >> 4 & 7, i32::from(byte & 15));
    let level = ((step * 8 + 132) << segment) - 132;
    (if byte & 0x80 == 0 { level } else { -level }) as f32 / 32_768.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(coding: SampleCoding, bytes: &[u8]) -> Vec<f32> {
        let mut samples = vec![9.0; bytes.len() / coding.width()];
        coding.unpack(bytes, &mut samples);
        samples
    }

    #[test]
    fn telephone_codings_give_the_values_of_the_standard() {
        let levels = |coding, bytes: &[u8]| {
            of(coding, bytes).iter().map(|x| (x * 32_768.0) as i32).collect::<Vec<_>>()
        };
        assert_eq!(
            levels(SampleCoding::MuLaw, &[0x00, 0x80, 0xff, 0x7f, 0xf0]),
            [-32_124, 32_124, 0, 0, 120]
        );
        assert_eq!(levels(SampleCoding::ALaw, &[0xd5, 0x55, 0xaa, 0x2a]), [8, -8, 32_256, -32_256]);
    }

    #[test]
    fn one_value_is_the_same_in_every_width_and_order() {
        let value = -0x2a_0000_i64;
        let bits =
            |width: u32| (value << 40 >> (64 - width)).to_be_bytes()[8 - width as usize / 8..].to_vec();
        for (order, width) in
            [Order::Big, Order::Little].into_iter().flat_map(|o| [2, 3, 4, 8].map(|w| (o, w)))
        {
            let mut bytes = bits(8 * width);
            if order == Order::Little {
                bytes.reverse();
            }
            let coding = SampleCoding::int(width as usize, order).unwrap();
            assert_eq!(of(coding, &bytes.repeat(9)), [value as f32 / 8_388_608.0; 9], "{coding:?}");
        }
        assert_eq!(of(SampleCoding::Low24, &(value as i32).to_le_bytes()), [value as f32 / 8_388_608.0]);
        assert_eq!(of(SampleCoding::S8, &[0xc0]), [-0.5]);
        assert_eq!(of(SampleCoding::U8, &[0x40]), [-0.5]);
        assert_eq!(of(SampleCoding::float(8, Order::Big).unwrap(), &1e300f64.to_be_bytes()), [f32::MAX]);
    }
}
