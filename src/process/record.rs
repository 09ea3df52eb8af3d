//! One record from validation to comparison: parsed, matched, checked by rules, compared.

use super::job::{FileContext, JobSpec};
use super::judged::JudgedChunk;
use super::kind::{RecordKind, ValuesOf};
use crate::changeset::filled;
use crate::changeset::trail;
use crate::compare::fingerprint::Fingerprint;
use crate::domain::column::{ColumnIndex, KindColumns};
use crate::domain::keyed_hash::HashedType;
use crate::domain::{Action, Bucket, Code, Position, SiteKey, SkipReason, Ssn};
use crate::format::clean::clean;
use crate::format::fields::FixedField;
use crate::format::{Fields, Layout};
use crate::matching::accounts::AccountOfRecord;
use crate::matching::corrections::Belongs;
use crate::matching::deductions::DeductionState;
use crate::matching::duplicates::Conflicts;
use crate::matching::file_row::{FileRow, RowIdentity, RowKey, RowKeys};
use crate::matching::identity_moves::{Claim, Identity, Sharer};
use crate::matching::person::{self, IdentityHashes};
use crate::matching::roster::Employee;
use crate::matching::series::Verdict;
use crate::rules::versions::{ChangeClock, ChangeTime};
use crate::validate::findings::RecordFinding;
use crate::validate::{FieldPlan, Findings, Value, Values};
use std::ops::Range;

/// The hash of a subscriber ID as sent.
pub fn subscriber_hash(key: &SiteKey, subscriber_id: &[u8]) -> Option<u64> {
    (!subscriber_id.is_empty()).then(|| key.hash(HashedType::Subscriber, subscriber_id))
}

/// The hash of an SSN.
pub fn ssn_hash(key: &SiteKey, number: u32) -> u64 {
    key.hash(HashedType::Ssn, &number.to_le_bytes()).max(1)
}

/// What is stored for a record's subscriber and key, looked up once.
#[derive(Clone, Copy, Default)]
pub(crate) struct StoredState<'j> {
    /// The employee, also one who is known as a test employee only.
    pub person: Option<(usize, &'j Employee)>,
    pub deduction: Option<(usize, &'j DeductionState)>,
}

impl<'j> StoredState<'j> {
    /// The employee, unless known as a test employee only.
    pub(crate) fn employee(&self) -> Option<&'j Employee> {
        self.person.map(|(_, e)| e).filter(|e| e.content != 0)
    }
}

/// Why it is in doubt what the fields of a record are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misshape {
    /// The file ends in the middle of it.
    CutOff,
    /// It has more values than there are columns.
    Surplus,
    /// A line end within a field has made records of it and of others, of which it may be the first.
    Torn { first: bool },
    /// Its line has as many bytes as others, and characters of several bytes in front of its last column.
    PaddedByBytes,
    /// Its line ends within an amount with implied decimals: the digits that are left of it would be another amount.
    WithinAmount(FixedField),
}

/// A record as it was cut from its file.
pub(crate) struct RawRecord<'a> {
    pub bytes: &'a [u8],
    /// The bytes as they came, if they are not UTF-8; the others are then what they most likely mean.
    pub broken: Option<&'a [u8]>,
    pub fields: Fields<'a>,
    pub position: Position,
    /// Why it is in doubt what its fields are.
    pub misshape: Option<Misshape>,
    /// Columns whose leading zeros, which the file lacks, were put back.
    pub restored: &'a [ColumnIndex],
}

impl RawRecord<'_> {
    /// Whether it holds halves of characters, which are read as the replacement character.
    pub(crate) fn halves(&self) -> bool {
        let has = |text: &[u8]| memchr::memmem::find(text, b"\xef\xbf\xbd").is_some();
        self.broken
            .is_some_and(|sent| !has(sent) && has(self.bytes))
    }
}

pub(crate) struct Record<'a, K: RecordKind> {
    pub values: ValuesOf<'a, K>,
    pub identity: RowIdentity,
    /// The hash of the SSN as the roster keeps it, if the SSN is valid and the hash is needed.
    pub ssn_hash: Option<u64>,
    /// Set by the judge once it has looked.
    pub stored: StoredState<'a>,
    /// The columns it fills (see [`filled`]), if a run keeps them.
    pub filled: u64,
    /// The fingerprint of its content without its last day, where the kind has one.
    pub body: u64,
    /// What becomes of it within its [`series`](crate::matching::series).
    pub verdict: Verdict,
    /// When it was changed, if it says so.
    pub changed: Option<ChangeTime>,
    /// Whether the file has another benefits level than when one was chosen for its employee.
    pub level_over: bool,
    /// The account of its employee.
    pub account: AccountOfRecord,
    /// Which rejection it corrects, if its file is one of corrections.
    pub belongs: Option<Belongs>,
}

