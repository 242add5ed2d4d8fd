//! Reads what is to be imported, from a file, stdin or a store.

use std::path::Path;

use zeroize::Zeroizing;

use super::failure::ImportFailure;
use super::store::Keeper;
use super::{ImportArgs, identity, store};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
use crate::cli::input::value_input::stdin;
use crate::crypto::identity::Identity;
use crate::crypto::wrap;
use crate::format::caps;
use crate::inject::foreign::file::read_file;
use crate::inject::foreign::text::{TextError, text, unmarked};
use crate::inject::import::{self, Descriptions, Format, Source, recognise};
use crate::machine::private::{PrivateError, read_capped};

/// `--from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Origin {
    #[value(alias = "env")]
    Dotenv,
    Json,
    #[value(alias = "yml")]
    Yaml,
    Aws,
    Sops,
    #[value(alias = "java-properties")]
    Properties,
    Csv,
    Tsv,
    #[value(alias = "terraform")]
    Tfvars,
    Pass,
    Passage,
}

enum Kind {
    File(Format),
    Store(Keeper),
}

/// Reads and decrypts everything. Reports what is missing in the source.
pub(super) fn take(args: &ImportArgs, context: &mut Context) -> CliResult<Source> {
    let mut source = if !args.is_stdin() && args.file.is_dir() {
        let keeper = match args.from.map(Origin::kind) {
            Some(Kind::Store(keeper)) => keeper,
            Some(Kind::File(_)) => return Err(ImportFailure::WrongKind(args.shown_file()).into()),
            None => store::recognise(&args.file)?,
        };
        store::take(keeper, args, context)?
    } else {
        from_file(args, context)?
    };
    if !source.named && args.path().is_none() {
        return Err(ImportFailure::NoPath { file: args.shown_file(), argument: args.file.clone() }.into());
    }
    for warning in &source.warnings {
        context.ui.warning(warning);
    }
    if let Some(file) = &args.describe {
        let bytes = read_file(file, caps::IMPORT).map_err(ImportFailure::File)?;
        let shown = format!("`{}`", file.display());
        let descriptions = Descriptions::read(unmarked(text_of(&bytes, &shown)?));
        let descriptions = descriptions.map_err(|error| ImportFailure::Content { file: shown, error })?;
        source.items.iter_mut().for_each(|item| descriptions.complete(item));
    }
    Ok(source)
}

fn from_file(args: &ImportArgs, context: &Context) -> CliResult<Source> {
    let file = args.shown_file();
    let bytes = if args.is_stdin() { read_stdin() } else { read_file(&args.file, caps::IMPORT) };
    let bytes = bytes.map_err(ImportFailure::File)?;
    let text = text_of(&bytes, &file)?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let format = match args.from.map(Origin::kind) {
        Some(Kind::File(format)) => format,
        Some(Kind::Store(_)) => return Err(ImportFailure::WrongKind(file).into()),
        None => recognise(&name, text).map_err(|_| ImportFailure::Unknown(file.clone()))?,
    };
    if args.lines.is_some() {
        return Err(store::ignored("--lines", "pass and passage", &file));
    }
    if args.age_identity.is_some() && format != Format::Sops {
        return Err(store::ignored("--age-identity", "sops and passage", &file));
    }
    // Searched for on first use, once.
    let mut identity: Option<CliResult<Identity>> = None;
    let read = import::read(format, &name, text, &mut |wrapped| {
        let found = identity.get_or_insert_with(|| identity::find_for_sops(args.age_identity.as_ref(), context));
        wrap::unwrap(wrapped, found.as_ref().ok()?).ok()
    });
    if let Some(Err(error)) = identity {
        return Err(error);
    }
    Ok(read.map_err(|error| ImportFailure::Content { file, error })?)
}

fn text_of<'a>(bytes: &'a [u8], file: &str) -> Result<&'a str, ImportFailure> {
    text(bytes).map_err(|error| match error {
        TextError::Utf16 => ImportFailure::Utf16(file.to_owned()),
        TextError::Other => ImportFailure::NotText(file.to_owned()),
    })
}

fn read_stdin() -> Result<Zeroizing<Vec<u8>>, PrivateError> {
    let path = Path::new("stdin").to_owned();
    match stdin().and_then(|stdin| read_capped(stdin, caps::IMPORT)) {
        Ok(bytes) => bytes.ok_or(PrivateError::TooLarge { path, limit: caps::IMPORT }),
        Err(source) => Err(PrivateError::Io { verb: "read", path, source }),
    }
}

impl Origin {
    fn kind(self) -> Kind {
        Kind::File(match self {
            Origin::Dotenv => Format::Dotenv,
            Origin::Json => Format::Json,
            Origin::Yaml => Format::Yaml,
            Origin::Aws => Format::Aws,
            Origin::Sops => Format::Sops,
            Origin::Properties => Format::Properties,
            Origin::Csv => Format::Csv,
            Origin::Tsv => Format::Tsv,
            Origin::Tfvars => Format::Tfvars,
            Origin::Pass => return Kind::Store(Keeper::Pass),
            Origin::Passage => return Kind::Store(Keeper::Passage),
        })
    }
}
