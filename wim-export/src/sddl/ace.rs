//! An entry of a list: `(type;flags;rights;object;inherited object;who)`.

use super::sid;

/// Which list an entry is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Who may do what.
    Access,
    /// What is audited, and the label.
    System,
}

/// A kind of entry: its name, its number, its list, and whether it can name objects.
const TYPES: &[(&str, u8, List, bool)] = &[
    ("A", 0x00, List::Access, false),
    ("D", 0x01, List::Access, false),
    ("OA", 0x05, List::Access, true),
    ("OD", 0x06, List::Access, true),
    ("AU", 0x02, List::System, false),
    ("OU", 0x07, List::System, true),
    ("ML", 0x11, List::System, false),
];
/// How an entry is inherited, and when it is audited.
const FLAGS: &[(&str, u32)] =
    &[("OI", 0x01), ("CI", 0x02), ("NP", 0x04), ("IO", 0x08), ("ID", 0x10), ("SA", 0x40), ("FA", 0x80)];
/// Rights by name: generic and standard ones, those of directory objects, files and keys, and what labels say.
const RIGHTS: &[(&str, u32)] = &[
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("CC", 0x0001),
    ("DC", 0x0002),
    ("LC", 0x0004),
    ("SW", 0x0008),
    ("RP", 0x0010),
    ("WP", 0x0020),
    ("DT", 0x0040),
    ("LO", 0x0080),
    ("CR", 0x0100),
    ("FA", 0x001F_01FF),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00A0),
    ("KA", 0x000F_003F),
    ("KR", 0x0002_0019),
    ("KW", 0x0002_0006),
    ("KX", 0x0002_0019),
    ("NW", 0x0001),
    ("NR", 0x0002),
    ("NX", 0x0004),
];
/// Which of an entry's two objects are there.
const OBJECT: u32 = 1;
const INHERITED_OBJECT: u32 = 2;
/// Groups of hexadecimal digits of an object's GUID.
const GUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// An entry in bytes, and whether it can name objects: its list has another revision then.
pub(super) struct Ace {
    pub(super) bytes: Vec<u8>,
    pub(super) is_object: bool,
}

/// Reads what is between the parentheses.
pub(super) fn parse(text: &str, list: List) -> Result<Ace, String> {
    let fields: Vec<&str> = text.split(';').map(str::trim).collect();
    let [kind, flags, rights, object, inherited, who] = fields[..] else {
        let count = fields.len();
        return Err(format!(
            "({text}) has {count} fields; it has to be (type;flags;rights;object;inherited object;who)"
        ));
    };
    let known = TYPES.iter().find(|(name, _, its_list, _)| name.eq_ignore_ascii_case(kind) && *its_list == list);
    let Some(&(_, number, _, is_object)) = known else {
        let names = TYPES.iter().filter(|(_, _, its_list, _)| *its_list == list).map(|(name, ..)| *name);
        return Err(format!(
            "({text}): {kind:?} is no type for this list; {} are",
            names.collect::<Vec<_>>().join(", ")
        ));
    };
    if !is_object && [object, inherited] != ["", ""] {
        return Err(format!("({text}): entries of the type {kind} name no objects"));
    }
    let flags = names(flags, FLAGS).ok_or_else(|| format!("({text}): {flags:?} are no flags such as OICI"))?;
    let rights =
        rights_of(rights).ok_or_else(|| format!("({text}): {rights:?} are no rights such as FA or 0x1200a9"))?;
    let mut body = rights.to_le_bytes().to_vec();
    if is_object {
        let guid = |text: &str| if text.is_empty() { Ok(Vec::new()) } else { guid(text) };
        let (object, inherited) = (guid(object)?, guid(inherited)?);
        let bit = |guid: &[u8], bit| if guid.is_empty() { 0 } else { bit };
        body.extend((bit(&object, OBJECT) | bit(&inherited, INHERITED_OBJECT)).to_le_bytes());
        body.extend([object, inherited].concat());
    }
    body.extend(sid::parse(who)?);
    // An identifier has at most 68 bytes, so that an entry is never too long.
    let size = (4 + body.len()) as u16;
    let mut bytes = vec![number, flags as u8];
    bytes.extend(size.to_le_bytes());
    bytes.extend(body);
    Ok(Ace { bytes, is_object })
}

