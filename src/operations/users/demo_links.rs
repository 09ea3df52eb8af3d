//! Links that sign in to a demonstration, one for each role.
//!
//! Nothing of them is stored: the process that serves the demonstration holds them, and with it they end. Each is used once. They
//! sign in to accounts that have no password and so can be entered in no other way. A site with any other account gets none.

use super::sessions::{BegunSession, begin_session};
use super::{SignInPolicy, event, random_token};
use crate::domain::{Authority, Role, SecretToken, TokenHash};
use crate::ledger::{EventAction, NewUser};
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use strum::VariantArray;

/// What the names of the accounts of a demonstration begin with.
const PREFIX: &str = "demo-";

/// The links of a demonstration that are not used yet.
#[derive(Debug)]
pub(crate) struct DemoLinks {
    unused: Mutex<Vec<(TokenHash, String)>>,
}

impl DemoLinks {
    /// Makes an account for each role, where there is none yet, and a link for each: what stands behind `/sign-in/`. The administrator
    /// of the demonstration sees values.
    ///
    /// # Errors
    /// The site has other accounts, and so is no demonstration; or the ledger failed.
    pub(crate) fn make(site: &Site) -> Result<(DemoLinks, Vec<(Role, SecretToken)>)> {
        let ledger = &mut *site.ledger()?;
        let known = ledger.users()?;
        if known
            .iter()
            .any(|user| user.enrolled || !user.name.starts_with(PREFIX))
        {
            return Err(OperationError::usage(
                "this site has accounts of its own, so it is no demonstration and gets no links that sign in",
            ));
        }
        let (mut unused, mut shown) = (Vec::new(), Vec::new());
        for role in Role::VARIANTS {
            let (name, token) = (format!("{PREFIX}{role}"), random_token("")?);
            let authority = Authority {
                role: *role,
                see_values: *role == Role::Admin,
                integrations: None,
            };
            let new = NewUser {
                name: &name,
                authority: &authority,
                at: site.now(),
            };
            let words = Some("of the demonstration".to_owned());
            ledger.add_user(
                &new,
                None,
                &event(site, site.user(), EventAction::UserAdded, &name, words),
            )?;
            unused.push((token.hash(), name));
            shown.push((*role, token));
        }
        let unused = Mutex::new(unused);
        Ok((DemoLinks { unused }, shown))
    }

    /// Signs in by a link and uses it up. `None`: it is none of these.
    ///
    /// # Errors
    /// The ledger failed.
    pub(crate) fn sign_in(
        &self,
        site: &Site,
        token: &str,
        address: IpAddr,
        policy: &SignInPolicy,
    ) -> Result<Option<BegunSession>> {
        let hash = TokenHash::of(token);
        let name = {
            let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
            let found = unused.iter().position(|(link, _)| *link == hash);
            found.map(|at| unused.swap_remove(at).1)
        };
        let Some(name) = name else {
            return Ok(None);
        };
        let ledger = &mut *site.ledger()?;
        let Some(user) = ledger.user(&name)?.filter(|user| !user.disabled) else {
            return Ok(None);
        };
        begin_session(site, ledger, &user, address, policy, EventAction::SignedIn).map(Some)
    }
}
