//! How a panic is reported: one sentence with the source location and nothing else, and exit code 70.

use super::out::say;
use std::panic::Location;

/// Exit code of a bug.
const BUG: i32 = 70;

/// Replaces the usual panic message, which could hold values of a record. The process ends at once; the next run continues
/// the one that was interrupted.
pub(super) fn report_location_only() {
    std::panic::set_hook(Box::new(|panic| {
        say(sentence(panic.location()));
        std::process::exit(BUG);
    }));
}

fn sentence(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
    format!("feedgate: stopped by a bug{place}; please report it with this line")
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use std::panic::Location;

    #[test]
    fn the_place_is_named() {
        let here = sentence(Some(Location::caller()));
        assert!(here.contains("src/cli/crash.rs:"), "{here}");
        assert!(sentence(None).contains("a bug; please"));
    }
}
