//! Reads employees: all of a roster as small entries, or some with their shown fields.

use super::store::{self, Store, blob, damaged, unreadable};
use super::{Employees, LedgerError, SqliteLedger};
use crate::changeset::block::{self, EntryKind};
use crate::changeset::shown;
use crate::matching::roster::{Employee, Roster, Version};
use rusqlite::Connection;

const TABLE: EntryKind = EntryKind::Employees;

impl Employees for SqliteLedger {
    fn load_roster(&self, name: &str) -> Result<Roster, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let Some(store) = Store::of(&snapshot, TABLE, name)? else {
            return Ok(Roster::new(0));
        };
        let mut roster = Roster::new(store.ids as usize);
        fill(self, &snapshot, &store, &mut roster)?;
        Ok(roster)
    }

    fn refresh_roster(&self, name: &str, roster: &mut Roster) -> Result<(), LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        match Store::of(&snapshot, TABLE, name)? {
            Some(store) => {
                if !store.continues(roster.version()) {
                    *roster = Roster::new(store.ids as usize);
                }
                fill(self, &snapshot, &store, roster)
            }
            None => {
                if roster.version() != Version::default() {
                    *roster = Roster::new(0);
                }
                Ok(())
            }
        }
    }

    fn find_employee(
        &self,
        roster: &str,
        subject: u64,
    ) -> Result<Option<(Employee, Vec<String>)>, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let Some(store) = Store::of(&snapshot, TABLE, roster)? else {
            return Ok(None);
        };
        // The stored form begins with the subscriber hash.
        let subject = subject.to_le_bytes();
        let mut statement = snapshot.prepare_cached(
            "SELECT keys, number FROM blocks WHERE owner = ?1 ORDER BY number DESC",
        )?;
        let mut rows = statement.query([store.owner])?;
        while let Some(row) = rows.next()? {
            let keys = TABLE.keys(blob(row, 0, TABLE)?);
            let mut keys = keys.map_err(unreadable(TABLE))?.enumerate();
            if let Some((place, (id, stored))) = keys.rfind(|(_, (_, s))| s.starts_with(&subject)) {
                let (employee, _) = Employee::load(id, stored).ok_or(damaged(TABLE))?;
                let shown = store::shown(&snapshot, row.get(1)?)?;
                let fields = block::shown(&shown).nth(place).ok_or(damaged(TABLE))?;
                return Ok(Some((employee, shown::fields(fields))));
            }
        }
        Ok(None)
    }

    fn employees_fields(&self, roster: &str, ids: &[u32]) -> Result<Vec<Vec<String>>, LedgerError> {
        let mut found: Vec<Option<Vec<String>>> = vec![None; ids.len()];
        let snapshot = self.connection.unchecked_transaction()?;
        if let Some(store) = Store::of(&snapshot, TABLE, roster)? {
            let mut wanted: Vec<(u32, usize)> = ids.iter().copied().zip(0..).collect();
            wanted.sort_unstable();
            let mut statement = snapshot.prepare_cached(
                "SELECT number, lowest, highest FROM blocks WHERE owner = ?1 ORDER BY number DESC",
            )?;
            let mut rows = statement.query([store.owner])?;
            while let Some(row) = rows.next()? {
                let (number, lowest, highest) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let any = |ids: &[(u32, usize)]| ids.first().is_some_and(|(id, _)| *id <= highest);
                if any(&wanted[wanted.partition_point(|(id, _)| *id < lowest)..]) {
                    take_shown(&snapshot, number, &wanted, &mut found)?;
                    wanted.retain(|(_, at)| found[*at].is_none());
                }
                if wanted.is_empty() {
                    break;
                }
            }
        }
        let all: Option<Vec<_>> = found.into_iter().collect();
        all.ok_or(damaged(TABLE))
    }
}

fn fill(
    ledger: &SqliteLedger,
    snapshot: &Connection,
    store: &Store,
    roster: &mut Roster,
) -> Result<(), LedgerError> {
    if roster.version() == store.version() {
        return Ok(());
    }
    let blocks = store.each_key(snapshot, roster.version(), |id, stored| {
        let (employee, _) = Employee::load(id, stored).ok_or(damaged(TABLE))?;
        roster.put(employee);
        Ok(())
    })?;
    roster.set_version(store.version());
    roster.ready();
    ledger.give_back_after(blocks)
}

