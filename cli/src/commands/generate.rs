//! `wimsmith completions` and `wimsmith man`: what is made from the definition of the command line.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_mangen::Man;
use serde::Serialize;
use wim_export::Error;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::exit_code::Code;
use crate::output::Output;

/// The program's name.
const NAME: &str = "wimsmith";

/// What was written.
#[derive(Serialize)]
struct Pages {
    files: Vec<String>,
}

pub(super) fn completions(args: &CompletionsArgs, output: &Output) -> anyhow::Result<Code> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    let mut out = output.stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Code::SUCCESS)
}

pub(super) fn man(args: &ManArgs, output: &Output) -> anyhow::Result<Code> {
    let failed = |action, path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Io { action, path, source }
    };
    fs::create_dir_all(&args.folder).map_err(failed("create", &args.folder))?;
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let mut pages = vec![(NAME.to_owned(), program.clone())];
    for verb in program.get_subcommands() {
        let name = format!("{NAME}-{}", verb.get_name());
        pages.push((name.clone(), verb.clone().display_name(name)));
    }
    let mut files = Vec::new();
    for (name, command) in pages {
        let path = args.folder.join(format!("{name}.1"));
        fs::write(&path, page(command)?).map_err(failed("write", &path))?;
        files.push(path);
    }
    tell(&files, output)?;
    Ok(Code::SUCCESS)
}

fn page(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(page)
}

fn tell(files: &[PathBuf], output: &Output) -> io::Result<()> {
    let files: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    if output.json() {
        return output.answer(&Pages { files });
    }
    let mut out = output.stdout();
    files.iter().try_for_each(|file| writeln!(out, "{file}"))?;
    out.flush()
}
