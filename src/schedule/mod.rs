//! When something is due: windows, schedules and missed runs, by the wall clock of the site's time zone.
//!
//! Everything here is pure: the moment it is asked about is an argument. [`resolve`] alone decides what becomes of times
//! that a change of the clock skips or doubles; [`Window`] and [`Schedule`] build on it, [`due`] on them.

mod cron;
pub(crate) mod late;
mod local;
mod missed;
mod timing;
mod window;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use cron::{Cron, CronFault};
pub use local::resolve;
pub(crate) use missed::{MOST_MADE_UP, due};
pub(crate) use timing::{Missed, Schedule, Timing};
pub(crate) use window::Window;
pub(crate) use words::words;
