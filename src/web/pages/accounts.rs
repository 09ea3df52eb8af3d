//! `/accounts`: who may sign in, what each may do, and who saw unmasked values. What is done with them is in
//! [`super::account_acts`].

use crate::domain::{Authority, Right, Role};
use crate::operations::EventEntry;
use crate::operations::users::{self, AccountState, ListedAccount};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::in_path;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use strum::VariantArray;

/// Views of unmasked values that are listed.
const VIEWS_LISTED: usize = 20;

#[derive(Template)]
#[template(path = "accounts.html", config = "src/web/askama.toml")]
pub(super) struct AccountsPage {
    layout: Layout,
    accounts: Vec<ListedAccount>,
    views: Vec<EventEntry>,
    integrations: Vec<String>,
    problems: Vec<String>,
    /// The name that was typed for a new account.
    name: String,
    /// What was chosen for it.
    chosen: Authority,
}

#[derive(Template)]
#[template(path = "account.html", config = "src/web/askama.toml")]
pub(super) struct AccountPage {
    layout: Layout,
    account: ListedAccount,
    integrations: Vec<String>,
    problems: Vec<String>,
    /// What is chosen in the form.
    chosen: Authority,
}

impl AccountsPage {
    fn roles() -> Vec<(Role, String)> {
        roles()
    }

    fn address(account: &ListedAccount) -> String {
        address(&account.name)
    }

    fn state(account: &ListedAccount) -> (&'static str, &'static str) {
        state(account)
    }
}

impl AccountPage {
    fn roles() -> Vec<(Role, String)> {
        roles()
    }

    fn address(&self) -> String {
        address(&self.account.name)
    }

    fn name_in_query(&self) -> String {
        in_path(&self.account.name)
    }

    fn state(&self) -> (&'static str, &'static str) {
        state(&self.account)
    }

    fn rights(&self) -> Vec<String> {
        rights_in_words(&authority_of(&self.account))
    }
}

/// The word for the state of an account, and its shape.
fn state(account: &ListedAccount) -> (&'static str, &'static str) {
    let shape = match account.state {
        AccountState::Active => "good",
        AccountState::Invited => "late",
        AccountState::Disabled => "bad",
    };
    (account.state.into(), shape)
}

/// The address of an account's page.
pub(super) fn address(account: &str) -> String {
    format!("/accounts/{}", in_path(account))
}

/// Each role with the rights that it has, as the form offers them.
fn roles() -> Vec<(Role, String)> {
    let rights = |role: Role| {
        let of = Authority {
            role,
            see_values: false,
            integrations: None,
        };
        let words = Right::VARIANTS.iter().filter(|right| of.has(**right));
        let words: Vec<&str> = words.map(|right| right.words()).collect();
        words.join("; ")
    };
    let all = Role::VARIANTS.iter().map(|role| (*role, rights(*role)));
    all.collect()
}

/// What an account may do, one phrase each.
pub(super) fn rights_in_words(authority: &Authority) -> Vec<String> {
    let rights = Right::VARIANTS.iter();
    let rights = rights.filter(|right| authority.has(**right));
    let mut words: Vec<String> = rights.map(|right| right.words().to_owned()).collect();
    words.push(match &authority.integrations {
        None => "for all integrations".to_owned(),
        Some(only) => {
            let only: Vec<&str> = only.iter().map(String::as_str).collect();
            format!("for these integrations only: {}", only.join(", "))
        }
    });
    words
}

pub(super) fn authority_of(account: &ListedAccount) -> Authority {
    Authority {
        role: account.role,
        see_values: account.see_values,
        integrations: account.integrations.clone(),
    }
}

fn integrations(app: &App) -> Vec<String> {
    let site = app.site();
    let all = site.config.integrations.iter();
    all.map(|integration| integration.name.clone()).collect()
}

/// The list, with what was typed for a new account and what was wrong with it.
pub(super) async fn list_page(
    app: &App,
    who: &Who,
    name: String,
    chosen: Authority,
    problems: Vec<String>,
) -> Result<AccountsPage, Failure> {
    let (accounts, views) = app
        .read(|site| -> Result<_, Failure> {
            Ok((users::accounts(site)?, users::views(site, VIEWS_LISTED)?))
        })
        .await?;
    let layout = Layout::of(app, who, "Accounts").await?;
    Ok(AccountsPage {
        layout: layout.same_as("feedgate account list", "GET /api/v1/accounts"),
        accounts: accounts.accounts,
        views,
        integrations: integrations(app),
        problems,
        name,
        chosen,
    })
}

pub(super) async fn list(State(app): State<App>, who: Who) -> Result<Response, Failure> {
    let least = Authority {
        role: Role::Viewer,
        see_values: false,
        integrations: None,
    };
    let page = list_page(&app, &who, String::new(), least, Vec::new());
    Ok(html(&page.await?))
}

/// The page of one account, with what was chosen in its form and what was wrong with it.
pub(super) async fn account_page(
    app: &App,
    who: &Who,
    name: &str,
    chosen: Option<Authority>,
    problems: Vec<String>,
) -> Result<AccountPage, Failure> {
    let accounts = app.read(users::accounts).await?.accounts;
    let found = accounts.into_iter().find(|account| account.name == name);
    let account = found.ok_or_else(|| Failure::not_found("There is no such account."))?;
    let layout = Layout::of(app, who, format!("Account {}", account.name)).await?;
    let role = account.role;
    Ok(AccountPage {
        layout: layout.same_as(
            format!("feedgate account change {} --role {role}", account.name),
            "GET /api/v1/accounts",
        ),
        chosen: chosen.unwrap_or_else(|| authority_of(&account)),
        account,
        integrations: integrations(app),
        problems,
    })
}

pub(super) async fn one(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
) -> Result<Response, Failure> {
    let page = account_page(&app, &who, &account, None, Vec::new());
    Ok(html(&page.await?))
}
