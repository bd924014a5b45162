//! An image as a tar archive: a stream that other programs read, with Windows' metadata as records beside.
//!
//! | record | what |
//! |---|---|
//! | `mtime`, `atime`, `LIBARCHIVE.creationtime` | times, to 100 nanoseconds |
//! | `MSWINDOWS.fileattr`, `MSWINDOWS.rawsd` | attributes, and the security descriptor in Base64, as Windows' container layers have them |
//! | `MSWINDOWS.mountpoint` | the link is a junction |
//! | `SCHILY.xattr.NAME` | an extended attribute of Unix |
//! | `WIMSMITH.shortname`, `WIMSMITH.objectid` | the short name, and the object id in hexadecimal |
//! | `WIMSMITH.stream.NAME` | the bytes of the named stream NAME |

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use tar::{Builder, EntryType, Header};
use wim_export::{Archive, Error, Progress, Result};
use wim_format::{
    DentryId, FileAttributes, FileTime, ImageIndex, ImageMetadata, Inode, InodeId, ReparseInfo, Sha1Hash, StreamKind,
    TaggedItems,
};

use crate::extract::names::to_host;
use crate::extract::{NameRules, Skipped};
use crate::reparse;
use crate::unix_data::{UnixData, extended_attributes};

/// Named streams that are longer are left out: a record is read into memory.
const MAX_STREAM: u64 = 1 << 20;

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

impl Tar<'_> {
    fn append(&mut self, dentry: DentryId, path: &[u8]) -> Result<()> {
        let metadata = self.metadata;
        let id = metadata.dentry(dentry).inode;
        let inode = metadata.inode(id);
        if inode.streams().any(|stream| stream.kind == StreamKind::Efs) {
            self.skip(dentry, "it is encrypted by its file system (EFS)");
            return Ok(());
        }
        let mut header = header(inode);
        if let Some(first) = self.first_name(id) {
            header.set_entry_type(EntryType::Link);
            return self.entry(header, path, &first, Vec::new(), &mut io::empty());
        }
        let records = self.records(dentry, inode)?;
        let is_link = inode.is_reparse_point();
        let target = if is_link { self.target(inode)? } else { None };
        if is_link && target.is_none() {
            self.skip(dentry, "it is a reparse point of a kind that only Windows knows");
            return Ok(());
        }
        if let Some(target) = target {
            header.set_entry_type(EntryType::Symlink);
            return self.entry(header, path, &target, records, &mut io::empty());
        }
        if inode.is_directory() {
            header.set_entry_type(EntryType::Directory);
            let path = if path.is_empty() { b"./".to_vec() } else { [path, b"/"].concat() };
            return self.entry(header, &path, &[], records, &mut io::empty());
        }
        if inode.link_count > 1 {
            self.first_names[id.0 as usize] = Some(path.to_vec());
        }
        let hash = inode.data_hash();
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

    fn records(&mut self, dentry: DentryId, inode: &Inode) -> Result<Records> {
        let mut records = vec![
            ("mtime".to_owned(), time(inode.last_write_time)),
            ("atime".to_owned(), time(inode.last_access_time)),
            ("LIBARCHIVE.creationtime".to_owned(), time(inode.creation_time)),
            ("MSWINDOWS.fileattr".to_owned(), inode.attributes.0.to_string().into_bytes()),
        ];
        let mut put = |name: &str, value: Vec<u8>| records.push((name.to_owned(), value));
        if let Some(descriptor) = inode.security_id.and_then(|id| self.metadata.security().get(id)) {
            put("MSWINDOWS.rawsd", base64(descriptor));
        }
        if inode.reparse.is_some_and(|reparse| reparse.tag == ReparseInfo::MOUNT_POINT) {
            put("MSWINDOWS.mountpoint", b"1".to_vec());
        }
        let short_name = &self.metadata.dentry(dentry).short_name;
        if !short_name.is_empty() {
            put("WIMSMITH.shortname", crate::wtf8::encode(short_name.units()));
        }
        if let Some(id) = inode.tagged.get(TaggedItems::OBJECT_ID) {
            put("WIMSMITH.objectid", id.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes());
        }
        for (name, value) in extended_attributes(inode) {
            put(&format!("SCHILY.xattr.{}", String::from_utf8_lossy(name)), value.to_vec());
        }
        for stream in inode.streams().filter(|stream| stream.kind == StreamKind::Named) {
            let size = self.archive.blob(&stream.hash).map_or(0, |blob| blob.size);
            let name = stream.name.map(ToString::to_string).unwrap_or_default();
            if size > MAX_STREAM || name.contains('=') {
                self.skip(dentry, "a named stream of it is too long for a record");
                continue;
            }
            let data = if stream.hash.is_zero() { Vec::new() } else { self.read(&stream.hash)? };
            records.push((format!("WIMSMITH.stream.{name}"), data));
        }
        Ok(records)
    }

    fn skip(&mut self, dentry: DentryId, why: &str) {
        self.report.skipped.push(Skipped { path: self.metadata.path(dentry), why: why.to_owned() });
    }
}

fn header(inode: &Inode) -> Header {
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
    header.set_entry_type(EntryType::Regular);
    header.set_size(0);
    header
}

/// Seconds since 1970, with a fraction.
fn time(time: FileTime) -> Vec<u8> {
    let (seconds, nanoseconds) = time.to_unix();
    let negative = seconds < 0 && nanoseconds != 0;
    // What is rounded down has its fraction on the other side of a negative number.
    let (whole, fraction) = if negative { (seconds + 1, 1_000_000_000 - nanoseconds) } else { (seconds, nanoseconds) };
    let sign = if negative && whole == 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction:09}").into_bytes()
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for position in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * position) & 63) as usize];
            text.push(if position > three.len() { b'=' } else { digit });
        }
    }
    text
}

/// An error of the tar archive, or of the data that went into it.
fn write_error(source: io::Error) -> Error {
    match source.downcast::<Error>() {
        Ok(error) => error,
        Err(source) => Error::Io { action: "write", path: PathBuf::from("the tar archive"), source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_base64_are_as_others_read_them() {
        let text = |ticks: i64| {
            let at = FileTime(FileTime::UNIX_EPOCH.0.saturating_add_signed(ticks));
            String::from_utf8(time(at)).unwrap()
        };
        assert_eq!(text(15_000_000), "1.500000000");
        assert_eq!(text(-5_000_000), "-0.500000000");
        assert_eq!(text(-15_000_000), "-1.500000000");
        assert_eq!(text(-10_000_000), "-1.000000000");
        for (bytes, expected) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes), expected.as_bytes());
        }
    }
}
