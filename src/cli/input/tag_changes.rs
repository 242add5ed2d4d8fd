//! Changes of tags on a command line, for parameters and secrets alike.

use clap::Args;

use crate::cli::terminal::{Meaning, Page, Table};
use crate::model::tag::Tag;

#[derive(Debug, Args)]
pub(crate) struct TagChanges {
    /// Tags to set
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) tags: Vec<Tag>,
    /// Key of a tag to remove; may be repeated
    #[arg(short, long, value_name = "KEY")]
    pub(crate) remove: Vec<String>,
}

/// Tags as a table, in the order given.
pub(crate) fn show<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>, page: &mut Page) {
    let mut table = Table::new([("KEY", Meaning::Name), ("VALUE", Meaning::Plain)]);
    for (key, value) in tags {
        table.row([key, value]);
    }
    page.table(&table);
}
