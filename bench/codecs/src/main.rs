//! Measures the codecs of `wim-compress` against libwim's in one process: chunk by chunk, on one thread, by the thread's
//! CPU time, the subjects taking turns. Every chunk is also decoded by both decoders and compared.
//!
//! ```text
//! cargo run --release -- DIR --codec lzx --levels 20,35,50,100
//! ```

mod args;
mod data;
mod instructions;
mod libwim;
mod markdown;
mod measure;
mod plot;
mod results;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let result = match &*typed {
        [report, results, dir] if report == "report" => make_report(Path::new(results), Path::new(dir)),
        _ => match args::Args::parse(typed.into_iter()) {
            Ok(args) => run(&args),
            Err(message) => {
                eprintln!("{message}\n{}", args::USAGE);
                return ExitCode::from(2);
            }
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &args::Args) -> std::io::Result<()> {
    let data = data::Data::read(&args.paths, args.max_bytes, args.chunk_size as usize, args.solid)?;
    println!(
        "{:?}, chunks of {} KiB: {} bytes in {} chunks; median of {} runs, CPU time of one thread",
        args.codec,
        args.chunk_size >> 10,
        data.len(),
        data.chunks().len(),
        args.runs,
    );
    let mut rows = measure::measure(args, &data);
    if args.instructions {
        instructions::count(args, &mut rows)?;
    }
    print!("{}", markdown::table(&rows));
    if let Some(path) = &args.results {
        results::append(path, &rows)?;
    }
    Ok(())
}

/// Makes the table and the plot of all results.
fn make_report(results: &Path, dir: &Path) -> std::io::Result<()> {
    let rows = results::read(results)?;
    std::fs::write(dir.join("CODECS.md"), markdown::report(&rows))?;
    std::fs::write(dir.join("codecs.svg"), plot::plot(&rows))
}
