//! Accounts that the receiver of employees has already. They belong to a roster, and new employees are linked with them.

use super::job::{FileContext, JobSpec, Known, RunIdentity};
use super::kind::{RecordKind, ValuesOf};
use super::merge::Merge;
use super::record::{Record, StoredState};
use super::run_io::Result;
use super::shown_person::ShownPerson;
use super::state::Owner;
use crate::changeset::change::Change;
use crate::changeset::shown;
use crate::domain::masking::value::{guarded, id_without_ssn, identifier};
use crate::domain::{AccountColumn as Column, Action, Kind, SiteKey};
use crate::format::Fields;
use crate::matching::accounts::{AccountState, Accounts, email_hash};
use crate::matching::file_row::{RowKey, RowKeys};
use crate::matching::identity_moves::Identity;
use crate::matching::roster::Version;
use crate::matching::series::FileSeries;
use crate::matching::traits::Part;
use crate::validate::identity::IdentityChecks;
use crate::validate::{Findings, Value, identity};

pub(super) struct Account;

impl RecordKind for Account {
    const KIND: Kind = Kind::Accounts;
    type Column = Column;
    const ROW_KEY: RowKey = RowKey::Subscriber;
    const KEY_PARTS: &'static [(Column, Part)] = &[];
    const AMOUNTS: Option<[Column; 2]> = None;

    fn version(_: &Known<'_>) -> Option<Version> {
        None
    }

    fn check(checks: IdentityChecks, values: &mut ValuesOf<'_, Self>, findings: &mut Findings) {
        identity::check(checks, values, findings);
    }

    fn keys(
        _: FileContext<'_>,
        _: &Fields<'_>,
        subscriber_hash: Option<u64>,
        ein: u32,
        _: &ValuesOf<'_, Self>,
    ) -> RowKeys {
        RowKeys {
            key_hash: subscriber_hash,
            ein,
            series: 0,
        }
    }

    fn compared_with(_: &StoredState<'_>) -> Option<(usize, u64)> {
        None
    }

    fn last_accepted(_: &StoredState<'_>) -> Option<u32> {
        None
    }

    fn version_of(_: &StoredState<'_>) -> u32 {
        0
    }

    fn check_known(
        _: &Record<'_, Self>,
        _: FileContext<'_>,
        _: &mut Findings,
    ) -> Vec<(Identity, u32)> {
        Vec::new()
    }

    /// A full file has the account, whatever becomes of its record.
    fn settle(
        record: &mut Record<'_, Self>,
        context: FileContext<'_>,
        _: u64,
        _: &mut Findings,
        out: &mut FileSeries,
    ) {
        if context.job.omission.is_some() {
            let key = record.identity.subscriber_hash;
            out.subjects.extend(key.map(|key| (key, None)));
        }
    }

    fn action(record: &Record<'_, Self>, job: &JobSpec<'_>, _: u64) -> Option<Action> {
        let state = state(record, &job.key);
        let accounts = job.known.accounts;
        let known = accounts.and_then(|all| Some(all.state(all.find(state.key)?)));
        match known {
            None => Some(Action::Create),
            Some(known) if known == state => None,
            Some(known) => Some(match (known.active, state.active) {
                (true, false) => Action::Deactivate,
                (false, true) => Action::Reactivate,
                _ => Action::Update,
            }),
        }
    }

    fn fill_blanks(_: &JobSpec<'_>, values: &mut ValuesOf<'_, Self>) {
        values.fill(Column::Status, Value::Code(b"ACTIVE"));
    }

    fn push_state(
        record: &Record<'_, Self>,
        job: &JobSpec<'_>,
        _: &RunIdentity,
        _: u64,
        _: Action,
        _: u8,
        out: &mut Vec<u8>,
    ) -> u32 {
        let state = state(record, &job.key);
        state.store(out);
        let owner = Owner {
            cipher: &job.cipher,
            subscriber_hash: state.key,
            ssn: None,
        };
        owner.push_kept("account_id", record.values[Column::AccountId], out);
        0
    }

    fn push_unchanged_state(
        _: &Record<'_, Self>,
        _: &JobSpec<'_>,
        _: u64,
        _: u8,
        _: &mut Vec<u8>,
    ) -> Option<u32> {
        None
    }

    fn change(_: u32, state: &[u8]) -> Change<'_> {
        Change::Account { state }
    }
}

/// What a record says of its account.
fn state(record: &Record<'_, Account>, key: &SiteKey) -> AccountState {
    let email = record.values[Column::Email].text();
    AccountState {
        key: record.identity.subscriber_hash.unwrap_or(0),
        email: email_hash(key, email.unwrap_or_default()),
        active: record.values[Column::Status].text() != Some(b"INACTIVE"),
    }
}

/// Ends the active accounts that a full file lacks: no new employee is linked with them. Links that exist stay.
pub(super) fn end_missing<K: RecordKind>(
    job: &JobSpec<'_>,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let (Some(accounts), true) = (job.known.accounts, job.omission.is_some()) else {
        return Ok(());
    };
    merge.outcome.expected = accounts.active();
    for (position, state) in (0..).zip(accounts.all()) {
        if !state.active || merge.deductions.contains(&(state.key, None)) {
            continue;
        }
        merge.outcome.missing += 1;
        merge.outcome.deactivated_by_omission += 1;
        if let Some(held) = &mut merge.held {
            held.missing(|| shown(accounts, position), None, true);
        }
        let mut stored = Vec::new();
        let gone = AccountState {
            active: false,
            ..*state
        };
        gone.store(&mut stored);
        // The ledger keeps the ID that it has.
        shown::end(&mut stored);
        merge.store_state(0, &stored)?;
    }
    Ok(())
}

/// An account as the list of what holds a file shows it.
fn shown(accounts: &Accounts, position: u32) -> ShownPerson {
    let id = String::from_utf8_lossy(accounts.id(position));
    let id = identifier(&id_without_ssn(&id, None), None);
    ShownPerson {
        subscriber_id: guarded(id.clone()),
        id,
        ..ShownPerson::default()
    }
}
