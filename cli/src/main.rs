//! The `wimsmith` command.
fn main() {}
