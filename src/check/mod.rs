//! What must hold between description, layout and tree.
