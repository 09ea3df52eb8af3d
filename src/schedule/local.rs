//! From a time on the wall clock to a moment.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// No zone's clock differs from UTC, or jumps, by more than this together.
const FARTHEST: TimeDelta = TimeDelta::hours(48);

/// The first moment at which the clock of the zone shows this time or a later one.
///
/// A time that a daylight-saving gap skips becomes the first moment after the gap, a doubled one the first of the
/// two. A later time never becomes an earlier moment.
///
/// ```
/// use chrono::NaiveDate;
/// use feedgate::internal::schedule::resolve;
///
/// let skipped = NaiveDate::from_ymd_opt(2026, 3, 8).unwrap().and_hms_opt(2, 30, 0).unwrap();
/// let moment = resolve(skipped, chrono_tz::America::New_York);
/// assert_eq!(moment.to_rfc3339(), "2026-03-08T03:00:00-04:00");
/// ```
pub fn resolve(local: NaiveDateTime, zone: Tz) -> DateTime<Tz> {
    zone.from_local_datetime(&local)
        .earliest()
        .unwrap_or_else(|| after_gap(local, zone))
}

/// Halves the time around the gap until the second is found at which the clock jumps over `local`.
fn after_gap(local: NaiveDateTime, zone: Tz) -> DateTime<Tz> {
    let whole = local.and_utc().timestamp();
    let moment = |second: i64| {
        let utc = DateTime::from_timestamp(second, 0).unwrap_or(local.and_utc());
        utc.with_timezone(&zone)
    };
    let mut before = whole - FARTHEST.num_seconds();
    let mut after = whole + FARTHEST.num_seconds();
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if moment(middle).naive_local() < local {
            before = middle;
        } else {
            after = middle;
        }
    }
    moment(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::tests::{local, zone};

    #[test]
    fn gaps_end_and_doubled_times_come_first() {
        let table = [
            ("America/New_York", "2026-03-08 01:59:59", "01:59:59-05:00"),
            ("America/New_York", "2026-03-08 02:00:00", "03:00:00-04:00"),
            ("America/New_York", "2026-03-08 02:59:59", "03:00:00-04:00"),
            ("America/New_York", "2026-03-08 03:00:00", "03:00:00-04:00"),
            ("America/New_York", "2026-11-01 00:59:59", "00:59:59-04:00"),
            ("America/New_York", "2026-11-01 01:00:00", "01:00:00-04:00"),
            ("America/New_York", "2026-11-01 01:59:59", "01:59:59-04:00"),
            ("America/New_York", "2026-11-01 02:00:00", "02:00:00-05:00"),
            ("Europe/Berlin", "2026-03-29 02:30:00", "03:00:00+02:00"),
            ("Europe/Berlin", "2026-10-25 02:30:00", "02:30:00+02:00"),
            ("Europe/Berlin", "2026-10-25 03:00:00", "03:00:00+01:00"),
            ("America/Phoenix", "2026-03-08 02:30:00", "02:30:00-07:00"),
            (
                "Australia/Lord_Howe",
                "2026-10-04 02:15:00",
                "02:30:00+11:00",
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-05 01:45:00",
                "01:45:00+11:00",
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-05 02:00:00",
                "02:00:00+10:30",
            ),
        ];
        for (name, at, expected) in table {
            let got = resolve(local(at), zone(name));
            let day = &at[..10];
            assert_eq!(got.to_rfc3339(), format!("{day}T{expected}"), "{name} {at}");
        }
    }

    #[test]
    fn a_gap_may_skip_a_day_or_end_at_midnight() {
        let apia = resolve(local("2011-12-30 12:00:00"), zone("Pacific/Apia"));
        assert_eq!(apia.to_rfc3339(), "2011-12-31T00:00:00+14:00");
        let nuuk = resolve(local("2026-03-28 23:30:00"), zone("America/Nuuk"));
        assert_eq!(nuuk.to_rfc3339(), "2026-03-29T00:00:00-01:00");
    }

    #[test]
    fn a_later_time_is_never_an_earlier_moment() {
        for name in ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"] {
            let zone = zone(name);
            let mut at = local("2026-01-01 00:00:00");
            let mut last = resolve(at, zone);
            while at < local("2027-01-01 00:00:00") {
                at += TimeDelta::minutes(7);
                let moment = resolve(at, zone);
                assert!(moment >= last, "{name} {at}");
                assert!(moment.naive_local() >= at, "{name} {at}");
                last = moment;
            }
        }
    }
}
