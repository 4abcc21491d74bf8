//! A reference architecture as data.
