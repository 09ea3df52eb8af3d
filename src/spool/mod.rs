//! Files on disk: what waits, the claim, publishing, the archive, and the site's lock and key.
//!
//! The only place that renames or deletes. Every effect passes one seam ([`Disk`]), so that a test can stop or fail a
//! run before any one of them; every effect may be repeated, so that a run can go on from wherever it was stopped.

mod archive;
mod claim;
mod deliver;
mod digest;
mod disk;
mod error;
mod key;
mod lease;
mod lock;
mod purge;
mod room;
mod scan;
mod transit;
mod unsynced;
mod whole;

pub(crate) use archive::{archive_place, clear_work, held_place, put_away};
pub use claim::{Claimed, claim, claim_marker};
pub(crate) use claim::{SOURCE, open_named, open_waiting, take_copy};
pub(crate) use deliver::{Delivery, deliver};
pub(crate) use digest::digest;
pub use disk::{Disk, Faults};
pub(crate) use error::SpoolError;
pub(crate) use key::{KeyError, random_key, read_key, site_key};
pub use lease::{Writers, writers_of};
pub use lock::Lock;
pub(crate) use lock::user_name;
pub(crate) use purge::purge_archive;
pub(crate) use room::free_mib;
pub(crate) use scan::{Refused, ScanError, place_of, scan, still_there};
pub use scan::{Waiting, still_waits};
pub(crate) use transit::{
    Arrival, Fetched, arrive, drop_transit, keep_for_sending, make_transit, open_transit,
    settle_fetched, sweep_transit, sync_arrived, sync_kept,
};
pub use unsynced::Unsynced;
pub(crate) use unsynced::write_back;
pub(crate) use whole::uploads_again;
pub use whole::{Arriving, Intake, Look, Moment, NotYet, Proof, Sign, Signs};
