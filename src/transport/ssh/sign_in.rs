//! Signing in, to a server whose host key has been verified.

use super::super::{Fault, FaultKind};
use super::faults::{self, Doing, numbers};
use super::link::{Halt, Link};
use super::secret::Secret;
use super::{SignIn, SshTarget};
use ssh2::{KeyboardInteractivePrompt, Prompt, Session};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// The keys of an agent that are tried; servers end a connection after a few.
const AGENT_KEYS: usize = 5;
/// Ways to sign in, by their names in the protocol.
const WAYS: [&str; 5] = [
    "publickey",
    "password",
    "keyboard-interactive",
    "hostbased",
    "gssapi-with-mic",
];

/// All that is needed to sign in, read before a server is spoken to.
pub(super) enum Ready {
    Key {
        key: Secret,
        passphrase: Option<Secret>,
    },
    Password(Secret),
    Agent,
}

impl Ready {
    pub(super) fn read(target: &SshTarget) -> Result<Ready, Fault> {
        Ready::tried(target).map_err(|mut faults| faults.swap_remove(0))
    }

    /// The same; inside: everything that is missing, at least one thing.
    pub(super) fn tried(target: &SshTarget) -> Result<Ready, Vec<Fault>> {
        let named = |way: &str| format!("endpoint.{}.auth.{way}", target.endpoint);
        match &target.sign_in {
            SignIn::Key { key, passphrase } => {
                let passphrase = passphrase.as_ref();
                let passphrase = passphrase.map(|p| p.read_line(&named("passphrase")));
                match (key.read(), passphrase.transpose()) {
                    (Ok(key), Ok(passphrase)) => Ok(Ready::Key { key, passphrase }),
                    (key, passphrase) => {
                        Err(key.err().into_iter().chain(passphrase.err()).collect())
                    }
                }
            }
            SignIn::Password(password) => password
                .read_line(&named("password"))
                .map(Ready::Password)
                .map_err(|fault| vec![fault]),
            SignIn::Agent => Ok(Ready::Agent),
        }
    }

    /// Signs in.
    pub(super) fn sign_in(
        &self,
        link: &mut Link,
        target: &SshTarget,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let mut attempt = Attempt {
            link,
            target,
            deadline,
        };
        match self {
            Ready::Key { key, passphrase } => attempt.key(key, passphrase.as_ref()),
            Ready::Password(password) => attempt.password(password),
            Ready::Agent => attempt.agent(),
        }
    }
}

struct Attempt<'a> {
    link: &'a mut Link,
    target: &'a SshTarget,
    deadline: Instant,
}

