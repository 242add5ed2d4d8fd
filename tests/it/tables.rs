//! Every table on terminals of 40, 80 and 200 columns: no line is too wide, and no name is broken.

use std::fs;

use unicode_width::UnicodeWidthStr;

use crate::project::Sandbox;
use crate::screen::{Terminal, shown};

const LONG: &str = "/shop/prod/billing-service/db/password";
const SECRET: &str = "prod/payments/ledger/database";
const KEY: &str = "production-payments-eu";

/// A vault with long names, many labels and stages, and descriptions in Chinese.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    let about = "支払いサービスのデータベースのパスワード、四半期ごとに交換する (the password of the billing service)";
    sandbox.ok(&["param", "put", LONG, "--generate", "--description", about, "--tag", "team=支払いチーム"]);
    sandbox.ok(&["param", "put", LONG, "--generate", "--overwrite"]);
    sandbox.ok(&["label", "add", LONG, "current", "reviewed-by-security", "blue-green-deployment"]);
    sandbox.ok(&["param", "put", "/shop/dev/PORT", "8080", "--type", "String"]);
    sandbox.ok(&["secret", "create", SECRET, "--generate", "--description", about]);
    sandbox.ok(&["secret", "put", SECRET, "--generate", "--stage", "AWSCURRENT", "--stage", "reviewed-by-security"]);
    sandbox.ok(&["rotate", "configure", SECRET, "--strategy", "random", "--schedule", "cron(0 3 1 * ? *)"]);
    sandbox.ok(&["key", "create", KEY]);
    sandbox.ok(&["key", "map", KEY, "parameter:/shop/prod/billing-service"]);
    fs::write(sandbox.project().join("new.env"), "BILLING_SERVICE_DATABASE_PASSWORD=a\nPORT=8080\n").unwrap();
    sandbox.ok(&["rotate", "hooks", "new", "rotate-the-payments-database.sh"]);
    sandbox
}

/// Commands that print a table, and the names that each must show whole.
const TABLES: &[(&[&str], &[&str])] = &[
    (&["param", "ls", "--recursive", "--long"], &[LONG, "/shop/dev/PORT", "blue-green-deployment:2"]),
    (&["param", "history", LONG], &["ana", "SecureString", "blue-green-deployment"]),
    (&["param", "diff", LONG], &["blue-green-deployment"]),
    (&["param", "show", LONG], &[LONG, "blue-green-deployment"]),
    (&["param", "tag", LONG], &["team"]),
    (&["label", "ls", LONG], &["blue-green-deployment", "2"]),
    (&["secret", "ls", "--long"], &[SECRET]),
    (&["secret", "versions", SECRET], &["AWSCURRENT", "reviewed-by-security"]),
    (&["secret", "show", SECRET], &[SECRET]),
    (&["secret", "stage", SECRET], &["AWSCURRENT"]),
    (&["rotate", "status"], &[SECRET, "builtin:random"]),
    (&["rotate", "hooks", "list"], &["rotate-the-payments-database.sh", SECRET]),
    (&["key", "ls"], &[KEY, "parameter:/shop/prod/billing-service"]),
    (&["key", "show", KEY], &[KEY]),
    (&["member", "ls"], &["ana", KEY]),
    (&["member", "show", "ana"], &["ana", KEY]),
    (&["trust", "show"], &[KEY, "parameter:/shop/prod/billing-service"]),
    (
        &["import", "new.env", "--path", "/shop/dev", "--dry-run"],
        &["/shop/dev/BILLING_SERVICE_DATABASE_PASSWORD", "/shop/dev/PORT"],
    ),
    (&["status"], &["ana"]),
];

#[test]
fn tables_fit_every_terminal_and_break_no_name() {
    let sandbox = shop();
    for columns in [40, 80, 200] {
        for (command, names) in TABLES {
            let text = shown(&sandbox, command, &[("NO_COLOR", "1")], Terminal { rows: 500, columns });
            for name in *names {
                let is_whole = |word: &str| word.trim_matches([',', '`', ':']) == *name;
                assert!(text.split_whitespace().any(is_whole), "{command:?} at {columns}: no {name} in\n{text}");
            }
            for line in text.lines() {
                let is_one_word = line.split_whitespace().any(|word| word.width() + 16 > usize::from(columns));
                let is_table = !line.starts_with("note: ") && !line.starts_with("attention: ");
                assert!(
                    line.width() <= usize::from(columns) || is_one_word || !is_table,
                    "{command:?} at {columns}: {line:?} is {} columns wide in\n{text}",
                    line.width()
                );
            }
        }
    }
}

#[test]
fn instants_are_local_on_a_terminal_and_utc_elsewhere() {
    let sandbox = shop();
    let on = |arguments: &[&str]| {
        let berlin = ("TZ", "XST-5");
        shown(&sandbox, arguments, &[("NO_COLOR", "1"), berlin], Terminal { rows: 500, columns: 200 })
    };
    assert!(on(&["param", "ls", "-r", "--long"]).contains("just now"));
    assert!(on(&["param", "ls", "-r", "--long", "-v"]).contains(" XST"));
    let shown = on(&["param", "show", LONG]);
    assert!(shown.contains(" XST (") && shown.contains(" ago)") || shown.contains(" XST (just now)"), "{shown}");
    let piped = sandbox.ok(&["param", "ls", "-r", "--long"]);
    let utc = piped.split_whitespace().filter(|word| word.starts_with("20") && word.ends_with('Z')).count();
    assert_eq!(utc, 2, "{piped}");
}

#[test]
fn a_report_longer_than_the_screen_goes_to_the_pager_but_no_value_does() {
    let sandbox = shop();
    let pager = |arguments: &[&str], more: &[(&str, &str)]| {
        let base = [("TERM", "xterm"), ("VLT_PAGER", "echo paged; cat > /dev/null")];
        let variables = [&base[..], more].concat();
        shown(&sandbox, arguments, &variables, Terminal { rows: 4, columns: 80 })
    };
    assert_eq!(pager(&["trust", "show"], &[]), "paged\n");
    assert!(pager(&["trust", "show", "--no-pager"], &[]).contains("MEMBER"));
    assert!(pager(&["trust", "show"], &[("VLT_PAGER", "cat")]).contains("MEMBER"));
    assert!(pager(&["trust", "show"], &[("VLT_PAGER", "")]).contains("MEMBER"));
    assert!(pager(&["trust", "show"], &[("VLT_PAGER", "no-such-pager")]).contains("MEMBER"));
    assert!(!pager(&["label", "ls", "/shop/dev/PORT"], &[]).contains("paged"), "a note alone");
    for values in [&["param", "get", "--path", "/shop", "-r"][..], &["param", "history", LONG, "--values"]] {
        assert!(!pager(values, &[]).contains("paged"), "{values:?}");
    }
    assert!(
        !sandbox.run_with(&["trust", "show"], &[("TERM", "xterm"), ("PAGER", "echo paged")]).stdout.contains("paged")
    );
}
