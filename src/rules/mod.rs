//! Rules of the site: run parameters, plan years, guards, and which version of a record is the newer one.

pub(crate) mod after_termination;
pub(crate) mod guards;
pub(crate) mod parameters;
pub(crate) mod plan_year;
pub(crate) mod versions;