/// Reads the records of a file.
pub(crate) struct RecordReader<'j> {
    context: FileContext<'j>,
    plan: FieldPlan<'j>,
    clock: ChangeClock,
    /// The numbers by which trails name the custom columns.
    custom: Vec<u32>,
}

impl<'j> RecordReader<'j> {
    pub(crate) fn new<K: RecordKind>(context: FileContext<'j>) -> RecordReader<'j> {
        let FileContext { job, layout, .. } = context;
        RecordReader {
            context,
            plan: FieldPlan::new(K::Column::COLUMNS, layout, &job.fields),
            clock: ChangeClock::new(job.versions.zone),
            custom: (layout.custom.iter())
                .map(|(name, _)| trail::custom_number(name))
                .collect(),
        }
    }

    /// Appends what an accepted record does to an employee; of another kind of record, nothing.
    pub(super) fn push_trail<K: RecordKind>(
        &self,
        raw: &RawRecord<'_>,
        record: &Record<'_, K>,
        action: Action,
        trails: &mut Vec<u8>,
    ) {
        if K::FILLS_ROSTER {
            let FileContext { job, layout, .. } = self.context;
            let (fields, blanks) = (&raw.fields, &job.fields.blanks);
            let salt = record.identity.subscriber_hash.unwrap_or(0);
            let columns = (&record.values, &self.custom[..], salt);
            trails.extend(trail::without_prints(action));
            Fingerprint::prints(&job.key, layout, fields, blanks, columns, trails);
        }
    }

    /// Parses every field and checks the fields against each other. `subscriber_hash` is that of the ID as sent.
    pub(crate) fn read<'a, K: RecordKind>(
        &mut self,
        raw: &RawRecord<'a>,
        subscriber_hash: Option<u64>,
        findings: &mut Findings,
    ) -> Record<'a, K>
    where
        'j: 'a,
    {
        let context = self.context;
        let FileContext { job, run, .. } = context;
        let mut values = Values::blank();
        self.plan
            .read(raw.bytes, &raw.fields, &mut values, findings);
        K::check(job.identity, &mut values, findings);
        let identity = identity::<K>(context, &raw.fields, subscriber_hash, &values, findings);
        let needed = job.known.roster.is_some() || run.is_some();
        Record {
            identity,
            ssn_hash: identity
                .ssn
                .filter(|_| needed)
                .map(|s| ssn_hash(&job.key, s)),
            stored: StoredState::default(),
            filled: run.map_or(0, |_| {
                filled_columns::<K>(context.layout, &raw.fields, &values)
            }),
            body: 0,
            verdict: Verdict::default(),
            changed: match values.any(K::Column::SHARED.last_changed_at) {
                Value::Moment(said) => Some(self.clock.time(said)),
                _ => None,
            },
            level_over: false,
            account: AccountOfRecord::default(),
            belongs: None,
            values,
        }
    }
}

