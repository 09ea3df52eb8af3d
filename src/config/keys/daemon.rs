//! The daemon.

use crate::config::forms::DURATION;
use crate::config::key::Key;
use crate::config::key::Presence::Default;
use crate::config::key::Type::{Int, Table, Text, Words};

pub(super) static KEYS: &[Key] = &[
    Key::new(
        "daemon",
        Table,
        Default("{}"),
        "How `feedgate daemon` works.",
    ),
    Key::new(
        "daemon.workers",
        Int(1, 64),
        Default("4"),
        "Integrations that run at the same time.",
    ),
    Key::new(
        "daemon.scan_interval",
        Text(&DURATION),
        Default("\"10s\""),
        "Longest time between two looks into an inbound folder when no event rings.",
    ),
    Key::new(
        "daemon.stop_within",
        Text(&DURATION),
        Default("\"30s\""),
        "When told to stop, time to finish the files at work; what is not done by then is taken up again at the next start.",
    ),
    Key::new(
        "daemon.min_free_mib",
        Int(0, 1 << 40),
        Default("256"),
        "Free room on the site's disk, in MiB, below which no file is taken.",
    ),
    Key::new(
        "daemon.log",
        Words(&["text", "json"], &[]),
        Default("\"text\""),
        "How the daemon's lines on standard error are written.",
    ),
];
