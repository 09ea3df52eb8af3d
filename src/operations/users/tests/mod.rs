//! Tests of enrolling, signing in and sessions, on a clock that the tests turn.

mod accounts;
mod enrolling;
mod limits;
mod sessions;

use super::second_factor::FactorSecret;
use super::*;
use crate::config;
use crate::domain::{Role, TokenHash};
use crate::ledger::EventFilter;
use crate::spool::Disk;
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::Cell;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use tempfile::TempDir;

const START: i64 = 1_795_183_200;
const PASSWORD: &str = "correct horse battery";
const POLICY: SignInPolicy = SignInPolicy {
    idle: Duration::from_secs(30 * 60),
    longest: Duration::from_secs(12 * 3600),
    second_factor_required: true,
};
const OPTIONAL: SignInPolicy = SignInPolicy {
    second_factor_required: false,
    ..POLICY
};

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(START) };
}

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW.get(), 0).expect("a moment")
}

fn pass(time: TimeDelta) {
    NOW.set(NOW.get() + time.num_seconds());
}

/// A site whose user is an administrator at the machine's shell.
struct Stage {
    site: Site,
    _folder: TempDir,
}

fn home() -> IpAddr {
    Ipv4Addr::new(192, 0, 2, 1).into()
}

fn away(n: u8) -> IpAddr {
    Ipv4Addr::new(198, 51, 100, n).into()
}

fn authority(role: Role) -> Authority {
    Authority {
        role,
        see_values: false,
        integrations: None,
    }
}

/// What stands behind the last slash.
fn token_of(link: &MadeLink) -> String {
    let (_, token) = link.link.rsplit_once('/').expect("a slash");
    token.to_owned()
}

/// The secret that a person types into an app.
fn secret_of(setup: &SecondFactorSetup) -> Vec<u8> {
    let letters = setup.secret.replace(' ', "");
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        _ => c - b'2' + 26,
    };
    let mut bits = letters
        .bytes()
        .flat_map(|c| (0..5).rev().map(move |n| value(c) >> n & 1));
    let byte =
        |bits: &mut dyn Iterator<Item = u8>| bits.take(8).fold(0, |byte, bit| byte << 1 | bit);
    (0..20).map(|_| byte(&mut bits)).collect()
}

fn code_of(setup: &SecondFactorSetup) -> String {
    let secret: [u8; 20] = secret_of(setup).try_into().expect("twenty bytes");
    FactorSecret::of(secret).code(NOW.get())
}

impl Stage {
    fn new() -> Stage {
        NOW.set(START);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("feedgate.toml");
        let text = "[site]\ntimezone = \"America/New_York\"\n[integration.people]\nkind = \"demographic\"\n";
        fs::write(&file, text).expect("written");
        let config = config::load(&file).expect("a configuration");
        Stage {
            site: Site::new(config).with(Disk::new(), clock).for_user("root"),
            _folder: folder,
        }
    }

    fn add(&self, name: &str) -> String {
        token_of(&add_account(&self.site, name, &authority(Role::Hr)).expect("added"))
    }

    /// Enrols with a second factor. Returns what the person has in the app, and what was answered.
    fn enrol(&self, token: &str) -> (SecondFactorSetup, Enrolled) {
        let setup = setup_of_enrolment(&self.site, token)
            .expect("read")
            .expect("a setup");
        let enrolled = self.try_to_enrol(token, &code_of(&setup), &POLICY);
        (setup, enrolled.expect("enrolled"))
    }

    fn try_to_enrol(
        &self,
        token: &str,
        code: &str,
        policy: &SignInPolicy,
    ) -> std::result::Result<Enrolled, CredentialProblem> {
        let chosen = ChosenCredentials {
            password: PASSWORD,
            code,
            address: home(),
        };
        enrol(&self.site, token, &chosen, policy).expect("no error")
    }

    fn sign_in(&self, name: &str, password: &str, code: Option<&str>, address: IpAddr) -> SignIn {
        let form = SignInForm {
            name,
            password,
            code,
            address,
        };
        sign_in(&self.site, &form, &POLICY).expect("no error")
    }

    fn session(&self, cookie: &SecretToken) -> Option<CurrentUser> {
        let ledger = self.site.ledger_for_reading().expect("a ledger");
        session(
            &self.site,
            &*ledger,
            cookie.reveal(),
            &POLICY,
            Activity::Person,
        )
        .expect("read")
    }

    fn bearer(&self, token: &str) -> Option<CurrentUser> {
        let ledger = self.site.ledger_for_reading().expect("a ledger");
        bearer(&self.site, &*ledger, token).expect("read")
    }

    /// The events, the oldest first, as `action by subject`.
    fn events(&self) -> Vec<String> {
        let ledger = self.site.ledger_for_reading().expect("a ledger");
        let events = ledger.events(&EventFilter::default(), 1_000).expect("read");
        let said = |e: Event| format!("{} by {}: {}", e.action, e.user, e.subject);
        events.into_iter().rev().map(said).collect()
    }
}

fn is_session(ended: SignIn) -> BegunSession {
    match ended {
        SignIn::Session(session) => session,
        other => panic!("no session: {other:?}"),
    }
}
