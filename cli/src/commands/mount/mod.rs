//! `wimsmith mount` and `wimsmith unmount`: an image as a file system.
//!
//! | file | what |
//! |---|---|
//! | `background` | a process that goes on when the command is done |
//! | `serve` | mounting, and waiting for the end |
//! | `end` | unmounting |

#[cfg(all(target_os = "linux", feature = "mount"))]
mod background;
#[cfg(all(target_os = "linux", feature = "mount"))]
mod end;
#[cfg(all(target_os = "linux", feature = "mount"))]
mod serve;

use crate::args::{MountArgs, UnmountArgs};
use crate::exit_code::Code;
use crate::output::Output;

#[cfg(all(target_os = "linux", feature = "mount"))]
pub(super) fn mount(args: &MountArgs, output: &mut Output) -> anyhow::Result<Code> {
    args.image_and_mountpoint()?;
    if args.foreground || args.serve { serve::run(args, output) } else { background::run() }
}

#[cfg(all(target_os = "linux", feature = "mount"))]
pub(super) fn unmount(args: &UnmountArgs, output: &mut Output) -> anyhow::Result<Code> {
    end::run(args, output)
}

#[cfg(not(all(target_os = "linux", feature = "mount")))]
pub(super) fn mount(_: &MountArgs, _: &mut Output) -> anyhow::Result<Code> {
    Err(unsupported())
}

#[cfg(not(all(target_os = "linux", feature = "mount")))]
pub(super) fn unmount(_: &UnmountArgs, _: &mut Output) -> anyhow::Result<Code> {
    Err(unsupported())
}

#[cfg(not(all(target_os = "linux", feature = "mount")))]
fn unsupported() -> anyhow::Error {
    let what = "mounting, which needs Linux and a build with the feature `mount`; extract instead,".to_owned();
    wim_export::Error::Unsupported { subject: "this build".to_owned(), what }.into()
}
