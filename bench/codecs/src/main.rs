//! Measures the codecs of `wim-compress` against libwim's in one process: chunk by chunk, on one thread, by the thread's
//! CPU time, the subjects taking turns. Every chunk is also decoded by both decoders and compared.
//!
//! ```text
//! cargo run --release -- DIR --codec lzx --levels 20,35,50,100
//! ```

mod args;
mod data;
mod libwim;
mod measure;
mod report;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match args::Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(message) => {
            eprintln!("{message}\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &args::Args) -> std::io::Result<()> {
    let data = data::Data::read(&args.paths, args.max_bytes, args.chunk_size as usize, args.solid)?;
    let title = format!(
        "{:?}, chunks of {} KiB: {} bytes in {} chunks",
        args.codec,
        args.chunk_size >> 10,
        data.len(),
        data.chunks().len(),
    );
    println!("{title}; median of {} runs, CPU time of one thread", args.runs);
    let rows = measure::measure(args, &data);
    print!("{}", report::table(&rows, data.len()));
    if let Some(path) = &args.svg {
        std::fs::write(path, report::plot(&rows, data.len(), &title))?;
    }
    Ok(())
}
