//! The dashboard in a real browser: every page in light and dark and on a narrow screen, and what people do there.

// Pedantic lints are for the product.
#![allow(clippy::pedantic)]

mod correct;
mod journeys;
mod pages;
mod served;
mod window;

/// How tests that a machine can't run are counted.
#[path = "../support/skipped.rs"]
mod skipped;
