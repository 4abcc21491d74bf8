//! The commands: the only place that prints, prompts or knows about a terminal.
