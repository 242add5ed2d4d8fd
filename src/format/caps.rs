//! Limits that hold before anything is parsed (FORMAT.md, limits).

/// A parameter or secret document, in bytes.
pub(crate) const DOCUMENT: u64 = 16 << 20;
/// A trust or key document, `vault.yaml`, a request, in bytes.
pub(crate) const SMALL_DOCUMENT: u64 = 1 << 20;
/// The plan of a rotation, in bytes.
pub(crate) const PLAN: u64 = 256 << 10;
/// A plain value of a parameter, in bytes.
pub(crate) const PLAIN_VALUE: usize = 8 << 10;
/// A sealed value of a parameter as text, in bytes: 8 KiB padded, sealed by either codec, in base64.
pub(crate) const SEALED_PARAMETER: usize = 16 << 10;
/// A sealed value of a secret as text, in bytes: 64 KiB padded, sealed by either codec, in base64.
pub(crate) const SEALED_SECRET: usize = 128 << 10;
/// A shared value of a parameter as text: as above, with the lines of 16 recipients.
pub(crate) const SHARED_PARAMETER: usize = 80 << 10;
/// A shared value of a secret as text.
pub(crate) const SHARED_SECRET: usize = 192 << 10;
/// Snapshots in a trust chain.
pub(crate) const TRUST_CHAIN: usize = 100_000;
/// A document's path relative to the vault, in bytes.
pub(crate) const PATH: usize = 900;
/// A map of variables in a file of the user's, in bytes.
pub(crate) const FOREIGN_MAP: usize = 256 << 10;
/// Levels of nesting in such a file.
pub(crate) const FOREIGN_DEPTH: usize = 64;
/// Scalars, lists and maps in such a file, counted after aliases were followed.
pub(crate) const FOREIGN_NODES: usize = 20_000;
/// A template, and what comes of it, in bytes.
pub(crate) const TEMPLATE: usize = 16 << 20;
/// A file to be imported, and what its aliases unfold into, in bytes.
pub(crate) const IMPORT: usize = 16 << 20;
/// Scalars, lists and maps in such a file, counted after aliases were followed.
pub(crate) const IMPORT_NODES: usize = 200_000;
/// The names of all values of such a file together, each with those of the levels above it, in bytes.
pub(crate) const IMPORT_NAMES: usize = 64 << 20;
/// One entry of a store that has a file for each.
pub(crate) const IMPORT_ENTRY: usize = 256 << 10;
/// Entries of such a store.
pub(crate) const IMPORT_ENTRIES: usize = 20_000;
/// A backup of a vault without its encryption, in bytes: a thousand times what most vaults have.
pub(crate) const BACKUP: u64 = 4 << 30;
/// Files in a backup.
pub(crate) const BACKUP_FILES: usize = 1_000_000;