/// Names of two letters, one after another, as bits.
fn names(text: &str, known: &[(&str, u32)]) -> Option<u32> {
    let text = text.to_ascii_uppercase();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bit = |pair: &[u8; 2]| known.iter().find(|(name, _)| name.as_bytes() == pair).map(|(_, bit)| *bit);
    rest.is_empty().then(|| pairs.iter().try_fold(0, |bits, pair| Some(bits | bit(pair)?)))?
}

/// Rights: by name, or as a number, hexadecimal after `0x`, octal after `0`.
fn rights_of(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with(|c: char| c.is_ascii_digit()) {
        return names(text, RIGHTS);
    }
    let (digits, radix) = match lower.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if lower.len() > 1 && lower.starts_with('0') => (&lower[1..], 8),
        None => (lower.as_str(), 10),
    };
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, radix).ok().filter(|_| is_number)
}

/// A GUID in bytes: the first three groups are numbers, lowest byte first.
fn guid(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("{text:?} is no GUID such as bf967aba-0de6-11d0-a285-00aa003049e2");
    let groups: Vec<&str> = text.split('-').collect();
    let is_right = groups.iter().map(|group| group.len()).eq(GUID_GROUPS);
    if !is_right || !groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let mut bytes = Vec::with_capacity(16);
    for (number, group) in groups.iter().enumerate() {
        let pairs = group.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
        let of_group = pairs.map(|pair| u8::from_str_radix(pair, 16)).collect::<Result<Vec<u8>, _>>();
        let mut of_group = of_group.map_err(|_| wrong())?;
        if number < 3 {
            of_group.reverse();
        }
        bytes.extend(of_group);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        parse(text, List::Access).unwrap().bytes
    }

    #[test]
    fn an_entry_is_its_fields() {
        let system = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
        assert_eq!(bytes("A;OICI;FA;;;SY"), [&[0, 3, 20, 0, 0xFF, 1, 0x1F, 0][..], &system].concat());
        assert_eq!(bytes("D;;0x1200A9;;;SY"), [&[1, 0, 20, 0, 0xA9, 0, 0x12, 0][..], &system].concat());
        for same in ["GRGX", "0xA0000000", "2684354560", "024000000000", "gxgr"] {
            assert_eq!(bytes(&format!("A;;{same};;;SY"))[4..8], [0, 0, 0, 0xA0], "{same}");
        }
        let label = parse("ML;;NRNWNX;;;HI", List::System).unwrap();
        assert_eq!(label.bytes[..8], [0x11, 0, 20, 0, 7, 0, 0, 0]);
    }

    #[test]
    fn objects_have_guids() {
        let guid = "bf967aba-0de6-11d0-a285-00aa003049e2";
        let in_bytes = [0xBA, 0x7A, 0x96, 0xBF, 0xE6, 0x0D, 0xD0, 0x11, 0xA2, 0x85, 0, 0xAA, 0, 0x30, 0x49, 0xE2];
        let ace = parse(&format!("OA;;RP;;{guid};WD"), List::Access).unwrap();
        assert!(ace.is_object);
        assert_eq!((ace.bytes[8..12].to_vec(), &ace.bytes[12..28]), (vec![2, 0, 0, 0], &in_bytes[..]));
        assert_eq!(parse("OA;;RP;;;WD", List::Access).unwrap().bytes[8..12], [0; 4]);
        for wrong in ["bf967aba", "bf967aba-0de6-11d0-a285-00aa003049eg", "+f967aba-0de6-11d0-a285-00aa003049e2"] {
            assert!(parse(&format!("OA;;RP;{wrong};;WD"), List::Access).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, word) in [
            ("", "1 fields"),
            ("A;;FA;;;SY;x", "7 fields"),
            ("X;;FA;;;SY", "type"),
            ("AU;SA;FA;;;SY", "type"),
            ("XA;;FA;;;SY", "type"),
            ("A;OIC;FA;;;SY", "flags"),
            ("A;ZZ;FA;;;SY", "flags"),
            ("A;é;FA;;;SY", "flags"),
            ("A;;F;;;SY", "rights"),
            ("A;;0x;;;SY", "rights"),
            ("A;;0x+1;;;SY", "rights"),
            ("A;;0x100000000;;;SY", "rights"),
            ("A;;09;;;SY", "rights"),
            ("A;;FA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY", "no objects"),
            ("A;;FA;;;", "nobody"),
        ] {
            let error = parse(text, List::Access).err().unwrap_or_else(|| panic!("{text}"));
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
