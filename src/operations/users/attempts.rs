//! Limits of attempts, against guessing.
//!
//! A failed attempt counts three times: for its address, for its name from that address, and for its name from all addresses
//! that the name doesn't know. Each count has a limit within a quarter of an hour and within a day. An attempt that a limit
//! refuses is not judged and doesn't count, so no wait gets longer by waiting.
//!
//! An address is known to a name that has signed in from there within [`KNOWN_FOR`]. From a known address only the failures
//! made there count: whatever others try elsewhere, a person can sign in from where they usually do. A person at a new address
//! may have to wait while others guess; a new link (`feedgate account link`) ends that at once, and signs in by itself.

use super::{CredentialProblem, event};
use crate::domain::SiteKey;
use crate::domain::keyed_hash::HashedType;
use crate::ledger::{AttemptLimit, EventAction, Ledger, LimitedBy, NewAttempt};
use crate::operations::error::Result;
use crate::site::Site;
use chrono::{DateTime, TimeDelta, Utc};
use std::net::IpAddr;
use std::time::Duration;

const SHORT: TimeDelta = TimeDelta::minutes(15);
const DAY: TimeDelta = TimeDelta::days(1);
/// For how long an address is known.
const KNOWN_FOR: TimeDelta = TimeDelta::days(30);

/// An office may share one address.
const MOST_BY_ADDRESS: [u32; 2] = [20, 200];
const MOST_BY_NAME_AND_ADDRESS: [u32; 2] = [5, 30];
/// With three codes good at a time, a thief of a password guesses a code within a year with a chance of 1 in 25.
const MOST_BY_NAME_ELSEWHERE: [u32; 2] = [10, 40];

pub(super) const LIMITS: [AttemptLimit; 6] = [
    limit(LimitedBy::Address, MOST_BY_ADDRESS[0], SHORT),
    limit(LimitedBy::Address, MOST_BY_ADDRESS[1], DAY),
    limit(
        LimitedBy::NameAndAddress,
        MOST_BY_NAME_AND_ADDRESS[0],
        SHORT,
    ),
    limit(LimitedBy::NameAndAddress, MOST_BY_NAME_AND_ADDRESS[1], DAY),
    limit(LimitedBy::NameElsewhere, MOST_BY_NAME_ELSEWHERE[0], SHORT),
    limit(LimitedBy::NameElsewhere, MOST_BY_NAME_ELSEWHERE[1], DAY),
];

const fn limit(by: LimitedBy, most: u32, within: TimeDelta) -> AttemptLimit {
    AttemptLimit { by, most, within }
}

/// An attempt that is under way: it counts as failed until it is said to be otherwise.
#[must_use]
pub(super) struct Attempt {
    number: i64,
    made: NewAttempt,
}

impl Attempt {
    /// Begins an attempt on a name as it was typed.
    pub(super) fn begin(
        site: &Site,
        ledger: &mut dyn Ledger,
        name: &str,
        address: IpAddr,
    ) -> Result<std::result::Result<Attempt, CredentialProblem>> {
        let key = site.key()?;
        let made = NewAttempt {
            name: name_hash(&key, name),
            address: key.hash(HashedType::Address, &network(address)),
            at: site.now().to_utc(),
            known_since: site.now().to_utc() - KNOWN_FOR,
        };
        // A flood is refused without the ledger's lock for writing.
        if let Some(after) = ledger.attempt_after(&made, &LIMITS)? {
            return Ok(Err(too_many(after, made.at)));
        }
        Ok(match ledger.begin_attempt(&made, &LIMITS)? {
            Ok(number) => Ok(Attempt { number, made }),
            Err(after) => Err(too_many(after, made.at)),
        })
    }

    /// It stays as a failure. Where it was the last that a limit takes, the event log says so once a day.
    pub(super) fn failed(
        self,
        site: &Site,
        ledger: &mut dyn Ledger,
        user: Option<&str>,
    ) -> Result<()> {
        if let Some(name) = user
            && ledger.attempt_after(&self.made, &LIMITS)?.is_some()
        {
            let limited = event(site, name, EventAction::SignInsLimited, name, None);
            ledger.record_event_once(&limited)?;
        }
        Ok(())
    }

    /// It proved nothing and doesn't count.
    pub(super) fn withdraw(self, ledger: &mut dyn Ledger) -> Result<()> {
        Ok(ledger.withdraw_attempt(self.number)?)
    }

    /// The person is who it says to be.
    pub(super) fn succeeded(self, ledger: &mut dyn Ledger) -> Result<()> {
        Ok(ledger.attempt_succeeded(self.number)?)
    }
}

/// The keyed hash of a name as it was typed.
pub(super) fn name_hash(key: &SiteKey, name: &str) -> u64 {
    key.hash_lower_case(HashedType::UserName, name.trim().as_bytes())
}

/// What of an address counts: of IPv6 the network, for a person has all addresses of one.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

fn too_many(after: DateTime<Utc>, now: DateTime<Utc>) -> CredentialProblem {
    let wait = (after - now).to_std().unwrap_or_default();
    CredentialProblem::TooMany {
        retry_after: wait.max(Duration::from_secs(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn addresses_of_one_network_count_together() {
        let of = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
