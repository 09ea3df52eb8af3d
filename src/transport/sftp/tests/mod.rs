//! The engine against packets made up, and against a real server over pipes.

mod far;
mod hostile;
mod odd;
mod pipes;
mod real;
mod reply;
mod scripted;
