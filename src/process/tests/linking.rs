//! Employees and accounts: whatever the files and their order, no account is two people's.

use super::{Roster, job, judging, ssn, store};
use crate::changeset::change::{Change, ChangeReader};
use crate::domain::DemographicColumn;
use crate::format::output::From;
use crate::matching::accounts::{AccountState, Accounts, email_hash};
use judging::KEY;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Subscriber, address, whether they have left, city. SSNs go with half of the subscriber's number, so that people come
/// again under another ID.
type Drawn = (u32, u32, bool, u32);

fn address(n: u32) -> String {
    format!("person{n}@example.com")
}

fn file(rows: &[Drawn]) -> String {
    let mut text =
        "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,\
                    termination_date,work_email,address_1,city,state,zip\n"
            .to_owned();
    for (subject, email, left, city) in rows {
        let status = if *left { "T,2026-03-04" } else { "A," };
        let email = if *email == 0 {
            String::new()
        } else {
            address(*email).to_uppercase()
        };
        text += &format!(
            "S{subject},user{subject},{},Ann,Lee,1980-01-02,2020-02-03,{status},{email},1 Elm St,Town{city},WI,53703\n",
            ssn(subject / 2)
        );
    }
    text
}

fn accounts(rows: &[(u32, bool)], links: &BTreeMap<u64, u64>) -> Accounts {
    let mut all = Accounts::default();
    for (n, (email, active)) in (1..).zip(rows) {
        let email = email_hash(&KEY, address(*email).as_bytes());
        let state = AccountState {
            key: n,
            email,
            active: *active,
        };
        all.push(state, &format!("A{n}"));
    }
    all.ready();
    for (subscriber, account) in links {
        all.link(*subscriber, *account);
    }
    all
}

/// Judges a file; returns its changes, and its output and rejects with the rows in an order of their own.
fn judge(
    roster: &Roster,
    accounts: &Accounts,
    rows: &[Drawn],
    (workers, chunk): (usize, usize),
) -> (Vec<u8>, [BTreeSet<String>; 2]) {
    let mut job = job(roster, workers, chunk);
    job.known.accounts = Some(accounts);
    job.link_by = Some(DemographicColumn::WorkEmail);
    job.output
        .columns
        .push((From::AccountId, "account_id".to_owned()));
    let (_, files) = judging::run(&job, file(rows).as_bytes()).expect("judged");
    let [output, _, rejects, changes, _] = files.0;
    let sorted = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().map(str::to_owned).collect()
    };
    (changes, [sorted(&output), sorted(&rejects)])
}

/// Puts the links of a run in place as a ledger does: an account passes on to whom it was linked with last.
fn link(links: &mut BTreeMap<u64, u64>, changes: &[u8]) {
    let mut reader = ChangeReader::new(changes);
    let mut new = BTreeMap::new();
    while let Some(change) = reader.next_change().expect("whole") {
        if let Change::Link {
            subscriber,
            account,
        } = change
        {
            let other = new.insert(subscriber, account);
            assert!(
                other.is_none_or(|other| other == account),
                "two accounts of one employee"
            );
        }
    }
    let taken: BTreeSet<u64> = new.values().copied().collect();
    assert_eq!(taken.len(), new.len(), "an account of two employees");
    links.retain(|_, account| !taken.contains(account));
    links.extend(new);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn no_account_is_two_peoples_whatever_the_order(
        known in proptest::collection::vec((1u32..5, any::<bool>()), 0..6),
        files in proptest::collection::vec(
            proptest::collection::vec((0u32..7, 0u32..5, any::<bool>(), 0u32..2), 1..7),
            1..4,
        ),
    ) {
        let (mut roster, mut links) = (Roster::default(), BTreeMap::new());
        for rows in files {
            let accounts = accounts(&known, &links);
            let (changes, told) = judge(&roster, &accounts, &rows, (1, 1 << 20));
            let (_, in_chunks) = judge(&roster, &accounts, &rows, (2, 7));
            prop_assert_eq!(&in_chunks, &told);
            let backwards: Vec<Drawn> = rows.iter().rev().copied().collect();
            let (_, turned) = judge(&roster, &accounts, &backwards, (1, 64));
            prop_assert_eq!(&turned, &told);
            let mut shown = BTreeMap::new();
            for row in &told[0] {
                let (subscriber, account) = (row.split(',').next(), row.rsplit(',').next());
                let other = shown.insert(account, subscriber).flatten();
                prop_assert!(account == Some("") || other.is_none_or(|o| Some(o) == subscriber), "{row}");
            }
            let before = links.clone();
            link(&mut links, &changes);
            // Nobody who is linked gets another account.
            for (subscriber, account) in &before {
                prop_assert!(links.get(subscriber).is_none_or(|now| now == account));
            }
            store(&mut roster, &changes);
            roster.ready();
        }
    }
}
