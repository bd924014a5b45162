//! `make-hostile` writes the fixtures of `hostile` again, the same bytes on every run.

use std::path::Path;

use testdata::{cases, hostile};

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(root.join("hostile"))?;
    for case in cases::HOSTILE_WIMS {
        std::fs::write(root.join(case.file), hostile::bytes(case.file))?;
    }
    Ok(())
}
