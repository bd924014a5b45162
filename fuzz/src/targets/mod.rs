//! The properties, one function each.

mod archive;
mod blob_table;
mod chunk_table;
mod component;
mod decode;
mod edit;
mod export;
mod hive;
mod metadata;
mod metadata_edit;
mod profile;
mod round_trip;
mod tables;
mod tarball;
mod text;
mod update;
mod xml;

pub use archive::archive;
pub use blob_table::blob_table;
pub use chunk_table::chunk_table;
pub use component::{cabinet, manifest};
pub use decode::{lzms_decode, lzx_decode, xpress_decode};
pub use edit::edit_script;
pub use export::{export, recompress};
pub use hive::{hive_edit, hive_parse, reg_file};
pub use metadata::metadata;
pub use metadata_edit::metadata_edit;
pub use profile::profile;
pub use round_trip::{lzms_round_trip, lzx_round_trip, xpress_round_trip};
pub use tables::{header, integrity, security};
pub use tarball::from_tar;
pub use text::name;
pub use update::update;
pub use xml::{xml, xml_edit};
