//! The whole descriptor: owner, group, and the two lists.

use super::SddlError;
use super::ace::{self, List};
use super::sid;

/// Bits of a descriptor that say what it has, and that it is in one piece.
const SELF_RELATIVE: u16 = 0x8000;
const DACL_PRESENT: u16 = 0x0004;
const SACL_PRESENT: u16 = 0x0010;
/// What a list's flags say, as bits for the access list and for the other.
const LIST_FLAGS: [(&str, u16, u16); 3] = [("AI", 0x0400, 0x0800), ("AR", 0x0100, 0x0200), ("P", 0x1000, 0x2000)];
/// Instead of a list: everybody may do everything.
const NO_ACCESS_CONTROL: &str = "NO_ACCESS_CONTROL";
/// Revisions of lists: the usual one, and that of lists with objects.
const REVISION: u8 = 2;
const OBJECT_REVISION: u8 = 4;
/// Bytes before a list's entries, and before what a descriptor consists of.
const LIST_FRONT: usize = 8;
const FRONT: usize = 20;

/// What was read so far.
#[derive(Default)]
struct Descriptor {
    control: u16,
    owner: Option<Vec<u8>>,
    group: Option<Vec<u8>>,
    /// In bytes; none of them for no access control at all.
    access: Option<Vec<u8>>,
    system: Option<Vec<u8>>,
}

/// The self-relative security descriptor that `text` describes.
///
/// # Errors
/// What is wrong with it, and where.
///
/// # Examples
/// ```
/// let descriptor = wim_export::sddl::parse("O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)")?;
/// assert_eq!(descriptor[..2], [1, 0]);
/// # Ok::<(), String>(())
/// ```
pub fn parse(text: &str) -> Result<Vec<u8>, SddlError> {
    let mut descriptor = Descriptor::default();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty; O:BAG:SYD:(A;;FA;;;SY) is a security descriptor".to_owned());
    }
    while !rest.is_empty() {
        rest = descriptor.part(rest)?.trim_start();
    }
    Ok(descriptor.to_bytes())
}

impl Descriptor {
    /// Reads the part that `text` begins with, and returns what follows it.
    fn part<'a>(&mut self, text: &'a str) -> Result<&'a str, SddlError> {
        let expected = || format!("O:, G:, D: or S: is expected at {:?}", text.chars().take(20).collect::<String>());
        let (kind, rest) = text.split_once(':').ok_or_else(expected)?;
        let twice = |there: bool| if there { Err(format!("{kind}: is there twice")) } else { Ok(()) };
        match kind.trim_end() {
            "O" | "o" => {
                twice(self.owner.is_some())?;
                let (who, rest) = split_who(rest);
                self.owner = Some(sid::parse(who)?);
                Ok(rest)
            }
            "G" | "g" => {
                twice(self.group.is_some())?;
                let (who, rest) = split_who(rest);
                self.group = Some(sid::parse(who)?);
                Ok(rest)
            }
            "D" | "d" => {
                twice(self.access.is_some())?;
                let (list, rest) = self.list(rest, List::Access)?;
                self.access = Some(list);
                Ok(rest)
            }
            "S" | "s" => {
                twice(self.system.is_some())?;
                let (list, rest) = self.list(rest, List::System)?;
                self.system = Some(list);
                Ok(rest)
            }
            _ => Err(expected()),
        }
    }

    /// Reads a list: its flags, then its entries.
    fn list<'a>(&mut self, text: &'a str, list: List) -> Result<(Vec<u8>, &'a str), SddlError> {
        let mut rest = text.trim_start();
        self.control |= if list == List::Access { DACL_PRESENT } else { SACL_PRESENT };
        let mut is_none = false;
        loop {
            if let Some(after) = rest.strip_prefix(NO_ACCESS_CONTROL).filter(|_| list == List::Access) {
                (is_none, rest) = (true, after);
                continue;
            }
            let flag = LIST_FLAGS.iter().find_map(|flag| Some((flag, rest.strip_prefix(flag.0)?)));
            let Some((&(_, access, system), after)) = flag else { break };
            self.control |= if list == List::Access { access } else { system };
            rest = after;
        }
        let (mut entries, mut count, mut revision) = (Vec::new(), 0u16, REVISION);
        rest = rest.trim_start();
        while let Some(inner) = rest.strip_prefix('(') {
            let (entry, after) = inner.split_once(')').ok_or_else(|| format!("({inner} is not closed"))?;
            let ace = ace::parse(entry, list)?;
            revision = if ace.is_object { OBJECT_REVISION } else { revision };
            entries.extend(ace.bytes);
            count = count.saturating_add(1);
            rest = after.trim_start();
        }
        if is_none {
            let none = if count == 0 { Ok((Vec::new(), rest)) } else { Err(()) };
            return none.map_err(|()| format!("entries after {NO_ACCESS_CONTROL} mean nothing"));
        }
        let size = u16::try_from(LIST_FRONT + entries.len()).map_err(|_| "a list has at most 64 KiB".to_owned())?;
        let mut bytes = vec![revision, 0];
        for number in [size, count, 0] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(entries);
        Ok((bytes, rest))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let parts = [&self.owner, &self.group, &self.system, &self.access];
        let mut bytes = vec![1, 0];
        bytes.extend((self.control | SELF_RELATIVE).to_le_bytes());
        let mut offset = FRONT;
        for part in parts {
            let len = part.as_ref().map_or(0, Vec::len);
            bytes.extend((if len == 0 { 0 } else { offset as u32 }).to_le_bytes());
            offset += len;
        }
        parts.iter().copied().flatten().for_each(|part| bytes.extend(part));
        bytes
    }
}

