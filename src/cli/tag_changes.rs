//! Changes of tags on a command line, for parameters and secrets alike.

use clap::Args;

use super::palette::Meaning;
use super::report::Page;
use super::table::Table;
use crate::model::tag::Tag;

#[derive(Debug, Args)]
pub(super) struct TagChanges {
    /// Tags to set
    #[arg(value_name = "KEY=VALUE")]
    pub(super) tags: Vec<Tag>,
    /// Key of a tag to remove; may be repeated
    #[arg(short, long, value_name = "KEY")]
    pub(super) remove: Vec<String>,
}

/// Tags as a table, in the order given.
pub(super) fn show<'a>(tags: impl IntoIterator<Item = (&'a String, &'a String)>, page: &mut Page) {
    let mut table = Table::new([("KEY", Meaning::Name), ("VALUE", Meaning::Plain)]);
    for (key, value) in tags {
        table.row([key, value]);
    }
    page.table(&table);
}
