//! What files hold: old data, which the archive has, and new data, which is not read before the end.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use wim_format::{ImageMetadata, InodeId, NewStream, Sha1Hash, StoredStreams, StreamKind};

use super::{EditProblem, ImageEditor, NewStreamData, problem};
use crate::{Error, NewBlob, Result, Subject};

/// New data that is not hashed yet. Until it is, files name it by a hash that is none: a mark that no other editor and no
/// archive has, and the data's number.
#[derive(Debug)]
pub(super) struct Pending {
    mark: [u8; MARK_LEN],
    blobs: Vec<NewBlob>,
}

const MARK_LEN: usize = 12;

impl Pending {
    pub(super) fn new() -> Self {
        let random = [RandomState::new().hash_one(0), RandomState::new().hash_one(1)];
        let mut mark = [0; MARK_LEN];
        mark.iter_mut().zip(random.iter().flat_map(|random| random.to_le_bytes())).for_each(|(to, from)| *to = from);
        Self { mark, blobs: Vec::new() }
    }

    /// Adds data, and returns what stands for its hash.
    fn push(&mut self, blob: NewBlob) -> Sha1Hash {
        let mut hash = [0; 20];
        hash[..MARK_LEN].copy_from_slice(&self.mark);
        hash[MARK_LEN..].copy_from_slice(&(self.blobs.len() as u64).to_le_bytes());
        self.blobs.push(blob);
        Sha1Hash(hash)
    }

    /// The number of the data that `hash` stands for, unless it is a hash.
    fn number(&self, hash: &Sha1Hash) -> Option<usize> {
        let (mark, number) = hash.0.split_first_chunk::<MARK_LEN>()?;
        let number = u64::from_le_bytes(number.try_into().ok()?);
        let number = usize::try_from(number).ok()?;
        (*mark == self.mark && number < self.blobs.len()).then_some(number)
    }

    fn get(&self, hash: &Sha1Hash) -> Option<&NewBlob> {
        self.number(hash).map(|number| &self.blobs[number])
    }

    /// Hashes what `metadata` refers to, by way of `hash`, and puts the hashes in.
    pub(super) fn resolve(
        self,
        metadata: &mut ImageMetadata,
        hash: impl FnOnce(Vec<NewBlob>) -> Result<Vec<Sha1Hash>>,
    ) -> Result<()> {
        let mut used = HashSet::new();
        let mut files = Vec::new();
        for (number, inode) in metadata.inodes().iter().enumerate() {
            let of_file: Vec<usize> = hashes(&inode.stored_streams).filter_map(|hash| self.number(hash)).collect();
            if !of_file.is_empty() {
                files.push(InodeId(number as u32));
                used.extend(of_file);
            }
        }
        let numbers: Vec<usize> = (0..self.blobs.len()).filter(|number| used.contains(number)).collect();
        let hashed = hash(numbers.iter().map(|&number| self.blobs[number].clone()).collect())?;
        let mut known = vec![Sha1Hash::ZERO; self.blobs.len()];
        numbers.iter().zip(hashed).for_each(|(&number, hash)| known[number] = hash);
        for id in files {
            let streams = &mut metadata.inode_mut(id).stored_streams;
            for hash in std::iter::once(&mut streams.main_hash).chain(streams.entries.iter_mut().map(|e| &mut e.hash)) {
                if let Some(number) = self.number(hash) {
                    *hash = known[number];
                }
            }
        }
        Ok(())
    }
}

fn hashes(streams: &StoredStreams) -> impl Iterator<Item = &Sha1Hash> {
    std::iter::once(&streams.main_hash).chain(streams.entries.iter().map(|entry| &entry.hash))
}

impl ImageEditor {
    /// Streams for an inode, whose data waits to be hashed.
    pub(super) fn pend(&mut self, streams: Vec<NewStreamData>) -> Vec<NewStream> {
        let stream = |stream: NewStreamData| NewStream {
            kind: stream.kind,
            name: stream.name,
            hash: self.hash_or_pend(stream.data),
        };
        streams.into_iter().map(stream).collect()
    }

    /// What stands for the hash of new data in this editor's tree. It is not read before the end.
    pub fn new_data(&mut self, data: NewBlob) -> Sha1Hash {
        self.hash_or_pend(data)
    }

