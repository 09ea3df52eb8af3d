//! The `feedgate` command.

fn main() {}
