//! Who is told what needs a person, and how: mail, webhooks and the Technical Contact.

use crate::config::checker::table;
use crate::config::compound::{filled, table};
use crate::config::diagnostics::Problem;
use crate::config::forms::{Text, Words, words};
use crate::config::validators::{EMAIL, FILE, MAILBOX, SECRET, TEXT, TIME_OF_DAY, WEB_ADDRESS};
use crate::domain::RunStatus;
use chrono::NaiveTime;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

table! {
    /// The server that mail is handed to.
    pub(crate) struct Mail {
        server: MailServer = required(MAIL_SERVER, "\"smtp.example.com:587\""),
            "The mail server and its port: TLS from the start on port 465, STARTTLS on any other; without TLS only to this \
             machine itself. Or \"file:FOLDER/\": each mail is written there as one file instead, for tests.";
        from: String = required(MAILBOX, "\"Feedgate <feeds@example.com>\""),
            "The sender's address.";
        auth: Option<MailAuth> = optional(table::<MailAuth>()),
            "How to sign in there.";
        ca: Option<PathBuf> = optional(FILE),
            "File with certificates (PEM) that are trusted besides the system's, for a server with a certificate of your own. \
             With it, TLS is used to this machine too.";
    }
}

table! {
    /// How to sign in at the mail server.
    pub(crate) struct MailAuth {
        user: String = required(TEXT, "\"feeds\""),
            "The account there.";
        password: String = required(SECRET, "\"env:SMTP_PASSWORD\""),
            "Where the password is: a file, `env:NAME` or `credential:NAME`.";
    }
}

/// Where mail is handed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MailServer {
    Smtp {
        /// A name or an address.
        host: String,
        port: u16,
    },
    /// A folder, from the site's.
    Folder(PathBuf),
}

const MAIL_SERVER: Text<MailServer> = Text {
    words: "\"host:port\", or \"file:FOLDER/\"",
    read: |s| {
        let hint = "write the server and its port, such as \"smtp.example.com:587\", or \"file:state/mail/\"";
        let problem = || Problem::of(s, "is not a mail server", hint);
        if let Some(folder) = s.strip_prefix("file:") {
            let good = !folder.trim().is_empty() && !folder.chars().any(char::is_control);
            return match good && !folder.starts_with('~') {
                true => Ok(MailServer::Folder(PathBuf::from(folder))),
                false => Err(problem()),
            };
        }
        let (host, port) = s.rsplit_once(':').ok_or_else(problem)?;
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        let host = (crate::config::validators::HOST.read)(host)?;
        match port.parse::<u16>() {
            Ok(port) if port > 0 => Ok(MailServer::Smtp { host, port }),
            _ => Err(problem()),
        }
    },
};

/// What a contact or a webhook wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoticeOn {
    /// A run that ended, or is held, with this status.
    Run(RunStatus),
    /// A file that a schedule expected has not come.
    Late,
    /// Something keeps files from being fetched, sent or taken.
    Trouble,
}

const NOTICE_ON: Words<NoticeOn> = words(&[
    (
        "Completed with Errors",
        NoticeOn::Run(RunStatus::CompletedWithErrors),
    ),
    ("Failed", NoticeOn::Run(RunStatus::Failed)),
    ("Held", NoticeOn::Run(RunStatus::Held)),
    ("Late", NoticeOn::Late),
    ("Trouble", NoticeOn::Trouble),
    ("Completed", NoticeOn::Run(RunStatus::Completed)),
]);

impl Webhook {
    /// What stands for it in the ledger and in lists: its server, and what tells it from others there. The address itself
    /// may be a secret.
    pub(crate) fn name(&self) -> String {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let hash = Sha256::digest(self.url.as_bytes());
        let short = hash
            .first_chunk()
            .map_or(0, |four| u32::from_be_bytes(*four));
        format!("webhook {host} {short:08x}")
    }
}

/// What needs a person.
const NEEDS_YOU: &str = r#"["Completed with Errors", "Failed", "Held", "Late"]"#;

const REMIND_AT: Text<Option<NaiveTime>> = Text {
    words: "a time of day such as \"08:00\", or \"never\"",
    read: |s| match s {
        "never" => Ok(None),
        _ => (TIME_OF_DAY.read)(s).map(Some),
    },
};

table! {
    pub(crate) struct TechnicalContact {
        email: String = required(EMAIL, "\"hr-integrations@example.com\""),
            "One address, better that of a group.";
        on: Vec<NoticeOn> = default(filled(NOTICE_ON), NEEDS_YOU),
            "What is mailed of runs and of files that are late. What keeps files from being fetched, sent or taken at all is \
             mailed in any case.";
        remind_at: Option<NaiveTime> = default(REMIND_AT, "\"08:00\""),
            "When, once a day on the site's clock, what is still open is mailed; or \"never\". Nothing open, no mail.";
    }
}

table! {
    /// A web address that notices are sent to.
    pub(crate) struct Webhook {
        url: String = required(WEB_ADDRESS, "\"https://hooks.example.com/feedgate\""),
            "Where it is sent (POST); `http:` only to this machine itself.";
        secret: String = required(SECRET, "\"secrets/webhook_key\""),
            "Where the key is that signs it (X-Feedgate-Signature): a file, `env:NAME` or `credential:NAME`.";
        on: Vec<NoticeOn> = default(filled(NOTICE_ON), NEEDS_YOU),
            "What is sent. \"Trouble\" is what keeps files from being fetched, sent or taken.";
    }
}

#[cfg(test)]
mod tests {
    use super::{MAIL_SERVER, MailServer};
    use std::path::PathBuf;

    #[test]
    fn a_mail_server_is_a_host_with_a_port_or_a_folder() {
        let read = |text| (MAIL_SERVER.read)(text).ok();
        let smtp = |host: &str, port| {
            let host = host.to_owned();
            Some(MailServer::Smtp { host, port })
        };
        assert_eq!(read("smtp.example.com:587"), smtp("smtp.example.com", 587));
        assert_eq!(read("[::1]:25"), smtp("::1", 25));
        let folder = MailServer::Folder(PathBuf::from("state/mail/"));
        assert_eq!(read("file:state/mail/"), Some(folder));
        for bad in [
            "smtp.example.com",
            "a:0",
            "a:70000",
            "file:",
            "smtp://a:25",
            "file:~/mail",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
