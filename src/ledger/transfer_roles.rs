//! What a ledger does about endpoints and the files that are fetched from them or sent to them.

use super::error::Result;
use super::{EndpointRow, KeptPull, NewPull, OpenPull, OutboxFile, SendState, Source, Troubles};
use chrono::{DateTime, FixedOffset};
use std::collections::BTreeSet;

/// Files fetched from endpoints.
pub trait Pulls {
    /// Writes files down that are durable in the work folder. One whose bytes are known is settled at once.
    fn files_arrived(
        &mut self,
        source: Source<'_>,
        files: &[NewPull],
        at: DateTime<FixedOffset>,
    ) -> Result<()>;

    /// The files from an endpoint that are not settled yet, in the order they were fetched.
    fn open_pulls(&self, endpoint: &str) -> Result<Vec<OpenPull>>;

    /// These files are in inbound, durably.
    fn files_ours(&mut self, numbers: &[i64]) -> Result<()>;

    /// These files are no longer on the server as they were fetched: they are forgotten.
    fn forget_pulls(&mut self, numbers: &[i64]) -> Result<()>;

    /// These files stay on the server and are remembered; their names are not.
    fn keep_pulls(&mut self, numbers: &[i64]) -> Result<()>;

    /// The files that are remembered of a source, in the order they were fetched.
    fn kept_pulls(&self, source: Source<'_>) -> Result<Vec<KeptPull>>;

    /// Notes which remembered files are no longer listed, and which are again; forgets those of `source` that were not
    /// listed since before a moment.
    fn note_listed(
        &mut self,
        source: Source<'_>,
        gone: &[i64],
        back: &[i64],
        at: DateTime<FixedOffset>,
        before: DateTime<FixedOffset>,
    ) -> Result<()>;

    /// The names in the work folder of the fetched files of an integration that are not in inbound yet.
    fn temporaries(&self, endpoint: &str, integration: &str) -> Result<BTreeSet<String>>;
}

/// Published files that are to be sent to endpoints.
pub trait Outbox {
    /// The files of a run that are not sent yet, in the order they were published; of run 0 the receipts that no run wrote.
    fn outbox_of(&self, run: u32) -> Result<Vec<OutboxFile>>;

    /// The files for an endpoint that are not sent yet and whose run is past its delivery in the site, oldest run first.
    fn outbox(&self, endpoint: &str) -> Result<Vec<OutboxFile>>;

    /// The numbers of all files that are not sent yet: whose bytes are still needed.
    fn unsent(&self) -> Result<Vec<i64>>;

    /// The runs with an output that is not sent yet, and how each such output stands.
    fn unsent_outputs(&self) -> Result<Vec<(u32, SendState)>>;

    /// The names in the site of all files that are not sent yet.
    fn unsent_names(&self) -> Result<BTreeSet<String>>;

    /// Moves files on to a state. Returns those that were still waiting, renaming or refused: a later version may have
    /// taken the place of one meanwhile.
    fn set_send_state(&mut self, numbers: &[i64], state: SendState) -> Result<Vec<i64>>;

    /// Notes what keeps a file, and when it is tried again.
    fn keep_unsent(
        &mut self,
        number: i64,
        state: SendState,
        why: &str,
        next_try: Option<DateTime<FixedOffset>>,
    ) -> Result<()>;

    /// Has everything for an endpoint that isn't sent tried again now, as if it were published now.
    fn try_again(&mut self, endpoint: &str, now: DateTime<FixedOffset>) -> Result<usize>;

    /// Has the files of an integration that wait for an endpoint sent to another folder, or another endpoint: `to`. What
    /// was refused is tried again there; what is being renamed stays. Returns those that were moved, as they were.
    fn retarget(
        &mut self,
        endpoint: &str,
        integration: &str,
        to: (&str, &str),
    ) -> Result<Vec<OutboxFile>>;

    /// Forgets the files that were sent or given up and published before a moment. Returns how many.
    fn purge_outbox(&mut self, before: DateTime<FixedOffset>) -> Result<usize>;
}

/// How endpoints are doing.
pub trait Endpoints {
    /// What is known of an endpoint; `None` before the first attempt.
    fn endpoint(&self, name: &str) -> Result<Option<EndpointRow>>;

    /// The endpoints with files to send or with unsettled fetched files, by name.
    fn endpoints_with_work(&self) -> Result<Vec<String>>;

    /// How many files from an endpoint are fetched and can't go into inbound yet.
    fn arrived(&self, endpoint: &str) -> Result<usize>;

    /// Writes down how an endpoint is doing.
    fn set_endpoint(&mut self, row: &EndpointRow) -> Result<()>;
}

/// What keeps integrations from fetching or sending.
pub trait EndpointTroubles {
    /// The troubles at an endpoint.
    fn troubles(&self, endpoint: &str) -> Result<Troubles>;

    /// Writes down the troubles at an endpoint in place of those that were.
    fn set_troubles(&mut self, endpoint: &str, troubles: &Troubles) -> Result<()>;
}
