//! The structural check that every hive passes before anything is read from it, in time linear in its size.
//!
//! It walks the keys from the root without recursion. Each structure claims its cell; a cell that is claimed twice, is free,
//! or is none at all, is an error, so cycles and shared structures end the walk. Only security descriptors are shared,
//! and counted. What nothing claims is lost space: allowed, and counted.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use wim_format::Name;

use crate::cells::{Cells, corrupt};
use crate::error::{Error, Result};
use crate::limits;
use crate::list::{Kind, List};
use crate::name;
use crate::raw::{
    self, BigData, DESCRIPTOR_OFFSET, INLINE, KeyNode, NONE, Record, SEGMENT, SecurityRecord, ValueRecord,
};

/// What is known of a hive after its check.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// How many keys use each security descriptor.
    pub(crate) security: BTreeMap<u32, u32>,
    /// Whether each key's subkeys are in the order that Windows gives them.
    pub(crate) sorted: bool,
    /// Keys, with the root.
    pub(crate) keys: u64,
    /// Values of all keys.
    pub(crate) values: u64,
    /// Cells in use that nothing refers to.
    pub(crate) lost: u64,
    /// Descriptors whose stated count of users is another than the true one.
    pub(crate) miscounted: u64,
}

/// A set of cells.
#[derive(Clone, Debug)]
pub(crate) struct CellSet(Vec<u64>);

impl CellSet {
    pub(crate) fn for_bins_of(bytes: usize) -> Self {
        Self(alloc::vec![0; bytes / 8 / 64 + 1])
    }

    pub(crate) fn insert(&mut self, cell: u32) {
        self.0[cell as usize / 8 / 64] |= 1 << (cell / 8 % 64);
    }

    /// Takes a cell out; whether it was there.
    fn take(&mut self, cell: u32) -> bool {
        let bit = 1 << (cell / 8 % 64);
        match self.0.get_mut(cell as usize / 8 / 64) {
            Some(word) if cell.is_multiple_of(8) && *word & bit != 0 => {
                *word &= !bit;
                true
            }
            _ => false,
        }
    }

    fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// Checks all that can be reached from the root. `unclaimed` has every cell in use.
pub(crate) fn check(cells: &Cells, unclaimed: CellSet, root: u32) -> Result<Findings> {
    let findings = Findings { sorted: true, ..Findings::default() };
    let mut checker = Checker { cells, unclaimed, findings, keys: Vec::new() };
    checker.claim_key(root, None, 0)?;
    while let Some((key, depth)) = checker.keys.pop() {
        checker.check_key(key, depth)?;
    }
    checker.check_security_ring()?;
    checker.findings.lost = checker.unclaimed.len();
    Ok(checker.findings)
}

struct Checker<'a> {
    cells: &'a Cells,
    unclaimed: CellSet,
    findings: Findings,
    /// Keys whose lists are to be checked, with their depths.
    keys: Vec<(u32, usize)>,
}

impl<'a> Checker<'a> {
    fn claim(&mut self, cell: u32, what: &'static str) -> Result<&'a [u8]> {
        if !self.unclaimed.take(cell) {
            return Err(corrupt(what, cell));
        }
        Ok(self.cells.content(cell))
    }

    /// Claims a key's own cell, class and descriptor, and gives its name.
    fn claim_key(&mut self, cell: u32, parent: Option<u32>, depth: usize) -> Result<Name> {
        let content = self.claim(cell, "no key's cell is here, or two lists have it")?;
        let node: KeyNode = raw::read(content);
        let bytes = content.get(KeyNode::SIZE..).and_then(|rest| rest.get(..node.name_len.get().into()));
        let (Some(bytes), raw::KEY) = (bytes, node.magic) else {
            return Err(corrupt("a key does not begin with \"nk\", or is cut off", cell));
        };
        if parent.is_some_and(|parent| parent != node.parent.get()) {
            return Err(corrupt("a key names another parent than the one that lists it", cell));
        }
        if depth >= limits::DEPTH {
            return Err(Error::Limit { what: "levels of keys", limit: limits::DEPTH as u64 });
        }
        if node.class_len.get() > 0 && node.class.get() != NONE {
            let class = self.claim(node.class.get(), "no key's class is here")?;
            if class.len() < node.class_len.get().into() {
                return Err(corrupt("a key's class is cut off", node.class.get()));
            }
        }
        self.use_security(node.security.get())?;
        self.findings.keys += 1;
        self.keys.push((cell, depth));
        Ok(name::decode(bytes, node.flags.get() & raw::key_flags::COMPRESSED_NAME != 0))
    }

    fn use_security(&mut self, cell: u32) -> Result<()> {
        if cell == NONE {
            return Ok(());
        }
        if let Some(count) = self.findings.security.get_mut(&cell) {
            *count += 1;
            return Ok(());
        }
        self.claim_security(cell)?;
        self.findings.security.insert(cell, 1);
        Ok(())
    }

    fn claim_security(&mut self, cell: u32) -> Result<()> {
        let content = self.claim(cell, "no security descriptor is here")?;
        let record: SecurityRecord = raw::read(content);
        let len = raw::number(content, SecurityRecord::SIZE / 4) as usize;
        let fits = content.get(DESCRIPTOR_OFFSET..).is_some_and(|rest| rest.len() >= len);
        if record.magic != raw::SECURITY || !fits {
            return Err(corrupt("a security descriptor does not begin with \"sk\", or is cut off", cell));
        }
        Ok(())
    }

    /// The descriptors form one ring, doubly linked, which also has those that no key uses.
    fn check_security_ring(&mut self) -> Result<()> {
        let Some((&first, _)) = self.findings.security.first_key_value() else { return Ok(()) };
        let (mut at, mut visited) = (first, 0);
        loop {
            let record: SecurityRecord = self.cells.read(at);
            let next = record.next.get();
            if !self.findings.security.contains_key(&next) {
                self.claim_security(next)?;
                self.findings.security.insert(next, 0);
            }
            if self.cells.read::<SecurityRecord>(next).previous.get() != at {
                return Err(corrupt("the ring of security descriptors is broken", at));
            }
            self.findings.miscounted += u64::from(self.findings.security.get(&at) != Some(&record.references.get()));
            visited += 1;
            if next == first {
                break;
            }
            if visited > self.findings.security.len() {
                return Err(corrupt("the ring of security descriptors does not close", at));
            }
            at = next;
        }
        if visited != self.findings.security.len() {
            return Err(corrupt("the security descriptors form more than one ring", first));
        }
        Ok(())
    }

    /// Checks the lists of a key that is claimed.
    fn check_key(&mut self, cell: u32, depth: usize) -> Result<()> {
        let node: KeyNode = self.cells.read(cell);
        let mut siblings = Siblings { parent: cell, depth: depth + 1, count: 0, last: None };
        if node.subkey_count.get() > 0 {
            self.check_list(node.subkey_list.get(), &mut siblings)?;
        }
        if siblings.count != node.subkey_count.get() {
            return Err(corrupt("a key's count of subkeys is another than its lists'", cell));
        }
        self.check_values(&node)
    }

    fn check_list(&mut self, cell: u32, siblings: &mut Siblings) -> Result<()> {
        let list = self.claim_list(cell)?;
        if list.kind != Kind::Root {
            return self.check_entries(list, siblings);
        }
        for leaf in list.cells() {
            let list = self.claim_list(leaf)?;
            if list.kind == Kind::Root {
                return Err(corrupt("a list of lists is in a list of lists", leaf));
            }
            self.check_entries(list, siblings)?;
        }
        Ok(())
    }

    fn claim_list(&mut self, cell: u32) -> Result<List<'a>> {
        let content = self.claim(cell, "no list of keys is here, or two keys have it")?;
        List::parse(content).ok_or_else(|| corrupt("a list of keys is of no known kind, or cut off", cell))
    }

