//! `wimsmith registry`: values of an image's registry.
//!
//! | file | what |
//! |---|---|
//! | `read` | `get` and `export` |
//! | `change` | `set`, `delete` and `import` |
//! | `data` | data as it is typed |

mod change;
mod data;
mod read;

use wim_export::{ImageEditor, ImageHive};

use crate::args::{ReadArgs, RegistryAction, RegistryArgs};
use crate::exit_code::Code;
use crate::output::Output;
use crate::source;

/// How the default value, which has no name, is typed.
const DEFAULT_VALUE: &str = "@";

pub(super) fn run(args: &RegistryArgs, output: &mut Output) -> anyhow::Result<Code> {
    source::refuse_all(Some(&args.image))?;
    match &args.action {
        RegistryAction::Get { key, value, recursive } => {
            read::get(&open(args, output)?, key, value.as_deref().map(value_name), *recursive, output)?;
        }
        RegistryAction::Export { key, out } => read::export(&open(args, output)?, key, out.as_deref(), output)?,
        RegistryAction::Set { change, .. }
        | RegistryAction::Delete { change, .. }
        | RegistryAction::Import { change, .. } => change::run(args, *change, output)?,
    }
    Ok(Code::SUCCESS)
}

/// The hive, to be read.
fn open(args: &RegistryArgs, output: &Output) -> anyhow::Result<ImageHive> {
    let archive = source::open(&args.file, &ReadArgs::default(), &args.common, output)?;
    let image = source::select_image(&archive, Some(&args.image))?;
    Ok(ImageHive::open(&ImageEditor::new(&archive, image)?, &args.hive)?)
}

/// A value's name as the hive has it.
fn value_name(typed: &str) -> &str {
    if typed == DEFAULT_VALUE { "" } else { typed }
}
