//! The special trees are what they claim, and quick to make.

use testdata::build::{Dentry, DentryId, MetadataBuilder, ROOT, bombs, offsets};

#[test]
fn a_deep_tree_is_what_the_builder_makes_of_a_chain() {
    let mut tree = MetadataBuilder::new();
    let add = |parent: DentryId, tree: &mut MetadataBuilder| tree.add(parent, Dentry::dir("d"));
    let mut parent = ROOT;
    for _ in 0..5 {
        parent = add(parent, &mut tree);
    }
    assert_eq!(bombs::deep(5), tree.to_bytes());
}

#[test]
fn a_million_levels_have_120_bytes_each() {
    const LEVELS: usize = 1_000_000;
    let empty = MetadataBuilder::new().to_bytes().len();
    assert_eq!(bombs::deep(LEVELS).len(), empty + LEVELS * 120);
}

#[test]
fn a_cycle_leads_back_to_the_root_list() {
    let metadata = bombs::cycle().build();
    assert_eq!(metadata.subdirs[0], metadata.subdirs[2]);
    let again = metadata.offsets[2].expect("it is written") as usize;
    let field = &metadata.bytes[again + offsets::dentry::SUBDIR_OFFSET..][..8];
    assert_eq!(field, metadata.subdirs[0].to_le_bytes());
}

#[test]
fn shared_lists_grow_by_a_constant_for_each_level() {
    let len = |levels| bombs::shared_lists(levels).to_bytes().len();
    assert_eq!(len(20) - len(19), len(2) - len(1));
}
