//! How much is under way at the same time, from the measured round trip.

use super::parts::CUT_FROM;
use super::share::Way;
use std::time::Duration;

/// Bytes per second that a connection is given room for.
const SPEED: u64 = 400 << 20;
/// The least under way: what keeps both ends busy on a local network.
const LEAST: usize = 2 << 20;
/// The most under way on a connection.
const MOST: usize = 16 << 20;

/// How many bytes of files are to be under way on a connection this far away.
pub(super) fn window(round_trip: Duration) -> usize {
    let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
    let needed = SPEED.saturating_mul(micros) / 1_000_000;
    usize::try_from(needed).unwrap_or(MOST).clamp(LEAST, MOST)
}

/// From this round trip on one connection may be too few.
const FAR: Duration = Duration::from_millis(4);
/// What a server lets come in on one connection before it has read it: OpenSSH's window.
const SERVER_WINDOW: u64 = 2 << 20;
/// Small files that one connection moves in a round trip.
const FILES: usize = super::limits::LOCAL_FILES;
/// From so many bytes in large files on, two connections pay even nearby.
const WORTH_TWO: u64 = 64 << 20;
/// What another connection must save to be worth dialing.
const WORTH: Duration = Duration::from_secs(1);

/// How many connections pay for files of these sizes, this far away. The caller bounds it.
pub(super) fn lines(way: Way, round_trip: Duration, sizes: impl Iterator<Item = u64>) -> usize {
    let (mut small, mut large) = (0usize, 0u64);
    for size in sizes {
        if size < CUT_FROM {
            small += 1;
        } else {
            large = large.saturating_add(size);
        }
    }
    if round_trip < FAR {
        // Nearby it is a processor's time that bounds a connection, ours or the server's.
        return if large < WORTH_TWO { 1 } else { 2 };
    }
    let trips = u32::try_from(small / FILES).unwrap_or(u32::MAX);
    let for_small = round_trip.saturating_mul(trips).as_millis() / WORTH.as_millis();
    let per_line = match way {
        Way::Fetch => MOST as u64 / 4,
        Way::Upload => SERVER_WINDOW,
    };
    let for_large = (window(round_trip) as u64)
        .div_ceil(per_line)
        .min(large / CUT_FROM);
    let wanted = for_small.max(u128::from(for_large)).max(1);
    usize::try_from(wanted).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_grows_with_the_distance_within_bounds() {
        let at = |millis| window(Duration::from_millis(millis));
        assert_eq!((at(0), at(10), at(1000)), (LEAST, 4 << 20, MOST));
        assert_eq!(window(Duration::MAX), MOST);
    }

    #[test]
    fn more_connections_only_where_they_pay() {
        let at = |way, millis, sizes: &[u64]| {
            lines(way, Duration::from_millis(millis), sizes.iter().copied())
        };
        let (large, small) = ([300 << 20], vec![10_000; 2_000]);
        assert_eq!(at(Way::Upload, 0, &large), 2);
        assert_eq!(at(Way::Upload, 0, &[50 << 20]), 1);
        assert_eq!(at(Way::Upload, 10, &large), 2);
        assert_eq!(at(Way::Upload, 40, &large), 8);
        assert_eq!(at(Way::Fetch, 40, &large), 4);
        assert_eq!(at(Way::Upload, 40, &[20 << 20]), 1);
        assert_eq!(at(Way::Fetch, 10, &small), 1);
        assert_eq!(at(Way::Fetch, 100, &small), 3);
        assert_eq!(at(Way::Fetch, 40, &[]), 1);
    }
}
