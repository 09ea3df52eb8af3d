//! Signing in to a server whose host key has been verified.

use super::faults::{self, Phase, numbers};
use super::session::{SshSession, StepFailure};
use super::target::{SignIn, SshTarget};
use crate::transport::fault::{Fault, FaultKind};
use crate::transport::private_file::Secret;
use ssh2::{KeyboardInteractivePrompt, Prompt, Session};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// The keys of an agent that are tried; servers end a connection after a few attempts.
const AGENT_KEYS: usize = 5;
/// Authentication methods, by their names in the protocol.
const METHODS: [&str; 5] = [
    "publickey",
    "password",
    "keyboard-interactive",
    "hostbased",
    "gssapi-with-mic",
];

/// What is needed to sign in, read before the server is contacted.
pub(super) enum Credentials {
    Key {
        key: Secret,
        passphrase: Option<Secret>,
    },
    Password(Secret),
    Agent,
}

impl Credentials {
    pub(super) fn read(target: &SshTarget) -> Result<Credentials, Fault> {
        Credentials::read_all(target).map_err(|mut faults| faults.swap_remove(0))
    }

    /// The same with a fault for each thing that is missing, at least one.
    pub(super) fn read_all(target: &SshTarget) -> Result<Credentials, Vec<Fault>> {
        let key_name = |name: &str| format!("endpoint.{}.auth.{name}", target.endpoint);
        match &target.sign_in {
            SignIn::Key { key, passphrase } => {
                let passphrase = passphrase.as_ref();
                let passphrase = passphrase.map(|p| p.read_line(&key_name("passphrase")));
                match (key.read(), passphrase.transpose()) {
                    (Ok(key), Ok(passphrase)) => Ok(Credentials::Key { key, passphrase }),
                    (key, passphrase) => {
                        Err(key.err().into_iter().chain(passphrase.err()).collect())
                    }
                }
            }
            SignIn::Password(password) => password
                .read_line(&key_name("password"))
                .map(Credentials::Password)
                .map_err(|fault| vec![fault]),
            SignIn::Agent => Ok(Credentials::Agent),
        }
    }

    pub(super) fn sign_in(
        &self,
        session: &mut SshSession,
        target: &SshTarget,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let mut attempt = SignInAttempt {
            session,
            target,
            deadline,
        };
        match self {
            Credentials::Key { key, passphrase } => attempt.key(key, passphrase.as_ref()),
            Credentials::Password(password) => attempt.password(password),
            Credentials::Agent => attempt.agent(),
        }
    }
}

struct SignInAttempt<'a> {
    session: &'a mut SshSession,
    target: &'a SshTarget,
    deadline: Instant,
}

impl SignInAttempt<'_> {
    fn until<T>(
        &mut self,
        step: impl FnMut(&mut Session) -> Result<T, ssh2::Error>,
    ) -> Result<T, StepFailure> {
        self.session.until(self.deadline, step)
    }

    fn key(&mut self, key: &Secret, passphrase: Option<&Secret>) -> Result<(), Fault> {
        let user = &self.target.user;
        if let Some(what) = mistaken_for_private_key(key.text()) {
            let endpoint = &self.target.endpoint;
            return Err(Fault::secret(format!(
                "endpoint.{endpoint}.auth.key names {what}"
            )));
        }
        let passphrase = passphrase.map(Secret::text);
        let done = self
            .until(|library| library.userauth_pubkey_memory(user, None, key.text(), passphrase));
        match done {
            Ok(()) => Ok(()),
            Err(StepFailure::Ssh(
                numbers::FILE | numbers::KEYFILE_AUTH_FAILED | numbers::METHOD_NONE,
            )) => {
                let endpoint = &self.target.endpoint;
                let or = match passphrase {
                    None => "it has a passphrase and auth.passphrase is missing",
                    Some(_) => "auth.passphrase does not fit it",
                };
                Err(Fault::secret(format!(
                    "the private key of endpoint.{endpoint}.auth can't be read: it is damaged, or {or}"
                )))
            }
            Err(failure) => Err(self.refused("this key", failure)),
        }
    }

    fn password(&mut self, password: &Secret) -> Result<(), Fault> {
        let user = &self.target.user;
        let methods = self.methods()?;
        let takes = |method: &str| methods.contains(&method);
        let done = if takes("password") {
            self.until(|library| library.userauth_password(user, password.text()))
        } else if takes("keyboard-interactive") {
            let mut answer = PasswordAnswer {
                password: Some(password),
            };
            self.until(|library| library.userauth_keyboard_interactive(user, &mut answer))
        } else {
            Err(StepFailure::Ssh(numbers::AUTHENTICATION_FAILED))
        };
        match done {
            Ok(()) => Ok(()),
            Err(StepFailure::Ssh(numbers::PASSWORD_EXPIRED)) => Err(Fault::new(
                FaultKind::SignIn,
                format!(
                    "{} wants a new password for {user}; agree on one with its owner",
                    self.target.shown()
                ),
            )),
            Err(failure) => Err(self.refused("this password", failure)),
        }
    }

    fn agent(&mut self) -> Result<(), Fault> {
        let user = &self.target.user;
        let silent = |_| {
            Fault::secret(
                "no key agent answers; is SSH_AUTH_SOCK set for the service, and the agent running?",
            )
        };
        let mut agent = self.session.library.agent().map_err(silent)?;
        agent.connect().map_err(silent)?;
        agent.list_identities().map_err(silent)?;
        let keys = agent.identities().map_err(silent)?;
        if keys.is_empty() {
            return Err(Fault::secret(
                "the key agent has no keys; add one with ssh-add",
            ));
        }
        let mut last = StepFailure::Ssh(numbers::AUTHENTICATION_FAILED);
        for key in keys.iter().take(AGENT_KEYS) {
            match self.until(|_| agent.userauth(user, key)) {
                Ok(()) => return Ok(()),
                Err(failure) if is_rejection(failure) => last = failure,
                Err(StepFailure::Ssh(numbers::AGENT_PROTOCOL)) => {
                    return Err(Fault::secret(
                        "the key agent does not sign; is it locked, or does it ask somebody first?",
                    ));
                }
                Err(failure) => return Err(faults::of(self.target, Phase::SignIn, failure)),
            }
        }
        Err(self.refused("any key of the agent", last))
    }

    /// The fault for an attempt that failed with these credentials.
    fn refused(&mut self, with: &str, failure: StepFailure) -> Fault {
        if !is_rejection(failure) {
            return faults::of(self.target, Phase::SignIn, failure);
        }
        let takes = match self.methods() {
            Ok(methods) if !methods.is_empty() => format!(" (it takes: {})", methods.join(", ")),
            _ => String::new(),
        };
        let endpoint = &self.target.endpoint;
        Fault::new(
            FaultKind::SignIn,
            format!(
                "{} does not let {} in with {with}{takes}; ask its owner, or correct endpoint.{endpoint}.auth or .user \
                 and reload the daemon; to try at once, type: feedgate transfer {endpoint}",
                self.target.shown(),
                self.target.user,
            ),
        )
    }

    /// The authentication methods that the server says it takes.
    fn methods(&mut self) -> Result<Vec<&'static str>, Fault> {
        let user = &self.target.user;
        let methods = self.until(|library| methods(library, user));
        methods.map_err(|failure| faults::of(self.target, Phase::SignIn, failure))
    }
}

