//! An image as a tar archive, from front to back.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use tar::{Builder, EntryType, Header};
use wim_export::{Archive, Error, Progress, Result};
use wim_format::{
    DentryId, FileAttributes, HeaderFlags, ImageIndex, ImageMetadata, Inode, InodeId, Name, ReparseInfo, Sha1Hash,
    StreamKind, XmlInfo,
};

use super::file::{link, reparse_header, unused};
use super::records::{self, from_time, to_base64};
use crate::extract::names::to_host;
use crate::extract::{NameRules, Skipped};
use crate::reparse;
use crate::unix_data::{self, UnixData, extended_attributes};

/// Longer streams are entries of their own: other programs keep records in memory, and some refuse those of an entry that
/// take more than a mebibyte.
const MAX_STREAM: u64 = 64 << 10;
/// The same for all streams of an entry together.
const MAX_STREAMS: u64 = 512 << 10;

/// What was written.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct TarReport {
    /// Entries.
    pub entries: u64,
    /// Bytes of files' data.
    pub bytes: u64,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
}

/// Writes an image as a tar archive, from front to back.
///
/// # Errors
/// If data is missing or damaged, `out` fails, or `progress` cancels the run. What was written by then is of no use.
pub fn write_tar(
    archive: &Archive,
    image: ImageIndex,
    out: &mut dyn Write,
    progress: &mut dyn Progress,
) -> Result<TarReport> {
    let metadata = archive.image(image)?;
    let total = metadata.statistics(|hash| archive.blob(hash).map_or(0, |blob| blob.size)).total_bytes;
    let mut tar = Tar {
        archive,
        metadata: &metadata,
        builder: Builder::new(out),
        first_names: vec![None; metadata.inodes().len()],
        report: TarReport::default(),
    };
    tar.image_records(image)?;
    let mut walk = metadata.walk();
    let mut path: Vec<Vec<u8>> = Vec::new();
    while let Some((dentry, _)) = walk.next() {
        path.truncate(walk.depth().saturating_sub(1));
        if dentry != metadata.root() {
            match to_host(&metadata.dentry(dentry).name, NameRules::Unix) {
                Ok(name) => path.push(name.into_encoded_bytes()),
                Err(why) => {
                    tar.skip(dentry, &why.to_string());
                    walk.skip_children();
                    continue;
                }
            }
        }
        tar.append(dentry, &path.join(&b'/'))?;
        let event = wim_export::Event::new(wim_export::Phase::Read, tar.report.bytes, total);
        if let ControlFlow::Break(()) = progress.event(event) {
            return Err(Error::Cancelled);
        }
    }
    let Tar { mut builder, report, .. } = tar;
    builder.finish().and_then(|()| builder.get_mut().flush()).map_err(write_error)?;
    Ok(report)
}

struct Tar<'a> {
    archive: &'a Archive,
    metadata: &'a ImageMetadata,
    builder: Builder<&'a mut dyn Write>,
    /// For each inode, the path by which it was written.
    first_names: Vec<Option<Vec<u8>>>,
    report: TarReport,
}

/// Records of an entry, beside its header.
type Records = Vec<(String, Vec<u8>)>;

/// What a stream is that is an entry of its own: its name, and the hash of its bytes.
type LongStream = (Vec<u8>, Sha1Hash);

