//! YAML as go-yaml reads and writes it, with the place of every node.
