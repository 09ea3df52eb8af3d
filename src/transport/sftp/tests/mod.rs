//! The engine against packets made up, and against a real server over pipes.

mod pipes;
mod real;
mod reply;
