//! Bytes that are counted and digested as they are made, and lie in memory or, past a bound, on the disk.

use std::fs::File;
use std::io::{self, Read, Seek as _, Write};

use aws_lc_rs::digest::{Context, SHA256};

use crate::reference::Digest;

/// Past so many bytes a blob lies in a file without a name.
const IN_MEMORY: usize = 16 << 20;

/// A blob: its bytes, their number and their digest.
#[derive(Debug)]
pub struct Blob {
    content: Content,
    size: u64,
    digest: Digest,
}

#[derive(Debug)]
enum Content {
    Memory(Vec<u8>),
    Disk(File),
}

impl Blob {
    /// Of bytes at hand.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        Self {
            size: bytes.len() as u64,
            digest: Digest::of(&bytes),
            content: Content::Memory(bytes),
        }
    }

    /// The number of its bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Their digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Its bytes from the beginning. One reader at a time: those of a file share where they are.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn reader(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match &self.content {
            Content::Memory(bytes) => Box::new(bytes.as_slice()),
            Content::Disk(file) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Box::new(file)
            }
        })
    }
}

/// Where a blob is written to.
pub struct BlobWriter {
    content: Content,
    size: u64,
    digest: Context,
}

impl Default for BlobWriter {
    fn default() -> Self {
        Self { content: Content::Memory(Vec::new()), size: 0, digest: Context::new(&SHA256) }
    }
}

impl BlobWriter {
    /// What was written.
    #[must_use]
    pub fn finish(self) -> Blob {
        Blob {
            content: self.content,
            size: self.size,
            digest: Digest::from_hash(self.digest.finish().as_ref()),
        }
    }

    /// How many bytes were written.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Content::Memory(held) = &self.content
            && held.len() + bytes.len() > IN_MEMORY
        {
            let mut file = tempfile::tempfile()?;
            file.write_all(held)?;
            self.content = Content::Disk(file);
        }
        let written = match &mut self.content {
            Content::Memory(held) => held.write(bytes)?,
            Content::Disk(file) => file.write(bytes)?,
        };
        self.digest.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_written_is_read_from_memory_and_from_the_disk() {
        for size in [0, 5, IN_MEMORY + 3] {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let mut writer = BlobWriter::default();
            for part in bytes.chunks(1 << 20) {
                writer.write_all(part).unwrap();
            }
            let blob = writer.finish();
            assert_eq!((blob.size(), blob.digest()), (size as u64, &Digest::of(&bytes)));
            for _ in 0..2 {
                let mut read = Vec::new();
                blob.reader().unwrap().read_to_end(&mut read).unwrap();
                assert!(read == bytes);
            }
        }
    }
}
