//! Files to a layer: an archive that is the same bytes for the same files, compressed in one way.
//!
//! The archive is the one that Flux's own [`tar`](https://pkg.go.dev/github.com/fluxcd/pkg/tar) package makes of a fresh checkout: a
//! folder's entry before what lies in it, names sorted, no owner, no times, and no more of a file's mode than whether it is executable.
//! Only the compression differs, which each implementation of gzip does in its own way.

use std::io::{self, Read, Write};

use aws_lc_rs::digest::{Context, SHA256};
use tar::{EntryType, Header};

use crate::blob::{Blob, BlobWriter};
use crate::gzip::Gzip;
use crate::reference::Digest;

/// Makes a layer, entry by entry. Their order is the caller's.
pub struct Packer {
    archive: Digested<Gzip<BlobWriter>>,
}

/// A layer, and the digest of its archive before compression.
#[derive(Debug)]
pub struct Layer {
    /// The compressed archive.
    pub blob: Blob,
    /// The digest of the archive.
    pub archive: Digest,
}

struct Digested<W> {
    inner: W,
    digest: Context,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Default for Packer {
    fn default() -> Self {
        let inner = Gzip::new(BlobWriter::default());
        Self { archive: Digested { inner, digest: Context::new(&SHA256) } }
    }
}

impl Packer {
    /// A folder, by its path from the root with `/` between names; the root itself is `.`.
    ///
    /// # Errors
    /// What was written cannot be kept.
    pub fn folder(&mut self, path: &str) -> io::Result<()> {
        self.entry(path, EntryType::Directory, 0o755, 0)
    }

    /// A file of a size. What `content` has less is an error, and so is more: the file changed under the hand.
    ///
    /// # Errors
    /// The content cannot be read, or what was written cannot be kept.
    pub fn file(
        &mut self,
        path: &str,
        executable: bool,
        size: u64,
        content: impl Read,
    ) -> io::Result<()> {
        let mode = if executable { 0o755 } else { 0o644 };
        self.entry(path, EntryType::Regular, mode, size)?;
        let copied = io::copy(&mut content.take(size + 1), &mut self.archive)?;
        if copied != size {
            return Err(io::Error::other("the file changed while it was read"));
        }
        self.pad(size)
    }

    /// The layer.
    ///
    /// # Errors
    /// What was written cannot be kept.
    pub fn finish(mut self) -> io::Result<Layer> {
        self.archive.write_all(&[0; 1024])?;
        let Digested { inner, digest } = self.archive;
        let blob = inner.finish()?.finish();
        Ok(Layer { blob, archive: Digest::from_hash(digest.finish().as_ref()) })
    }

    fn entry(&mut self, path: &str, kind: EntryType, mode: u32, size: u64) -> io::Result<()> {
        let mut header = Header::new_ustar();
        let long = !path.is_ascii() || !fits(path) || size >= 1 << 33;
        if long {
            self.extended(path, size)?;
            // What readers without extensions see is cut, as Go's is.
            let ascii: String = path.chars().filter(char::is_ascii).take(100).collect();
            write_name(&mut header, &ascii);
        } else {
            set_path(&mut header, path);
        }
        header.set_size(if size < 1 << 33 { size } else { 0 });
        self.header(header, kind, mode)
    }