/// Takes the shown fields of those wanted employees that a block holds.
fn take_shown(
    snapshot: &Connection,
    number: i64,
    wanted: &[(u32, usize)],
    found: &mut [Option<Vec<String>>],
) -> Result<(), LedgerError> {
    let keys = store::keys(snapshot, number)?;
    // Places of the last entry of each, from the end.
    let mut hits: Vec<(usize, usize)> = Vec::new();
    let mut taken = vec![false; wanted.len()];
    let keys = TABLE.keys(&keys).map_err(unreadable(TABLE))?;
    for (place, (id, _)) in keys.enumerate().rev() {
        let from = wanted.partition_point(|(other, _)| *other < id);
        for (i, (_, at)) in wanted
            .iter()
            .enumerate()
            .skip(from)
            .take_while(|(_, w)| w.0 == id)
        {
            if !std::mem::replace(&mut taken[i], true) {
                hits.push((place, *at));
            }
        }
    }
    if hits.is_empty() {
        return Ok(());
    }
    let shown = store::shown(snapshot, number)?;
    for (place, fields) in block::shown(&shown).enumerate() {
        while let Some((_, at)) = hits.pop_if(|(hit, _)| *hit == place) {
            found[at] = Some(shown::fields(fields));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{changes_to, committed, employee, ledger, new_run, summary};
    use super::super::{LedgerError, SqliteLedger};
    use crate::changeset::change::{Change, ChangeReader};
    use crate::domain::RunStatus;
    use crate::matching::roster::Version;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Commits states under their numbers, as a run that knew `base`.
    fn commit(
        ledger: &mut SqliteLedger,
        name: &str,
        base: Version,
        states: &[(u32, Vec<u8>)],
    ) -> Result<(), LedgerError> {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let all: Vec<_> = states
            .iter()
            .map(|(id, state)| Change::Employee { id: *id, state })
            .collect();
        let bytes = changes_to(base, &all);
        let mut reader = ChangeReader::new(&bytes[..]);
        ledger.commit(run.number, &committed(&summary), Some(&mut reader), name)
    }

    #[test]
    fn rosters_are_kept_apart_and_found_by_hash() {
        let (_folder, mut ledger) = ledger();
        for (subject, name) in [(5, "main"), (6, "other"), (8, "main")] {
            let base = ledger.load_roster(name).expect("roster").version();
            let state = employee(subject, &format!("S{subject}"));
            commit(&mut ledger, name, base, &[(0, state)]).expect("committed");
        }
        let main = ledger.load_roster("main").expect("roster");
        let ids: Vec<u32> = main.employees().iter().map(|e| e.id).collect();
        assert_eq!(ids, [1, 2]);
        assert_eq!(main.ssn_owner(7, 0), Some(5));
        assert!(ledger.load_roster("none").expect("roster").is_empty());
        let (found, fields) = ledger
            .find_employee("main", 8)
            .expect("read")
            .expect("there");
        assert_eq!((found.id, fields), (2, vec!["S8".to_owned()]));
        assert_eq!(ledger.find_employee("main", 6).expect("read"), None);
        let fields = |name: &str, ids: &[u32]| ledger.employees_fields(name, ids);
        assert_eq!(fields("other", &[1]).expect("read"), [["S6"]]);
        assert_eq!(
            fields("main", &[2, 1, 2]).expect("read"),
            [["S8"], ["S5"], ["S8"]]
        );
        assert!(fields("main", &[1, 3]).is_err());
        assert!(fields("none", &[1]).is_err());
        assert!(fields("none", &[]).expect("nothing").is_empty());
    }

    #[test]
    fn a_roster_of_another_ledger_is_loaded_anew() {
        let (_one, mut one) = ledger();
        let (_two, mut two) = ledger();
        let (_none, none) = ledger();
        for (ledger, subject) in [(&mut one, 5), (&mut two, 6)] {
            let new = [
                (0, employee(subject, "S")),
                (0, employee(subject + 10, "S")),
            ];
            commit(ledger, "main", Version::default(), &new).expect("committed");
        }
        let mut roster = one.load_roster("main").expect("roster");
        two.refresh_roster("main", &mut roster).expect("read");
        assert!(roster.find(5).is_none() && roster.find(16).is_some());
        let known = roster.version();
        commit(&mut two, "main", known, &[(1, employee(6, "T"))]).expect("committed");
        two.refresh_roster("main", &mut roster).expect("read");
        assert_eq!(roster.employees().len(), 2);
        assert_ne!(roster.version(), known);
        none.refresh_roster("main", &mut roster).expect("read");
        assert!(roster.employees().is_empty());
    }

    /// What one commit brings: how many new ones, and which of the others change.
    fn commits() -> impl Strategy<Value = Vec<(usize, Vec<prop::sample::Index>)>> {
        let size = prop_oneof![4 => 0..9usize, 2 => 0..200usize, 1 => 900..2_500usize];
        let changed = prop_oneof![4 => 0..9usize, 1 => 0..2_500usize];
        let changed =
            changed.prop_flat_map(|n| prop::collection::vec(any::<prop::sample::Index>(), n));
        prop::collection::vec((size, changed), 1..20)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn a_store_holds_what_a_plain_table_would(commits in commits()) {
            let (_folder, mut ledger) = ledger();
            let mut table: BTreeMap<u32, (u64, String)> = BTreeMap::new();
            let mut kept = ledger.load_roster("main").expect("roster");
            for (turn, (new, changed)) in commits.into_iter().enumerate() {
                let mut states = Vec::new();
                let known = table.len();
                for index in changed.iter().filter(|_| known > 0) {
                    let id = u32::try_from(index.index(known)).expect("few") + 1;
                    let subject = table[&id].0;
                    let shown = format!("S{subject}.{turn}");
                    states.push((id, employee(subject, &shown)));
                    table.insert(id, (subject, shown));
                }
                for _ in 0..new {
                    let id = u32::try_from(table.len()).expect("few") + 1;
                    let subject = u64::from(id) * 1_000;
                    states.push((0, employee(subject, &format!("S{subject}"))));
                    table.insert(id, (subject, format!("S{subject}")));
                }
                commit(&mut ledger, "main", kept.version(), &states).expect("committed");
                ledger.refresh_roster("main", &mut kept).expect("refreshed");
            }
            let fresh = ledger.load_roster("main").expect("roster");
            prop_assert_eq!(fresh.version(), kept.version());
            prop_assert_eq!(fresh.employees(), kept.employees());
            let subjects: Vec<_> = fresh.employees().iter().map(|e| (e.id, e.subscriber_hash)).collect();
            let want: Vec<_> = table.iter().map(|(id, (subject, _))| (*id, *subject)).collect();
            prop_assert_eq!(subjects, want);
            let ids: Vec<u32> = table.keys().rev().copied().collect();
            let fields = ledger.employees_fields("main", &ids).expect("fields");
            let want: Vec<_> = table.values().rev().map(|(_, shown)| vec![shown.clone()]).collect();
            prop_assert_eq!(fields, want);
            if let Some((id, (subject, shown))) = table.iter().nth(table.len() / 2) {
                let (found, fields) = ledger.find_employee("main", *subject).expect("read").expect("there");
                prop_assert_eq!((found.id, fields), (*id, vec![shown.clone()]));
            }
            let sizes = "SELECT COUNT(*), COALESCE(SUM(entries), 0) FROM blocks";
            let (blocks, entries): (u32, u32) =
                ledger.connection.query_row(sizes, [], |r| Ok((r.get(0)?, r.get(1)?))).expect("read");
            let stored: u32 = ledger.connection
                .query_row("SELECT COALESCE(SUM(entries), 0) FROM stores", [], |r| r.get(0)).expect("read");
            prop_assert_eq!(entries, stored);
            let live = u32::try_from(table.len()).expect("few");
            prop_assert!(entries <= live * 3 / 2 + 2_000, "{} for {}", entries, live);
            prop_assert!(blocks <= entries / 1_000 + 3 * 8 + 30, "{} blocks of {} entries", blocks, entries);
        }
    }
}
