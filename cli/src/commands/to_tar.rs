//! `wimsmith to-tar`: an image as a stream that other programs read.

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;
use wim_export::Destination;
use wim_fs::{TarReport, write_tar};

use crate::args::ToTarArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, count, short_size};
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;

/// What was written.
#[derive(Serialize)]
struct Answer {
    source: String,
    image: u32,
    destination: String,
    entries: u64,
    bytes: u64,
    /// How many names were left out; the warnings say which.
    skipped: u64,
}

pub(super) fn run(args: &ToTarArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, out) = args.image_and_out()?;
    source::refuse_all(image)?;
    let is_pipe = source::is_pipe(&out);
    if is_pipe && args.json {
        return Err(Usage::new("standard output takes the archive or the answer, not both: name a file").into());
    }
    if is_pipe && io::stdout().is_terminal() {
        return Err(Usage::new("standard output is a terminal: send it into a file or another program").into());
    }
    let archive = source::open(&args.file, &args.read, &args.common, output)?;
    let image = source::select_image(&archive, image)?;
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(archive.name(), None, warning)));
    let report = if is_pipe {
        write_tar(&archive, image, &mut output.stdout(), &mut output.progress())?
    } else {
        let mut destination = Destination::create(&out, &args.destination_args.options())?;
        let report = {
            let mut buffered = BufWriter::with_capacity(1 << 20, destination.file());
            let report = write_tar(&archive, image, &mut buffered, &mut output.progress())?;
            buffered.flush()?;
            report
        };
        destination.commit()?;
        report
    };
    let TarReport { entries, bytes, skipped, .. } = report;
    for skipped in &skipped {
        let message = format!("{} is left out: {}", skipped.path, skipped.why);
        let (file, image) = (archive.name().to_owned(), Some(image.get()));
        output.warn(Warning { code: "SKIPPED", message, file, image });
    }
    let destination = out.display().to_string();
    let skipped = skipped.len() as u64;
    let answer = Answer { source: archive.name().to_owned(), image: image.get(), destination, entries, bytes, skipped };
    if output.json() {
        output.answer(&answer)?;
    } else if !is_pipe && !output.quiet() {
        let mut out = output.stdout();
        let entries = count(answer.entries, "entry", "entries");
        writeln!(out, "{}: {entries} with {}", Line(&answer.destination), short_size(answer.bytes))?;
        out.flush()?;
    }
    Ok(Code::SUCCESS)
}
