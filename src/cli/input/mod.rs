//! What commands take: values, names, sources, identities, and the options that say where they come from.

pub(crate) mod backup_error;
pub(crate) mod backup_file;
pub(crate) mod choice;
pub(crate) mod completer;
pub(crate) mod credential_name;
pub(crate) mod destination;
pub(crate) mod document_name;
pub(crate) mod edit;
pub(crate) mod meant;
pub(crate) mod new_identity;
pub(crate) mod next_version;
pub(crate) mod pick;
pub(crate) mod sources;
pub(crate) mod tag_changes;
pub(crate) mod text_file;
pub(crate) mod value_input;
pub(crate) mod value_source;
pub(crate) mod window;
