//! Some thousand mutations of the seeds, the same on every run: a little fuzzing on stable.

mod mutator;
mod util;

use mutator::Mutator;
use wim_fuzz::TARGETS;

/// What a target takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    Archive,
    Chunk,
}

fn kind(name: &str) -> Kind {
    match name {
        "archive" | "export" | "recompress" | "update" => Kind::Archive,
        _ if name.ends_with("_decode") || name.ends_with("_round_trip") => Kind::Chunk,
        _ => Kind::Table,
    }
}

#[test]
fn mutants_of_tables_keep_every_property() {
    mutate_all(Kind::Table, 5000);
}

#[test]
fn mutants_of_archives_keep_every_property() {
    mutate_all(Kind::Archive, 1000);
}

#[test]
fn mutants_of_chunks_keep_every_property() {
    mutate_all(Kind::Chunk, 500);
}

/// Puts `count` mutants of its seeds through each target of a kind.
fn mutate_all(of: Kind, count: usize) {
    for (name, target) in TARGETS.iter().filter(|(name, _)| kind(name) == of) {
        let seeds: Vec<Vec<u8>> = util::inputs("seeds", name).into_iter().map(|(_, bytes)| bytes).collect();
        let mut mutator = Mutator::new(name);
        for number in 0..count {
            util::run(&format!("mutants/{name}/{number}"), *target, &mutator.mutant(&seeds));
        }
    }
}
