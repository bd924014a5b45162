//! Unmounting.

use std::io::Write;

use serde::Serialize;
use wim_fs::MountInfo;

use crate::args::UnmountArgs;
use crate::exit_code::Code;
use crate::output::Output;
use crate::output::text::Line;
use crate::warning::Warning;

/// What was unmounted.
#[derive(Serialize)]
struct Answer {
    source: Option<String>,
    image: Option<u32>,
    mountpoint: String,
}

pub(super) fn run(args: &UnmountArgs, output: &mut Output) -> anyhow::Result<Code> {
    let mountpoint = args.mountpoint.display().to_string();
    let answer = if wim_fs::unmount_dead(&args.mountpoint)? {
        let message = "the process that served this mount was gone already".to_owned();
        output.warn(Warning { code: "MOUNT_DEAD", message, file: mountpoint.clone(), image: None });
        Answer { source: None, image: None, mountpoint }
    } else {
        let info = MountInfo::of(&args.mountpoint)?;
        wim_fs::unmount(&info)?;
        for message in info.problems {
            output.warn(Warning { code: "READ_FAILED", message, file: info.archive.clone(), image: Some(info.image) });
        }
        Answer { source: Some(info.archive), image: Some(info.image), mountpoint }
    };
    if output.json() {
        output.answer(&answer)?;
    } else if !output.quiet() {
        let mut out = output.stdout();
        writeln!(out, "unmounted {}", Line(&answer.mountpoint))?;
        out.flush()?;
    }
    Ok(Code::SUCCESS)
}
