//! The one threading primitive: jobs that run on any thread, and results that come back in order.
//!
//! A window of tickets: at most so many jobs are under way or finished but not yet taken. The caller hands in jobs until
//! the window is full, then takes the oldest result, waiting for it if need be. So memory is bounded, order is kept, and
//! a result never depends on how many threads there are. Two of them in series make decode → re-slice → encode.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::{ScopeFifo, ThreadPool, ThreadPoolBuilder};

use crate::{Error, Result};

/// The threads that do the work.
pub struct Workers {
    /// `None`: everything runs on the calling thread.
    pool: Option<ThreadPool>,
    threads: usize,
    /// How many large chunks may be compressed at a time.
    large_chunks: usize,
}

impl Workers {
    /// As many threads as were asked for, or as there are cores.
    pub fn threads_for(asked: Option<NonZeroUsize>) -> usize {
        let available = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        asked.map_or_else(available, NonZeroUsize::get)
    }

    /// `threads` of them; a single one is the calling thread.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn new(threads: usize) -> Result<Self> {
        if threads <= 1 {
            return Ok(Self { pool: None, threads: 1, large_chunks: 1 });
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("wimsmith-{i}"))
            .build()
            .map_err(|error| Error::Internal(format!("cannot start {threads} threads: {error}")))?;
        Ok(Self { pool: Some(pool), threads, large_chunks: threads })
    }

    /// The same, with so many large chunks at a time; the threads that are left help.
    pub(crate) fn with_large_chunks(self, large_chunks: usize) -> Self {
        Self { large_chunks, ..self }
    }

    pub(crate) fn large_chunks(&self) -> usize {
        self.large_chunks
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `body` on the calling thread, with a crew to which it can hand jobs; returns when all of them have ended.
    pub fn crew<'scope, R>(&self, body: impl FnOnce(&Crew<'_, 'scope>) -> R) -> R {
        match &self.pool {
            Some(pool) => pool.in_place_scope_fifo(|scope| body(&Crew { scope: Some(scope) })),
            None => body(&Crew { scope: None }),
        }
    }
}

/// What [`Workers::crew`] hands out: the way to give jobs to the threads.
#[derive(Clone, Copy)]
pub struct Crew<'a, 'scope> {
    scope: Option<&'a ScopeFifo<'scope>>,
}

impl<'a, 'scope> Crew<'a, 'scope> {
    /// A window of at most `size` jobs.
    pub fn window<R: Send + 'scope>(&self, size: usize) -> Window<'a, 'scope, R> {
        Window { crew: *self, size: size.max(1), pending: VecDeque::new() }
    }

    /// Hands in a job. Jobs begin in the order in which they were handed in.
    pub fn start<R: Send + 'scope>(&self, job: impl FnOnce() -> R + Send + 'scope) -> Ticket<R> {
        let Some(scope) = self.scope else {
            return Ticket(State::Done(catch_unwind(AssertUnwindSafe(job))));
        };
        let (sender, receiver) = sync_channel(1);
        scope.spawn_fifo(move |_| {
            // A receiver that is gone means that the run has failed already, and nobody wants the result.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(job)));
        });
        Ticket(State::UnderWay(receiver))
    }
}

/// A job that was handed in.
pub struct Ticket<R>(State<R>);

enum State<R> {
    Done(std::thread::Result<R>),
    UnderWay(Receiver<std::thread::Result<R>>),
}

impl<R> Ticket<R> {
    /// What came of it, for which this waits.
    ///
    /// # Errors
    /// If the job panicked.
    pub fn take(self) -> Result<R> {
        let outcome = match self.0 {
            State::Done(outcome) => outcome,
            State::UnderWay(receiver) => {
                receiver.recv().map_err(|_| Error::Internal("a worker vanished".to_owned()))?
            }
        };
        outcome.map_err(|panic| Error::Internal(format!("a worker panicked: {}", panic_text(&*panic))))
    }
}