/// Whether the server rejected the credentials.
fn is_rejection(failure: StepFailure) -> bool {
    use numbers::{AUTHENTICATION_FAILED, PUBLICKEY_UNVERIFIED};
    matches!(
        failure,
        StepFailure::Ssh(AUTHENTICATION_FAILED | PUBLICKEY_UNVERIFIED)
    )
}

/// What a file holds that is often mistaken for a private key, and what to do; `None`: nothing of the kind.
fn mistaken_for_private_key(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    if text.starts_with("PuTTY-User-Key-File") {
        return Some(
            "a key of PuTTY; turn it into one of OpenSSH: puttygen KEY -O private-openssh -o NEW",
        );
    }
    let public = ["ssh-", "ecdsa-", "---- BEGIN SSH2 PUBLIC KEY"];
    let public = public.iter().any(|begin| text.starts_with(begin));
    public.then_some("a public key, which is for the server's owner; write the private key's path")
}

fn methods(session: &Session, user: &str) -> Result<Vec<&'static str>, ssh2::Error> {
    // The binding panics on a list that is not UTF-8, and the server writes the list.
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let list = session.auth_methods(user)?;
        let named = |method: &&str| list.split(',').any(|l| l == *method);
        Ok(METHODS.into_iter().filter(named).collect())
    }));
    answer.unwrap_or_else(|_| Ok(Vec::new()))
}

/// Answers one hidden prompt with the password, once, and nothing else.
struct PasswordAnswer<'a> {
    password: Option<&'a Secret>,
}

impl KeyboardInteractivePrompt for PasswordAnswer<'_> {
    fn prompt(&mut self, _: &str, _: &str, prompts: &[Prompt<'_>]) -> Vec<String> {
        match prompts {
            [one] if !one.echo => {
                let password = self.password.take();
                password.map(|p| p.text().to_owned()).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::SecretSource;

    fn prompt(text: &'static str, echo: bool) -> Prompt<'static> {
        Prompt {
            text: text.into(),
            echo,
        }
    }

    #[test]
    fn what_is_no_private_key_is_named() {
        let is = |text: &str| mistaken_for_private_key(text).unwrap_or_default();
        assert!(is("ssh-ed25519 AAAA me@here").contains("a public key"));
        assert!(is("PuTTY-User-Key-File-3: ssh-ed25519").contains("puttygen"));
        assert_eq!(is("-----BEGIN OPENSSH PRIVATE KEY-----"), "");
    }

    #[test]
    fn the_password_answers_one_hidden_question_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("word");
        crate::transport::ssh::tests::private(&path, "hunter2\n");
        let secret = SecretSource::File(path)
            .read_line("key")
            .map_err(|f| f.what)
            .unwrap();
        let answers = |prompts: &[Prompt<'_>]| {
            let mut answers = PasswordAnswer {
                password: Some(&secret),
            };
            let first = answers.prompt("", "", prompts);
            assert!(answers.prompt("", "", prompts).is_empty());
            first
        };
        assert_eq!(answers(&[prompt("Password: ", false)]), ["hunter2"]);
        assert!(answers(&[prompt("Name: ", true)]).is_empty());
        assert!(answers(&[]).is_empty());
        let two = [prompt("Password: ", false), prompt("Code: ", false)];
        assert!(answers(&two).is_empty());
    }
}
