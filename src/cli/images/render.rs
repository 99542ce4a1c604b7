//! Writes the commands of images as a table, as a part of a functionConfig, or as JSON.

use super::super::args::ImagesFormat;
use super::super::human::printable;
use kueueleuleu::images::ImageEntry;
use kueueleuleu::images::document::words;
use std::collections::BTreeMap;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr as _;

const HEADER: [&str; 4] = ["IMAGE", "DIGEST", "ENTRYPOINT", "CMD"];

/// The length of a digest in the table, the same as in `docker images`.
const DIGEST: usize = "sha256:".len() + 12;

/// Writes entries in a format.
pub(super) fn write(out: &mut impl Write, entries: &[ImageEntry], format: ImagesFormat) -> io::Result<()> {
    match format {
        ImagesFormat::Table => table(out, entries),
        ImagesFormat::Yaml => {
            let spec = BTreeMap::from([("images", entries)]);
            serde_yaml::to_writer(out, &BTreeMap::from([("spec", spec)])).map_err(io::Error::other)
        }
        ImagesFormat::Json => {
            let json: Vec<_> = entries.iter().map(object).collect();
            writeln!(out, "{:#}", serde_json::Value::Array(json))
        }
    }
}

/// The entry in JSON. No key is omitted.
fn object(entry: &ImageEntry) -> serde_json::Value {
    let ImageEntry { name, digest, command, args } = entry;
    serde_json::json!({"name": name, "digest": digest, "command": command, "args": args})
}

fn table(out: &mut impl Write, entries: &[ImageEntry]) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let cells = |entry: &ImageEntry| {
        let digest = entry.digest.as_deref().map_or("-", |digest| digest.get(..DIGEST).unwrap_or(digest));
        [printable(&entry.name), digest.to_owned(), cell(&entry.command), cell(&entry.args)]
    };
    let rows: Vec<_> = [HEADER.map(str::to_owned)].into_iter().chain(entries.iter().map(cells)).collect();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn cell(list: &[String]) -> String {
    if list.is_empty() { "-".to_owned() } else { printable(&words(list)) }
}
