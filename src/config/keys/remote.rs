//! SFTP servers of others, and who hears of trouble.

use crate::config::forms::{AFTER_PULL, DURATION, EMAIL, FILE, HOST, NAME, SECRET, TEXT};
use crate::config::key::Key;
use crate::config::key::Presence::{Default, Optional, Required};
use crate::config::key::Type::{Bool, Filled, Int, List, Named, Table, Text, Words};
use crate::domain::OPTIONAL_ALGORITHMS;

pub(super) static KEYS: &[Key] = &[
    Key::new(
        "endpoint",
        Named(&NAME),
        Default("{}"),
        "SFTP servers that files are fetched from or sent to.",
    ),
    Key::new(
        "endpoint.*.host",
        Text(&HOST),
        Required("\"sftp.example.com\""),
        "The server: its name or address alone, without `sftp://`, account or port.",
    ),
    Key::new(
        "endpoint.*.port",
        Int(1, 65_535),
        Default("22"),
        "Its port.",
    ),
    Key::new(
        "endpoint.*.user",
        Text(&TEXT),
        Required("\"acme\""),
        "The account there.",
    ),
    Key::new(
        "endpoint.*.auth",
        Table,
        Required("{ agent = true }"),
        "How to sign in: exactly one of key, password and agent. Secrets are never in this file.",
    ),
    Key::new(
        "endpoint.*.auth.key",
        Text(&SECRET),
        Optional,
        "The private key, not the one that ends with `.pub`.",
    ),
    Key::new(
        "endpoint.*.auth.passphrase",
        Text(&SECRET),
        Optional,
        "The key's passphrase.",
    ),
    Key::new(
        "endpoint.*.auth.password",
        Text(&SECRET),
        Optional,
        "The account's password.",
    ),
    Key::new(
        "endpoint.*.auth.agent",
        Bool,
        Default("false"),
        "Whether a key agent signs in.",
    ),
    Key::new(
        "endpoint.*.host_keys",
        Text(&FILE),
        Required("\"secrets/known_hosts\""),
        "File with the server's host keys, which `feedgate trust` writes; there is no switch to accept any key.",
    ),
    Key::new(
        "endpoint.*.widen",
        List(&Words(&OPTIONAL_ALGORITHMS, &[])),
        Default("[]"),
        "SSH algorithms offered to this server besides the usual ones.",
    ),
    Key::new(
        "endpoint.*.sessions",
        Int(1, 16),
        Default("8"),
        "Connections at the same time, at most; more than one are only used where that is faster. If the server refuses some, the others go on; write 1 if its owner allows one.",
    ),
    Key::new(
        "integration.*.pull",
        Table,
        Optional,
        "Fetches source files from an endpoint.",
    ),
    Key::new(
        "integration.*.pull.endpoint",
        Text(&NAME),
        Required("\"plansource\""),
        "The endpoint.",
    ),
    Key::new(
        "integration.*.pull.folder",
        Text(&TEXT),
        Required("\"/outbound/deductions\""),
        "The folder there: from the server's root if it begins with `/`, else from the folder that the account starts in.",
    ),
    Key::new(
        "integration.*.pull.every",
        Text(&DURATION),
        Default("\"5m\""),
        "Time between two looks.",
    ),
    Key::new(
        "integration.*.pull.after",
        Text(&AFTER_PULL),
        Required("\"delete\""),
        "What becomes of a fetched file on the server: `delete`, `move:/folder`, or `keep` (then it is fetched once).",
    ),
    Key::new(
        "integration.*.push",
        Table,
        Optional,
        "Sends published files to an endpoint.",
    ),
    Key::new(
        "integration.*.push.endpoint",
        Text(&NAME),
        Required("\"plansource\""),
        "The endpoint.",
    ),
    Key::new(
        "integration.*.push.folder",
        Text(&TEXT),
        Required("\"/inbound/demographics\""),
        "The folder there: from the server's root if it begins with `/`, else from the folder that the account starts in.",
    ),
    Key::new(
        "integration.*.push.files",
        Filled(&Words(&["output", "errors", "receipts"], &[])),
        Default("[\"output\"]"),
        "Which published files are sent: `output`, `errors` (error and rejects files), `receipts`.",
    ),
    Key::new("contact", Table, Optional, "The Technical Contact."),
    Key::new(
        "contact.email",
        Text(&EMAIL),
        Required("\"hr-integrations@example.com\""),
        "One address, better that of a group.",
    ),
];
