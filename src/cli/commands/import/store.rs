//! The stores of pass and passage: a directory with an encrypted file for each entry.

use std::path::Path;

use zeroize::Zeroizing;

use super::failure::ImportFailure;
use super::gpg::Gpg;
use super::{ImportArgs, identity};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::report::count::Count;
use crate::cli::terminal::escape;
use crate::crypto::wrap;
use crate::format::caps;
use crate::inject::foreign::directory::{Entry, files_below, hidden_below};
use crate::inject::foreign::file::read_file;
use crate::inject::import::{Content, Item, ItemError, Source};
use crate::model::value::SecretValue;

/// Which part of an entry is its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Lines {
    /// The password alone.
    First,
    /// Everything, byte for byte.
    Whole,
}

/// Whose store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeper {
    Pass,
    Passage,
}

impl Keeper {
    fn ending(self) -> &'static str {
        match self {
            Keeper::Pass => "gpg",
            Keeper::Passage => "age",
        }
    }
}

/// Detects the store by its file extensions.
pub(super) fn recognise(directory: &Path) -> CliResult<Keeper> {
    let has = |keeper: Keeper| {
        files_below(directory, keeper.ending()).map(|found| !found.is_empty()).map_err(ImportFailure::File)
    };
    let no_store = |found| ImportFailure::NoStore { path: directory.to_owned(), found };
    match (has(Keeper::Pass)?, has(Keeper::Passage)?) {
        (true, false) => Ok(Keeper::Pass),
        (false, true) => Ok(Keeper::Passage),
        (false, false) => Err(no_store("neither `.gpg` nor `.age` files").into()),
        (true, true) => Err(no_store("both `.gpg` and `.age` files").into()),
    }
}

/// An option that has no meaning for this source.
pub(super) fn ignored(option: &str, meant_for: &str, file: &str) -> CliError {
    CliError::usage(format!("`{option}` is for {meant_for}, and {file} is something else"), "omit it")
}

/// Opens every entry of a store.
pub(super) fn take(keeper: Keeper, args: &ImportArgs, context: &mut Context) -> CliResult<Source> {
    if keeper == Keeper::Pass && args.age_identity.is_some() {
        return Err(ignored("--age-identity", "sops and passage", &args.shown_file()));
    }
    let entries = files_below(&args.file, keeper.ending()).map_err(ImportFailure::File)?;
    let mut open = opener(keeper, args, context)?;
    let (mut items, mut cut) = (Vec::with_capacity(entries.len()), Vec::new());
    for (number, entry) in entries.into_iter().enumerate() {
        let opened =
            if entry.is_link { Err("it is a symbolic link, which is not followed".into()) } else { open(&entry)? };
        let content = match opened {
            Ok(plain) => {
                let (value, is_cut) = value_of(&plain, args.lines.unwrap_or(Lines::First));
                cut.extend(is_cut.then(|| format!("`{}`", entry.name)));
                Ok(Content::Value(value))
            }
            Err(why) => Err(ItemError::Unopened(why)),
        };
        items.push(Item { name: entry.name, content });
        context.ui.progress("opened", number + 1);
    }
    context.ui.progress_done();
    let hidden = hidden_below(&args.file, keeper.ending()).map_err(ImportFailure::File)?;
    if !hidden.is_empty() {
        let names: Vec<String> = hidden.iter().map(|name| format!("`{}`", escape::line(name))).collect();
        context
            .ui
            .warning(format!("hidden entries are left out: {}; name such a directory to import it", names.join(", ")));
    }
    if let Some(first) = cut.first() {
        let (count, which) = (Count::of_irregular(cut.len(), "entry has", "entries have"), first);
        context.ui.warning(format!(
            "{count} more than the first line, which is left out ({which} is one); `--lines whole` imports everything"
        ));
    }
    Ok(Source { items, has_more: !(cut.is_empty() && hidden.is_empty()), ..Source::default() })
}

/// The plaintext of an entry, or why there is none.
type Opened = Result<Zeroizing<Vec<u8>>, String>;
type Opener = Box<dyn FnMut(&Entry) -> CliResult<Opened>>;

fn opener(keeper: Keeper, args: &ImportArgs, context: &Context) -> CliResult<Opener> {
    Ok(match keeper {
        Keeper::Pass => {
            let gpg = Gpg::find(context)?;
            Box::new(move |entry| Ok(gpg.open(&entry.path)?))
        }
        Keeper::Passage => {
            let identity = identity::find_for(args.age_identity.as_ref(), env::passage_identities(), context)?;
            Box::new(move |entry| {
                let file = match read_file(&entry.path, caps::IMPORT_ENTRY) {
                    Ok(file) => file,
                    Err(error) => return Ok(Err(error.to_string())),
                };
                Ok(wrap::open_file(&file, &identity).map_err(|error| error.to_string()))
            })
        }
    })
}

/// The value of an entry, and whether part of the entry is left out.
fn value_of(plain: &[u8], lines: Lines) -> (SecretValue, bool) {
    // A buffer of exactly its size: the read buffer has the maximum size of an entry.
    let value = |bytes: &[u8]| SecretValue::new(Zeroizing::new(bytes.to_vec()));
    if lines == Lines::Whole {
        return (value(plain), false);
    }
    let end = plain.iter().position(|byte| *byte == b'\n').unwrap_or(plain.len());
    let rest = plain[end..].trim_ascii();
    let first = plain[..end].strip_suffix(b"\r").unwrap_or(&plain[..end]);
    (value(first), !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password_unless_the_whole_is_wanted() {
        let of = |text: &str, lines| {
            let (value, is_cut) = value_of(text.as_bytes(), lines);
            (value.reveal_text().unwrap().to_owned(), is_cut)
        };
        for (text, first, is_cut) in
            [("pw", "pw", false), ("pw\n", "pw", false), ("pw\r\nlogin: me\n", "pw", true), ("\nx", "", true)]
        {
            assert_eq!(of(text, Lines::First), (first.to_owned(), is_cut), "{text:?}");
            assert_eq!(of(text, Lines::Whole), (text.to_owned(), false), "{text:?}");
        }
    }
}
