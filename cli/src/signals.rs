//! Signals: Ctrl-C asks the run to stop and clean up, a second one ends it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit_code::INTERRUPTED;

/// Whether the user, or the system, has asked the run to stop.
#[derive(Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Installs the handlers.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn install() -> io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag clear and sets it, the second finds it set.
            flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), interrupt.0.clone())?;
            flag::register(signal, interrupt.0.clone())?;
        }
        // A file that grows over the limit of the shell shall be an error of the write, not a death. Any handler does that.
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
        Ok(interrupt)
    }

    /// Whether to stop.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
