//! The table and the plot.

use std::fmt::Write;

use crate::measure::Row;

/// The rows as a table of text; `total` is the size of the data.
pub fn table(rows: &[Row], total: usize) -> String {
    let mut text =
        String::from("encoder  level        size    ratio  compress  decompress  by libwim  faster   memory\n");
    text.push_str("                                       MB/s        MB/s       MB/s              KiB\n");
    for row in rows {
        let faster = row.decompress_ours / row.decompress_wimlib;
        let _ = writeln!(
            text,
            "{:7}  {:5}  {:10}  {:.5}  {:8.1}  {:10.1}  {:9.1}  {:6.2}  {:7}",
            if row.ours { "ours" } else { "libwim" },
            row.level.get(),
            row.size,
            row.size as f64 / total as f64,
            row.compress,
            row.decompress_ours,
            row.decompress_wimlib,
            if faster.is_finite() { faster } else { 0.0 },
            row.memory / 1024,
        );
    }
    text
}

/// The plot's size and margins, in pixels.
const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 500.0;
const MARGIN: f64 = 60.0;

/// An SVG image of the ratio against the logarithm of the speed: one line for us, one for libwim.
pub fn plot(rows: &[Row], total: usize, title: &str) -> String {
    let ratio = |row: &Row| row.size as f64 / total as f64;
    let x = Scale::new(rows.iter().map(|row| row.compress.ln()), MARGIN, WIDTH - MARGIN);
    let y = Scale::new(rows.iter().map(ratio), HEIGHT - MARGIN, MARGIN);
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}' font-family='sans-serif' font-size='12'>\n\
         <rect width='100%' height='100%' fill='white'/>\n<text x='{MARGIN}' y='30' font-size='16'>{title}</text>\n\
         <text x='{}' y='{}' text-anchor='middle'>compression, MB/s (logarithmic)</text>\n\
         <text x='15' y='{}' transform='rotate(-90 15 {0})' text-anchor='middle'>compressed size / size</text>\n",
        WIDTH / 2.0,
        HEIGHT - 15.0,
        HEIGHT / 2.0,
    );
    for (ours, colour) in [(false, "#999999"), (true, "#1565c0")] {
        let mut points: Vec<_> = rows.iter().filter(|row| row.ours == ours).collect();
        points.sort_by(|a, b| a.compress.total_cmp(&b.compress));
        let line: Vec<_> =
            points.iter().map(|row| format!("{:.1},{:.1}", x.at(row.compress.ln()), y.at(ratio(row)))).collect();
        let _ = writeln!(svg, "<polyline points='{}' fill='none' stroke='{colour}'/>", line.join(" "));
        for row in points {
            let (px, py) = (x.at(row.compress.ln()), y.at(ratio(row)));
            let _ = writeln!(
                svg,
                "<circle cx='{px:.1}' cy='{py:.1}' r='4' fill='{colour}'/><text x='{:.1}' y='{:.1}' fill='{colour}'>\
                 {} {}: {:.0} MB/s, {:.4}</text>",
                px + 7.0,
                py - 7.0,
                if ours { "ours" } else { "libwim" },
                row.level.get(),
                row.compress,
                ratio(row),
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Places values between two pixel positions.
struct Scale {
    least: f64,
    range: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let range = values.fold(f64::NEG_INFINITY, f64::max) - least;
        Self { least, range: if range > 0.0 { range } else { 1.0 }, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (value - self.least) / self.range * (self.to - self.from)
    }
}
