//! Overlays say what differs, and exactly that.