impl Attempt<'_> {
    fn key(&mut self, key: &Secret, passphrase: Option<&Secret>) -> Result<(), Fault> {
        let user = &self.target.user;
        if let Some(what) = no_private_key(key.text()) {
            let named = &self.target.endpoint;
            let what = format!("endpoint.{named}.auth.key names {what}");
            return Err(Fault::new(FaultKind::Secret, what));
        }
        let passphrase = passphrase.map(Secret::text);
        let done = self.link.until(self.deadline, |session| {
            session.userauth_pubkey_memory(user, None, key.text(), passphrase)
        });
        match done {
            Ok(()) => Ok(()),
            Err(Halt::Ssh(numbers::FILE | numbers::KEYFILE_AUTH_FAILED | numbers::METHOD_NONE)) => {
                Err(Fault::new(
                    FaultKind::Secret,
                    match passphrase {
                        None => format!(
                            "the private key of endpoint.{}.auth can't be read: it is damaged, or it has a passphrase \
                         and auth.passphrase is missing",
                            self.target.endpoint
                        ),
                        Some(_) => format!(
                            "the private key of endpoint.{}.auth can't be read: it is damaged, or auth.passphrase does \
                         not fit it",
                            self.target.endpoint
                        ),
                    },
                ))
            }
            Err(halt) => Err(self.refused("this key", halt)),
        }
    }

    fn password(&mut self, password: &Secret) -> Result<(), Fault> {
        let user = &self.target.user;
        let ways = self.ways()?;
        let takes = |way: &str| ways.contains(&way);
        let done = if takes("password") {
            self.link.until(self.deadline, |session| {
                session.userauth_password(user, password.text())
            })
        } else if takes("keyboard-interactive") {
            let mut answers = Answers {
                password: Some(password),
            };
            self.link.until(self.deadline, |session| {
                session.userauth_keyboard_interactive(user, &mut answers)
            })
        } else {
            Err(Halt::Ssh(numbers::AUTHENTICATION_FAILED))
        };
        match done {
            Ok(()) => Ok(()),
            Err(Halt::Ssh(numbers::PASSWORD_EXPIRED)) => Err(Fault::new(
                FaultKind::SignIn,
                format!(
                    "{} wants a new password for {user}; agree on one with its owner",
                    self.target.shown()
                ),
            )),
            Err(halt) => Err(self.refused("this password", halt)),
        }
    }

    fn agent(&mut self) -> Result<(), Fault> {
        let user = &self.target.user;
        let silent = |_| {
            Fault::new(
                FaultKind::Secret,
                "no key agent answers; is SSH_AUTH_SOCK set for the service, and the agent running?",
            )
        };
        let mut agent = self.link.session.agent().map_err(silent)?;
        agent.connect().map_err(silent)?;
        agent.list_identities().map_err(silent)?;
        let keys = agent.identities().map_err(silent)?;
        if keys.is_empty() {
            return Err(Fault::new(
                FaultKind::Secret,
                "the key agent has no keys; add one with ssh-add",
            ));
        }
        let mut last = Halt::Ssh(numbers::AUTHENTICATION_FAILED);
        for key in keys.iter().take(AGENT_KEYS) {
            let done = self
                .link
                .until(self.deadline, |_| agent.userauth(user, key));
            match done {
                Ok(()) => return Ok(()),
                Err(
                    halt
                    @ Halt::Ssh(numbers::AUTHENTICATION_FAILED | numbers::PUBLICKEY_UNVERIFIED),
                ) => {
                    last = halt;
                }
                Err(Halt::Ssh(numbers::AGENT_PROTOCOL)) => {
                    return Err(Fault::new(
                        FaultKind::Secret,
                        "the key agent does not sign; is it locked, or does it ask somebody first?",
                    ));
                }
                Err(halt) => return Err(faults::of(self.target, Doing::SignIn, halt)),
            }
        }
        Err(self.refused("any key of the agent", last))
    }

    /// The fault for an attempt that failed with what is named.
    fn refused(&mut self, with: &str, halt: Halt) -> Fault {
        if !matches!(
            halt,
            Halt::Ssh(numbers::AUTHENTICATION_FAILED | numbers::PUBLICKEY_UNVERIFIED)
        ) {
            return faults::of(self.target, Doing::SignIn, halt);
        }
        let takes = match self.ways().unwrap_or_default() {
            none if none.is_empty() => String::new(),
            ways => format!(" (it takes: {})", ways.join(", ")),
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

    /// The ways to sign in that the server says it takes.
    fn ways(&mut self) -> Result<Vec<&'static str>, Fault> {
        let user = &self.target.user;
        let ways = self
            .link
            .until(self.deadline, |session| ways(session, user));
        ways.map_err(|halt| faults::of(self.target, Doing::SignIn, halt))
    }
}

/// What a file holds that is often taken for a private key, and what to do; `None`: nothing of the kind.
fn no_private_key(text: &str) -> Option<&'static str> {
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

fn ways(session: &Session, user: &str) -> Result<Vec<&'static str>, ssh2::Error> {
    // The binding panics on a list that is no text, and the server writes the list.
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let list = session.auth_methods(user)?;
        let named = |way: &&str| list.split(',').any(|l| l == *way);
        Ok(WAYS.into_iter().filter(named).collect())
    }));
    answer.unwrap_or_else(|_| Ok(Vec::new()))
}

/// Answers the one question for the password, and nothing else.
struct Answers<'a> {
    password: Option<&'a Secret>,
}

impl KeyboardInteractivePrompt for Answers<'_> {
    fn prompt<'a>(&mut self, _: &str, _: &str, prompts: &[Prompt<'a>]) -> Vec<String> {
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
    use crate::transport::ssh::SecretSource;

    fn prompt(text: &'static str, echo: bool) -> Prompt<'static> {
        Prompt {
            text: text.into(),
            echo,
        }
    }

    #[test]
    fn what_is_no_private_key_is_named() {
        let is = |text: &str| no_private_key(text).unwrap_or_default();
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
            let mut answers = Answers {
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
