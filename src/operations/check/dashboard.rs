//! The dashboard: where it is served, its certificate, and whether anyone can sign in.

use super::CheckFinding;
use crate::config::Listen;
use crate::domain::masking::shown;
use crate::operations::users::accounts;
use crate::site::Site;
use crate::transport::{SecretSource, server_certificate};

pub(super) fn look(site: &Site) -> Vec<CheckFinding> {
    let web = &site.config.web;
    let Some(listen) = &web.listen else {
        return Vec::new();
    };
    let place = match listen {
        Listen::Tcp(address) => address.to_string(),
        Listen::Unix(path) => shown(path),
    };
    let mut findings = vec![match accounts(site).map(|list| list.accounts.len()) {
        Ok(0) => CheckFinding::note(
            "dashboard",
            format!(
                "is at {place} while the daemon runs; nobody can sign in before `feedgate account add NAME --role admin`"
            ),
        ),
        _ => CheckFinding::ok("dashboard", format!("at {place} while the daemon runs")),
    }];
    if let Some(tls) = &web.tls {
        let root = &site.config.root;
        let key = SecretSource::parse(&tls.key, root);
        if let Err(fault) = server_certificate(&root.join(&tls.certificate), &key) {
            findings.push(CheckFinding::problem("dashboard", fault.what));
        }
    }
    findings
}
