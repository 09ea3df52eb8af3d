//! The configuration as the rest of the program sees it: typed, complete, defaults filled in.

mod config;
mod daemon;
pub(super) mod date_pattern;
pub(super) mod duration;
mod endpoint;
mod folders;
mod format;
mod guards;
mod identity;
mod integration;
mod output;
mod sftp_server;
mod site;
pub(super) mod template;
mod time;

pub use config::Config;
pub(crate) use daemon::{Daemon, LogForm};
pub(crate) use endpoint::{AfterPull, Auth, Contact, Endpoint, Published, Pull, Push};
pub(crate) use folders::{Folder, Folders};
pub(crate) use format::{Control, Delimiter, Encoding, Format, Place, Span};
pub(crate) use guards::Guards;
pub(crate) use identity::{Identity, MatchMode, Policy, UsernameRule};
pub(crate) use integration::{
    Complete, CompleteBy, Content, InitialImport, Integration, Omission, Start,
};
pub(crate) use output::{Output, Separator, SsnForm};
pub(crate) use sftp_server::SftpServer;
pub(crate) use site::{PlanYear, Site};
pub(crate) use time::{End, Missed, Moment, Schedule, Set, Window};

pub(super) use config::Parts;
