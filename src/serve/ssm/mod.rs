//! Systems Manager Parameter Store: a file for each operation (parameter-store, wire §6).

mod add_tags_to_resource;
mod delete_parameter;
mod delete_parameters;
mod describe_parameters;
mod faults;
mod filters;
mod get_parameter;
mod get_parameter_history;
mod get_parameters;
mod get_parameters_by_path;
mod keys;
mod label_parameter_version;
mod list_tags_for_resource;
mod listing;
mod lookup;
mod operations;
mod pass_through;
mod put_parameter;
mod read;
mod remove_tags_from_resource;
mod requested;
mod resource_policies;
mod service_settings;
mod shown;
mod source_result;
mod tagged;
mod tags;
mod unlabel_parameter_version;

pub(super) use operations::OPERATIONS;
