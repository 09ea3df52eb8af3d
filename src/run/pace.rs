//! How many workers judge a file, and in chunks of which size: two variables of the environment, for tests and
//! measurements. What a run comes to never depends on them.

use crate::format::chunk::CHUNK_BYTES;
use std::ops::RangeInclusive;

/// Most workers of one file.
const WORKERS: RangeInclusive<usize> = 1..=64;
/// Sizes a chunk may be asked to have.
const CHUNKS: RangeInclusive<usize> = (4 << 10)..=(64 << 20);

/// `FEEDGATE_WORKERS`, else one for every core.
pub(super) fn workers() -> usize {
    asked(std::env::var("FEEDGATE_WORKERS").ok(), WORKERS).unwrap_or_else(|| {
        std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(*WORKERS.end())
    })
}

/// `FEEDGATE_CHUNK_BYTES`, else [`CHUNK_BYTES`].
pub(super) fn chunk_bytes() -> usize {
    asked(std::env::var("FEEDGATE_CHUNK_BYTES").ok(), CHUNKS).unwrap_or(CHUNK_BYTES)
}

/// What a variable asks for; anything out of bounds asks for nothing.
fn asked(value: Option<String>, bounds: RangeInclusive<usize>) -> Option<usize> {
    value?.parse().ok().filter(|n| bounds.contains(n))
}

#[cfg(test)]
mod tests {
    use super::{CHUNKS, WORKERS, asked};

    #[test]
    fn only_numbers_within_bounds_count() {
        let of = |text: &str, bounds| asked(Some(text.to_owned()), bounds);
        assert_eq!(of("1", WORKERS), Some(1));
        assert_eq!(of("64", WORKERS), Some(64));
        for none in ["0", "65", "", "two", "-1"] {
            assert_eq!(of(none, WORKERS), None, "{none}");
        }
        assert_eq!(of("4096", CHUNKS), Some(4096));
        assert_eq!(of("4095", CHUNKS), None);
        assert_eq!(of("67108865", CHUNKS), None);
        assert_eq!(asked(None, CHUNKS), None);
    }
}
