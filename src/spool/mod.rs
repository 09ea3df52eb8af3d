//! Files on disk: inbound folders, claiming, publishing, the archive, and the site's lock and key.
//!
//! The only module that creates, renames or deletes files. Every effect that the order of a run depends on passes one
//! seam ([`Disk`]), so that a test can stop or fail a run before any of them. Every effect may be repeated, so that a run
//! can be resumed wherever it was stopped.

mod archive;
mod claim;
mod completeness;
mod deliver;
mod disk;
mod entry;
mod error;
mod key;
mod lock;
mod open_below;
mod open_writers;
mod pending_sync;
mod purge_published;
mod queue_folder;
mod record_copy;
mod scan;
mod set_aside;
mod single_file;
mod site_mark;
mod socket;
mod staging;
mod upload;
mod user;
mod whole_file;

pub(crate) use archive::{
    archive_place, archived_days, clear_work, held_place, newest_archived_day, purge_archive,
    put_away, run_folders,
};
pub use claim::{Claimed, claim, claim_marker};
pub(crate) use claim::{SOURCE, open_named, open_waiting, take_copy};
pub use completeness::{
    Arriving, InboundScan, InboundTracker, NotYet, Queued, ScanTime, Sign, Signs,
};
pub(crate) use deliver::{Delivery, deliver};
pub use disk::{Disk, Faults};
pub(crate) use disk::{PRIVATE, SHARED, free_mib};
pub(crate) use entry::{arrived, digest, open_plain};
pub(crate) use error::SpoolError;
pub(crate) use key::{KeyError, random_bytes, random_identity, random_key, read_key, site_key};
pub use lock::Lock;
pub(crate) use open_below::open_below;
pub use open_writers::{OpenWriters, writers_of};
pub use pending_sync::PendingSync;
pub(crate) use pending_sync::write_back;
pub(crate) use purge_published::purge_published;
pub(crate) use queue_folder::{arrivals_in, leave_queue, scan_queue, take_into_queue};
pub(crate) use record_copy::{begin_copy, remove_copy};
pub(crate) use scan::{FileIdentity, Refused, ScanError, place_of, scan, still_there};
pub use scan::{Waiting, still_waits};
pub(crate) use set_aside::{names_in, set_aside};
pub(crate) use single_file::{
    create_folder, create_new, create_private, replace_private, set_modified, touch,
};
pub(crate) use site_mark::{read_site_mark, remove_site_mark, write_site_mark};
pub(crate) use socket::unix_listener;
pub(crate) use staging::{
    Arrival, Fetched, arrive, keep_for_sending, make_staging, remove_staged, settle_fetched,
    sweep_staging, sync_folder,
};
pub(crate) use upload::{Upload, UploadFault, UploadLimits};
pub(crate) use user::{acting_user, user_name};
pub(crate) use whole_file::{put_whole, remove_whole};
