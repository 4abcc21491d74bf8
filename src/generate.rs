//! From description to work tree, in order.
