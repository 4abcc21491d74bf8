//! `create --from FILE|-`: a document that somebody, or something, wrote.

use std::io::Read;
use std::path::Path;

use super::{Document, NewEntity};
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;

/// What a document may have at most; no entity needs to be this long.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Reads the document, with the entity's name: the one given, or the file's.
pub(super) fn read(
    ui: &Ui,
    new: &NewEntity,
    name: Option<&str>,
) -> Result<Option<(String, Document)>, Failure> {
    let Some(from) = &new.from else { return Ok(None) };
    let standard_input = from == Path::new("-");
    let text = text(ui, from)?;
    let stem = || from.file_stem().and_then(|stem| stem.to_str()).filter(|_| !standard_input);
    let name = match name.or_else(stem) {
        Some(name) => name.to_owned(),
        None => return Err(Failure::Missing { flags: vec!["NAME"] }),
    };
    let document = Document::read(&text)
        .map_err(|reason| Failure::BadDocument { file: from.clone(), reason })?;
    Ok(Some((name, document)))
}

/// The text of a file that was named on the command line; `-` is standard input.
pub(super) fn text(ui: &Ui, file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        bounded(std::io::stdin())
    } else {
        std::fs::File::open(ui.path(file)).and_then(bounded)
    };
    text.map_err(|source| Failure::Read { path: file.to_owned(), source })
}

fn bounded(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    if from.take(LIMIT + 1).read_to_string(&mut text)? as u64 > LIMIT {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(text)
}
