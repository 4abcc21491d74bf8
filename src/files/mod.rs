//! Views of files: the disk, and changes laid over it.
