//! Which operations there are.

use super::{
    add_tags_to_resource, delete_parameter, delete_parameters, describe_parameters, get_parameter,
    get_parameter_history, get_parameters, get_parameters_by_path, label_parameter_version, list_tags_for_resource,
    put_parameter, remove_tags_from_resource, resource_policies, service_settings, unlabel_parameter_version,
};
use crate::serve::call::Run;

/// The operations that there are, and what answers each.
pub(crate) const OPERATIONS: &[(&str, Run)] = &[
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
