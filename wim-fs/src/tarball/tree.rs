//! The names of an archive, in whatever order they come: folders may follow what is in them, or not be there at all.

use std::collections::HashMap;

use wim_format::{FileTime, Inode, Name};

use crate::capture::NewStreamOf;

/// A file or folder, apart from its names.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) inode: Inode,
    pub(super) streams: Vec<NewStreamOf>,
    pub(super) kind: ContentKind,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum ContentKind {
    /// A folder that an entry is in, and that has no entry of its own so far.
    #[default]
    Implied,
    Directory,
    File,
    /// A link, and where it leads on Unix if that alone says whether it is one to a folder.
    Link(Option<Vec<u8>>),
    /// Another kind of reparse point.
    Reparse,
}

/// A name.
#[derive(Debug)]
pub(super) struct Node {
    /// The folder that it is in; the root's is the root.
    pub(super) parent: u32,
    pub(super) name: Name,
    pub(super) short_name: Option<Name>,
    pub(super) content: u32,
}

/// Names by number; the root is the first.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) contents: Vec<Content>,
    pub(super) nodes: Vec<Node>,
    /// For each folder that has something in it, what.
    children: HashMap<u32, HashMap<Name, u32>>,
    /// A name that is used twice takes the place of the first one.
    replaces: bool,
    max_nodes: u64,
}

/// Why something has no place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TreeProblem {
    NotAFolder,
    Duplicate,
    FolderReplaced,
    TooMany,
}

impl TreeProblem {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::NotAFolder => "what it is in is no folder",
            Self::Duplicate => "its name was used before; --duplicates last keeps what comes last",
            Self::FolderReplaced => {
                "its name was used before, and a folder and something else cannot take each other's place"
            }
            Self::TooMany => "more entries than --limits allow",
        }
    }
}

impl Tree {
    pub(super) const ROOT: u32 = 0;

    pub(super) fn new(replaces: bool, max_nodes: u64) -> Self {
        let root = Node { parent: Self::ROOT, name: Name::default(), short_name: None, content: 0 };
        let content = Content { inode: Inode::directory(), ..Content::default() };
        let (contents, nodes) = (vec![content], vec![root]);
        Self { contents, nodes, children: HashMap::new(), replaces, max_nodes: max_nodes.min(u64::from(u32::MAX)) }
    }

    pub(super) fn content(&self, node: u32) -> &Content {
        &self.contents[self.nodes[node as usize].content as usize]
    }

    pub(super) fn find<'a>(&self, path: impl IntoIterator<Item = &'a Name>) -> Option<u32> {
        path.into_iter().try_fold(Self::ROOT, |parent, name| self.child(parent, name))
    }

    pub(super) fn child(&self, parent: u32, name: &Name) -> Option<u32> {
        self.children.get(&parent)?.get(name).copied()
    }

    /// The folder of that path, made if need be, as if it were of that time.
    pub(super) fn folder(&mut self, path: &[Name], time: FileTime) -> Result<u32, TreeProblem> {
        let mut at = Self::ROOT;
        for name in path {
            at = match self.child(at, name) {
                Some(child) if self.is_folder(child) => child,
                Some(_) => return Err(TreeProblem::NotAFolder),
                None => {
                    let inode = Inode {
                        creation_time: time,
                        last_access_time: time,
                        last_write_time: time,
                        ..Inode::directory()
                    };
                    let content = self.push_content(Content { inode, ..Content::default() });
                    self.push_node(at, name.clone(), content)?
                }
            };
        }
        Ok(at)
    }

    pub(super) fn push_content(&mut self, content: Content) -> u32 {
        self.contents.push(content);
        (self.contents.len() - 1) as u32
    }

    /// Gives content a name, its first or another one. What had the name before is left without.
    pub(super) fn put(&mut self, parent: u32, name: Name, content: u32) -> Result<u32, TreeProblem> {
        let Some(there) = self.child(parent, &name) else { return self.push_node(parent, name, content) };
        let is_folder = self.contents[content as usize].kind == ContentKind::Directory;
        match (self.is_folder(there), is_folder) {
            (true, true) => {
                self.set_folder(there, content);
                Ok(there)
            }
            (false, false) if self.replaces => {
                self.nodes[there as usize] = Node { parent, name, short_name: None, content };
                Ok(there)
            }
            (false, false) => Err(TreeProblem::Duplicate),
            _ => Err(TreeProblem::FolderReplaced),
        }
    }

    /// Says what a folder is that was there already. The last entry counts.
    pub(super) fn set_folder(&mut self, node: u32, content: u32) {
        self.nodes[node as usize].content = content;
    }

    pub(super) fn is_folder(&self, node: u32) -> bool {
        matches!(self.content(node).kind, ContentKind::Directory | ContentKind::Implied)
    }

    fn push_node(&mut self, parent: u32, name: Name, content: u32) -> Result<u32, TreeProblem> {
        if self.nodes.len() as u64 >= self.max_nodes {
            return Err(TreeProblem::TooMany);
        }
        let number = self.nodes.len() as u32;
        self.children.entry(parent).or_default().insert(name.clone(), number);
        self.nodes.push(Node { parent, name, short_name: None, content });
        Ok(number)
    }

    /// For each name, the names in it, in the order in which Windows sorts them.
    pub(super) fn sorted_children(&self) -> Vec<Vec<u32>> {
        let mut sorted = vec![Vec::new(); self.nodes.len()];
        for (&parent, children) in &self.children {
            sorted[parent as usize].extend(children.values());
        }
        let name = |number: u32| &self.nodes[number as usize].name;
        for children in &mut sorted {
            children.sort_by(|&a, &b| name(a).cmp_ignore_case(name(b)).then_with(|| name(a).cmp(name(b))));
        }
        sorted
    }
}
