//! Sends messages until they are taken.

use super::decide::MAIL;
use super::{Round, step};
use crate::config::{self, Config, MailServer as Configured, Webhook, is_this_machine};
use crate::ledger::{Ledger, Message, NewMessage, NoticeKind};
use crate::site::{Result, Site};
use crate::spool::put_whole;
use crate::transport::{Fault, FaultKind, Mail, MailServer, SecretSource, WebhookCall, post};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// The pause after the first try that failed; each later one is twice as long.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// The longest pause between two tries.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// A message that is not taken for so long is given up.
pub(crate) const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(7);

/// The configuration's key of the password.
const PASSWORD: &str = "mail.auth.password";

/// Where messages go: a mail address, or a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// `mail`, or the name of the webhook.
    pub(crate) to: String,
    /// The mail address; empty for a webhook.
    pub(crate) address: String,
}

/// Everybody that the configuration has messages sent to.
pub(crate) fn recipients(config: &Config) -> Vec<Recipient> {
    let own = config
        .integrations
        .iter()
        .filter_map(|i| i.contact.as_ref());
    let contacts = config
        .contact
        .iter()
        .chain(own)
        .filter(|_| config.mail.is_some());
    let mut all: Vec<Recipient> = Vec::new();
    let mail = contacts.map(|contact| Recipient {
        to: MAIL.to_owned(),
        address: contact.email.clone(),
    });
    let webhooks = config.webhooks.iter().map(|webhook| Recipient {
        to: webhook.name(),
        address: String::new(),
    });
    for recipient in mail.chain(webhooks) {
        if !all.contains(&recipient) {
            all.push(recipient);
        }
    }
    all
}

/// The secrets that can't be read, each with what to do.
pub(crate) fn unreadable_secrets(config: &Config) -> Vec<(String, String)> {
    let password = config.mail.as_ref().and_then(|mail| mail.auth.as_ref());
    let password = password.map(|auth| (PASSWORD.to_owned(), &auth.password));
    let keys = config.webhooks.iter().enumerate();
    let keys = keys.map(|(n, webhook)| (format!("webhook[{n}].secret"), &webhook.secret));
    let looked = password.into_iter().chain(keys).map(|(key, source)| {
        let found = SecretSource::parse(source, &config.root).look(&key);
        (key, found)
    });
    looked
        .filter_map(|(key, found)| Some((key, found.err()?.what)))
        .collect()
}

/// Sends every recipient a message that says what it is, at once. Returns for each what became of it.
///
/// # Errors
/// The ledger can't be written.
pub(crate) fn try_out(
    site: &Site,
    ledger: &mut dyn Ledger,
) -> Result<Vec<(Recipient, std::result::Result<(), String>)>> {
    let now = site.now().with_timezone(&Utc);
    let mut tried = Vec::new();
    for recipient in recipients(&site.config) {
        let subject = "Feedgate: a test, nothing needs you".to_owned();
        let body = match recipient.to == MAIL {
            true => {
                let mut text =
                    "This was sent to see whether notices arrive. Nothing needs you.\n".to_owned();
                super::text::sign(&mut text);
                text
            }
            false => {
                serde_json::json!({"kind": "test", "subject": subject, "notices": []}).to_string()
            }
        };
        let new = NewMessage {
            kind: NoticeKind::Test,
            integration: "site".to_owned(),
            recipient: recipient.to.clone(),
            address: recipient.address.clone(),
            subject,
            body,
            thread: String::new(),
            at: now,
        };
        let number = ledger.gather(&new, &[], None)?;
        let sent = send(site, &identity(ledger)?, number, &new);
        match &sent {
            Ok(()) => ledger.message_sent(number, now)?,
            // The person who tries it sees that it failed, and tries again.
            Err(fault) => ledger.message_unsent(number, &fault.what, None)?,
        }
        tried.push((recipient, sent.map_err(|fault| fault.what)));
    }
    Ok(tried)
}

