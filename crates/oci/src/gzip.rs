//! Compression with all cores that makes the same bytes with any number of them.
//!
//! What is written is cut into blocks of one size, each of which is compressed for itself, and they are put together in their order: one
//! member of [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952), as pigz makes it, which every reader reads.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// How much is compressed at a time; another number makes other bytes.
const BLOCK: usize = 256 * 1024;
/// How hard; another number makes other bytes.
const LEVEL: u32 = 5;
/// More threads than this only take memory.
const THREADS: usize = 8;
/// Deflate, no name, no time, the least of what compressors may say of themselves, and no system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// A block to be compressed: its number, its bytes, and whether it is the last.
type Job = (u64, Vec<u8>, bool);
/// A block that is.
type Done = (u64, io::Result<Vec<u8>>);

/// Compresses what is written to it, into something else that is written to.
pub(crate) struct Gzip<W> {
    inner: W,
    block: Vec<u8>,
    crc: Crc,
    threads: Vec<JoinHandle<()>>,
    jobs: Option<SyncSender<Job>>,
    done: Receiver<Done>,
    /// Blocks that are compressed before one that comes before them.
    early: BTreeMap<u64, Vec<u8>>,
    handed: u64,
    written: u64,
}

impl<W: Write> Gzip<W> {
    pub(crate) fn new(inner: W) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_threads(inner, cores.min(THREADS))
    }

    fn with_threads(inner: W, count: usize) -> Self {
        let (jobs, taken) = sync_channel::<Job>(2 * count);
        let (done, finished) = channel();
        let taken = Arc::new(Mutex::new(taken));
        let threads = (0..count).map(|_| {
            let (taken, done) = (Arc::clone(&taken), done.clone());
            std::thread::spawn(move || work(&taken, &done))
        });
        Self {
            inner,
            block: Vec::with_capacity(BLOCK),
            crc: Crc::new(),
            threads: threads.collect(),
            jobs: Some(jobs),
            done: finished,
            early: BTreeMap::new(),
            handed: 0,
            written: 0,
        }
    }

    /// Compresses what is left, and gives back what was written to.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.hand(true)?;
        self.jobs = None;
        while self.written < self.handed {
            self.take(true)?;
        }
        for thread in self.threads.drain(..) {
            thread.join().map_err(|_| io::Error::other("a thread that compresses failed"))?;
        }
        self.inner.write_all(&self.crc.sum().to_le_bytes())?;
        self.inner.write_all(&self.crc.amount().to_le_bytes())?;
        Ok(self.inner)
    }

    /// Hands the block to a thread, when one has room for it.
    fn hand(&mut self, last: bool) -> io::Result<()> {
        self.crc.update(&self.block);
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        if let Some(jobs) = &self.jobs {
            let gone = |_| io::Error::other("the threads that compress are gone");
            jobs.send((self.handed, block, last)).map_err(gone)?;
        }
        self.handed += 1;
        while self.take(false)? {}
        Ok(())
    }

    /// Writes out what is compressed; gives back whether there was something.
    fn take(&mut self, wait: bool) -> io::Result<bool> {
        let next = match wait {
            true => {
                self.done.recv().map_err(|_| io::Error::other("a thread that compresses failed"))?
            }
            false => match self.done.try_recv() {
                Ok(next) => next,
                Err(_) => return Ok(false),
            },
        };
        self.early.insert(next.0, next.1?);
        while let Some(bytes) = self.early.remove(&self.written) {
            if self.written == 0 {
                self.inner.write_all(&HEADER)?;
            }
            self.inner.write_all(&bytes)?;
            self.written += 1;
        }
        Ok(true)
    }
}

impl<W: Write> Write for Gzip<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        if self.block.len() == BLOCK {
            self.hand(false)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, done: &Sender<Done>) {
    let mut deflate = Compress::new(Compression::new(LEVEL), false);
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, block, last)) = job else { return };
        deflate.reset();
        let bytes = compressed(&mut deflate, &block, last);
        if done.send((number, bytes)).is_err() {
            return;
        }
    }
}

/// A block that ends on a byte, so that another one can follow it.
fn compressed(deflate: &mut Compress, block: &[u8], last: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(block.len() / 2 + 64);
    let flush = if last { FlushCompress::Finish } else { FlushCompress::Sync };
    loop {
        let read = usize::try_from(deflate.total_in()).map_err(io::Error::other)?;
        let status = deflate.compress_vec(&block[read..], &mut bytes, flush)?;
        let all = deflate.total_in() == block.len() as u64;
        let room = bytes.len() < bytes.capacity();
        match status {
            Status::StreamEnd => return Ok(bytes),
            // Room that is left says that nothing is held back.
            _ if all && room && !last => return Ok(bytes),
            _ => bytes.reserve(block.len() / 4 + 64),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Read as _;

    use super::*;

    fn zipped(bytes: &[u8], threads: usize) -> Vec<u8> {
        let mut gzip = Gzip::with_threads(Vec::new(), threads);
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn what_is_compressed_is_the_same_with_any_number_of_threads() {
        // A text, and what looks like noise and does not get smaller.
        let text: Vec<u8> =
            b"kind: ConfigMap\n".iter().copied().cycle().take(3 * BLOCK + 7).collect();
        let mut state = 1_u32;
        let noise = (0..2 * BLOCK).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let noise: Vec<u8> = noise.collect();
        for bytes in [&b""[..], b"a", &text, &noise, &noise[..BLOCK]] {
            let one = zipped(bytes, 1);
            assert!(one == zipped(bytes, 5));
            let mut read = Vec::new();
            let mut reader = flate2::read::GzDecoder::new(&*one);
            reader.read_to_end(&mut read).unwrap();
            assert!(read == bytes);
            assert!(reader.into_inner().is_empty(), "one member, and nothing after it");
        }
    }
}
