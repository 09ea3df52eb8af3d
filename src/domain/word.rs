//! Bytes as machine words.

/// The first eight bytes as a little-endian number; bytes that are not there count as zero.
#[inline]
pub(crate) fn up_to_eight(bytes: &[u8]) -> u64 {
    let four = |chunk: &[u8; 4]| u64::from(u32::from_le_bytes(*chunk));
    if let Some(chunk) = bytes.first_chunk() {
        return u64::from_le_bytes(*chunk);
    }
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => four(first) | four(last) << (8 * (bytes.len() - 4)),
        _ => match *bytes {
            [a] => u64::from(a),
            [a, b] => u64::from(a) | u64::from(b) << 8,
            [a, b, c] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
            _ => 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::up_to_eight;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bytes_become_numbers_in_their_order(bytes in any::<[u8; 8]>(), length in 0usize..=8) {
            let mut padded = [0; 8];
            padded[..length].copy_from_slice(&bytes[..length]);
            prop_assert_eq!(up_to_eight(&bytes[..length]), u64::from_le_bytes(padded));
        }
    }
}
