//! What the kernel of an image says of its architecture: the machine field of a PE header.

use wim_format::ImageMetadata;

use super::Architecture;
use crate::boot_paths::KERNEL;
use crate::{Archive, BlobReader, Error, Result};

/// What a program for DOS, and every one for Windows, begins with.
const DOS_MAGIC: [u8; 2] = *b"MZ";
/// Where the DOS header has `e_lfanew`, the offset of the PE header.
const PE_OFFSET: u64 = 0x3C;
/// What a PE header begins with; the machine field follows.
const PE_MAGIC: [u8; 4] = *b"PE\0\0";

/// The architecture that the image's kernel is for; `None` if it has no kernel, or one for something unknown.
///
/// # Errors
/// If the kernel's data is missing or damaged.
pub(crate) fn architecture(archive: &Archive, metadata: &ImageMetadata) -> Result<Option<Architecture>> {
    let Some(id) = metadata.find(KERNEL) else { return Ok(None) };
    let hash = metadata.inode_of(id).data_hash();
    if hash.is_zero() {
        return Ok(None);
    }
    let name_it = |error: Error| error.with_path(|_| Some(metadata.path(id)));
    let machine = archive.blob_reader(&hash).and_then(|mut reader| machine(&mut reader)).map_err(name_it);
    Ok(machine?.and_then(Architecture::from_machine))
}

/// The machine field of a program; `None` if it is no program for Windows.
fn machine(reader: &mut BlobReader<'_>) -> Result<Option<u16>> {
    if read::<2>(reader, 0)? != Some(DOS_MAGIC) {
        return Ok(None);
    }
    let Some(offset) = read::<4>(reader, PE_OFFSET)? else { return Ok(None) };
    let offset = u64::from(u32::from_le_bytes(offset));
    if read::<4>(reader, offset)? != Some(PE_MAGIC) {
        return Ok(None);
    }
    Ok(read::<2>(reader, offset + PE_MAGIC.len() as u64)?.map(u16::from_le_bytes))
}

/// `N` bytes at `offset`, if there are so many.
fn read<const N: usize>(reader: &mut BlobReader<'_>, offset: u64) -> Result<Option<[u8; N]>> {
    let end = offset + N as u64;
    if end > reader.size() {
        return Ok(None);
    }
    let (mut bytes, mut filled) = ([0; N], 0);
    reader.read_range(offset..end, |piece| {
        bytes[filled..filled + piece.len()].copy_from_slice(piece);
        filled += piece.len();
        Ok(())
    })?;
    Ok(Some(bytes))
}
