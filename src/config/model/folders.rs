//! The folders of an integration.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Folders elsewhere than in the site; `None`: the default place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Folders {
    /// Where senders upload.
    pub inbound: Option<PathBuf>,
    /// Output files.
    pub output: Option<PathBuf>,
    /// Error files and rejects files.
    pub errors: Option<PathBuf>,
    /// Receipts.
    pub receipts: Option<PathBuf>,
    /// Source files after their run.
    pub archive: Option<PathBuf>,
    /// Held source files.
    pub held: Option<PathBuf>,
}

/// A folder of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Folder {
    /// Where senders upload.
    Inbound,
    /// Output files.
    Output,
    /// Error files and rejects files.
    Errors,
    /// Receipts.
    Receipts,
    /// Source files after their run.
    Archive,
    /// Held source files.
    Held,
}

impl Folder {
    /// Every folder.
    pub const ALL: [Folder; 6] = [
        Folder::Inbound,
        Folder::Output,
        Folder::Errors,
        Folder::Receipts,
        Folder::Archive,
        Folder::Held,
    ];

    /// Its key under `folders`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Folder::Inbound => "inbound",
            Folder::Output => "output",
            Folder::Errors => "errors",
            Folder::Receipts => "receipts",
            Folder::Archive => "archive",
            Folder::Held => "held",
        }
    }

    /// Its default place, relative to the site.
    pub(in crate::config) fn default_place(self, integration: &str) -> PathBuf {
        match self {
            Folder::Inbound | Folder::Archive | Folder::Held => {
                Path::new(self.as_str()).join(integration)
            }
            Folder::Output | Folder::Errors | Folder::Receipts => {
                Path::new("outbound").join(integration).join(self.as_str())
            }
        }
    }
}

impl Folders {
    /// Where the configuration puts a folder.
    pub(in crate::config) fn configured(&self, folder: Folder) -> Option<&Path> {
        match folder {
            Folder::Inbound => self.inbound.as_deref(),
            Folder::Output => self.output.as_deref(),
            Folder::Errors => self.errors.as_deref(),
            Folder::Receipts => self.receipts.as_deref(),
            Folder::Archive => self.archive.as_deref(),
            Folder::Held => self.held.as_deref(),
        }
    }
}
