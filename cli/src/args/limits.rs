//! `--limits`: how much to accept of an archive.

use std::str::FromStr;

use wim_format::Limits;

use super::values::byte_size;

/// Memory of a small device, which `embedded` is for.
const EMBEDDED_MEMORY: u32 = 32 << 20;

/// A set of limits by name, some of them changed: `untrusted,chunk=128M`.
#[derive(Clone, Debug)]
pub(crate) struct LimitSpec(pub(crate) Limits);

impl FromStr for LimitSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split(',');
        let mut limits = match words.next().unwrap_or_default() {
            "default" => Limits::default(),
            "untrusted" => Limits::untrusted(),
            "embedded" => Limits::embedded(EMBEDDED_MEMORY),
            _ => return Err("a set of limits is default, untrusted or embedded".to_owned()),
        };
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("{word} is not LIMIT=NUMBER"))?;
            change(&mut limits, name, byte_size(value)?)?;
        }
        Ok(Self(limits))
    }
}

/// Changes one limit.
fn change(limits: &mut Limits, name: &str, value: u64) -> Result<(), String> {
    let small = || u32::try_from(value).map_err(|_| format!("{name} is less than 4G"));
    match name {
        "metadata" => limits.metadata_bytes = value,
        "entries" => limits.entries = value,
        "depth" => limits.depth = small()?,
        "streams" => limits.streams_per_file = small()?,
        "images" => limits.images = small()?,
        "blobs" => limits.blobs = value,
        "xml" => limits.xml_bytes = value,
        "chunk" => limits.chunk_bytes = small()?,
        "blob" => limits.blob_bytes = value,
        "total" => limits.total_bytes = value,
        "memory" => limits.memory = Some(value),
        _ => {
            let names = "metadata, entries, depth, streams, images, blobs, xml, chunk, blob, total or memory";
            return Err(format!("a limit is {names}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_limits_can_be_changed() {
        let parse = |text: &str| text.parse::<LimitSpec>().map(|spec| spec.0);
        assert_eq!(parse("untrusted").unwrap().chunk_bytes, 64 << 20);
        let limits = parse("untrusted,chunk=128M,entries=7").unwrap();
        assert_eq!((limits.chunk_bytes, limits.entries), (128 << 20, 7));
        assert_eq!(limits.blobs, Limits::untrusted().blobs);
        let limits = parse("default,blob=1G,total=2G,memory=64M").unwrap();
        assert_eq!((limits.blob_bytes, limits.total_bytes, limits.memory), (1 << 30, 2 << 30, Some(64 << 20)));
        assert_eq!(parse("embedded").unwrap().chunk_bytes, 8 << 20);
        for bad in ["", "strict", "chunk=1M", "default,chunk", "default,chunk=4G", "default,size=1", "default,"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
