//! `feedgate daemon`: watches, keeps time and runs, until it is told to stop.

use super::{Context, Stop};
use crate::daemon;

pub(super) fn perform(context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    daemon::run(site)?;
    Ok(0)
}
