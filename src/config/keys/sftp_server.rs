//! The SFTP server in front of the site's folders.

use crate::config::forms::TEXT;
use crate::config::key::Key;
use crate::config::key::Presence::Default;
use crate::config::key::Type::{List, Table, Text};

pub(super) static KEYS: &[Key] = &[
    Key::new(
        "sftp_server",
        Table,
        Default("{}"),
        "An SFTP server of ours that lets senders and HR into folders of the site (docs/sftp.md).",
    ),
    Key::new(
        "sftp_server.chroots",
        List(&Text(&TEXT)),
        Default("[]"),
        "Folders that it locks accounts into (ChrootDirectory), such as \"sftp/acme\", or \"sftp/*\" for every folder in sftp; `feedgate check` looks at their owners, modes and contents.",
    ),
];