    fn check_entries(&mut self, list: List<'a>, siblings: &mut Siblings) -> Result<()> {
        for cell in list.cells() {
            let name = self.claim_key(cell, Some(siblings.parent), siblings.depth)?;
            self.findings.sorted &= siblings.last.as_ref().is_none_or(|last| last.cmp_ignore_case(&name).is_lt());
            siblings.count += 1;
            siblings.last = Some(name);
        }
        Ok(())
    }

    fn check_values(&mut self, node: &KeyNode) -> Result<()> {
        let count = node.value_count.get();
        if count == 0 {
            // Windows leaves neither a list behind nor, in some versions, its number out.
            return Ok(());
        }
        let list = self.claim(node.value_list.get(), "no list of values is here, or two keys have it")?;
        if list.len() / 4 < count as usize {
            return Err(corrupt("a list of values is shorter than its key says", node.value_list.get()));
        }
        (0..count as usize).try_for_each(|index| self.check_value(raw::number(list, index)))
    }

    fn check_value(&mut self, cell: u32) -> Result<()> {
        let content = self.claim(cell, "no value is here, or two lists have it")?;
        let record: ValueRecord = raw::read(content);
        let fits = content.get(ValueRecord::SIZE..).is_some_and(|rest| rest.len() >= record.name_len.get().into());
        if record.magic != raw::VALUE || !fits {
            return Err(corrupt("a value does not begin with \"vk\", or is cut off", cell));
        }
        self.findings.values += 1;
        self.check_data(cell, record.size.get(), record.data.get())
    }

    fn check_data(&mut self, value: u32, size: u32, cell: u32) -> Result<()> {
        if size & INLINE != 0 {
            let fits = size & !INLINE <= 4;
            return if fits { Ok(()) } else { Err(corrupt("a value's data is too long for its place", value)) };
        }
        if size == 0 {
            return Ok(());
        }
        let content = self.claim(cell, "no value's data is here, or two values have it")?;
        if content.len() >= size as usize {
            return Ok(());
        }
        let big: BigData = raw::read(content);
        if big.magic != raw::BIG_DATA {
            return Err(corrupt("a value's data is cut off", cell));
        }
        self.check_segments(&big, size as usize)
    }

    fn check_segments(&mut self, big: &BigData, size: usize) -> Result<()> {
        let count = usize::from(big.segments.get());
        let list = self.claim(big.list.get(), "no list of segments is here")?;
        if count * SEGMENT < size || list.len() / 4 < count {
            return Err(corrupt("a value's data has too few segments", big.list.get()));
        }
        let mut left = size;
        for index in 0..count {
            let cell = raw::number(list, index);
            let segment = self.claim(cell, "no segment of a value's data is here")?;
            let len = left.min(SEGMENT);
            if segment.len() < len {
                return Err(corrupt("a segment of a value's data is cut off", cell));
            }
            left -= len;
        }
        Ok(())
    }
}

/// The keys of one parent that were seen so far.
struct Siblings {
    parent: u32,
    depth: usize,
    count: u32,
    last: Option<Name>,
}
