//! From description and layout to tree.
