//! Results: rows, and the file that keeps them, one row a line with tabs between the fields.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// What was measured of one compressor on one kind of data.
#[derive(Clone, Debug)]
pub struct Row {
    /// The name of the data.
    pub data: String,
    /// The codec's name.
    pub codec: String,
    /// Bytes in a chunk.
    pub chunk_size: u32,
    /// Whose compressor.
    pub ours: bool,
    /// Its level.
    pub level: u8,
    /// The memory of the compressor, in bytes.
    pub memory: u64,
    /// The size of the data.
    pub total: usize,
    /// The size of the compressed data; chunks that do not shrink count in full.
    pub size: usize,
    /// MB/s of compression, of decompression by us, and by libwim; zero if not measured.
    pub compress: f64,
    /// See `compress`.
    pub decompress_ours: f64,
    /// See `compress`.
    pub decompress_wimlib: f64,
    /// Instructions for each byte of compression; zero if not counted.
    pub compress_instructions: f64,
    /// The same of decompression, by us and by libwim.
    pub decompress_instructions: [f64; 2],
}

impl Row {
    /// The compressed size as a share of the size.
    pub fn ratio(&self) -> f64 {
        self.size as f64 / self.total as f64
    }

    /// Whose compressor, as it is printed.
    pub fn encoder(&self) -> &'static str {
        if self.ours { "ours" } else { "libwim" }
    }

    /// The codec with its chunk size, as it is printed.
    pub fn codec_and_chunk(&self) -> String {
        let (size, unit) = if self.chunk_size >= 1 << 20 { (20, 'M') } else { (10, 'K') };
        format!("{} {}{unit}", self.codec.to_uppercase(), self.chunk_size >> size)
    }

    /// Whether both rows measure the same compressor on the same data.
    fn same(&self, other: &Self) -> bool {
        let key = |row: &Self| (row.data.clone(), row.codec.clone(), row.chunk_size, row.ours, row.level);
        key(self) == key(other)
    }

    fn to_line(&self) -> String {
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{:.2}\t{:.2}\t{:.2}\t{:.2}\t{:.2}\t{:.2}\n",
            self.data,
            self.codec,
            self.chunk_size,
            self.ours,
            self.level,
            self.memory,
            self.total,
            self.size,
            self.compress,
            self.decompress_ours,
            self.decompress_wimlib,
            self.compress_instructions,
            self.decompress_instructions[0],
            self.decompress_instructions[1],
        )
    }

    fn from_line(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut field = || fields.next();
        Some(Self {
            data: field()?.into(),
            codec: field()?.into(),
            chunk_size: field()?.parse().ok()?,
            ours: field()?.parse().ok()?,
            level: field()?.parse().ok()?,
            memory: field()?.parse().ok()?,
            total: field()?.parse().ok()?,
            size: field()?.parse().ok()?,
            compress: field()?.parse().ok()?,
            decompress_ours: field()?.parse().ok()?,
            decompress_wimlib: field()?.parse().ok()?,
            compress_instructions: field()?.parse().ok()?,
            decompress_instructions: [field()?.parse().ok()?, field()?.parse().ok()?],
        })
    }
}

/// Adds `rows` to the end of the file.
pub fn append(path: &Path, rows: &[Row]) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(rows.iter().map(Row::to_line).collect::<String>().as_bytes())
}

/// Reads the rows of the file. Of those that measure the same, the last one counts.
pub fn read(path: &Path) -> io::Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for (number, line) in std::fs::read_to_string(path)?.lines().enumerate() {
        let row = Row::from_line(line).ok_or_else(|| {
            let message = format!("{}: line {} is no result", path.display(), number + 1);
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        match rows.iter_mut().find(|earlier| earlier.same(&row)) {
            Some(earlier) => *earlier = row,
            None => rows.push(row),
        }
    }
    Ok(rows)
}
