//! The number of workers that judge a file, and the size of their chunks. Two environment variables set them for tests
//! and measurements; the result of a run never depends on them.

use crate::format::chunk::CHUNK_BYTES;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// The bounds of `FEEDGATE_WORKERS`.
const WORKERS: RangeInclusive<usize> = 1..=64;
/// The bounds of `FEEDGATE_CHUNK_BYTES`.
const CHUNKS: RangeInclusive<usize> = (4 << 10)..=(64 << 20);

/// `FEEDGATE_WORKERS`, else one for every core.
pub(crate) fn workers() -> usize {
    // The system reads half a dozen files to answer, too many to repeat for every small source file.
    static CORES: LazyLock<usize> = LazyLock::new(|| {
        let cores = std::thread::available_parallelism();
        cores.map_or(1, usize::from).min(*WORKERS.end())
    });
    asked(std::env::var("FEEDGATE_WORKERS").ok(), WORKERS).unwrap_or_else(|| *CORES)
}

/// `FEEDGATE_CHUNK_BYTES`, else [`CHUNK_BYTES`].
pub(crate) fn chunk_bytes() -> usize {
    asked(std::env::var("FEEDGATE_CHUNK_BYTES").ok(), CHUNKS).unwrap_or(CHUNK_BYTES)
}

/// The number in a variable; `None` if it is out of bounds.
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
