//! Systems Manager Parameter Store: a file for each operation (parameter-store, wire §6).

use super::answer::Answer;
use super::call::Call;

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
mod pass_through;
mod put_parameter;
mod read;
mod remove_tags_from_resource;
mod requested;
mod resource_policies;
mod service_settings;
mod shown;
mod tagged;
mod tags;
mod unlabel_parameter_version;

/// The operations that there are, and what answers each.
pub(super) const OPERATIONS: &[(&str, fn(&Call<'_>) -> Answer)] = &[
    ("GetParameter", get_parameter::run),
    ("GetParameters", get_parameters::run),
    ("GetParametersByPath", get_parameters_by_path::run),
    ("GetParameterHistory", get_parameter_history::run),
    ("DescribeParameters", describe_parameters::run),
    ("PutParameter", put_parameter::run),
    ("DeleteParameter", delete_parameter::run),
    ("DeleteParameters", delete_parameters::run),
    ("LabelParameterVersion", label_parameter_version::run),
    ("UnlabelParameterVersion", unlabel_parameter_version::run),
    ("AddTagsToResource", add_tags_to_resource::run),
    ("RemoveTagsFromResource", remove_tags_from_resource::run),
    ("ListTagsForResource", list_tags_for_resource::run),
    ("GetServiceSetting", service_settings::get),
    ("UpdateServiceSetting", service_settings::update),
    ("ResetServiceSetting", service_settings::reset),
    ("GetResourcePolicies", resource_policies::get),
    ("PutResourcePolicy", resource_policies::put),
    ("DeleteResourcePolicy", resource_policies::delete),
];
