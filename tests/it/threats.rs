//! The threat model, row by row: which tests play the attacker, and why some rows have none.
//!
//! The attackers here have a checkout and no key, or a key of their own, and may write whatever git can carry.

mod attributes;
mod chain;
mod forgery;
mod leftovers;
mod machine;
mod merges;
mod outsider;
mod owner;
mod types;
mod variables;
mod words;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::project::Sandbox;
use crate::team::is;

/// What is done about a row.
enum Row {
    /// These tests play the attacker: file below `tests/it`, and function.
    Played(&'static [&'static str]),
    /// No test can, for this reason; these tests show what holds all the same.
    Untested(&'static str, &'static [&'static str]),
}

use Row::{Played, Untested};

/// The rows of the threat model by their numbers, from 1.
const ROWS: [(&str, Row); 40] = [
    (
        "an outsider reads the repository and all history",
        Played(&[
            "threats/outsider.rs who_has_the_whole_history_and_another_key_reads_no_value",
            "tampering.rs no_output_and_no_file_outside_the_vault_holds_a_value",
            "git.rs puts_on_two_branches_are_both_kept_and_both_directions_agree",
        ]),
    ),
    (
        "an outsider records everything and has a quantum computer in twenty years",
        Untested(
            "nobody has one; that a key of the suite `pq` has post-quantum readers only is tested",
            &["adoption.rs a_post_quantum_key_has_post_quantum_readers_only"],
        ),
    ),
    (
        "a writer of the repository edits, forges, relabels or truncates a document",
        Played(&[
            "tampering.rs edits_of_every_field_are_refused",
            "tampering.rs one_revision_has_one_content",
            "fixture.rs its_tamperings_are_refused",
        ]),
    ),
    ("they rename or swap documents", Played(&["tampering.rs moved_swapped_and_foreign_documents_are_refused"])),
    (
        "they substitute a version of a key",
        Played(&[
            "threats/forgery.rs a_key_that_the_attacker_minted_for_all_its_readers_is_refused",
            "threats/forgery.rs a_wrap_of_another_version_or_vault_is_refused_even_from_an_admin",
            "team.rs wraps_cannot_be_exchanged_even_by_an_admin",
        ]),
    ),
    (
        "they add a reader, a member or an admin, or re-point a scope",
        Played(&[
            "team.rs nobody_adds_themselves",
            "team.rs a_reader_signs_no_key_document_and_moves_no_scope",
            "tampering.rs keys_and_trust_cannot_be_replaced_by_whoever_can_push",
            "threats/chain.rs a_snapshot_that_no_admin_before_it_signed_in_its_place_is_refused",
            "threats/chain.rs a_snapshot_behind_a_gap_counts_for_nothing_and_is_reported",
            "threats/chain.rs two_snapshots_of_one_number_are_never_both_believed",
            "threats/chain.rs what_is_believed_moves_only_after_the_whole_chain_held",
        ]),
    ),
    (
        "they replace the whole vault by one that is encrypted to its victims",
        Played(&[
            "threats/chain.rs another_vault_that_is_encrypted_to_the_victim_is_not_taken_for_the_real_one",
            "tampering.rs a_replaced_vault_and_an_unknown_one_are_not_used",
        ]),
    ),
    (
        "they bring back an older signed document, or use up the revisions",
        Played(&[
            "tampering.rs an_older_revision_is_a_rollback_until_it_is_accepted",
            "tampering.rs what_was_deleted_and_created_again_does_not_come_back",
            "tampering.rs a_secret_that_was_deleted_and_created_again_does_not_come_back",
            "tampering.rs a_checkpoint_shows_a_rollback_to_a_machine_that_saw_nothing",
            "checkpoint.rs a_checkpoint_lists_nothing_that_verify_refuses",
            "git.rs a_revert_is_reported",
            "situations.rs the_table_says_what_is_done",
            "older.rs an_earlier_form_of_a_name_is_nowhere_used_without_a_word",
            "threats/chain.rs a_revision_at_the_limit_costs_one_document_and_no_more",
        ]),
    ),
    (
        "they bring back an old key document, so that new values go to a key that a former member has",
        Played(&[
            "team.rs a_removed_member_opens_nothing_of_a_whole_new_state",
            "acceptance.rs an_accepted_key_brings_back_nobody_who_lost_it",
            "tampering.rs keys_and_trust_cannot_be_replaced_by_whoever_can_push",
            "team.rs a_chain_that_was_taken_back_is_refused_until_somebody_accepts_it",
        ]),
    ),
    (
        "they delete a document",
        Played(&[
            "tampering.rs what_vanished_is_reported_and_what_was_removed_is_not",
            "range.rs documents_do_not_vanish_and_nothing_else_appears",
            "older.rs a_document_that_vanished_is_missed_by_every_listing",
        ]),
    ),
    (
        "a reader without a role to write forges",
        Played(&["threats/forgery.rs a_member_who_only_reads_signs_nothing_that_holds"]),
    ),
    (
        "a writer of one part of the names writes to another, or moves a ciphertext",
        Played(&[
            "threats/forgery.rs a_signature_holds_for_the_writer_s_part_of_the_names_only",
            "acceptance.rs nothing_is_accepted_that_its_signer_may_not_write_or_that_belongs_elsewhere",
            "threats/forgery.rs a_ciphertext_opens_nowhere_but_where_it_was_sealed",
            "tampering.rs signed_transplants_are_refused",
            "fixture.rs its_signed_transplants_do_not_open",
        ]),
    ),
    (
        "a contributor who may only write",
        Played(&["adoption.rs a_contributor_puts_what_they_cannot_read_and_a_reader_takes_it_over"]),
    ),
    (
        "an ex-member with all history and all keys until then",
        Played(&[
            "team.rs a_removed_member_is_out",
            "team.rs a_removed_member_opens_nothing_of_a_whole_new_state",
            "team.rs who_was_removed_comes_back_only_on_purpose",
            "team.rs nobody_keeps_themselves_in_by_documents_that_do_not_hold",
            "adoption.rs an_old_document_of_a_removed_member_is_not_swept_in",
            "adoption.rs what_a_removed_member_signs_afterwards_is_not_swept_in",
        ]),
    ),
    (
        "git merges branches as text",
        Played(&[
            "git.rs text_merges_are_refused_until_they_are_resolved",
            "git.rs union_merges_are_refused_until_they_are_resolved",
            "git.rs a_forged_side_is_never_signed_again",
            "threats/merges.rs an_attribute_that_turns_merging_off_loses_neither_side",
            "threats/merges.rs a_recorded_resolution_brings_back_the_same_document_or_none",
            "threats/merges.rs a_stash_that_does_not_fit_any_more_is_resolved",
            "threats/merges.rs an_octopus_merges_different_documents_and_no_two_writes_of_one",
        ]),
    ),
    (
        "a hostile document or wrap is aimed at the client",
        Played(&[
            "threats/outsider.rs documents_and_wraps_that_are_made_to_exhaust_are_refused",
            "bounds.rs a_document_of_zeros_is_refused_by_its_size_wherever_it_is",
            "bounds.rs files_as_large_as_a_document_are_refused_one_by_one",
            "bounds.rs a_header_of_thousands_of_recipients_is_not_parsed",
            "bounds.rs references_are_bounded_and_each_is_resolved_once",
            "tampering.rs links_pipes_and_directories_are_refused_without_hanging",
            "backup.rs hostile_archives_are_refused_and_nothing_is_written",
        ]),
    ),
    (
        "the repository contains hooks and names programs",
        Played(&[
            "events.rs a_program_gets_the_event_only_once_it_is_approved_as_it_is",
            "events.rs rules_are_checked_when_they_are_written_and_signed_by_admins",
            "rotation.rs a_hook_runs_only_as_it_was_approved_and_a_dry_run_runs_none",
            "handover.rs an_option_of_a_member_gets_nobody_else_s_secret_out",
            "handover.rs no_command_runs_a_rotation_that_is_not_approved",
            "handover.rs an_approval_is_for_one_secret_and_one_plan_of_its_rotation",
            "handover.rs a_value_does_not_choose_the_administrator",
            "handover.rs a_program_that_was_approved_for_one_secret_writes_no_file_for_another",
            "threats/outsider.rs a_document_names_no_program_to_run",
            "threats/machine.rs a_recipient_names_no_program_to_run",
            "threats/machine.rs debug_switches_bring_nothing_secret_out",
            "flows.rs a_plugin_holds_the_identity_of_a_vault_if_the_user_allows_its_program",
        ]),
    ),
    (
        "another user of the machine",
        Played(&[
            "threats/outsider.rs what_the_machine_keeps_is_for_its_owner_alone",
            "threats/owner.rs a_vault_of_another_user_is_not_used",
            "threats/owner.rs a_part_of_another_user_is_enough",
            "threats/owner.rs the_user_names_what_is_safe",
            "agent/guard.rs another_user_gets_nothing_from_it_and_gives_nothing_to_us",
            "memory.rs another_process_of_the_same_user_cannot_look_and_no_core_is_written",
            "flows.rs a_secret_is_not_taken_from_the_command_line",
        ]),
    ),
    (
        "malware that runs as the same user",
        Untested(
            "nothing is promised: it can read what the user can, and ask the keyring; what only delays it is tested",
            &[
                "agent/guard.rs nobody_looks_into_it_and_it_does_without_locked_memory",
                "memory.rs nothing_secret_is_left_when_a_command_ends",
            ],
        ),
    ),
    (
        "a thief of the disk, of swap or of a hibernated machine",
        Untested(
            "swap and hibernation are the system's; that identities lie under a passphrase and an agent's pages are locked is tested",
            &[
                "agent.rs a_passphrase_is_asked_once_until_it_is_locked",
                "agent/guard.rs it_holds_one_copy_of_the_identity_and_no_key_and_is_gone_with_the_lock",
            ],
        ),
    ),
    (
        "an admin whose identity was taken",
        Played(&[
            "adoption.rs a_lost_laptop_is_survived_with_the_recovery_key",
            "adoption.rs a_member_with_a_new_machine_keeps_everything_and_the_old_key_is_worth_nothing",
            "team.rs the_recovery_key_adds_a_new_admin_when_the_only_one_is_lost",
            "range.rs a_range_says_who_changed_what_and_needs_no_identity",
            "branches.rs what_a_removed_admin_decided_elsewhere_is_not_taken_over",
        ]),
    ),
    (
        "a dependency that is not what it should be",
        Untested(
            "no test of this program can see it: `Cargo.lock` fixes every dependency, and `cargo deny` judges them (deny.toml)",
            &[],
        ),
    ),
    (
        "a former admin forks the trust chain: on a branch, in a copy, in words of their own or in all those of the vault",
        Played(&[
            "forks.rs the_fork_of_a_former_admin_is_refused_everywhere",
            "forks.rs a_former_admin_who_repeats_everything_still_makes_a_fork",
            "forks.rs a_rebase_needs_a_side_that_has_what_was_verified",
            "branches.rs what_a_removed_admin_decided_elsewhere_is_not_taken_over",
        ]),
    ),
    (
        "somebody serves the vault from before a removal: nested, on another branch, at a detached `HEAD`, as a submodule, with a planted `.git`",
        Played(&[
            "forks.rs an_old_vault_below_the_project_seals_nothing",
            "forks.rs an_old_vault_seals_nothing_whatever_git_says_about_the_directory",
            "forks.rs an_older_commit_seals_nothing_in_the_same_directory",
            "older.rs an_earlier_form_of_a_name_is_nowhere_used_without_a_word",
            "older.rs what_runs_without_a_person_uses_nothing_old",
            "forks.rs an_exception_is_of_one_directory_and_ends_when_the_directory_has_everything",
        ]),
    ),
    (
        "a member steers the machines of others: by the options of a rotation, by a merge that they sign, by keys that they wrap",
        Played(&[
            "handover.rs an_option_of_a_member_gets_nobody_else_s_secret_out",
            "freshness.rs no_merge_and_no_rebase_signs_an_older_state",
            "freshness.rs no_merge_wraps_a_key_for_a_reader_who_lost_it",
            "freshness.rs no_admin_on_a_new_machine_wraps_by_an_outdated_key_document",
            "forks.rs a_snapshot_that_takes_something_back_is_refused",
        ]),
    ),
    (
        "somebody freezes a machine, or shows each machine another state",
        Untested(
            "a machine cannot know what it is not shown; what it notices as soon as the states meet, and what a new machine is given, is tested",
            &[
                "forks.rs the_fork_of_a_former_admin_is_refused_everywhere",
                "forks.rs an_anchor_fixes_a_snapshot_on_a_machine_that_knows_nothing",
                "tampering.rs a_checkpoint_shows_a_rollback_to_a_machine_that_saw_nothing",
            ],
        ),
    ),
    (
        "whoever writes this machine's state directory",
        Untested(
            "nothing is promised: they make a new machine of it; that deleted parts are noticed is tested",
            &[
                "forks.rs a_memory_that_was_deleted_is_noticed",
                "situations.rs the_table_says_what_is_done",
                "elsewhere.rs a_record_that_is_damaged_or_cannot_be_written_counts_as_none",
            ],
        ),
    ),
    (
        "a member chooses the name of a variable, or the type of a parameter, for the next one who uses it",
        Played(&[
            "threats/variables.rs a_variable_that_programs_obey_is_refused_on_every_way",
            "threats/variables.rs tools_and_connections_are_not_steered",
            "threats/variables.rs an_identity_is_never_set",
            "threats/types.rs plain_text_needs_a_word_of_its_own",
            "threats/types.rs a_change_of_the_type_is_noticed_by_the_next_put",
            "threats/types.rs a_document_that_was_made_anew_or_rewritten_is_noticed_too",
        ]),
    ),
    (
        "a writer of the repository sends other files through the drivers of the vault, or puts a repository into it",
        Played(&[
            "threats/attributes.rs a_script_is_shown_whatever_the_attributes_say",
            "threats/attributes.rs no_change_is_invisible",
            "threats/attributes.rs a_file_that_is_larger_than_any_document_is_shown",
            "threats/attributes.rs a_foreign_file_is_a_conflict_for_the_merge_driver",
            "threats/attributes.rs a_repository_in_the_content_of_a_vault_runs_no_program",
        ]),
    ),
    (
        "text of others acts on the terminal",
        Played(&[
            "threats/words.rs a_mistake_on_the_command_line_is_repeated_without_its_control_characters",
            "threats/attributes.rs a_script_does_not_write_to_the_terminal_through_the_driver",
        ]),
    ),
    (
        "somebody shares what they may not open, swaps what is shared, or reads by a share what it does not hold",
        Played(&[
            "sharing.rs the_reader_of_another_vault_gets_the_current_value_and_nothing_else",
            "sharing.rs a_member_gets_one_secret_of_a_key_that_they_do_not_read",
            "sharing.rs a_forged_share_is_refused_and_named",
        ]),
    ),
    (
        "a file of `vault share` is changed, forged, old, or for somebody else",
        Played(&[
            "sharing.rs a_file_for_somebody_outside_is_taken_with_a_plan_or_printed",
            "sharing.rs stock_age_opens_the_file_and_an_old_one_says_how_old_it_is",
        ]),
    ),
    (
        "somebody commits, or finds, what a killed process left",
        Played(&["threats/leftovers.rs a_killed_command_leaves_no_value_to_be_committed"]),
    ),
    (
        "somebody gives a program more of the server: forges or widens a credential, or brings a revoked one back",
        Played(&[
            "credentials.rs nobody_forges_a_credential_of_somebody_else_or_without_the_right",
            "credentials.rs a_revoked_credential_that_an_old_commit_brings_back_is_refused",
            "credentials.rs who_leaves_takes_their_credentials_along_and_status_names_what_is_refused",
            "credentials.rs the_secret_access_key_is_shown_once_and_lies_nowhere",
        ]),
    ),
    (
        "a member of another vault changes or forges a copy of a secret there, or lets it claim to be the primary",
        Played(&[
            "replicas.rs no_command_but_replication_writes_a_copy",
            "replicas.rs a_copy_that_was_forged_is_reported_and_nothing_is_written_over_it",
            "replicas.rs a_copy_that_names_its_own_vault_as_its_origin_does_not_verify",
            "replicas.rs a_vault_that_is_away_costs_a_warning_and_is_copied_to_later",
            "replicas.rs a_copy_outlives_its_primary_and_a_primary_that_returns_is_told",
        ]),
    ),
    (
        "a page in a browser, or a name that was rebound to this machine, calls the server",
        Played(&["serve/http.rs what_is_no_request_of_a_client_is_refused_as_stated"]),
    ),
    (
        "a holder of a credential of the server reaches for more than its policy allows, or learns what it may not know",
        Played(&[
            "serve/signed.rs a_credential_may_do_what_its_policy_allows",
            "serve/signed.rs what_is_changed_replayed_or_of_nobody_is_refused",
            "serve/signed.rs a_session_may_do_what_its_credential_may_and_no_more",
            "serve/attacker.rs a_secret_is_denied_by_way_of_parameter_store_too",
            "serve/attacker.rs tags_and_copies_at_creation_take_rights_of_their_own",
            "serve/attacker.rs a_session_token_that_was_seen_opens_nothing_without_the_keys",
            "serve/attacker.rs a_denial_does_not_say_whether_there_is_such_a_secret",
            "serve/rotation.rs a_plan_does_nothing_that_the_member_behind_the_credential_may_not_do",
            "serve/rotation.rs what_a_document_states_is_worth_no_more_than_its_arn",
        ]),
    ),
    (
        "another user of the machine, or a program beside the one that the vault is served to",
        Played(&[
            "serve/process.rs a_unix_socket_is_private_and_one_that_is_left_is_replaced",
            "serve/process.rs beyond_this_machine_it_needs_certificates_and_signatures",
            "serve/apps.rs a_program_reads_what_is_served_to_it_and_nothing_else",
            "serve/apps.rs an_endpoint_ends_with_its_program_whose_code_is_passed_on",
            "serve/apps.rs the_extensions_api_answers_who_has_its_token",
            "serve/attacker.rs what_was_served_is_nowhere_in_memory_once_it_is_replaced",
        ]),
    ),
    (
        "a rotation function of AWS, and what it leaves running, uses its keys for other secrets or later",
        Played(&[
            "serve/rotation.rs a_function_opens_its_own_secret_and_the_server_says_which_step_failed",
            "serve/rotation.rs a_schedule_may_change_and_what_a_hook_gets_may_not",
            "serve/rotation.rs the_end_of_the_server_ends_a_step_and_is_written_down",
        ]),
    ),
    (
        "a client of the server writes lines or control characters into its logs",
        Played(&["serve/attacker.rs what_a_client_writes_makes_no_line_of_a_log"]),
    ),
];

/// The table in docs/SECURITY.md.
fn table() -> String {
    let mut lines = String::from("| | attacker | tests |\n|---|---|---|\n");
    for (number, (attacker, row)) in (1..).zip(&ROWS) {
        let named = |tests: &[&str]| tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join("<br>");
        let tests = match row {
            Played(tests) => named(tests),
            Untested(reason, tests) => format!("{reason}<br>{}", named(tests)),
        };
        writeln!(lines, "| {number} | {attacker} | {} |", tests.trim_end_matches("<br>")).unwrap();
    }
    lines
}

#[test]
fn the_threat_model_is_in_the_documents() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SECURITY.md");
    let text = fs::read_to_string(&path).unwrap();
    let from = text.find("\n## Threat model\n").unwrap();
    let end = from + 1 + text[from + 1..].find("\n## ").unwrap();
    let start = text[from..end].find("| | attacker").map_or(end, |at| from + at);
    if std::env::var_os("VAULT_WRITE_GENERATED").is_some() {
        fs::write(&path, format!("{}{}{}", &text[..start], table(), &text[end..])).unwrap();
    } else {
        assert_eq!(text[start..end], table(), "docs/SECURITY.md is stale; VAULT_WRITE_GENERATED=1 writes it");
    }
}