impl<K: RecordKind> Record<'_, K> {
    /// The identities as the roster keeps them.
    pub(crate) fn hashes(&self) -> IdentityHashes {
        IdentityHashes {
            subscriber: self.identity.subscriber_hash.unwrap_or(0),
            ssn: self.ssn_hash,
            username: self.identity.username_hash,
            left: K::has_left(&self.values),
        }
    }

    /// Checks the record against the other rows of its file.
    pub(crate) fn check_conflicts(&self, conflicts: &Conflicts, findings: &mut Findings) {
        if conflicts.is_empty() || self.identity.foreign {
            return;
        }
        let (columns, id) = (K::Column::SHARED, &self.identity);
        let key = id.key_hash;
        if key.is_some_and(|k| conflicts.has_key((k, id.ein))) {
            findings.record(Code::DuplicateConflict);
        }
        if id.subscriber_hash.is_some() {
            let shared = id.ssn.is_some_and(|s| conflicts.ssns.contains(&s));
            if let Some(column) = columns.ssn.filter(|_| shared) {
                findings.column(column, Code::SsnShared);
            }
            let shared = id
                .username_hash
                .is_some_and(|u| conflicts.usernames.contains(&u));
            if let Some(column) = columns.username.filter(|_| shared) {
                findings.column(column, Code::UsernameShared);
            }
        }
        if K::ROW_KEY == RowKey::Subscriber
            && key.is_some_and(|k| conflicts.primaries.contains(&k))
            && let Some(column) = columns.ein
        {
            findings.column(column, Code::PrimaryEinConflict);
        }
    }

    /// Appends hashes of the columns of a record whose content is in conflict with that of others; returns where they are.
    pub(super) fn push_columns(
        &self,
        context: FileContext<'_>,
        raw: &RawRecord<'_>,
        fingerprint: &mut Fingerprint,
        findings: &Findings,
        out: &mut JudgedChunk,
    ) -> Range<usize> {
        let (start, hashes) = (out.columns.len(), &mut out.columns);
        let conflict = |f: &RecordFinding| f.code == Code::DuplicateConflict;
        if findings.all.iter().any(conflict) {
            let FileContext { job, layout, .. } = context;
            let (fields, blanks) = (&raw.fields, &job.fields.blanks);
            fingerprint.columns(&job.key, layout, fields, blanks, &self.values, hashes);
        }
        start..out.columns.len()
    }

    /// Checks the record against roster, plan years and last accepted state. Returns the identities that the roster has
    /// with others, each with the position of one who has it.
    pub(crate) fn check_known(
        &self,
        context: FileContext<'_>,
        findings: &mut Findings,
    ) -> Vec<(Identity, u32)> {
        // A record of another employer is not about anybody whom we know.
        if self.identity.foreign {
            return Vec::new();
        }
        K::check_known(self, context, findings)
    }

    /// Lists what the other records of the file have to know of one whose identities the roster, or the file, has with
    /// others too.
    pub(super) fn push_moves(
        &self,
        context: FileContext<'_>,
        owners: &[(Identity, u32)],
        row: &FileRow,
        out: &mut JudgedChunk,
    ) {
        let FileContext { job, conflicts, .. } = context;
        let (id, shared) = (&self.identity, &conflicts.shared);
        let shares = id.ssn.is_some_and(|s| shared.ssns.contains(&s))
            || id
                .username_hash
                .is_some_and(|u| shared.usernames.contains(&u));
        if !K::FILLS_ROSTER || id.foreign || owners.is_empty() && !shares {
            return;
        }
        let names = K::names(job, &self.values);
        let subscriber = id.subscriber_hash.unwrap_or(0);
        let known = self.stored.person.filter(|_| row.identified);
        let person = known.map(|(position, _)| position_of(position));
        out.claims
            .extend(owners.iter().map(|(identity, owner)| Claim {
                subscriber,
                person,
                owner: *owner,
                identity: *identity,
                names,
                sound: row.sound,
            }));
        if shares {
            let own = |e: &Employee| {
                let passed_on = e.is(Employee::SSN_PASSED_ON);
                Some(e.ssn) == self.ssn_hash && (!passed_on || K::has_left(&self.values))
            };
            out.sharers.push(Sharer {
                ssn: id.ssn.unwrap_or(0),
                subscriber,
                left: K::has_left(&self.values),
                ended: K::ended(&self.values),
                person,
                username: id.username_hash.unwrap_or(0),
                names,
                sound: row.sound,
                holds: known.is_some_and(|(_, e)| own(e)),
            });
        }
    }

    /// The fingerprint of its content.
    pub(super) fn content(
        &mut self,
        context: FileContext<'_>,
        raw: &RawRecord<'_>,
        fingerprint: &mut Fingerprint,
    ) -> u64 {
        let FileContext { job, layout, .. } = context;
        if let Some(bytes) = raw.broken {
            // What they most likely mean is not the same as what another row says.
            return job.key.hash(HashedType::Cell, bytes);
        }
        let blanks = &job.fields.blanks;
        K::content(self, |values| {
            fingerprint.of(&job.key, layout, &raw.fields, blanks, values)
        })
    }

    /// Why it is skipped by the time of its last change, if it is.
    pub(crate) fn out_of_time(&self, job: &JobSpec<'_>, content: u64) -> Option<SkipReason> {
        if self.is_older(job) {
            return Some(SkipReason::Superseded);
        }
        let before = |changed| job.versions.is_before_watermark(changed);
        let out = self.changed.is_some_and(before) && self.is_as_accepted(job, content);
        out.then_some(SkipReason::OutsideLookback)
    }

    /// Whether it is older than the version that is known of its employee, or deduction.
    pub(crate) fn is_older(&self, job: &JobSpec<'_>) -> bool {
        let known = K::version_of(&self.stored);
        let older = |changed| job.versions.is_older(changed, known);
        self.changed.is_some_and(older)
    }

    /// The version that the ledger keeps of an accepted record. One that doesn't say it is taken to be as new as what is
    /// known.
    pub(crate) fn version(&self, job: &JobSpec<'_>) -> u32 {
        let own = self.changed.map(|changed| job.versions.version(changed));
        own.unwrap_or_else(|| K::version_of(&self.stored))
    }

    /// Whether it is as it was accepted last, and not by a run that this one repeats.
    pub(crate) fn is_as_accepted(&self, job: &JobSpec<'_>, content: u64) -> bool {
        let repeated = |run: u32| job.repeats.contains(&run);
        K::compared_with(&self.stored).is_some_and(|(_, before)| before == content)
            && !K::last_accepted(&self.stored).is_some_and(repeated)
    }

    /// The bucket of a record without errors. What its receiver has already is no late change.
    pub(crate) fn compare(
        &self,
        job: &JobSpec<'_>,
        content: u64,
        findings: &mut Findings,
    ) -> Bucket {
        if K::waits_for_sync(self, job) {
            return Bucket::Skipped(SkipReason::NotSyncing);
        }
        if let Some(action) = K::action(self, job, content) {
            return Bucket::Accepted(action);
        }
        findings.take_back(Code::Retro);
        match job.qualify_delta {
            true => Bucket::Unchanged,
            false => Bucket::Accepted(Action::None),
        }
    }

    /// What the other rows of the file need to know of the record, added to what is known of its subscriber.
    pub(crate) fn describe(&self, job: &JobSpec<'_>, content: u64, row: &mut FileRow) {
        let (id, stored) = (&self.identity, &self.stored);
        row.content = content;
        if !id.foreign {
            row.ssn = id.ssn.unwrap_or(0);
            row.username_hash = id.username_hash.unwrap_or(0);
        }
        let Some(subscriber_hash) = id.subscriber_hash else {
            return;
        };
        row.identified = true;
        row.subscriber_hash = subscriber_hash;
        row.key_hash = id.key_hash.unwrap_or(0);
        row.ein = id.ein;
        if let (Some((_, e)), Some(roster)) = (stored.person, job.known.roster) {
            (row.own_ssn, row.own_username) = person::own(roster, Some(e), &self.hashes());
            let gives = |held: u64, sent: Option<u64>| held != 0 && sent.is_some_and(|s| s != held);
            row.gives_ssn = gives(e.ssn, self.ssn_hash);
            row.gives_username = gives(e.username, id.username_hash);
        }
        let stored = K::compared_with(stored);
        if let Some((position, before)) = stored.filter(|_| row.key_hash != 0) {
            row.stored_at = position_of(position);
            row.stored = true;
            row.same = before == content;
        }
    }
}

