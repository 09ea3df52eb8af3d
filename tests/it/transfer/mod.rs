//! Transfers between a site and a server in memory.

mod bench;
mod keeping;
mod matrix;
mod pulling;
mod pushing;
mod retargeting;
mod standing;
mod trouble;
mod unreliable;
