//! `wimsmith edit`.

use std::path::PathBuf;

use clap::parser::ValuesRef;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use super::{CommonArgs, EncodeArgs, ReadArgs};

/// Change the files of an image
///
/// Changes are made in the order in which they are given, in memory, and then written at once. Names are compared as Windows
/// does, and what exists keeps its name. The archive is changed in place: only data that it lacks is appended, and it holds
/// the old image or the new one at any time. With --rebuild it is written anew, without what nothing needs any more. What is
/// there is checked before, so that exit code 0 means a sound archive; --no-verify leaves that out.
///
/// A script has a change a line, as wimlib-imagex update takes them: `add SRC DEST`, `delete [--force] [--recursive] PATH` and
/// `rename FROM TO`, with quotes where there are blanks; `#` begins a comment. It is UTF-8, or UTF-16 with a byte order mark.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wimsmith edit boot.wim 1 --rm '\\Windows\\Temp\\*' --mv '\\Windows\\win.ini' '\\Windows\\win.old'
  wimsmith edit boot.wim 1 --add 'adk:\\Kit' --set-attr '\\Kit' +hidden --rebuild
  echo 'delete --force /no/such/file' | wimsmith edit boot.wim 2 --script - --dry-run")]
pub(crate) struct EditArgs {
    /// The archive
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The image: its number or its name; may be left out where there is only one
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<String>,

    #[command(flatten)]
    pub(crate) edits: Edits,

    /// Take more changes from a file, after the others; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,

    /// Keep files that are there, and leave new ones of their names out
    #[arg(long)]
    pub(crate) no_replace: bool,

    /// Add what symbolic links lead to, instead of the links
    #[arg(long)]
    pub(crate) dereference: bool,

    /// Keep owners, groups, modes and extended attributes of what is added, as wimlib does
    #[arg(long)]
    pub(crate) unix_data: bool,

    /// Write the archive anew, without what nothing needs
    #[arg(long)]
    pub(crate) rebuild: bool,

    /// Only check, and say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) encode: EncodeArgs,

    #[command(flatten)]
    pub(crate) read: ReadArgs,

    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// A change as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// A file or folder of the host, and where it goes.
    Add { source: String, to: String },
    /// A path or pattern.
    Remove(String),
    /// From, to.
    Move(String, String),
    /// A path or pattern, and attributes with `+` and `-`.
    SetAttributes(String, String),
    /// A path or pattern, and a security descriptor in SDDL.
    SetSecurity(String, String),
    /// A directory.
    MakeDirectory(String),
}

/// The changes in the order in which they were typed, whichever option each of them is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits(pub(crate) Vec<Edit>);

/// The options: name, names of the values, help.
const OPTIONS: [(&str, &[&str], &str); 6] = [
    ("add", &["SRC:DEST"], "Add a file, or all that is in a folder, at a path of the image, such as drivers:\\Drivers"),
    (
        "rm",
        &["GLOB"],
        "Remove what matches, directories with all that is in them: * and ? in a name, ** for directories",
    ),
    ("mv", &["FROM", "TO"], "Move or rename something; a file that is in the way is replaced"),
    ("set-attr", &["GLOB", "ATTRS"], "Set and clear attributes, such as +hidden,-readonly"),
    (
        "set-security",
        &["GLOB", "SDDL"],
        "Give a security descriptor in SDDL, such as O:BAG:SYD:PAI(A;OICI;FA;;;SY); `none` takes it away",
    ),
    ("mkdir", &["PATH"], "Make a directory, and those above it that are missing"),
];

impl Args for Edits {
    fn augment_args(command: Command) -> Command {
        OPTIONS.iter().fold(command, |command, (name, values, help)| {
            let option = Arg::new(*name).long(*name).value_names(*values).num_args(values.len());
            command.arg(option.action(ArgAction::Append).allow_hyphen_values(*name == "set-attr").help(*help))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Edits {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut edits = Vec::new();
        for (name, names, _) in OPTIONS {
            let Some(indices) = matches.indices_of(name) else { continue };
            let values: ValuesRef<'_, String> = matches.get_many(name).unwrap_or_default();
            let (indices, values): (Vec<usize>, Vec<&String>) = (indices.collect(), values.collect());
            for (index, values) in indices.chunks(names.len()).zip(values.chunks(names.len())) {
                edits.push((index[0], edit(name, values)?));
            }
        }
        edits.sort_by_key(|(index, _)| *index);
        Ok(Self(edits.into_iter().map(|(_, edit)| edit).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn edit(name: &str, values: &[&String]) -> Result<Edit, Error> {
    Ok(match (name, values) {
        ("add", [value]) => {
            let wrong = || {
                Error::raw(
                    clap::error::ErrorKind::ValueValidation,
                    format!("--add {value}: it has to be SRC:DEST, and DEST starts with \\ or /\n"),
                )
            };
            let (source, to) = split_add(value).ok_or_else(wrong)?;
            Edit::Add { source: source.to_owned(), to: to.to_owned() }
        }
        ("rm", [pattern]) => Edit::Remove((*pattern).clone()),
        ("mv", [from, to]) => Edit::Move((*from).clone(), (*to).clone()),
        ("set-attr", [pattern, attributes]) => Edit::SetAttributes((*pattern).clone(), (*attributes).clone()),
        ("set-security", [pattern, sddl]) => Edit::SetSecurity((*pattern).clone(), (*sddl).clone()),
        ("mkdir", [path]) => Edit::MakeDirectory((*path).clone()),
        _ => unreachable!("the options are those of the table"),
    })
}

/// The two parts of `SRC:DEST`. What comes last is the destination, as a source may have a drive letter.
fn split_add(value: &str) -> Option<(&str, &str)> {
    let at = value.rfind(":\\").max(value.rfind(":/"))?;
    (at > 0).then(|| (&value[..at], &value[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_command_line() {
        let command = Edits::augment_args(Command::new("x"));
        let typed =
            ["x", "--rm", "a", "--mv", "b", "c", "--rm", "d", "--add", r"C:\e:\f", "--set-attr", "g", "-hidden"];
        let edits = Edits::from_arg_matches(&command.get_matches_from(typed)).unwrap().0;
        let text = |text: &str| text.to_owned();
        let expected = [
            Edit::Remove(text("a")),
            Edit::Move(text("b"), text("c")),
            Edit::Remove(text("d")),
            Edit::Add { source: text(r"C:\e"), to: text(r"\f") },
            Edit::SetAttributes(text("g"), text("-hidden")),
        ];
        assert_eq!(edits, expected);
    }

    #[test]
    fn a_source_and_a_destination_are_told_apart() {
        assert_eq!(split_add("drivers/:/Drivers"), Some(("drivers/", "/Drivers")));
        assert_eq!(split_add(r"C:\a:\b"), Some((r"C:\a", r"\b")));
        assert_eq!((split_add("a:b"), split_add(r":\b")), (None, None));
    }
}
