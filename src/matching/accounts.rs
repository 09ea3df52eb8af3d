//! The accounts that the receiver has already, and whose they are.
//!
//! An employee is linked once, at the first sync, by e-mail ([`Accounts::first_sync`]). From then on the account's ID
//! decides, whatever the address becomes. No account is ever linked to two employees: of records that would take the same
//! one, all are refused ([`LinkConflicts`]), whatever their order.

use super::hash_index::HashIndex;
use crate::domain::SiteKey;
use crate::domain::keyed_hash::HashedType;
use std::collections::{HashMap, HashSet};

/// The hash of an e-mail address, in lower case.
pub(crate) fn email_hash(key: &SiteKey, email: &[u8]) -> u64 {
    key.hash_lower_case(HashedType::Email, email)
}

/// An account as the ledger keeps it, without its ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountState {
    /// Hash of the account ID.
    pub key: u64,
    /// Hash of the e-mail address in lower case.
    pub email: u64,
    /// Whether new employees are linked with it.
    pub active: bool,
}

impl AccountState {
    /// Bytes of the stored form.
    const STORED: usize = 8 + 8 + 1;

    /// The stored form, little-endian; the ID follows it.
    pub(crate) fn store(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key.to_le_bytes());
        out.extend_from_slice(&self.email.to_le_bytes());
        out.push(u8::from(self.active));
    }

    /// Reads the stored form; what follows it is the ID.
    pub(crate) fn load(stored: &[u8]) -> Option<(AccountState, &[u8])> {
        let (head, id) = stored.split_at_checked(Self::STORED)?;
        let state = AccountState {
            key: u64::from_le_bytes(*head.first_chunk()?),
            email: u64::from_le_bytes(*head[8..].first_chunk()?),
            active: head[16] == 1,
        };
        Some((state, id))
    }
}

/// The accounts of a roster, by their positions.
#[derive(Default)]
pub struct Accounts {
    states: Vec<AccountState>,
    /// Made by [`Accounts::ready`].
    by_key: HashIndex,
    /// Hashes of the addresses of active accounts, each with the account; in order once [`Accounts::ready`] was called.
    by_email: Vec<(u64, u32)>,
    /// The IDs one after the other.
    ids: Vec<u8>,
    /// By position: the end of the account's ID.
    ends: Vec<u32>,
    /// The account of each linked subscriber.
    linked: HashMap<u64, u32>,
    /// The subscriber of each linked account.
    owners: HashMap<u32, u64>,
}

/// What becomes of an employee who is sent for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstSync {
    /// No active account has the address: the receiver makes a new one.
    Create,
    /// The one account with the address is still free.
    Link(u32),
    /// The one account with the address belongs to another subscriber.
    Taken(u64),
    /// Several accounts have the address.
    Several,
}

/// Why it is in doubt which account is an employee's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ambiguity {
    /// Several accounts have the address.
    Several,
    /// The account is linked with another employee.
    Taken,
    /// Another new employee of the file has the same address.
    Shared,
}

/// What of a record concerns accounts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AccountOfRecord {
    /// The account that its employee has, or gets.
    pub position: Option<u32>,
    /// Why it gets none, and is rejected.
    pub ambiguity: Option<Ambiguity>,
}

/// A new employee whose address is that of a free account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LinkClaim {
    pub account: u32,
    pub subscriber: u64,
}

/// Accounts that two new employees of a file would both take, and employees who would take two.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkConflicts {
    accounts: HashSet<u32>,
    subscribers: HashSet<u64>,
}

impl LinkConflicts {
    /// The conflicts among claims. All claims count, also those of records that are rejected: a correction would make them
    /// again.
    pub(crate) fn of(mut claims: Vec<LinkClaim>) -> LinkConflicts {
        claims.sort_unstable();
        claims.dedup();
        let (mut last, mut seen) = (None, HashSet::new());
        let mut conflicts = LinkConflicts::default();
        for claim in claims {
            if last.replace(claim.account) == Some(claim.account) {
                conflicts.accounts.insert(claim.account);
            }
            if !seen.insert(claim.subscriber) {
                conflicts.subscribers.insert(claim.subscriber);
            }
        }
        conflicts
    }

    pub(crate) fn has(&self, claim: LinkClaim) -> bool {
        self.accounts.contains(&claim.account) || self.subscribers.contains(&claim.subscriber)
    }
}

impl Accounts {
    /// Adds an account with its ID. Each key comes once.
    pub fn push(&mut self, state: AccountState, id: &str) {
        if state.active {
            let position = number(self.states.len());
            self.by_email.push((state.email, position));
        }
        self.states.push(state);
        self.ids.extend_from_slice(id.as_bytes());
        self.ends.push(number(self.ids.len()));
    }

    /// Says that an account is a subscriber's, once they are ready. A key that is not known is passed over.
    pub fn link(&mut self, subscriber: u64, key: u64) {
        if let Some(position) = self.find(key) {
            self.linked.insert(subscriber, position);
            self.owners.insert(position, subscriber);
        }
    }

    /// Makes the accounts ready to be found and linked, after the last was added. The ledger has them in the order of their
    /// keys: an index that grew with them would always be crowded at one place.
    pub fn ready(&mut self) {
        let states = &self.states;
        self.by_key = HashIndex::of(states.len(), |i| states[i].key);
        self.by_email.sort_unstable();
    }