/// The columns that a record fills. A flag that says what a blank means fills none.
fn filled_columns<K: RecordKind>(
    layout: &Layout,
    fields: &Fields<'_>,
    values: &ValuesOf<'_, K>,
) -> u64 {
    let primary = K::Column::PRIMARY_EIN.map(Into::<ColumnIndex>::into);
    let primary = primary.map(ColumnIndex::get);
    let fills = |(index, value): (usize, &Value<'_>)| match value {
        Value::Blank | Value::Invalid => false,
        Value::Flag(flag) => *flag != (primary == Some(index)),
        _ => true,
    };
    // The lowest bit is that of the first column.
    let own = values.all().iter().enumerate().rev();
    let own = own.fold(0, |all, value| all << 1 | u64::from(fills(value)));
    let custom = layout.custom.iter().filter(|(_, field)| {
        field.is_some_and(|field| !clean(fields.get(usize::from(field))).is_empty())
    });
    let custom = custom.map(|(name, _)| filled::bit(K::KIND, name));
    custom.fold(own, |all, bit| all | bit)
}

/// A position in the roster or among the deductions as rows keep it; ledgers number both with 32 bits.
pub(crate) fn position_of(index: usize) -> u32 {
    u32::try_from(index).expect("stored states are numbered with 32 bits")
}

fn identity<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    subscriber_hash: Option<u64>,
    values: &ValuesOf<'_, K>,
    findings: &Findings,
) -> RowIdentity {
    let job = context.job;
    let columns = K::Column::SHARED;
    let usable = |column: Option<K::Column>| !column.is_some_and(|c| findings.reject_column(c));
    let subscriber_hash = subscriber_hash.filter(|_| usable(Some(columns.id)));
    // A placeholder does not identify an employee.
    let ssn = values
        .any(columns.ssn)
        .ssn()
        .filter(|s| !s.is_placeholder());
    let ssn = ssn.filter(|_| usable(columns.ssn));
    let username = values.any(columns.username).text();
    let username = username.filter(|_| usable(columns.username));
    let ein = match values.any(columns.ein) {
        Value::Ein(number) => Some(number),
        Value::Blank => Some(0),
        _ => None,
    };
    let foreign = ein.is_none() && findings.all.iter().any(|f| f.code == Code::EinForeign);
    let keys = ein.map(|ein| K::keys(context, fields, subscriber_hash, ein, values));
    let RowKeys {
        key_hash,
        ein,
        series,
    } = keys.unwrap_or_default();
    RowIdentity {
        subscriber_hash,
        key_hash,
        ein,
        series,
        foreign,
        ssn: ssn.map(Ssn::number),
        username_hash: username.map(|name| {
            let hash = job.key.hash_lower_case(HashedType::Username, name);
            hash.max(1)
        }),
    }
}