    /// The hash of data in memory that the archive has, or what stands for the hash of any other data.
    fn hash_or_pend(&mut self, blob: NewBlob) -> Sha1Hash {
        if let Some(bytes) = blob.as_slice() {
            let hash = if bytes.is_empty() { Sha1Hash::ZERO } else { crate::hash::sha1(bytes) };
            let is_there = self.source.as_ref().is_some_and(|(archive, _)| archive.blob(&hash).is_some());
            if hash.is_zero() || is_there {
                return hash;
            }
        }
        self.pending.push(blob)
    }

    /// The size of the data that `hash` names in this editor's tree; 0 if it is not known.
    pub fn data_size(&self, hash: &Sha1Hash) -> u64 {
        if let Some(blob) = self.pending.get(hash) {
            return blob.size().unwrap_or(0);
        }
        self.source.as_ref().and_then(|(archive, _)| archive.blob(hash)).map_or(0, |blob| blob.size)
    }

    /// The data of the file at `path`, old or new.
    ///
    /// # Errors
    /// If there is no such file, it has more than `limit` bytes, or they cannot be read.
    pub fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>> {
        let inode = self.metadata.inode_of(self.find(path)?);
        let data = inode.streams().find(|stream| stream.kind == StreamKind::Data);
        if inode.is_directory() || inode.is_reparse_point() {
            return Err(problem(path, EditProblem::NoData));
        }
        let hash = data.map(|stream| stream.hash).ok_or_else(|| problem(path, EditProblem::NoData))?;
        if hash.is_zero() {
            return Ok(Vec::new());
        }
        if self.data_size(&hash) > limit {
            return Err(problem(path, EditProblem::TooLarge));
        }
        self.read_data(path, &hash, None)
    }

    /// The first bytes of the file at `path`, at most `len`.
    ///
    /// # Errors
    /// As [`Self::read`], but for the size; and the data's hash is not checked.
    pub(crate) fn read_front(&self, path: &str, len: u64) -> Result<Vec<u8>> {
        let hash = self.metadata.inode_of(self.find(path)?).data_hash();
        if hash.is_zero() {
            return Ok(Vec::new());
        }
        self.read_data(path, &hash, Some(len))
    }

    /// The data that `hash` names: all of it, its hash checked, or at most so many bytes from its front.
    fn read_data(&self, path: &str, hash: &Sha1Hash, front: Option<u64>) -> Result<Vec<u8>> {
        let hash = *hash;
        if let Some(blob) = self.pending.get(&hash) {
            let mut bytes = blob.read()?;
            bytes.truncate(front.and_then(|len| usize::try_from(len).ok()).unwrap_or(usize::MAX));
            return Ok(bytes);
        }
        let missing = || Error::MissingBlob {
            archive: "the edited image".to_owned(),
            subject: Subject::Blob { hash, path: Some(path.to_owned()) },
        };
        let (archive, _) = self.source.as_ref().ok_or_else(missing)?;
        let mut bytes = Vec::new();
        let read = archive.blob_reader(&hash).and_then(|mut reader| {
            let size = reader.size();
            let take = |piece: &[u8]| {
                bytes.extend_from_slice(piece);
                Ok(())
            };
            match front {
                None => reader.read_all(take),
                Some(len) => reader.read_range(0..len.min(size), take),
            }
        });
        read.map_err(|error| error.with_path(|_| Some(path.to_owned())))?;
        Ok(bytes)
    }

    /// Gives the file at `path` other data; everything else of it stays. A file with several names loses this one to a file
    /// of its own: the others keep the old data.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn set_data(&mut self, path: &str, data: NewBlob) -> Result<()> {
        let id = self.find(path)?;
        let inode = self.metadata.inode_of(id);
        if inode.is_directory() || inode.is_reparse_point() {
            return Err(problem(path, EditProblem::NoData));
        }
        let named = inode.streams().filter_map(|stream| {
            let name = stream.name?.clone();
            Some(NewStream { kind: StreamKind::Named, name, hash: stream.hash })
        });
        let mut streams: Vec<NewStream> = named.collect();
        let id = self.unshare(id).map_err(|why| problem(path, why))?;
        let data = NewStreamData { kind: StreamKind::Data, name: wim_format::Name::default(), data };
        streams.extend(self.pend(vec![data]));
        let inode_id = self.metadata.dentry(id).inode;
        let set = self.metadata.inode_mut(inode_id).set_streams(streams);
        set.map_err(|why| problem(path, why.into()))
    }
}
