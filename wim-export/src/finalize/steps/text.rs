//! `text` and `winpeshl`: text files, with their line ends and encoding.

use std::sync::Arc;

use super::host;
use crate::finalize::hives;
use crate::finalize::host::{resolve, scan};
use crate::finalize::profile::{Encoding, Newline, Text, WinPeShl};
use crate::finalize::run::{Done, Run};
use crate::{NewBlob, NewEntry, OnConflict, Result};

/// More bytes than any text file that a step changes has.
const MAX_BYTES: u64 = 4 << 20;
/// The script that Windows PE starts with, unless it is told otherwise.
const STARTNET: &str = r"\Windows\System32\startnet.cmd";
/// What Windows PE starts instead.
const WINPESHL: &str = r"\Windows\System32\winpeshl.ini";

/// A text, and how it was stored.
struct Document {
    text: String,
    form: Form,
}

/// How a text is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Utf8,
    Utf8WithMark,
    Utf16le,
    /// Some code page: every byte stands for itself.
    Bytes,
}

impl Document {
    fn decode(bytes: &[u8]) -> Self {
        if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
            let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
            return Self { text: String::from_utf16_lossy(&units), form: Form::Utf16le };
        }
        let (rest, form) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => (rest, Form::Utf8WithMark),
            None => (bytes, Form::Utf8),
        };
        match std::str::from_utf8(rest) {
            Ok(text) => Self { text: text.to_owned(), form },
            Err(_) => Self { text: bytes.iter().copied().map(char::from).collect(), form: Form::Bytes },
        }
    }

    /// The bytes; none if the text has a character that its form has not.
    fn encode(&self) -> Option<Vec<u8>> {
        match self.form {
            Form::Utf8 => Some(self.text.clone().into_bytes()),
            Form::Utf8WithMark => Some([b"\xEF\xBB\xBF", self.text.as_bytes()].concat()),
            Form::Utf16le => Some(self.text.encode_utf16().fold(vec![0xFF, 0xFE], |mut bytes, unit| {
                bytes.extend(unit.to_le_bytes());
                bytes
            })),
            Form::Bytes => self.text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        }
    }
}

pub(super) fn run(run: &mut Run<'_>, step: &Text) -> Result<Done> {
    let path = run.expand(&step.path)?;
    let given = [&step.content, &step.content_file, &step.append, &step.replace_line, &step.ensure_line];
    if given.iter().filter(|given| given.is_some()).count() != 1 {
        let why =
            "one of `content`, `content_file`, `append`, `replace_line` and `ensure_line` is needed, and no other";
        return Err(run.invalid("content", why));
    }
    if step.replace_line.is_some() != step.prefix.is_some() {
        return Err(run.invalid("match", "`replace_line` and `match`, the start of the line, belong together"));
    }
    warn_of_startnet(run, &path)?;
    let old = read(run, &path)?;
    let text = changed(run, step, old.as_ref())?;
    let form = match (step.encoding, old.as_ref()) {
        (Encoding::Keep, Some(old)) => old.form,
        (Encoding::Keep | Encoding::Utf8, _) => Form::Utf8,
        (Encoding::Utf16le, _) => Form::Utf16le,
    };
    let text = with_line_ends(&text, step.newline);
    write(run, &path, Document { text, form })
}

fn read(run: &Run<'_>, path: &str) -> Result<Option<Document>> {
    if run.editor.exists(path) {
        return run.editor.read(path, MAX_BYTES).map(|bytes| Some(Document::decode(&bytes)));
    }
    Ok(None)
}

/// The text as the step wants it.
fn changed(run: &Run<'_>, step: &Text, old: Option<&Document>) -> Result<String> {
    if let Some(content) = &step.content {
        return Ok(content.clone());
    }
    if let Some(file) = &step.content_file {
        let path = resolve(&run.expand(file)?, run.options).map_err(host(run))?;
        let bytes = scan(&path).map_err(host(run))?[0].read(MAX_BYTES)?;
        return Ok(Document::decode(&bytes).text);
    }
    let mut text = old.map_or_else(String::new, |old| old.text.replace("\r\n", "\n"));
    if let (Some(line), Some(prefix)) = (&step.replace_line, &step.prefix) {
        let starts = |there: &str| there.trim_start().to_lowercase().starts_with(&prefix.to_lowercase());
        if !text.lines().any(starts) {
            return Err(run.invalid("match", format!("no line of {} begins with {prefix:?}", step.path)));
        }
        let lines: Vec<&str> = text.lines().map(|there| if starts(there) { line } else { there }).collect();
        return Ok(lines.join("\n") + "\n");
    }
    let line = step.append.as_ref().or(step.ensure_line.as_ref()).map_or("", String::as_str);
    let is_there = step.ensure_line.is_some() && text.lines().any(|there| there.trim_end() == line.trim_end());
    if !is_there {
        append(&mut text, line);
    }
    Ok(text)
}