    /// The position of the account with this hash of its ID.
    pub(crate) fn find(&self, key: u64) -> Option<u32> {
        let found = self.by_key.find(key, |i| self.states[i].key == key);
        found.map(number)
    }

    pub(crate) fn state(&self, position: u32) -> AccountState {
        self.states[position as usize]
    }

    pub(crate) fn all(&self) -> &[AccountState] {
        &self.states
    }

    /// How many are active.
    pub(crate) fn active(&self) -> u64 {
        self.by_email.len() as u64
    }

    /// The ID of an account.
    pub(crate) fn id(&self, position: u32) -> &[u8] {
        let position = position as usize;
        let start = position.checked_sub(1).map_or(0, |p| self.ends[p]);
        &self.ids[start as usize..self.ends[position] as usize]
    }

    /// The account of a linked subscriber.
    pub(crate) fn of(&self, subscriber: u64) -> Option<u32> {
        self.linked.get(&subscriber).copied()
    }

    /// The ID of the account of a linked subscriber; empty where there is none.
    pub(crate) fn id_of(&self, subscriber: u64) -> &[u8] {
        self.of(subscriber)
            .map_or(b"", |position| self.id(position))
    }

    /// What becomes of a subscriber who is sent for the first time, by the hash of the address.
    pub(crate) fn first_sync(&self, subscriber: u64, email: Option<u64>) -> FirstSync {
        let Some(email) = email else {
            return FirstSync::Create;
        };
        let from = self.by_email.partition_point(|(known, _)| *known < email);
        let mut hits = self.by_email[from..].iter();
        let mut hit = || hits.next().filter(|(known, _)| *known == email);
        match (hit(), hit()) {
            (None, _) => FirstSync::Create,
            (Some(_), Some(_)) => FirstSync::Several,
            (Some((_, position)), None) => match self.owners.get(position) {
                Some(owner) if *owner != subscriber => FirstSync::Taken(*owner),
                _ => FirstSync::Link(*position),
            },
        }
    }
}

/// A position, or a length of the IDs, in four bytes.
fn number(long: usize) -> u32 {
    u32::try_from(long).expect("the accounts of a roster fit in memory")
}

#[cfg(test)]
mod tests {
    use super::{AccountState, Accounts, FirstSync, LinkClaim, LinkConflicts};
    use proptest::prelude::*;

    fn accounts(rows: &[(u64, u64, bool)]) -> Accounts {
        let mut accounts = Accounts::default();
        for &(key, email, active) in rows {
            let state = AccountState { key, email, active };
            accounts.push(state, &format!("A{key}"));
        }
        accounts.ready();
        accounts
    }

    #[test]
    fn one_free_active_account_is_linked() {
        let mut all = accounts(&[(1, 10, true), (2, 20, true), (3, 20, true), (4, 30, false)]);
        assert_eq!(all.first_sync(7, Some(10)), FirstSync::Link(0));
        assert_eq!(all.first_sync(7, Some(20)), FirstSync::Several);
        assert_eq!(all.first_sync(7, Some(30)), FirstSync::Create);
        assert_eq!(all.first_sync(7, None), FirstSync::Create);
        all.link(8, 1);
        assert_eq!(all.first_sync(7, Some(10)), FirstSync::Taken(8));
        assert_eq!(all.id_of(8), b"A1");
        assert_eq!(all.id_of(7), b"");
        assert_eq!(all.id(3), b"A4");
    }

    #[test]
    fn accounts_are_found_and_linked_whatever_the_order_of_their_keys() {
        for order in [|n: u64| n, |n: u64| 1000 - n] {
            // As keyed hashes are: spread over all numbers.
            let key = |n: u64| (order(n) + 1) << 53;
            let rows: Vec<_> = (0..1000).map(|n| (key(n), n, true)).collect();
            let mut all = accounts(&rows);
            all.link(7, key(500));
            for (position, n) in (0..1000).enumerate() {
                assert_eq!(all.find(key(n)), u32::try_from(position).ok());
            }
            assert_eq!(all.find(5), None);
            assert_eq!(all.id_of(7), format!("A{}", key(500)).as_bytes());
            all.link(8, 5);
            assert_eq!(all.of(8), None);
        }
    }

    #[test]
    fn the_stored_form_reads_back() {
        let state = AccountState {
            key: 1 << 63,
            email: 5,
            active: true,
        };
        let mut stored = Vec::new();
        state.store(&mut stored);
        stored.extend_from_slice(b"A1");
        assert_eq!(AccountState::load(&stored), Some((state, &b"A1"[..])));
        assert_eq!(AccountState::load(&stored[..9]), None);
    }

    proptest! {
        #[test]
        fn claims_without_conflict_pair_each_employee_with_one_account(
            claims in proptest::collection::vec((0..6u32, 0..6u64), 0..12),
        ) {
            let claims: Vec<LinkClaim> = claims
                .into_iter()
                .map(|(account, subscriber)| LinkClaim { account, subscriber })
                .collect();
            let conflicts = LinkConflicts::of(claims.clone());
            for one in &claims {
                let others = claims.iter().filter(|other| {
                    (other.account == one.account) != (other.subscriber == one.subscriber)
                });
                prop_assert_eq!(conflicts.has(*one), others.count() > 0);
            }
            let backwards = claims.into_iter().rev().collect();
            prop_assert_eq!(LinkConflicts::of(backwards), conflicts);
        }
    }
}
