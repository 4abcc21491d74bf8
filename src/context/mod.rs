//! What templates see, computed from the description.
