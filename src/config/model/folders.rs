//! The folders of an integration.

use crate::config::checker::table;
use crate::config::validators::TEXT;
use std::path::{Component, Path, PathBuf};
use strum::VariantArray;

table! {
    keys FolderKeys -> Folders {
        inbound: Option<PathBuf> = optional(TEXT),
            "Where senders upload; inbound/NAME when not given.";
        output: Option<PathBuf> = optional(TEXT),
            "Output files; outbound/NAME/output when not given.";
        errors: Option<PathBuf> = optional(TEXT),
            "Error files and rejects files; outbound/NAME/errors when not given.";
        receipts: Option<PathBuf> = optional(TEXT),
            "Receipts; outbound/NAME/receipts when not given.";
        archive: Option<PathBuf> = optional(TEXT),
            "Source files after their run; archive/NAME when not given.";
        held: Option<PathBuf> = optional(TEXT),
            "Held source files; held/NAME when not given.";
    } => Folders([inbound, output, errors, receipts, archive, held])
}

/// Folders elsewhere than in the site, in the order of [`Folder::ALL`]; `None`: the default place.
#[derive(Clone, Debug)]
pub(crate) struct Folders([Option<PathBuf>; 6]);

/// A folder of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum Folder {
    Inbound,
    Output,
    /// Error files and rejects files.
    Errors,
    Receipts,
    /// Source files after their run.
    Archive,
    Held,
}

impl Folder {
    pub(crate) const ALL: [Folder; Folder::VARIANTS.len()] =
        *Folder::VARIANTS.first_chunk().expect("of this length");

    /// Its key under `folders`.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }

    /// Its default place, relative to the site.
    pub(super) fn default_place(self, integration: &str) -> PathBuf {
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
    pub(super) fn configured(&self, folder: Folder) -> Option<&Path> {
        self.0[folder as usize].as_deref()
    }

    /// Takes out the places that may lie outside of the site, and returns their keys.
    pub(super) fn keep_inside(&mut self) -> Vec<&'static str> {
        let mut outside = Vec::new();
        for (place, folder) in self.0.iter_mut().zip(Folder::ALL) {
            let inside =
                |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
            if place
                .take_if(|place| !place.components().all(inside))
                .is_some()
            {
                outside.push(folder.as_str());
            }
        }
        outside
    }
}
