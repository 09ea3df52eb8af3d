//! Rules of the site: run parameters, plan years, guards.

pub mod guards;
pub mod parameters;
pub mod plan_year;
