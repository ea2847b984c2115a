//! Cache keys: a hash of everything an entry was made from.

use std::fmt;

/// Raised when the meaning of entries changes in a way that is not visible in the fields of their keys.
const FORMAT: u32 = 1;

/// The key of an entry: 256 bits of BLAKE3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// The hash of a file's bytes, for the field `source` of other keys.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The hash of a stream's bytes, read to the end.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn of_reader(reader: impl std::io::Read) -> std::io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(reader)?;
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    /// The key of these bits.
    pub(in crate::asset) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for CacheKey {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Builds a key from named fields. Names and values are hashed with their lengths, so that different lists of fields
/// never give the same input to the hash. The order of the fields matters.
#[derive(Clone, Debug)]
pub struct CacheKeyBuilder {
    hasher: blake3::Hasher,
}

impl CacheKeyBuilder {
    /// Starts a key for one purpose, such as `clip-facts`. Every key includes the format version of the cache.
    pub fn new(purpose: &str) -> Self {
        Self { hasher: blake3::Hasher::new() }.field("format", FORMAT.to_le_bytes()).field("purpose", purpose)
    }

    /// Adds a field: text, bytes, or the bytes of a number. Floats are added as their bits.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        for part in [name.as_bytes(), value.as_ref()] {
            self.hasher.update(&(part.len() as u64).to_le_bytes());
            self.hasher.update(part);
        }
        self
    }

    /// Adds an integer, such as a rate, a count or a sound version.
    #[must_use]
    pub fn number(self, name: &str, value: u64) -> Self {
        self.field(name, value.to_le_bytes())
    }

    /// Adds another key, such as the hash of a source file.
    #[must_use]
    pub fn key(self, name: &str, key: &CacheKey) -> Self {
        self.field(name, key.bytes())
    }

    /// Adds the kind of CPU, for results whose last bits may depend on it.
    #[must_use]
    pub fn cpu(self) -> Self {
        let kind = cpu_kind();
        self.field("cpu", kind)
    }

    pub fn finish(&self) -> CacheKey {
        CacheKey(*self.hasher.finalize().as_bytes())
    }
}

/// The kind of CPU as far as libraries select code by it: the architecture and its vector extensions. On one kind,
/// the same work gives the same bytes.
pub fn cpu_kind() -> String {
    let mut kind = std::env::consts::ARCH.to_string();
    for (name, available) in extensions() {
        if available {
            kind.push('+');
            kind.push_str(name);
        }
    }
    kind
}

#[cfg(target_arch = "x86_64")]
fn extensions() -> [(&'static str, bool); 5] {
    [
        ("sse3", std::arch::is_x86_feature_detected!("sse3")),
        ("sse4.1", std::arch::is_x86_feature_detected!("sse4.1")),
        ("avx", std::arch::is_x86_feature_detected!("avx")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn extensions() -> [(&'static str, bool); 0] {
    []
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_every_field_and_their_order() {
        let key = |fields: &[(&str, &str)]| {
            fields
                .iter()
                .fold(CacheKeyBuilder::new("p"), |key, (name, value)| key.field(name, value))
                .finish()
        };
        let all = [
            key(&[]),
            key(&[("a", "bc")]),
            key(&[("ab", "c")]),
            key(&[("a", "b"), ("c", "")]),
            key(&[("c", ""), ("a", "b")]),
            CacheKeyBuilder::new("q").finish(),
            CacheKeyBuilder::new("p").number("a", 1).finish(),
            CacheKeyBuilder::new("p").cpu().finish(),
        ];
        let mut different = all.to_vec();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), all.len());
        assert_eq!(key(&[("a", "bc")]), all[1]);
    }

    #[test]
    fn a_key_is_named_in_hexadecimal_and_a_stream_hashes_like_its_bytes() {
        let empty = CacheKey::of(b"");
        // The BLAKE3 hash of nothing, from the test vectors of its authors.
        assert_eq!(empty.to_string(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
        assert_eq!(CacheKey::of_reader(&b"abc"[..]).unwrap(), CacheKey::of(b"abc"));
    }
}
