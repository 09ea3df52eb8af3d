//! Passwords: which are taken, and their hashes.
//!
//! A hash (Argon2id in its default form) takes 19 MiB and a core for as long as it takes. Only a few are made at once, so that
//! a flood of sign-ins slows no run.

use super::CredentialProblem;
use crate::operations::error::{OperationError, Result};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Characters of the shortest password.
pub(super) const SHORTEST: usize = 12;
/// Bytes of the longest password.
pub(super) const LONGEST: usize = 256;
/// Different characters that a password has at least.
const FEWEST_CHARACTERS: usize = 4;
/// Hashes that this process makes at once.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a person is told to wait whose turn did not come.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// What a password is compared with where there is no such user, so that the answer takes as long. Of a password drawn by lot.
const OF_NO_USER: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZmVlZGdhdGUtbm8tdXNlcg$M1wYkQyKjGHQPWmZq4pOqBFzu6H9Mlw0bXk7rbo2WZ0";

static RUNNING: Mutex<usize> = Mutex::new(0);
static ONE_ENDED: Condvar = Condvar::new();

/// A turn to make one hash.
pub(super) struct Turn {
    argon2: Argon2<'static>,
}

impl Turn {
    /// Waits for a turn; `None`: it did not come.
    pub(super) fn wait() -> Option<Turn> {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let all_taken = |running: &mut usize| *running >= AT_ONCE;
        let waited = ONE_ENDED.wait_timeout_while(running, PATIENCE, all_taken);
        let (mut running, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        (!waited.timed_out()).then(|| {
            *running += 1;
            Turn {
                argon2: Argon2::default(),
            }
        })
    }

    /// Whether the password has this hash; no hash stands for that of no user, and takes as long.
    pub(super) fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        // A longer one is no one's, and its start is not the password either.
        let possible = hash.is_some() && password.len() <= LONGEST;
        let Ok(hash) = PasswordHash::new(hash.unwrap_or(OF_NO_USER)) else {
            return false;
        };
        let start = &password.as_bytes()[..password.len().min(LONGEST)];
        let right = self.argon2.verify_password(start, &hash);
        possible && right.is_ok()
    }

    /// The hash of a new password.
    pub(super) fn hash(&self, password: &str) -> Result<String> {
        let hash = self.argon2.hash_password(password.as_bytes());
        let hash = hash.map_err(|e| {
            OperationError::failed(format_args!("the password can't be hashed: {e}"))
        })?;
        Ok(hash.to_string())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ONE_ENDED.notify_one();
    }
}

/// Whether a new password of an account is taken.
pub(super) fn check(password: &str, name: &str) -> std::result::Result<(), CredentialProblem> {
    if password.chars().count() < SHORTEST {
        return Err(CredentialProblem::PasswordShort);
    }
    if password.len() > LONGEST {
        return Err(CredentialProblem::PasswordLong);
    }
    let different: std::collections::BTreeSet<char> = password.chars().collect();
    let rest = password.to_lowercase().replace(name, "");
    if different.len() < FEWEST_CHARACTERS || rest.chars().count() < SHORTEST / 2 {
        return Err(CredentialProblem::PasswordPlain);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, CredentialProblem, LONGEST, OF_NO_USER, RUNNING, Turn, check};
    use argon2::Argon2;
    use argon2::password_hash::phc::PasswordHash;

    fn turn() -> Turn {
        Turn::wait().expect("a turn")
    }

    #[test]
    fn a_password_is_known_by_its_hash() {
        let hash = turn().hash("four words in a row").expect("hashed");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(turn().verify("four words in a row", Some(&hash)));
        assert!(!turn().verify("four words in a Row", Some(&hash)));
        assert!(!turn().verify("four words in a row", None));
        assert!(!turn().verify("four words in a row", Some("damaged")));
        let long = "ä".repeat(LONGEST);
        let hash = turn().hash(&long[..LONGEST]).expect("hashed");
        assert!(!turn().verify(&long, Some(&hash)));
    }

    #[test]
    fn the_hash_of_no_user_costs_what_every_other_costs() {
        let none = PasswordHash::new(OF_NO_USER).expect("a hash");
        let own = turn().hash("four words in a row").expect("hashed");
        let own = PasswordHash::new(&own).expect("a hash");
        assert_eq!(none.params.to_string(), own.params.to_string());
        assert_eq!(none.algorithm, own.algorithm);
        let length = |hash: &PasswordHash| hash.hash.as_ref().map(|h| h.as_bytes().len());
        assert_eq!(length(&none), length(&own));
        assert_eq!(Argon2::default().params().m_cost(), 19_456);
    }

    #[test]
    fn turns_are_given_back() {
        for _ in 0..AT_ONCE + 1 {
            drop(turn());
        }
        assert!(*RUNNING.lock().expect("counted") <= AT_ONCE);
    }

    #[test]
    fn passwords_that_are_guessed_are_not_taken() {
        let problem = |password: &str| check(password, "ada.lee@example.com").err();
        assert_eq!(
            problem("elevensigns"),
            Some(CredentialProblem::PasswordShort)
        );
        assert_eq!(problem("éleven signé"), None);
        assert_eq!(
            problem(&"abcde".repeat(60)),
            Some(CredentialProblem::PasswordLong)
        );
        for plain in ["aaaaaaaaaaaaaa", "ababababababab", "Ada.Lee@example.com1"] {
            assert_eq!(
                problem(plain),
                Some(CredentialProblem::PasswordPlain),
                "{plain}"
            );
        }
        assert_eq!(problem("correct horse battery"), None);
    }
}
