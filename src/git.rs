//! What the tool does with git.
