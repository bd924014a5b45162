//! The picture: an SVG with an element for each directory, nested as the directories are, and for the largest files.

use std::fmt::Write;

use wim_export::SizeMap;

use super::layout::{Rect, squarify};
use super::{Escaped, file_path, path};
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
/// Colours, of which `style.css` has as many. A directory near the root has the one of its name, so that it has the same in
/// another picture; what is in it has its colour.
const COLOURS: usize = 8;
const COLOURED_LEVELS: usize = 2;

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

/// What is in a directory: a position in the lists of directories or of files.
#[derive(Clone, Copy)]
enum Item {
    Directory(usize),
    File(usize),
}

impl Item {
    fn stored(self, sizes: &SizeMap) -> u64 {
        match self {
            Self::Directory(index) => sizes.directories[index].stored,
            Self::File(index) => sizes.files[index].stored,
        }
    }
}

/// What is in each directory, largest first.
fn children(sizes: &SizeMap) -> Vec<Vec<Item>> {
    let mut children = vec![Vec::new(); sizes.directories.len()];
    for (index, directory) in sizes.directories.iter().enumerate().skip(1) {
        children[directory.parent].push(Item::Directory(index));
    }
    for (index, file) in sizes.files.iter().enumerate() {
        children[file.directory].push(Item::File(index));
    }
    for list in &mut children {
        list.sort_by_key(|item| std::cmp::Reverse(item.stored(sizes)));
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
    children: Vec<Vec<Item>>,
    shown: Vec<bool>,
    out: String,
}

/// What is to be written next.
enum Task {
    Open { item: Item, rect: Rect, colour: usize },
    Close,
}

impl Treemap<'_> {
    /// Writes all elements, without recursion: trees of strangers can be deep.
    fn draw(&mut self, all: Rect) {
        let mut tasks = vec![Task::Open { item: Item::Directory(0), rect: all, colour: 0 }];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Close => self.out.push_str("</g>\n"),
                Task::Open { item, rect, colour } => {
                    self.open(item, rect, colour);
                    tasks.push(Task::Close);
                    if let Item::Directory(index) = item {
                        self.push_children(index, rect, colour, &mut tasks);
                    }
                }
            }
        }
    }

    fn push_children(&self, index: usize, rect: Rect, colour: usize, tasks: &mut Vec<Task>) {
        let is_shown = |item: &&Item| !matches!(item, Item::Directory(index) if !self.shown[*index]);
        let below: Vec<Item> = self.children[index].iter().filter(is_shown).copied().collect();
        let stored: Vec<u64> = below.iter().map(|item| item.stored(self.sizes)).collect();
        let rects = squarify(&stored, self.sizes.directories[index].stored, self.inner(index, rect));
        for (item, rect) in below.into_iter().zip(rects).rev() {
            let colour = match item {
                Item::Directory(below) if self.sizes.directories[below].depth <= COLOURED_LEVELS => {
                    colour_of(&self.sizes.directories[below].name)
                }
                _ => colour,
            };
            tasks.push(Task::Open { item, rect, colour });
        }
    }

    /// Where a directory's own directories go.
    fn inner(&self, index: usize, rect: Rect) -> Rect {
        let has_heading = index != 0 && rect.height > 3.0 * HEADING && rect.width > 3.0 * HEADING;
        let margin = MARGIN.min(rect.width / 20.0).min(rect.height / 20.0);
        rect.inset(margin, if has_heading { HEADING } else { 0.0 })
    }

    fn open(&mut self, item: Item, rect: Rect, colour: usize) {
        let Rect { x, y, width, height } = rect;
        let (class, tab, path, sizes, name) = match item {
            Item::Directory(index) => {
                let directory = &self.sizes.directories[index];
                let files = count(directory.files, "file", "files");
                let sizes = format!("{}, {files}", sizes_text(directory.stored, directory.bytes));
                let (depth, tab) = (directory.depth.min(6), if index == 0 { 0 } else { -1 });
                (format!("d{depth}"), tab, path(self.sizes, index), sizes, &directory.name)
            }
            Item::File(index) => {
                let file = &self.sizes.files[index];
                let sizes = sizes_text(file.stored, file.bytes);
                ("file".to_owned(), -1, file_path(self.sizes, file), sizes, &file.name)
            }
        };
        let _ = write!(
            self.out,
            "<g class=\"c{colour} {class}\" role=\"treeitem\" tabindex=\"{tab}\"><title>{}\n{sizes}</title>\
             <rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"/>",
            Escaped(&path)
        );
        label(name, rect, &mut self.out);
        self.out.push('\n');
    }
}

/// The colour of a name, in any case.
fn colour_of(name: &str) -> usize {
    name.bytes().fold(7, |sum, byte| (31 * sum + usize::from(byte.to_ascii_lowercase())) % 65_521) % COLOURS
}

fn sizes_text(stored: u64, bytes: u64) -> String {
    format!("{} in the file, {} uncompressed", short_size(stored), short_size(bytes))
}

/// The name, as large as it fits.
fn label(name: &str, rect: Rect, out: &mut String) {
    let characters = name.chars().count() as f64;
    let size = FONT.min(rect.height * 0.7).min((rect.width - 4.0) / (characters * CHARACTER));
    // What is smaller cannot be read even when it is magnified; the root has no name.
    if characters == 0.0 || size < 1.0 {
        return;
    }
    let _ = write!(
        out,
        "<text x=\"{:.2}\" y=\"{:.2}\" font-size=\"{size:.1}\">{}</text>",
        rect.x + 2.5,
        rect.y + size + 1.5,
        Escaped(name)
    );
}
