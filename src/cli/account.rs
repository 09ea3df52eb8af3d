//! `feedgate account`: who may sign in to the dashboard and use the API. From the machine's own shell this works before
//! anyone has enrolled, and needs no second factor.

use super::table::{break_only_the_last, printed, table};
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::domain::{Authority, Role};
use crate::operations::{self, AccountList, ListedAccount, MadeLink};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::io::Write;
use strum::VariantArray;

/// Arguments of `account`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    act: AccountAct,
}

#[derive(Debug, Subcommand)]
enum AccountAct {
    /// Add an account, and print the link by which its person enrols.
    Add(AuthorityArguments),
    /// Change what an account may do; what is not given is taken away.
    Change(AuthorityArguments),
    /// List the accounts and their tokens.
    List,
    /// Shut an account out at once, with its sessions and tokens.
    Disable(Named),
    /// Let a disabled account in again.
    Enable(Named),
    /// Print a new link, for a password that was forgotten.
    Link(Named),
    /// Void the second factor, and print a link to set up a new one.
    ResetSecondFactor(Named),
    /// Print a new token for a program that uses the API, once.
    Token {
        #[command(flatten)]
        account: Named,
        /// What uses it; by default token-1 and so on.
        #[arg(long = "name", value_name = "LABEL")]
        label: Option<String>,
    },
    /// Revoke a token.
    RevokeToken {
        #[command(flatten)]
        account: Named,
        /// The name of the token.
        #[arg(value_name = "LABEL")]
        label: String,
    },
}

#[derive(Debug, Args)]
struct Named {
    /// The name of the account.
    #[arg(value_name = "NAME")]
    name: String,
}

#[derive(Debug, Args)]
struct AuthorityArguments {
    #[command(flatten)]
    account: Named,
    /// viewer, operator, hr or admin.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Role,
    /// Let it see values unmasked and fetch output and archived files.
    #[arg(long)]
    see_values: bool,
    /// The only integrations that it sees: a,b. By default all.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    integrations: Vec<String>,
}

impl AuthorityArguments {
    fn authority(&self) -> Authority {
        let named = self.integrations.iter().map(|name| name.trim().to_owned());
        Authority {
            role: self.role,
            see_values: self.see_values,
            integrations: (!self.integrations.is_empty()).then(|| named.collect()),
        }
    }
}

fn role(text: &str) -> Result<Role, String> {
    text.to_lowercase().parse().map_err(|_| {
        let roles: Vec<&str> = Role::VARIANTS.iter().map(Into::into).collect();
        format!("the roles are {}", roles.join(", "))
    })
}

/// What was done to an account, for `--json`.
#[derive(Serialize)]
struct ActOnAccount<'a> {
    account: &'a str,
    done: &'static str,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = match arguments.act {
        AccountAct::List => {
            let site = context.site_to_look()?;
            return context.show(&operations::accounts(&site)?, print);
        }
        _ => context.own_site()?,
    };
    match &arguments.act {
        AccountAct::List => Ok(0),
        AccountAct::Add(a) => {
            let made = operations::add_account(&site, &a.account.name, &a.authority())?;
            show_link("Added", &made, context)
        }
        AccountAct::Change(a) => {
            operations::set_authority(&site, &a.account.name, &a.authority())?;
            done(&a.account, "changed", "it counts at once", context)
        }
        AccountAct::Disable(account) => {
            let was = !operations::disable_account(&site, &account.name)?;
            let what = match was {
                true => "it was disabled before",
                false => "its sessions have ended, its link and its tokens are not taken",
            };
            done(account, "disabled", what, context)
        }
        AccountAct::Enable(account) => {
            let was = !operations::enable_account(&site, &account.name)?;
            let what = match was {
                true => "it was not disabled",
                false => "with its password, second factor and tokens",
            };
            done(account, "enabled", what, context)
        }
        AccountAct::Link(account) => {
            let made = operations::new_link(&site, &account.name)?;
            show_link("New link", &made, context)
        }
        AccountAct::ResetSecondFactor(account) => {
            let made = operations::reset_second_factor(&site, &account.name)?;
            show_link("Second factor void", &made, context)
        }
        AccountAct::Token { account, label } => {
            let made = operations::new_token(&site, &account.name, label.as_deref())?;
            context.show(&made, |made, out| {
                writeln!(
                    out,
                    "Token {} of {}, shown this once; programs send it as `Authorization: Bearer …`:\n\n  {}",
                    escape_control(&made.label),
                    made.account,
                    made.token.reveal()
                )?;
                Ok(())
            })
        }
        AccountAct::RevokeToken { account, label } => {
            operations::revoke_token(&site, &account.name, label)?;
            done(
                account,
                "token revoked",
                "it is not taken from now on",
                context,
            )
        }
    }
}

fn done(
    account: &Named,
    done: &'static str,
    what: &str,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let act = ActOnAccount {
        account: account.name.trim(),
        done,
    };
    context.show(&act, |act, out| {
        let mut letters = act.done.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        let first = first.unwrap_or_default();
        Ok(writeln!(
            out,
            "{first}{}: {}; {what}.",
            letters.as_str(),
            act.account
        )?)
    })
}

fn show_link(what: &str, made: &MadeLink, context: &mut Context<'_>) -> Result<u8, CliError> {
    context.show(made, |made, out| {
        writeln!(
            out,
            "{what}: {}. Give this link to its person alone; it can be used once, until {}:\n\n  {}",
            made.account,
            made.until.format("%Y-%m-%d %H:%M"),
            made.link
        )?;
        Ok(())
    })
}

fn print(list: &AccountList, out: &mut Out) -> Result<(), CliError> {
    if list.accounts.is_empty() {
        writeln!(
            out,
            "No accounts. `feedgate account add NAME --role admin` adds the first."
        )?;
        return Ok(());
    }
    let headings = [
        "account",
        "role",
        "state",
        "second factor",
        "last sign-in",
        "tokens",
        "sees",
    ];
    let mut rows = table(&headings, &[]);
    for account in &list.accounts {
        let last = account.last_sign_in;
        let last = last.map(|at| at.format("%Y-%m-%d %H:%M").to_string());
        let tokens: Vec<String> = account
            .tokens
            .iter()
            .map(|t| escape_control(&t.label))
            .collect();
        let state: &str = account.state.into();
        rows.add_row([
            account.name.clone(),
            account.role.to_string(),
            state.to_owned(),
            if account.second_factor { "yes" } else { "no" }.to_owned(),
            last.unwrap_or_else(|| "never".to_owned()),
            tokens.join(", "),
            sees(account),
        ]);
    }
    break_only_the_last(&mut rows);
    Ok(write!(out, "{}", printed(&mut rows))?)
}

/// Such as `hr-north, hr-south; values`.
fn sees(account: &ListedAccount) -> String {
    let only = account.integrations.as_ref();
    let only = only.map(|only| {
        only.iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    });
    let only = only.unwrap_or_else(|| "all integrations".to_owned());
    match account.see_values {
        true => format!("{only}; values"),
        false => only,
    }
}
