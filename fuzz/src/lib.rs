//! What must hold for any bytes. Each check panics where it does not; the fuzz targets try new inputs, the test
//! `found` replays the kept ones.

pub mod config;
pub mod delimited;
pub mod fields;
pub mod fixed_width;
mod job;
pub mod notations;
mod reading;
pub mod sftp;
pub mod whole;