/// Adds lines at the end, on a line of their own.
fn append(text: &mut String, lines: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(lines);
    if !lines.ends_with('\n') {
        text.push('\n');
    }
}

fn with_line_ends(text: &str, newline: Newline) -> String {
    let text = text.replace("\r\n", "\n");
    if newline == Newline::Crlf { text.replace('\n', "\r\n") } else { text }
}

fn write(run: &mut Run<'_>, path: &str, document: Document) -> Result<Done> {
    let no_room = || run.invalid("encoding", format!("{path} is in a code page that lacks one of the characters"));
    let bytes = document.encode().ok_or_else(no_room)?;
    if run.editor.exists(path) {
        if run.editor.read(path, MAX_BYTES)? == bytes {
            return Ok(Done::default());
        }
        run.editor.set_data(path, NewBlob::new(path, Arc::new(bytes)))?;
    } else {
        run.editor.add(path, NewEntry::file(NewBlob::new(path, Arc::new(bytes))), OnConflict::Refuse)?;
    }
    Ok(Done::changed(true))
}

/// Makes sure that a text file has a line; for other steps.
pub(super) fn ensure_line(run: &mut Run<'_>, path: &str, line: &str) -> Result<Done> {
    warn_of_startnet(run, path)?;
    let mut document = read(run, path)?.unwrap_or(Document { text: String::new(), form: Form::Utf8 });
    let mut text = document.text.replace("\r\n", "\n");
    if text.lines().any(|there| there.trim_end() == line) {
        return Ok(Done::default());
    }
    append(&mut text, line);
    document.text = with_line_ends(&text, Newline::Crlf);
    write(run, path, document)
}

/// Warns where startnet.cmd is changed, and the image does not run it.
fn warn_of_startnet(run: &mut Run<'_>, path: &str) -> Result<()> {
    let same = |id| run.editor.find(STARTNET).is_ok_and(|startnet| startnet == id);
    let is_startnet = path.replace('/', "\\").eq_ignore_ascii_case(STARTNET) || run.editor.find(path).is_ok_and(same);
    if !is_startnet {
        return Ok(());
    }
    if run.editor.exists(WINPESHL) {
        let message = format!("{WINPESHL} says what starts, so that startnet.cmd may not run");
        run.warn("STARTNET_NOT_RUN", message);
        return Ok(());
    }
    let Ok(system) = hives::open(run, "SYSTEM") else { return Ok(()) };
    let command = system.hive.find("Setup").and_then(|key| key.value(&"CmdLine".into())).and_then(|value| value.text());
    if let Some(command) = command.filter(|command| !command.to_lowercase().contains("winpeshl.exe")) {
        run.warn("STARTNET_NOT_RUN", format!("the image starts {command}, and startnet.cmd does not run"));
    }
    Ok(())
}

pub(super) fn winpeshl(run: &mut Run<'_>, step: &WinPeShl) -> Result<Done> {
    if step.apps.is_empty() || step.apps.iter().any(|app| app.trim().is_empty() || app.contains(['\n', '\r'])) {
        return Err(run.invalid("apps", "each is a program, and after a comma its arguments"));
    }
    let old = if step.append { read(run, WINPESHL)? } else { None };
    let form = old.as_ref().map_or(Form::Utf8, |old| old.form);
    let mut text = old.map_or_else(String::new, |old| old.text.replace("\r\n", "\n"));
    let header = text.lines().any(|line| line.trim().eq_ignore_ascii_case("[LaunchApps]"));
    if !header {
        append(&mut text, "[LaunchApps]");
    }
    let last_section = text.lines().rfind(|line| line.trim_start().starts_with('['));
    if last_section.is_some_and(|line| !line.trim().eq_ignore_ascii_case("[LaunchApps]")) {
        return Err(run.invalid("append", "winpeshl.ini has sections after [LaunchApps]; write it anew instead"));
    }
    step.apps.iter().for_each(|app| append(&mut text, app.trim()));
    write(run, WINPESHL, Document { text: with_line_ends(&text, Newline::Crlf), form })
}
