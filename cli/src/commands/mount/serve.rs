//! Mounting, and waiting for the end.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

use serde::Serialize;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use wim_export::{Archive, Error};
use wim_format::ImageIndex;
use wim_fs::{Listener, Mount, MountOptions};

use super::background;
use crate::args::MountArgs;
use crate::exit_code::Code;
use crate::output::text::{Line, count};
use crate::output::{Output, diagnose};
use crate::source;
use crate::usage::Usage;
use crate::warning::Warning;

/// What is mounted.
#[derive(Serialize)]
struct Answer {
    source: String,
    image: u32,
    mountpoint: String,
    read_only: bool,
    entries: usize,
    /// How many names are not shown; the warnings say which.
    skipped: u64,
    pid: u32,
}

pub(super) fn run(args: &MountArgs, output: &mut Output) -> anyhow::Result<Code> {
    let (image, mountpoint) = args.image_and_mountpoint()?;
    source::refuse_all(image)?;
    if source::is_pipe(&args.file) {
        return Err(Usage::new("only a file can be mounted, as any part of it may be wanted at any time").into());
    }
    let file = std::path::absolute(&args.file).map_err(|source| in_file(args, source))?;
    let log = args.log.as_deref().map(background::open_log).transpose()?;
    // One half for chunks of solid resources, one for files.
    let cache = args.common.memory.unwrap_or(MountOptions::DEFAULT_MEMORY) / 2;
    let options = options(args);
    let signals = signals()?;
    let (mount, archive, image) = if args.rw {
        let archive_file = source::open_for_changes(&file, &args.read, &args.common)?;
        let archive = archive_file.archive().clone();
        let image = source::select_image(&archive, image)?;
        (Mount::read_write(archive_file, image, &mountpoint, &options, listener())?, archive, image)
    } else {
        let archive = source::open_cached(&file, &args.read, &args.common, cache)?;
        let image = source::select_image(&archive, image)?;
        (Mount::read_only(&archive, image, &mountpoint, &options, listener())?, archive, image)
    };
    say(args, &mount, &archive, image, output)?;
    if args.serve {
        background::detach(log)?;
    }
    unmount_at(signals, &mount);
    mount.wait()?;
    Ok(Code::SUCCESS)
}

fn in_file(args: &MountArgs, source: io::Error) -> Error {
    Error::Io { action: "open", path: args.file.clone(), source }
}

fn options(args: &MountArgs) -> MountOptions {
    let mut options = MountOptions::default();
    options.unix_data = args.unix_data;
    options.fix_links = args.fix_links();
    options.streams = args.shows_streams();
    options.staging = args.staging_dir.clone();
    options.allow_other = args.allow_other;
    options.threads = args.common.threads;
    options.memory = args.common.memory;
    options
}

/// What goes wrong is printed: on the terminal, or wherever standard error leads by then.
fn listener() -> Listener {
    Box::new(diagnose)
}

/// Says that the image is mounted.
fn say(
    args: &MountArgs,
    mount: &Mount,
    archive: &Archive,
    image: ImageIndex,
    output: &mut Output,
) -> anyhow::Result<()> {
    let name = archive.name();
    output.warn_all(archive.warnings().iter().map(|warning| Warning::of_format(name, None, warning)));
    output.warn_all(mount.warnings().iter().map(|warning| Warning::of_format(name, Some(image), warning)));
    for left in mount.left() {
        let message = format!("a mount that was killed left {} behind; what was not committed is lost", left.display());
        output.warn(Warning { code: "STAGING_LEFT", message, file: name.to_owned(), image: Some(image.get()) });
    }
    for hidden in mount.hidden() {
        let message = format!("{} is not shown: {}", hidden.path, hidden.why);
        output.warn(Warning { code: "SKIPPED", message, file: name.to_owned(), image: Some(image.get()) });
    }
    let answer = Answer {
        source: name.to_owned(),
        image: image.get(),
        mountpoint: mount.mountpoint().display().to_string(),
        read_only: !args.rw,
        entries: mount.entries(),
        skipped: mount.hidden().len() as u64,
        pid: std::process::id(),
    };
    if args.serve {
        background::announce()?;
    }
    if output.json() {
        output.answer(&answer)?;
    } else if !output.quiet() {
        let mut out = output.stdout();
        let entries = count(answer.entries as u64, "entry", "entries");
        let (mountpoint, source) = (Line(&answer.mountpoint), Line(&answer.source));
        let how = if args.rw { "; `wimsmith unmount --commit` writes what is changed" } else { ", read-only" };
        writeln!(out, "mounted on {mountpoint}: image {} of {source}, {entries}{how}", answer.image)?;
        out.flush()?;
    }
    Ok(())
}

/// A stream that becomes readable at a signal to end.
fn signals() -> anyhow::Result<UnixStream> {
    let failed = |source| Error::Io { action: "watch for", path: "signals".into(), source };
    let (reader, writer) = UnixStream::pair().map_err(failed)?;
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let writer = writer.try_clone().map_err(failed)?;
        signal_hook::low_level::pipe::register(signal, writer).map_err(failed)?;
    }
    Ok(reader)
}

/// Unmounts at a signal.
fn unmount_at(mut signals: UnixStream, mount: &Mount) {
    let unmounter = mount.unmounter();
    std::thread::spawn(move || {
        if signals.read_exact(&mut [0]).is_ok()
            && let Err(error) = unmounter.unmount()
        {
            diagnose(&error.to_string());
        }
    });
}
