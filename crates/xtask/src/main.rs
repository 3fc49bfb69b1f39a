//! The architecture as a test.

fn main() {}
