//! `feedgate notices`: what people are told by mail and webhooks.

use super::table::{break_only_the_last, printed, table};
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{self, NoticeList, TriedRecipient};
use clap::Args;
use std::io::Write;

/// Arguments of `notices`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Send a message to everybody who gets notices, and say whether it was taken.
    #[arg(long, conflicts_with = "send")]
    test: bool,
    /// Send what is due, where no daemon does that.
    #[arg(long)]
    send: bool,
    /// At most so many that were sent.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    if arguments.test {
        let tried = operations::test_notices(&context.own_site()?)?;
        let failed = tried.iter().any(|one| !one.sent);
        context.show(&tried[..], print_tried)?;
        return Ok(u8::from(failed));
    }
    if arguments.send {
        let site = context.own_site()?;
        let round = operations::send_notices(&site)?;
        let failed = !round.troubles.is_empty();
        context.show(&operations::notices(&site, arguments.limit)?, print)?;
        return Ok(u8::from(failed));
    }
    let list = operations::notices(&context.site_to_look()?, arguments.limit)?;
    context.show(&list, print)
}

fn print_tried(tried: &[TriedRecipient], out: &mut Out) -> Result<(), CliError> {
    for one in tried {
        let to = match &one.address {
            Some(address) => format!("{} to {address}", one.to),
            None => one.to.clone(),
        };
        match &one.why {
            None => writeln!(out, "{}: sent", escape_control(&to))?,
            Some(why) => writeln!(
                out,
                "{}: not sent: {}",
                escape_control(&to),
                escape_control(why)
            )?,
        }
    }
    Ok(())
}

fn print(list: &NoticeList, out: &mut Out) -> Result<(), CliError> {
    if list.waiting.is_empty() {
        writeln!(out, "Nothing waits to be sent.")?;
    } else {
        let mut rows = table(&["to", "next try", "tries", "subject", "why not yet"], &[]);
        for message in &list.waiting {
            rows.add_row([
                escape_control(&message.to),
                message.next_try.format("%Y-%m-%d %H:%M:%S").to_string(),
                message.tries.to_string(),
                escape_control(&message.subject),
                escape_control(message.why.as_deref().unwrap_or_default()),
            ]);
        }
        break_only_the_last(&mut rows);
        write!(out, "Waiting:\n{}", printed(&mut rows))?;
    }
    if !list.sent.is_empty() {
        let mut rows = table(&["sent", "to", "subject"], &[]);
        for message in &list.sent {
            let sent = message
                .sent
                .map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string());
            let subject = match &message.why {
                Some(why) => format!("{} ({why})", message.subject),
                None => message.subject.clone(),
            };
            rows.add_row([
                sent.unwrap_or_else(|| "given up".to_owned()),
                escape_control(&message.to),
                escape_control(&subject),
            ]);
        }
        break_only_the_last(&mut rows);
        write!(out, "\nSent, newest first:\n{}", printed(&mut rows))?;
    }
    if !list.has_recipients {
        writeln!(
            out,
            "\nNobody gets notices: the configuration needs [mail] with [contact], or [[webhook]]."
        )?;
    }
    Ok(())
}
