//! The picture: an SVG with an element for each directory, nested as the directories are.

use std::fmt::Write;

use wim_export::SizeMap;

use super::layout::{Rect, squarify};
use super::{Escaped, path};
use crate::output::text::{count, short_size};

/// The picture's size, in its own units.
const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 700.0;
/// More elements make browsers slow; the smallest directories go without one.
const MAX_ELEMENTS: usize = 6000;
/// Directories around another, in units.
const MARGIN: f64 = 1.5;
/// Room for a directory's name above what is in it.
const HEADING: f64 = 15.0;
/// The size of names, and how wide a character is at size 1, about.
const FONT: f64 = 11.0;
const CHARACTER: f64 = 0.58;
/// Colours of the directories in the root, in turn; `style.css` has as many.
const COLOURS: usize = 8;

/// The picture of where an image's bytes are.
pub(super) fn treemap(sizes: &SizeMap, label: &str) -> String {
    let mut map = Treemap { sizes, children: children(sizes), shown: shown(sizes), out: String::new() };
    let _ = writeln!(
        map.out,
        "<svg class=\"treemap\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"tree\" aria-label=\"{}\">",
        Escaped(label)
    );
    let all = Rect { x: 0.0, y: 0.0, width: WIDTH, height: HEIGHT };
    if !sizes.directories.is_empty() {
        map.draw(all);
    }
    map.out.push_str("</svg>\n");
    map.out
}

/// The directories in each directory, largest first.
fn children(sizes: &SizeMap) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); sizes.directories.len()];
    for (index, directory) in sizes.directories.iter().enumerate().skip(1) {
        children[directory.parent].push(index);
    }
    for list in &mut children {
        list.sort_by_key(|&index| std::cmp::Reverse(sizes.directories[index].stored));
    }
    children
}

/// Which directories have an element: the largest. One that has is in one that has, as that is no smaller.
fn shown(sizes: &SizeMap) -> Vec<bool> {
    let mut order: Vec<usize> = (0..sizes.directories.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(sizes.directories[index].stored), index));
    let mut shown = vec![false; order.len()];
    order.into_iter().take(MAX_ELEMENTS).for_each(|index| shown[index] = true);
    shown
}

struct Treemap<'a> {
    sizes: &'a SizeMap,
    children: Vec<Vec<usize>>,
    shown: Vec<bool>,
    out: String,
}

/// What is to be written next.
enum Task {
    Open { index: usize, rect: Rect, colour: usize },
    Close,
}

impl Treemap<'_> {
    /// Writes all elements, without recursion: trees of strangers can be deep.
    fn draw(&mut self, all: Rect) {
        let mut tasks = vec![Task::Open { index: 0, rect: all, colour: 0 }];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Close => self.out.push_str("</g>\n"),
                Task::Open { index, rect, colour } => {
                    self.open(index, rect, colour);
                    tasks.push(Task::Close);
                    let inner = self.inner(index, rect);
                    let below: Vec<usize> =
                        self.children[index].iter().copied().filter(|&child| self.shown[child]).collect();
                    let stored: Vec<u64> = below.iter().map(|&child| self.sizes.directories[child].stored).collect();
                    let rects = squarify(&stored, self.sizes.directories[index].stored, inner);
                    for (number, (child, rect)) in below.into_iter().zip(rects).enumerate().rev() {
                        let colour = if index == 0 { number % COLOURS } else { colour };
                        tasks.push(Task::Open { index: child, rect, colour });
                    }
                }
            }
        }
    }

    /// Where a directory's own directories go.
    fn inner(&self, index: usize, rect: Rect) -> Rect {
        let has_heading = index != 0 && rect.height > 3.0 * HEADING && rect.width > 3.0 * HEADING;
        let margin = MARGIN.min(rect.width / 20.0).min(rect.height / 20.0);
        rect.inset(margin, if has_heading { HEADING } else { 0.0 })
    }

    fn open(&mut self, index: usize, rect: Rect, colour: usize) {
        let directory = &self.sizes.directories[index];
        let Rect { x, y, width, height } = rect;
        let path = path(self.sizes, index);
        let depth = directory.depth.min(6);
        let title = format!(
            "{path}\n{} in the file, {} uncompressed, {}",
            short_size(directory.stored),
            short_size(directory.bytes),
            count(directory.files, "file", "files")
        );
        let title = title.split('\n').map(|line| Escaped(line).to_string()).collect::<Vec<_>>().join("\n");
        let _ = write!(
            self.out,
            "<g class=\"c{colour} d{depth}\" role=\"treeitem\" tabindex=\"{}\"><title>{title}</title>\
             <rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"/>",
            if index == 0 { 0 } else { -1 },
        );
        self.label(index, rect);
        self.out.push('\n');
    }

    /// The name, as large as it fits.
    fn label(&mut self, index: usize, rect: Rect) {
        let name = &self.sizes.directories[index].name;
        let characters = name.chars().count() as f64;
        if index == 0 || characters == 0.0 {
            return;
        }
        let size = FONT.min(rect.height * 0.7).min((rect.width - 4.0) / (characters * CHARACTER));
        // What is smaller cannot be read even when it is magnified.
        if size < 1.0 {
            return;
        }
        let _ = write!(
            self.out,
            "<text x=\"{:.2}\" y=\"{:.2}\" font-size=\"{size:.1}\">{}</text>",
            rect.x + 2.5,
            rect.y + size + 1.5,
            Escaped(name)
        );
    }
}
