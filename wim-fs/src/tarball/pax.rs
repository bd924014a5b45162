//! The records of an extended header: `LENGTH KEY=VALUE\n`, one after another.
//!
//! The `tar` crate cuts them at line ends, which values may have in them; here the lengths are believed, as they must be.

use std::collections::HashMap;

/// Records by key, of which the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    list: Vec<(Vec<u8>, Vec<u8>)>,
    /// For each key, its position in the list.
    index: HashMap<Vec<u8>, usize>,
    /// The oldest way to say where a sparse file has data: two keys that come again and again.
    pub(super) sparse_numbers: Vec<Vec<u8>>,
}

impl Records {
    /// Adds the records in `bytes`; `None` if these are none.
    pub(super) fn extend(&mut self, mut bytes: &[u8]) -> Option<()> {
        // Some writers fill the rest of the block up.
        while bytes.first().is_some_and(|&byte| byte != 0) {
            let space = bytes.iter().take(MAX_DIGITS + 1).position(|&byte| byte == b' ')?;
            let digits = std::str::from_utf8(&bytes[..space]).ok()?;
            // A number may not have a sign here.
            let length = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse::<usize>().ok())??;
            let (record, rest) = bytes.split_at_checked(length)?;
            let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|&byte| byte == b'=')?;
            self.put(&record[..equals], &record[equals + 1..]);
            bytes = rest;
        }
        Some(())
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        if [&b"GNU.sparse.offset"[..], b"GNU.sparse.numbytes"].contains(&key) {
            self.sparse_numbers.push(value.to_vec());
            return;
        }
        match self.index.get(key) {
            Some(&at) => self.list[at].1 = value.to_vec(),
            None => {
                self.index.insert(key.to_vec(), self.list.len());
                self.list.push((key.to_vec(), value.to_vec()));
            }
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&[u8]> {
        self.index.get(key.as_bytes()).map(|&at| self.list[at].1.as_slice())
    }

    /// Every record whose key begins with `prefix`: the rest of the key, and the value.
    pub(super) fn with_prefix(&self, prefix: &str) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.list.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix.as_bytes())?, value.as_slice())))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.sparse_numbers.is_empty()
    }
}

/// No record that fits into memory has a longer length.
const MAX_DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_have_anything_in_them() {
        let mut records = Records::default();
        records.extend(b"9 a=b\nc=\n12 path=x/y\n\0\0\0").unwrap();
        records.extend(b"6 b=1\n6 b=2\n").unwrap();
        assert_eq!(records.get("a"), Some(&b"b\nc="[..]));
        assert_eq!(
            (records.get("path"), records.get("b"), records.get("c")),
            (Some(&b"x/y"[..]), Some(&b"2"[..]), None)
        );
        assert_eq!(records.with_prefix("b").collect::<Vec<_>>(), [(&b""[..], &b"2"[..])]);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for bytes in
            [&b"6 a=b"[..], b"x a=b\n", b"+6 a=b\n", b"5 a=b\n", b"999 a=b\n", b"4 a\n", b"2 ", b"1", b"0 a=b\n"]
        {
            assert_eq!(Records::default().extend(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