    /// A header of extended attributes, for what the plain one has no room for.
    fn extended(&mut self, path: &str, size: u64) -> io::Result<()> {
        let mut records = String::new();
        if !path.is_ascii() || !fits(path) {
            records.push_str(&record("path", path));
        }
        if size >= 1 << 33 {
            records.push_str(&record("size", &size.to_string()));
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let name = format!("{folder}PaxHeaders.0/{name}");
        let mut header = Header::new_ustar();
        let ascii: String = name.chars().filter(char::is_ascii).take(100).collect();
        write_name(&mut header, &ascii);
        header.set_size(records.len() as u64);
        self.header(header, EntryType::XHeader, 0)?;
        self.archive.write_all(records.as_bytes())?;
        self.pad(records.len() as u64)
    }

    fn header(&mut self, mut header: Header, kind: EntryType, mode: u32) -> io::Result<()> {
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        // As Go has it: headers of extended attributes say no device, not even none.
        if kind != EntryType::XHeader {
            header.set_device_major(0)?;
            header.set_device_minor(0)?;
        }
        header.set_cksum();
        // Six digits, a zero and a blank, as it was first and as Go writes it; readers take both.
        let sum = header.cksum()?;
        header.as_old_mut().cksum.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.archive.write_all(header.as_bytes())
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        let over = usize::try_from(size % 512).unwrap_or_default();
        match over {
            0 => Ok(()),
            over => self.archive.write_all(&[0; 512][over..]),
        }
    }
}

/// `<length> <key>=<value>`, where the length counts itself.
fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + rest.to_string().len();
    length = rest + length.to_string().len();
    format!("{length} {key}={value}\n")
}

/// Where a path is cut in two for the plain header: a prefix of 155 bytes at most, and a name of 100.
fn cut(path: &str) -> Option<(&str, &str)> {
    if path.len() <= 100 {
        return Some(("", path));
    }
    // As Go does it: the last `/` that leaves a prefix short enough.
    let end = path.len().min(156);
    let at = path.as_bytes()[..end].iter().rposition(|byte| *byte == b'/')?;
    let (prefix, name) = (&path[..at], &path[at + 1..]);
    (at > 0 && !name.is_empty() && name.len() <= 100).then_some((prefix, name))
}

fn fits(path: &str) -> bool {
    cut(path).is_some()
}

fn set_path(header: &mut Header, path: &str) {
    if let (Some((prefix, name)), Some(ustar)) = (cut(path), header.as_ustar_mut()) {
        ustar.name[..name.len()].copy_from_slice(name.as_bytes());
        ustar.prefix[..prefix.len()].copy_from_slice(prefix.as_bytes());
    }
}

fn write_name(header: &mut Header, name: &str) {
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn packed() -> Layer {
        let mut packer = Packer::default();
        packer.folder(".").unwrap();
        packer.file("a.yaml", false, 5, &b"a: 1\n"[..]).unwrap();
        packer.folder("bin").unwrap();
        packer.file("bin/run", true, 0, io::empty()).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let (one, other) = (packed(), packed());
        assert_eq!(one.blob.digest(), other.blob.digest());
        // Whoever changes this changes the digests of everything that was pushed.
        assert_eq!(
            one.archive.as_str(),
            "sha256:6a8de0ff4860eb6de492f4c47f199ff2fe042a4d63bb2c1f354173be88011bae"
        );
        assert_eq!(
            one.blob.digest().as_str(),
            "sha256:fca633ed81cc7c3e0fea28e69fa436a79bb59574ece004eb35d05a6fa9acc90d"
        );
    }

    #[test]
    fn a_file_that_grows_or_shrinks_is_an_error() {
        for size in [4, 6] {
            let error = Packer::default().file("a", false, size, &b"12345"[..]).unwrap_err();
            assert_eq!(error.to_string(), "the file changed while it was read");
        }
    }

    #[test]
    fn long_and_foreign_names_come_back() {
        let names = [
            "a/".repeat(70) + "b",
            "x".repeat(101),
            format!("{}/{}", "y".repeat(160), "z".repeat(99)),
            "grüße/日本.yaml".to_owned(),
        ];
        let mut packer = Packer::default();
        for name in &names {
            packer.file(name, false, 1, &b"1"[..]).unwrap();
        }
        let layer = packer.finish().unwrap();
        let mut archive =
            tar::Archive::new(flate2::read::GzDecoder::new(layer.blob.reader().unwrap()));
        let read: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(read, names);
    }

    #[test]
    fn a_records_length_counts_itself() {
        for (value, length) in
            [("1", "9 "), ("12", "11 "), (&"x".repeat(90)[..], "99 "), (&"x".repeat(91), "101 ")]
        {
            let record = record("path", value);
            assert!(record.starts_with(length), "{record}");
            assert_eq!(record.len().to_string(), length.trim());
        }
    }
}
