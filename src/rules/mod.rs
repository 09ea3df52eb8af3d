//! Rules of the site: run parameters, plan years, guards.

pub(crate) mod after_termination;
pub(crate) mod guards;
pub(crate) mod parameters;
pub(crate) mod plan_year;