impl Tar<'_> {
    /// Writes what is said ahead of all entries.
    fn image_records(&mut self, image: ImageIndex) -> Result<()> {
        let mut records: Records = Vec::new();
        if let Some(xml) = self.archive.xml().image(image) {
            let mut info = XmlInfo::new();
            info.push_image(xml.clone());
            let bytes = info.to_bytes();
            let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
            let text = String::from_utf16_lossy(&units);
            records.push((records::IMAGE.to_owned(), text.trim_start_matches('\u{FEFF}').as_bytes().to_vec()));
        }
        if self.archive.header().flags.contains(HeaderFlags::RP_FIX) {
            records.push((records::FIXED_LINKS.to_owned(), b"1".to_vec()));
        }
        let mut bytes = Vec::new();
        // The same form as that of an entry's records, which the library writes.
        let mut local = Builder::new(&mut bytes);
        let pairs = records.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        local.append_pax_extensions(pairs).map_err(write_error)?;
        drop(local);
        let Some((header, rest)) = bytes.split_first_chunk::<512>().filter(|_| !records.is_empty()) else {
            return Ok(());
        };
        let mut header = Header::from_byte_slice(header).clone();
        header.set_entry_type(EntryType::XGlobalHeader);
        header.set_cksum();
        let size = header.size().map_err(write_error)?;
        self.builder.append(&header, rest.take(size)).map_err(write_error)
    }

    fn append(&mut self, dentry: DentryId, path: &[u8]) -> Result<()> {
        let metadata = self.metadata;
        let id = metadata.dentry(dentry).inode;
        let inode = metadata.inode(id);
        if let Some(first) = self.first_name(id) {
            let records = self.short_name(dentry).into_iter().collect();
            return self.entry(header(inode, EntryType::Link), path, &first, records, &mut io::empty());
        }
        let (mut records, long) = self.records(dentry, inode)?;
        self.add_reparse_record(inode, &mut records)?;
        let special = UnixData::of(inode).and_then(|unix| Some((unix, entry_type(unix)?)));
        if let Some(target) = self.target(inode)? {
            self.entry(header(inode, EntryType::Symlink), path, &target, records, &mut io::empty())?;
        } else if inode.attributes.contains(FileAttributes::DIRECTORY) {
            let path = if path.is_empty() { b"./".to_vec() } else { [path, b"/"].concat() };
            self.entry(header(inode, EntryType::Directory), &path, &[], records, &mut io::empty())?;
        } else if let Some((unix, kind)) = special {
            let mut header = header(inode, kind);
            let (major, minor) = unix.major_and_minor();
            header.set_device_major(major).and_then(|()| header.set_device_minor(minor)).map_err(write_error)?;
            self.entry(header, path, &[], records, &mut io::empty())?;
        } else {
            if inode.link_count > 1 {
                self.first_names[id.0 as usize] = Some(path.to_vec());
            }
            let data = inode.streams().find(|stream| matches!(stream.kind, StreamKind::Data | StreamKind::Efs));
            self.data_entry(dentry, path, data.map_or(Sha1Hash::ZERO, |data| data.hash), records)?;
        }
        for (name, hash) in long {
            let shown: Vec<u8> = name.iter().map(|&byte| if byte == b'/' { b'_' } else { byte }).collect();
            let path = if path.is_empty() { b"." } else { path };
            let records = vec![(records::STREAM_OF.to_owned(), name)];
            self.data_entry(dentry, &[path, b":", &shown].concat(), hash, records)?;
        }
        Ok(())
    }

    /// Writes an entry with data.
    fn data_entry(&mut self, dentry: DentryId, path: &[u8], hash: Sha1Hash, records: Records) -> Result<()> {
        let metadata = self.metadata;
        let mut header = header(metadata.inode_of(dentry), EntryType::Regular);
        if hash.is_zero() {
            return self.entry(header, path, &[], records, &mut io::empty());
        }
        let with_path = |error: Error| error.with_path(|_| Some(metadata.path(dentry)));
        let mut reader = self.archive.blob_reader(&hash).map_err(with_path)?;
        header.set_size(reader.size());
        self.report.bytes += reader.size();
        self.archive.check_total_bytes(self.report.bytes)?;
        self.entry(header, path, &[], records, &mut reader)?;
        // The end of the data is where its SHA-1 is compared.
        reader.read(&mut [0]).map_err(write_error).map_err(with_path).map(|_| ())
    }

    fn first_name(&self, id: InodeId) -> Option<Vec<u8>> {
        self.first_names[id.0 as usize].clone()
    }

    /// Writes an entry. Names that are too long for the header are records, too.
    fn entry(
        &mut self,
        mut header: Header,
        path: &[u8],
        link: &[u8],
        mut records: Records,
        data: &mut dyn Read,
    ) -> Result<()> {
        let fields = header.as_old_mut();
        for (record, value, field) in [("path", path, &mut fields.name), ("linkpath", link, &mut fields.linkname)] {
            let len = value.len().min(field.len());
            field[..len].copy_from_slice(&value[..len]);
            if value.len() > len {
                records.push((record.to_owned(), value.to_vec()));
            }
        }
        header.set_cksum();
        self.report.entries += 1;
        let pairs = records.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        self.builder.append_pax_extensions(pairs).map_err(write_error)?;
        self.builder.append(&header, data).map_err(write_error)
    }

    /// Where a link leads on a Unix system, if it is one.
    fn target(&self, inode: &Inode) -> Result<Option<Vec<u8>>> {
        let tag = inode.reparse.unwrap_or_default().tag;
        let hash = inode.reparse_hash();
        if !reparse::is_link(tag) || self.archive.blob(&hash).is_none_or(|blob| blob.size > reparse::MAX_DATA) {
            return Ok(None);
        }
        let target = reparse::parse(tag, &self.read(&hash)?).map(|target| target.to_unix(&[]));
        Ok(target.filter(|target| !target.is_empty() && !target.contains(&0)))
    }

    fn read(&self, hash: &Sha1Hash) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.archive.blob_reader(hash)?.read_all(|piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// The records of a file, and its streams that are too long for them.
    fn records(&self, dentry: DentryId, inode: &Inode) -> Result<(Records, Vec<LongStream>)> {
        let mut records = vec![
            (records::MODIFIED.to_owned(), from_time(inode.last_write_time)),
            (records::ACCESSED.to_owned(), from_time(inode.last_access_time)),
            (records::CREATED.to_owned(), from_time(inode.creation_time)),
            (records::ATTRIBUTES.to_owned(), inode.attributes.0.to_string().into_bytes()),
        ];
        let mut put = |name: &str, value: Vec<u8>| records.push((name.to_owned(), value));
        if let Some(descriptor) = inode.security_id.and_then(|id| self.metadata.security().get(id)) {
            put(records::SECURITY, to_base64(descriptor));
        }
        if inode.attributes.contains(FileAttributes::ENCRYPTED) {
            put(records::EFS, b"1".to_vec());
        }
        if let Some(unused) = unused(inode) {
            put(records::UNUSED, unused);
        }
        if !inode.tagged.is_empty() {
            put(records::ITEMS, to_base64(inode.tagged.as_bytes()));
        }
        put_extended_attributes(inode, &mut put);
        records.extend(self.short_name(dentry));
        let long = self.put_streams(inode, &mut records)?;
        Ok((records, long))
    }

    fn short_name(&self, dentry: DentryId) -> Option<(String, Vec<u8>)> {
        let name = &self.metadata.dentry(dentry).short_name;
        (!name.is_empty()).then(|| (records::SHORT_NAME.to_owned(), crate::wtf8::encode(name.units())))
    }

    /// Makes records of short streams, and returns the others.
    fn put_streams(&self, inode: &Inode, records: &mut Records) -> Result<Vec<LongStream>> {
        let (mut long, mut total) = (Vec::new(), 0);
        let is_extra = |kind| match kind {
            StreamKind::Named => true,
            // The entry itself has no data: it is a link or a directory.
            StreamKind::Data => inode.is_reparse_point() && reparse::is_link(inode.reparse.unwrap_or_default().tag),
            StreamKind::Efs => inode.attributes.contains(FileAttributes::DIRECTORY),
            StreamKind::Reparse => false,
        };
        for stream in inode.streams().filter(|stream| is_extra(stream.kind)) {
            if stream.kind == StreamKind::Data && stream.hash.is_zero() {
                continue;
            }
            let name = crate::wtf8::encode(stream.name.map(Name::units).unwrap_or_default());
            let size = self.archive.blob(&stream.hash).map_or(0, |blob| blob.size);
            let key = String::from_utf8(name.clone()).ok().filter(|name| !name.contains(['=', '\0', '\n']));
            match key {
                Some(key) if size <= MAX_STREAM && total + size <= MAX_STREAMS => {
                    total += size;
                    let data = if stream.hash.is_zero() { Vec::new() } else { self.read(&stream.hash)? };
                    records.push((format!("{}{key}", records::STREAM_PREFIX), data));
                }
                _ => long.push((name, stream.hash)),
            }
        }
        Ok(long)
    }

    /// Makes a record of a reparse point, unless the entry says it all.
    fn add_reparse_record(&self, inode: &Inode, records: &mut Records) -> Result<()> {
        if !inode.is_reparse_point() {
            return Ok(());
        }
        let (info, hash) = (inode.reparse.unwrap_or_default(), inode.reparse_hash());
        let is_mount_point = info.tag == ReparseInfo::MOUNT_POINT;
        if is_mount_point {
            records.push((records::MOUNT_POINT.to_owned(), b"1".to_vec()));
        }
        let size = self.archive.blob(&hash).map_or(0, |blob| blob.size);
        // A reparse point with more data is none that anything could make again.
        let data = if hash.is_zero() || size > reparse::MAX_DATA { Vec::new() } else { self.read(&hash)? };
        let is_said = self.target(inode)?.and_then(|target| link(&target, is_mount_point));
        if is_said.is_none_or(|said| said != (info, data.clone())) {
            let bytes = [&reparse_header(info)[..], &data].concat();
            records.push((records::REPARSE.to_owned(), to_base64(&bytes)));
        }
        Ok(())
    }

    fn skip(&mut self, dentry: DentryId, why: &str) {
        self.report.skipped.push(Skipped { path: self.metadata.path(dentry), why: why.to_owned() });
    }
}

