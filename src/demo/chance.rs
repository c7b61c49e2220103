//! Seeded chance: the same seed gives the same ids, lines and curves.
//!
//! Must not read a clock or the system's randomness.

use std::fmt::Write as _;

/// Mixes a seed with a number into 64 well-spread bits (splitmix64's finaliser).
pub(super) fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in `0.0..1.0` from mixed bits.
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// One of the given items, chosen by mixed bits; the fallback when there are none.
pub(super) fn pick<'a>(bits: u64, items: &[&'a str]) -> &'a str {
    let at = (bits % items.len().max(1) as u64) as usize;
    items.get(at).copied().unwrap_or_default()
}

/// `length` lower-case hexadecimal digits that follow from a seed.
pub(super) fn hex(seed: u64, length: usize) -> String {
    let mut text = String::with_capacity(length + 16);
    let mut number = 0;
    while text.len() < length {
        // writing to a text can not fail
        let _ = write!(text, "{:016x}", mix(seed, number));
        number += 1;
    }
    text.truncate(length);
    text
}

/// A stable seed from a text (FNV-1a), so that equal names give equal ids.
pub(super) fn seed_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A running sequence of chance, for what happens in the order of requests.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    /// A sequence from its seed.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.drawn += 1;
        mix(self.seed, self.drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_chance() {
        assert_eq!(hex(7, 64), hex(7, 64));
        assert_ne!(hex(7, 64), hex(8, 64));
        assert_eq!(hex(1, 64).len(), 64);
        let (mut a, mut b) = (Chance::new(3), Chance::new(3));
        assert_eq!((a.next(), a.next()), (b.next(), b.next()));
        assert!((0..1000).all(|n| (0.0..1.0).contains(&unit(mix(1, n)))));
    }
}
