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
mod kept_name;
mod key;
mod lease;
mod lock;
mod mask;
mod names;
mod purge;
mod room;
mod scan;
mod transit;
mod unsynced;
mod whole;

pub use archive::{archive_place, clear_work, held_place, put_away};
pub use claim::{Claimed, SOURCE, claim, claim_marker, open_named, open_waiting, take_copy};
pub use deliver::{Delivery, deliver};
pub use digest::digest;
pub use disk::{Disk, Faults};
pub use error::SpoolError;
pub use kept_name::{fault_of_kept, kept_name};
pub use key::{KeyError, random_key, read_key, site_key};
pub use lease::{Writers, writers, writers_of};
pub use lock::{Lock, user_name};
pub use mask::{harmless, masked, shown};
pub use names::{NameFault, check_name, published, stem_and_extension};
pub use purge::purge_archive;
pub use room::free_mib;
pub use scan::{
    Refusal, Refused, Renaming, Scan, ScanError, Waiting, place_of, scan, still_there, still_waits,
};
pub use transit::{
    Arrival, Fetched, SYNCED_SINGLY, arrive, drop_transit, keep_for_sending, make_transit,
    open_transit, settle_fetched, sweep_transit, sync_arrived, sync_kept,
};
pub use unsynced::{Unsynced, write_back};
pub use whole::{Arriving, Intake, Look, Moment, NotYet, Proof, Sign, Signs, uploads_again};
