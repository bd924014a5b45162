//! Unmounting.

use std::io::Write;

use serde::Serialize;
use wim_fs::MountInfo;

use crate::args::UnmountArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::{Line, count};
use crate::warning::Warning;

/// What was unmounted.
#[derive(Serialize)]
struct Answer {
    source: Option<String>,
    image: Option<u32>,
    mountpoint: String,
    /// How many changes were written, and how many were not.
    committed: u64,
    discarded: u64,
}

pub(super) fn run(args: &UnmountArgs, output: &mut Output) -> anyhow::Result<Code> {
    let mountpoint = args.mountpoint.display().to_string();
    let answer = if wim_fs::unmount_dead(&args.mountpoint)? {
        let message = "the process that served this mount was gone already".to_owned();
        output.warn(Warning { code: "MOUNT_DEAD", message, file: mountpoint.clone(), image: None });
        Answer { source: None, image: None, mountpoint, committed: 0, discarded: 0 }
    } else {
        let info = MountInfo::of(&args.mountpoint)?;
        if args.commit {
            wim_fs::commit(&info)?;
        }
        wim_fs::unmount(&info).map_err(|error| match info.changes {
            Some(1..) if args.commit => anyhow::Error::from(error).context("what was changed is committed"),
            _ => error.into(),
        })?;
        for message in info.problems {
            output.warn(Warning { code: "READ_FAILED", message, file: info.archive.clone(), image: Some(info.image) });
        }
        let changes = info.changes.unwrap_or(0);
        let (committed, discarded) = if args.commit { (changes, 0) } else { (0, changes) };
        Answer { source: Some(info.archive), image: Some(info.image), mountpoint, committed, discarded }
    };
    if output.json() {
        output.answer(&answer)?;
    } else if !output.quiet() {
        let mut out = output.stdout();
        let changes = |number| count(number, "change", "changes");
        let what = match (answer.committed, answer.discarded) {
            (0, 0) => String::new(),
            (0, discarded) => format!("; {} discarded", changes(discarded)),
            (committed, _) => format!("; {} committed", changes(committed)),
        };
        writeln!(out, "unmounted {}{what}", Line(&answer.mountpoint))?;
        out.flush()?;
    }
    Ok(Code::SUCCESS)
}
