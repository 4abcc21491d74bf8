//! What is generated at development time.

fn main() {}
