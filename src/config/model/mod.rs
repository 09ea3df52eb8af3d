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
pub use daemon::{Daemon, LogForm};
pub use endpoint::{AfterPull, Auth, Contact, Endpoint, Published, Pull, Push};
pub use folders::{Folder, Folders};
pub use format::{Control, Delimiter, Encoding, Format, Place, Span};
pub use guards::Guards;
pub use identity::{
    EmailSource, Identity, MatchMode, Policy, SsnPolicy, SubscriberIdForm, UsernameForm,
    UsernameRule,
};
pub use integration::{
    Complete, CompleteBy, Content, InitialImport, Integration, Limits, Omission, Start,
};
pub use output::{Output, OutputColumn, Separator, SsnForm};
pub use sftp_server::SftpServer;
pub use site::{PlanYear, Retention, Site};
pub use time::{End, Missed, Moment, Schedule, Set, Window};

pub(super) use config::Parts;
