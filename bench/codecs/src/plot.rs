//! The results as a picture: size against speed, one panel for each codec and chunk size.
//!
//! The image brings its own colours for light and dark surroundings, and needs nothing else.

use std::fmt::Write;

use crate::results::Row;

/// Panels in a row, and their size, in pixels.
const COLUMNS: usize = 2;
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 48.0;

const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #24292f; } .title { font-size: 15px; font-weight: 600; } \
.muted { fill: #57606a; } .grid { stroke: #d0d7de; stroke-width: 1; } .back { fill: #ffffff; } \
.ours { --c: #0b62d6; } .libwim { --c: #b35900; } \
polyline { fill: none; stroke: var(--c); stroke-width: 2; } circle { fill: var(--c); } .label { fill: var(--c); font-size: 11px; } \
.libwim polyline { stroke-dasharray: 5 4; } \
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .muted { fill: #9198a1; } .grid { stroke: #3d444d; } \
.back { fill: #0d1117; } .ours { --c: #58a6ff; } .libwim { --c: #f0a04b; } }";

/// The image of all results on the first kind of data.
pub fn plot(rows: &[Row]) -> String {
    let data = rows.first().map_or("", |row| &*row.data);
    let rows: Vec<&Row> = rows.iter().filter(|row| row.data == data).collect();
    let mut panels: Vec<String> = Vec::new();
    for row in &rows {
        let name = row.codec_and_chunk();
        if !panels.contains(&name) {
            panels.push(name);
        }
    }
    let (width, height) = (WIDTH * COLUMNS as f64, HEIGHT * panels.len().div_ceil(COLUMNS) as f64);
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' role='img'>\n\
         <title>Size against compression speed, ours and libwim's</title>\n<style>{STYLE}</style>\n\
         <rect class='back' width='100%' height='100%'/>\n"
    );
    for (index, name) in panels.iter().enumerate() {
        let (x, y) = ((index % COLUMNS) as f64 * WIDTH, (index / COLUMNS) as f64 * HEIGHT);
        let _ = writeln!(svg, "<g transform='translate({x} {y})'>");
        let of_panel: Vec<&Row> = rows.iter().copied().filter(|row| row.codec_and_chunk() == *name).collect();
        panel(&mut svg, &format!("{name}, {data}"), &of_panel);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, title: &str, rows: &[&Row]) {
    let x = Scale::new(rows.iter().map(|row| row.compress.log10()), LEFT, WIDTH - RIGHT);
    let y = Scale::new(rows.iter().map(|row| row.ratio()), HEIGHT - BOTTOM, TOP);
    let _ = writeln!(svg, "<text class='title' x='{LEFT}' y='26'>{title}</text>");
    let _ = writeln!(
        svg,
        "<text class='muted' x='{}' y='{}' text-anchor='end'>faster: MB/s on one thread, logarithmic</text>\n\
         <text class='muted' x='{LEFT}' y='44'>smaller is lower: compressed size / size</text>",
        WIDTH - RIGHT,
        HEIGHT - 10.0,
    );
    grid(svg, &x, &y);
    for whose in ["libwim", "ours"] {
        let mut points: Vec<_> = rows.iter().filter(|row| row.encoder() == whose).collect();
        points.sort_by(|a, b| a.compress.total_cmp(&b.compress));
        let place = |row: &Row| (x.at(row.compress.log10()), y.at(row.ratio()));
        let line: Vec<_> = points.iter().map(|row| place(row)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(svg, "<g class='{whose}'><polyline points='{}'/>", line.join(" "));
        for (index, row) in points.iter().enumerate() {
            let (px, py) = place(row);
            // Ours below the line and libwim's above, where the other's curve is not.
            let dy = if whose == "ours" { 16.0 } else { -9.0 };
            let last = index + 1 == points.len();
            let name = if last { format!("{whose} ") } else { String::new() };
            // The two slowest are often close together.
            let anchor = if index == 0 || last { "end" } else { "start" };
            let _ = writeln!(
                svg,
                "<circle cx='{px:.1}' cy='{py:.1}' r='3.5'><title>{whose} {}: {:.1} MB/s, {:.4}</title></circle>\
                 <text class='label' x='{px:.1}' y='{:.1}' text-anchor='{anchor}'>{name}{}</text>",
                row.level,
                row.compress,
                row.ratio(),
                py + dy,
                row.level,
            );
        }
        svg.push_str("</g>\n");
    }
}

/// Lines at round speeds and at a few ratios, with their numbers.
fn grid(svg: &mut String, x: &Scale, y: &Scale) {
    let (left, right, top, bottom) = (LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM);
    for speed in (-1..4).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power))) {
        let px = x.at(speed.log10());
        if (left..=right).contains(&px) {
            let _ = writeln!(
                svg,
                "<line class='grid' x1='{px:.1}' x2='{px:.1}' y1='{top}' y2='{bottom}'/>\
                 <text class='muted' x='{px:.1}' y='{}' text-anchor='middle'>{speed}</text>",
                bottom + 16.0,
            );
        }
    }
    for step in 0..=4 {
        let ratio = y.least + y.range * f64::from(step) / 4.0;
        let py = y.at(ratio);
        let _ = writeln!(
            svg,
            "<line class='grid' x1='{left}' x2='{right}' y1='{py:.1}' y2='{py:.1}'/>\
             <text class='muted' x='{}' y='{:.1}' text-anchor='end'>{ratio:.3}</text>",
            left - 8.0,
            py + 4.0,
        );
    }
}

/// Places values between two pixel positions, with some room around them.
struct Scale {
    least: f64,
    range: f64,
    from: f64,
    to: f64,
}

impl Scale {
    fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let range = (values.fold(f64::NEG_INFINITY, f64::max) - least).max(0.01);
        Self { least: least - range * 0.08, range: range * 1.16, from, to }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (value - self.least) / self.range * (self.to - self.from)
    }
}