/// Extended attributes, as far as other programs may have a use for them.
fn put_extended_attributes(inode: &Inode, put: &mut impl FnMut(&str, Vec<u8>)) {
    const OF_UNIX: [&str; 4] = ["user.", "system.", "security.", "trusted."];
    for (name, value) in extended_attributes(inode) {
        let Ok(name) = str::from_utf8(name) else { continue };
        if name.contains('=') {
            continue;
        }
        if OF_UNIX.iter().any(|prefix| name.starts_with(prefix)) {
            put(&format!("{}{name}", records::UNIX_XATTR), value.to_vec());
        } else {
            put(&format!("{}{name}", records::WINDOWS_EA), to_base64(value));
        }
    }
}

/// What a device or pipe is in an archive; sockets are not in archives.
fn entry_type(unix: UnixData) -> Option<EntryType> {
    match unix.kind() {
        unix_data::PIPE => Some(EntryType::Fifo),
        unix_data::CHARACTER_DEVICE => Some(EntryType::Char),
        unix_data::BLOCK_DEVICE => Some(EntryType::Block),
        _ => None,
    }
}

fn header(inode: &Inode, kind: EntryType) -> Header {
    const SPECIAL_BITS: u32 = 0o7777;
    let mut header = Header::new_gnu();
    let unix = UnixData::of(inode);
    let usual = match (inode.is_directory(), inode.attributes.contains(FileAttributes::READONLY)) {
        (true, _) => 0o755,
        (false, true) => 0o444,
        (false, false) => 0o644,
    };
    header.set_mode(unix.map_or(usual, |unix| unix.mode & SPECIAL_BITS));
    header.set_uid(unix.map_or(0, |unix| u64::from(unix.user)));
    header.set_gid(unix.map_or(0, |unix| u64::from(unix.group)));
    header.set_mtime(u64::try_from(inode.last_write_time.to_unix().0).unwrap_or(0));
    header.set_entry_type(kind);
    header.set_size(0);
    header
}

/// An error of the tar archive, or of the data that went into it.
fn write_error(source: io::Error) -> Error {
    match source.downcast::<Error>() {
        Ok(error) => error,
        Err(source) => Error::Io { action: "write", path: PathBuf::from("the tar archive"), source },
    }
}
