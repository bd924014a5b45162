//! What went wrong while an image was mounted: told at once to whoever listens, and kept for whoever asks.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use wim_export::Error;

/// Messages that are kept.
const MAX_KEPT: usize = 100;

/// Takes messages as they come, from any thread.
pub type Listener = Box<dyn Fn(&str) + Send + Sync>;

/// What went wrong. Each message counts once: the kernel asks again for what it was refused.
pub(super) struct Problems {
    listener: Listener,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    messages: Vec<String>,
    seen: HashSet<String>,
}

impl Problems {
    pub(super) fn new(listener: Listener) -> Self {
        Self { listener, kept: Mutex::default() }
    }

    /// Notes what went wrong.
    pub(super) fn report(&self, message: String) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.seen.len() >= MAX_KEPT || !kept.seen.insert(message.clone()) {
            return;
        }
        kept.messages.push(message.clone());
        drop(kept);
        (self.listener)(&message);
    }

    /// All of it, a message a line.
    pub(super) fn text(&self) -> String {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).messages.join("\n")
    }
}

/// An error with its causes, in one line.
pub(super) fn line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(|error| error.to_string().replace('\n', " ")).collect::<Vec<_>>().join(": ")
}

/// What an error of the system comes to.
pub(super) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_message_is_told_once_and_their_number_is_bounded() {
        let told = Arc::new(AtomicUsize::new(0));
        let count = told.clone();
        let problems = Problems::new(Box::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        for number in 0..500 {
            problems.report(format!("{}", number / 2));
        }
        assert_eq!(told.load(Ordering::Relaxed), MAX_KEPT);
        assert_eq!(problems.text().lines().count(), MAX_KEPT);
    }
}