#[test]
fn every_row_is_played_or_says_why_not() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (number, (attacker, row)) in (1..).zip(&ROWS) {
        let tests = match row {
            Played(tests) => {
                assert!(!tests.is_empty(), "row {number}, {attacker}: no test");
                tests
            }
            Untested(reason, tests) => {
                assert!(!reason.is_empty(), "row {number}, {attacker}: no reason");
                tests
            }
        };
        for test in *tests {
            let (file, function) = test.split_once(' ').unwrap();
            let text = fs::read_to_string(directory.join(file)).unwrap_or_default();
            assert!(
                text.contains(&format!("#[test]\nfn {function}() {{\n")),
                "row {number}, {attacker}: there is no test `{function}` in {file}"
            );
        }
        assert_eq!(tests.iter().collect::<BTreeSet<_>>().len(), tests.len(), "row {number} names a test twice");
    }
}

/// The text of a person's identity.
fn identity(of: &Sandbox, name: &str) -> String {
    fs::read_to_string(of.home().join(format!(".config/vault/identities/{name}.txt"))).unwrap()
}

/// Neither read nor written: exit 6, nothing on stdout, nothing changed anywhere, and the reason is reported.
fn refused(sandbox: &Sandbox, name: &str, reason: &str) {
    let before = sandbox.everything();
    is(&sandbox.run(&["param", "get", name]), 6, reason);
    is(&sandbox.feed(&["param", "put", name, "--stdin", "--overwrite"], b"canary"), 6, reason);
    let verify = sandbox.run(&["verify"]);
    assert_eq!(verify.code, 6, "{verify:?}");
    assert!(sandbox.everything() == before, "something was written");
}