/// Jobs under way, oldest first.
pub struct Window<'a, 'scope, R> {
    crew: Crew<'a, 'scope>,
    size: usize,
    pending: VecDeque<Ticket<R>>,
}

impl<'scope, R: Send + 'scope> Window<'_, 'scope, R> {
    /// Whether a result must be taken before the next job is handed in.
    pub fn is_full(&self) -> bool {
        self.pending.len() >= self.size
    }

    /// Hands in a job.
    pub fn start(&mut self, job: impl FnOnce() -> R + Send + 'scope) {
        debug_assert!(!self.is_full(), "the window bounds the memory");
        self.pending.push_back(self.crew.start(job));
    }

    /// The oldest job's result, `None` if there are no jobs.
    ///
    /// # Errors
    /// If the job panicked.
    pub fn take(&mut self) -> Option<Result<R>> {
        self.pending.pop_front().map(Ticket::take)
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Runs `body` on this thread, one of a crew's. It may ask for help, once: then `other` is there for another thread of the crew.
/// Whichever has nothing to do takes it, sooner or never, so `body` must not wait for it to begin. Both have ended when this
/// returns; if `other` panics, so does this.
pub(crate) fn with_help<R>(other: impl FnOnce() + Send, body: impl FnOnce(&mut dyn FnMut()) -> R) -> R {
    rayon::in_place_scope(|scope| {
        let mut other = Some(other);
        body(&mut || {
            if let Some(other) = other.take() {
                scope.spawn(|_| other());
            }
        })
    })
}

/// Runs `work` over `jobs`, at most `window` at a time, and gives the results to `consume` in order.
///
/// The first error, of the jobs' iterator, of a panic or of `consume`, ends the run.
pub(crate) fn ordered<J: Send, R: Send>(
    workers: &Workers,
    window: usize,
    jobs: impl Iterator<Item = Result<J>>,
    work: impl Fn(J) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<()>,
) -> Result<()> {
    let work = &work;
    workers.crew(|crew| {
        let mut pending = crew.window(window);
        for job in jobs {
            if pending.is_full()
                && let Some(result) = pending.take()
            {
                consume(result?)?;
            }
            let job = job?;
            pending.start(move || work(job));
        }
        while let Some(result) = pending.take() {
            consume(result?)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    fn workers(threads: usize) -> Workers {
        Workers::new(threads).unwrap()
    }

    #[test]
    fn results_come_in_order_and_never_more_than_the_window_are_alive() {
        for threads in [1, 2, 8] {
            let (alive, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let mut seen = Vec::new();
            let work = |job: u32| {
                most.fetch_max(alive.fetch_add(1, SeqCst) + 1, SeqCst);
                std::thread::sleep(std::time::Duration::from_micros(u64::from(job * 7 % 13) * 20));
                job
            };
            let consume = |job| {
                alive.fetch_sub(1, SeqCst);
                seen.push(job);
                Ok(())
            };
            ordered(&workers(threads), 4, (0..200).map(Ok), work, consume).unwrap();
            assert_eq!(seen, (0..200).collect::<Vec<_>>());
            assert!(most.load(SeqCst) <= 4, "{} results alive with {threads} threads", most.load(SeqCst));
        }
    }

    #[test]
    fn a_panic_in_a_worker_is_an_error_and_does_not_hang() {
        let work = |job: u32| assert!(job != 5, "job five");
        let error = ordered(&workers(2), 3, (0..100).map(Ok), work, Ok).unwrap_err();
        assert!(error.to_string().contains("job five"), "{error}");
    }

    #[test]
    fn an_error_of_the_consumer_ends_the_run() {
        for threads in [1, 3] {
            let started = AtomicUsize::new(0);
            let work = |job: u32| {
                started.fetch_add(1, SeqCst);
                job
            };
            let stop = |job| if job == 10 { Err(Error::Cancelled) } else { Ok(()) };
            let error = ordered(&workers(threads), 4, (0..1000).map(Ok), work, stop).unwrap_err();
            assert!(matches!(error, Error::Cancelled));
            assert!(started.load(SeqCst) < 20);
        }
    }
}