/// Sends what is due.
pub(super) fn deliver(site: &Site, ledger: &mut dyn Ledger) -> Result<Round> {
    let now = site.now().with_timezone(&Utc);
    let identity = identity(ledger)?;
    let mut round = Round::default();
    // Who doesn't take one message is not asked to take the next in the same round.
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    for message in ledger.waiting_messages()? {
        let to = message.content.recipient.clone();
        let due = message
            .next_try
            .filter(|due| *due > now && *due <= now + LONGEST_PAUSE);
        let sent = match (due, failed.get(&to)) {
            (Some(due), _) => {
                round.next = round.next.into_iter().chain([due]).min();
                continue;
            }
            (None, Some(why)) => Err(why.clone()),
            (None, None) => {
                step(site, "notice: send")?;
                let sent = send(site, &identity, message.number, &message.content);
                if let Err(fault) = &sent
                    && fault.kind == FaultKind::Local
                {
                    round.troubles.push(fault.what.clone());
                }
                sent.map_err(|fault| fault.what)
            }
        };
        match sent {
            Ok(()) => {
                step(site, "ledger: notice sent")?;
                ledger.message_sent(message.number, now)?;
                round.sent += 1;
            }
            Err(why) => {
                let next = pause(&message, now);
                step(site, "ledger: notice not sent")?;
                ledger.message_unsent(message.number, &why, next)?;
                round.next = round.next.into_iter().chain(next).min();
                if failed.insert(to.clone(), why.clone()).is_none() {
                    round.troubles.push(format!("{to}: {why}"));
                }
            }
        }
    }
    Ok(round)
}

/// When a message that was not taken is tried again; `None`: it is given up.
fn pause(message: &Message, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let doubled = FIRST_PAUSE * (1 << message.tries.min(10));
    let next = now + doubled.min(LONGEST_PAUSE);
    (now - message.content.at < GIVE_UP_AFTER).then_some(next)
}

/// The identity of the site, which tells its messages from those of others.
fn identity(ledger: &dyn Ledger) -> Result<String> {
    let identity = ledger.identity()?;
    Ok(identity.map_or_else(|| "new".to_owned(), |site| site.identity))
}

fn send(
    site: &Site,
    identity: &str,
    number: i64,
    message: &NewMessage,
) -> std::result::Result<(), Fault> {
    // A ledger that was put back gives numbers again, but not at the same second.
    let id = format!("feedgate.{identity}.{}.{number}", message.at.timestamp());
    if message.recipient != MAIL {
        let hooks = &site.config.webhooks;
        let Some(webhook) = hooks.iter().find(|w| w.name() == message.recipient) else {
            return Err(gone("the webhook"));
        };
        return send_to_webhook(site, webhook, &id, message);
    }
    let Some(settings) = &site.config.mail else {
        return Err(gone("[mail]"));
    };
    let mail = Mail {
        from: settings.from.clone(),
        to: address(&site.config, message),
        subject: message.subject.clone(),
        body: message.body.clone(),
        at: message
            .at
            .with_timezone(&site.config.site.timezone)
            .fixed_offset(),
        id,
        thread: (!message.thread.is_empty())
            .then(|| format!("feedgate.{identity}.run.{}", message.thread)),
    };
    match &settings.server {
        Configured::Folder(folder) => {
            let folder = site.config.root.join(folder);
            let name = format!("{}-{number:06}.eml", message.at.format("%Y%m%dT%H%M%S"));
            let written = put_whole(&site.disk, &folder, &name, &mail.file()?);
            written.map_err(|error| Fault::new(FaultKind::Local, error.to_string()))
        }
        Configured::Smtp { host, port } => mail.send(&server(site, settings, host, *port)),
    }
}

fn server(site: &Site, settings: &config::Mail, host: &str, port: u16) -> MailServer {
    let root = &site.config.root;
    let sign_in = settings.auth.as_ref();
    MailServer {
        host: host.to_owned(),
        port,
        plain: is_this_machine(host),
        sign_in: sign_in.map(|auth| (auth.user.clone(), SecretSource::parse(&auth.password, root))),
        ca: settings.ca.as_ref().map(|path| root.join(path)),
    }
}

fn send_to_webhook(
    site: &Site,
    webhook: &Webhook,
    id: &str,
    message: &NewMessage,
) -> std::result::Result<(), Fault> {
    post(&WebhookCall {
        url: &webhook.url,
        body: &message.body,
        id,
        time: site.now().timestamp(),
        secret: &SecretSource::parse(&webhook.secret, &site.config.root),
    })
}

/// The address that a mail goes to: that of the contact of now, if it was corrected since.
fn address(config: &Config, message: &NewMessage) -> String {
    let known = recipients(config);
    match known.iter().any(|r| r.address == message.address) {
        true => message.address.clone(),
        false => {
            let contact = config.contact_of(Some(&message.integration));
            contact.map_or_else(|| message.address.clone(), |contact| contact.email.clone())
        }
    }
}

/// The configuration has no longer what a message was meant for.
fn gone(what: &str) -> Fault {
    let what = format!("{what} is no longer in the configuration");
    Fault::new(FaultKind::Missing, what)
}