/// Who stands at the front, and the parts after that: the next one begins with the letter before the next colon.
fn split_who(text: &str) -> (&str, &str) {
    let next = text.find(':').and_then(|colon| text[..colon].char_indices().next_back());
    let (who, rest) = text.split_at(next.map_or(text.len(), |(at, _)| at));
    (who.trim(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_others_write() {
        // Built by hand, field by field.
        let all = parse("O:BAG:BAD:(A;;0x1f01ff;;;BA)").unwrap();
        assert_eq!(all, testdata::build::descriptor(0x001F_01FF));
        assert_eq!(parse("O:BAG:BAD:").unwrap(), testdata::build::empty_dacl_descriptor());
        for same in ["D:(A;;FA;;;BA)G:BAO:BA", " O:BA G:S-1-5-32-544 D: ( A ;; FA ;;; BA ) ", "o:bag:bad:(a;;fa;;;ba)"]
        {
            assert_eq!(parse(same).unwrap(), all, "{same}");
        }
    }

    #[test]
    fn every_part_may_be_missing_and_has_its_flags() {
        let control = |text: &str| {
            let bytes = parse(text).unwrap();
            u16::from_le_bytes([bytes[2], bytes[3]])
        };
        assert_eq!(control("O:SY"), 0x8000);
        assert_eq!(control("D:PAI(A;;FA;;;SY)"), 0x9404);
        assert_eq!(control("D:ARS:PAIAR(AU;SAFA;FA;;;WD)"), 0xAB14 | 0x0100);
        assert_eq!(control("S:(ML;;NW;;;HI)"), 0x8010);
        // No list is there, which is more than an empty one.
        let none = parse("D:NO_ACCESS_CONTROL").unwrap();
        assert_eq!((none.len(), none[16..20].to_vec()), (20, vec![0; 4]));
        let owner = parse("O:SY").unwrap();
        assert_eq!((owner.len(), owner[4], owner[8]), (32, 20, 0));
    }

    #[test]
    fn a_list_with_objects_has_a_revision_of_its_own() {
        let offset = FRONT;
        assert_eq!(parse("D:(A;;FA;;;SY)").unwrap()[offset], 2);
        assert_eq!(parse("D:(A;;FA;;;SY)(OA;;RP;;;WD)").unwrap()[offset], 4);
    }

    #[test]
    fn what_is_no_descriptor_is_refused() {
        for (text, word) in [
            ("", "empty"),
            ("BA", "expected"),
            ("X:BA", "expected"),
            ("O:BAO:BA", "twice"),
            ("D:D:", "twice"),
            ("O:", "nobody"),
            ("O:BAG:", "nobody"),
            ("O:é:", "nobody"),
            ("D:(A;;FA;;;SY", "not closed"),
            ("D:(A;;FA;;;SY)x", "expected"),
            ("D:Q(A;;FA;;;SY)", "expected"),
            ("S:NO_ACCESS_CONTROL", "expected"),
            ("D:NO_ACCESS_CONTROL(A;;FA;;;SY)", "nothing"),
            ("D:(XA;;FX;;;WD;(x))", "fields"),
        ] {
            let error = parse(text).err().unwrap_or_else(|| panic!("{text}"));
            assert!(error.contains(word), "{text}: {error}");
        }
        let long = format!("D:{}", "(A;;FA;;;SY)".repeat(4000));
        assert!(parse(&long).unwrap_err().contains("64 KiB"));
    }

    #[test]
    fn nothing_that_is_typed_makes_it_panic() {
        let words =
            ["O:", "G:", "D:", "S:", "BA", "(", ")", ";", "P", "é", "A", "S-1-5-", "0x", "NO_ACCESS_CONTROL", " "];
        let mut state = 7u32;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..(state % 12) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(words[(state >> 16) as usize % words.len()]);
            }
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) | 1;
            let _ = parse(&text);
        }
    }
}
