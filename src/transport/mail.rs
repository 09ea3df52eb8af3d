//! Mail: how a message is written, and how it is handed to a mail server.

use super::fault::{Fault, FaultKind};
use super::private_file::SecretSource;
use chrono::{DateTime, FixedOffset};
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, SmtpTransport};
use lettre::{Address, Transport};
use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

/// How long one answer of a mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The port on which TLS begins at once.
const TLS_PORT: u16 = 465;

/// A mail as people get it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    /// The text, without any markup.
    pub(crate) body: String,
    /// When it was made.
    pub(crate) at: DateTime<FixedOffset>,
    /// Tells it from every other one, without the part after the @: a mail that is sent again has the same.
    pub(crate) id: String,
    /// The thread it belongs to, in the same form.
    pub(crate) thread: Option<String>,
}

/// A mail server and how to sign in there.
#[derive(Clone, Debug)]
pub(crate) struct MailServer {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether TLS may be left out: the server is this machine itself.
    pub(crate) plain: bool,
    /// The account and its password.
    pub(crate) sign_in: Option<(String, SecretSource)>,
    /// Certificates that are trusted besides the system's.
    pub(crate) ca: Option<PathBuf>,
}

impl Mail {
    /// The mail as it is sent.
    fn message(&self) -> Result<Message, Fault> {
        let unwritable = |what: &str| {
            Fault::new(
                FaultKind::Protocol,
                format!("the mail can't be written: {what}"),
            )
        };
        let from: Mailbox = self.from.parse().map_err(|_| unwritable("its sender"))?;
        let to: Address = self.to.parse().map_err(|_| unwritable("its receiver"))?;
        let id = |id: &str| format!("<{id}@{}>", from.email.domain());
        let mut message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(self.subject.clone())
            .message_id(Some(id(&self.id)))
            .header(MIME_VERSION_1_0)
            .raw_header(raw("Date", self.at.to_rfc2822()))
            .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()));
        if let Some(thread) = &self.thread {
            message = message.in_reply_to(id(thread)).references(id(thread));
        }
        let message = message
            .header(ContentType::TEXT_PLAIN)
            .body(self.body.clone());
        message.map_err(|_| unwritable("its text"))
    }

    /// The bytes of the mail, as a mail program opens them from a file.
    ///
    /// # Errors
    /// An address is none.
    pub(crate) fn file(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.message()?.formatted())
    }

    /// Hands the mail to a server. After an error it may have been taken all the same, if the answer was lost.
    ///
    /// # Errors
    /// The server can't be reached or trusted, or does not take it.
    pub(crate) fn send(&self, server: &MailServer) -> Result<(), Fault> {
        let message = self.message()?;
        let transport = server.transport()?;
        transport
            .send(&message)
            .map(drop)
            .map_err(|e| refused(server, &e))
    }
}

impl MailServer {
    fn transport(&self) -> Result<SmtpTransport, Fault> {
        let mut to = SmtpTransport::builder_dangerous(&self.host)
            .port(self.port)
            .tls(self.tls()?)
            .hello_name(ClientId::Ipv4(Ipv4Addr::LOCALHOST))
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = &self.sign_in {
            let password = password.read_line("mail.auth.password")?;
            to = to.credentials(Credentials::new(user.clone(), password.text().to_owned()));
        }
        Ok(to.build())
    }

    fn tls(&self) -> Result<Tls, Fault> {
        if self.plain && self.ca.is_none() {
            return Ok(Tls::None);
        }
        let mut parameters = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca {
            let unusable =
                |why: String| Fault::secret(format!("mail.ca: {}: {why}", path.display()));
            let pem = fs::read(path).map_err(|e| unusable(e.to_string()))?;
            let own = Certificate::from_pem(&pem)
                .map_err(|_| unusable("holds no certificate (PEM)".to_owned()))?;
            parameters = parameters.add_root_certificate(own);
        }
        let parameters = parameters
            .build_rustls()
            .map_err(|e| Fault::secret(format!("TLS can't be used: {e}")))?;
        Ok(match self.port {
            TLS_PORT => Tls::Wrapper(parameters),
            _ => Tls::Required(parameters),
        })
    }
}

/// A header whose value is ASCII.
fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// What went wrong, in a sentence. A server's answer may have several lines; the first is enough.
fn refused(server: &MailServer, error: &Error) -> Fault {
    let at = format!("{}:{}", server.host, server.port);
    let said = error.to_string();
    let source = std::error::Error::source(error).map(ToString::to_string);
    let said = match source {
        Some(source) if !said.contains(&source) => format!("{said}: {source}"),
        _ => said,
    };
    let said = said.lines().next().unwrap_or_default();
    let what = if error.is_tls() || said.contains("certificate") {
        format!(
            "{at} can't be trusted or does not speak TLS ({said}); for a server of your own, name its certificate in mail.ca"
        )
    } else if error.is_timeout() {
        format!("{at} did not answer within {} seconds", PATIENCE.as_secs())
    } else if error.is_response() {
        format!("{at} did not take it: {said}")
    } else {
        format!("{at} can't be reached ({said}); look at mail.server")
    };
    Fault::transient(what)
}
