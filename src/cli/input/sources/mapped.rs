//! Variables with explicit names: those of a map, and `NAME=reference`.

use std::path::Path;

use zeroize::Zeroizing;

use super::gatherer::{Gatherer, injected};
use super::{FORMS, is_file};
use crate::cli::error::{CliError, CliResult, one_of, together};
use crate::cli::input::text_file::text_of;
use crate::engine::Origin;
use crate::format::caps;
use crate::inject::environment::{Injected, Provenance};
use crate::inject::foreign::file::read_file;
use crate::inject::foreign::text::unmarked;
use crate::inject::map::{self, Content, Entry, MapError};
use crate::inject::variable::Variable;
use crate::model::reference::Reference;
use crate::model::template::{Part, Template};
use crate::model::value::SecretValue;

impl Gatherer<'_> {
    /// Every variable of a map.
    pub(super) fn file(&self, path: &Path) -> CliResult<Vec<Injected>> {
        let name = path.to_string_lossy().into_owned();
        let bytes = read_file(path, caps::FOREIGN_MAP)?;
        let text = text_of(&bytes, &name, "a map must be a text file")?;
        let container = self.args.container.as_deref();
        let entries = map::read_for(container, &name, unmarked(text)).map_err(|flaws| bad_map(&name, &flaws))?;
        let injected = together(entries.into_iter().map(|entry| self.entry(entry, &name)))?;
        Ok(injected.into_iter().flatten().collect())
    }

    /// One variable of a map, or of `NAME=reference` on the command line.
    pub(super) fn entry(&self, entry: Entry, argument: &str) -> CliResult<Vec<Injected>> {
        let Entry { variable, content, rule } = entry;
        let argument = if is_file(argument) || rule != "NAME=reference" {
            format!("{argument}: {variable}")
        } else {
            argument.to_owned()
        };
        match content {
            Content::Reference(reference) => {
                let resolved = self.resolve(&reference, &argument)?;
                let mut given = vec![injected(variable.clone(), resolved, &argument, rule)];
                if let Reference::Secret(secret) = &reference {
                    given.extend(self.previous(&variable, secret, &argument)?);
                }
                Ok(given)
            }
            Content::Template(text) => Ok(vec![self.template(variable, &text, &argument, rule)?]),
        }
    }

    /// A text with references in it, all of them in place.
    fn template(&self, variable: Variable, text: &str, argument: &str, rule: &'static str) -> CliResult<Injected> {
        let template = Template::parse(text).map_err(|_| {
            CliError::usage(
                format!("`{argument}` has a reference that cannot be read"),
                "`vault exec --help` shows the forms of a reference",
            )
        })?;
        let resolved = together(template.references().map(|found| self.resolve(&found.reference, argument)))?;
        let texts = template.parts().iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 });
        let length = texts.sum::<usize>() + resolved.iter().map(|one| one.value.reveal().len()).sum::<usize>();
        let mut whole = Zeroizing::new(Vec::with_capacity(length));
        let mut values = resolved.iter();
        for part in template.parts() {
            match part {
                Part::Text(text) => whole.extend_from_slice(text.as_bytes()),
                Part::Reference(_) => whole.extend_from_slice(values.next().map_or(&[][..], |one| one.value.reveal())),
            }
        }
        let joined = |each: fn(&Origin) -> &str| -> String {
            let all: Vec<&str> = resolved.iter().map(|one| each(&one.origin)).collect();
            all.join(", ")
        };
        let source = if resolved.is_empty() { "text without references".into() } else { joined(|it| &it.name) };
        let provenance = Provenance {
            argument: argument.to_owned(),
            version: joined(|it| &it.version),
            selected_by: joined(|it| &it.selected_by),
            rule,
        };
        Ok(Injected { variable, source, value: SecretValue::new(whole), provenance })
    }
}

/// The error for a map, or an argument, that cannot be read.
pub(super) fn bad_map(place: &str, flaws: &[MapError]) -> CliError {
    let hint = |error: &MapError| match error {
        MapError::Container { .. } | MapError::Containers { .. } => "name one with `--container NAME`",
        _ => FORMS,
    };
    let flaw = |error: &MapError| CliError::usage(format!("`{place}`: {error}"), hint(error));
    one_of(flaws.iter().map(flaw).collect())
}
