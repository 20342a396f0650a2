//! Relations that a directory declares in place of foreign keys: what a file leaves without its parents is undone with it,
//! and what was orphaned before is nobody's fault.

use crate::support::{Fresh, Project, on_every_server};
use caribou::database::Purpose;

const BASE: &str = "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(20));\n\
                    CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT);\n\
                    INSERT INTO customers VALUES (1, 'a'), (2, 'b');\n\
                    INSERT INTO orders VALUES (1, 1), (2, 2), (3, NULL), (4, 77);\n";
const DECLARED: &str = "[[relations]]\nchild = \"orders.customer_id\"\nparent = \"customers.id\"\n";

/// An installation in which order 4 has no customer: it was there before anything was declared.
fn project(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    project.migration("1_base.sql", BASE);
    project.run(&["migrate"]).exits(0);
    project.migration("batch.toml", DECLARED);
    project
}

async fn orders(fresh: &Fresh) -> String {
    let mut session = fresh.database().await.open(Purpose::Reader).await.expect("a session");
    let sql = format!("SELECT id, customer_id FROM {}.orders ORDER BY id", fresh.schemas().core);
    let rows = session.query_text(&sql).await.expect("rows");
    let told = rows.iter().map(|row| format!("{}:{}", row.get_text(0), row.opt_text(1).unwrap_or_default()));
    let told = told.collect::<Vec<_>>().join(" ");
    session.close().await;
    told
}

fn found(project: &Project, batch: &str) -> String {
    let report = project.run(&["report", batch]).exits(0).stdout;
    report.lines().filter(|line| line.contains("customer_id")).collect::<Vec<_>>().join("\n")
}

async fn a_child_without_its_parent_undoes_the_file(fresh: Fresh) {
    let project = project(&fresh);
    project.migration("2_child.sql", "INSERT INTO orders VALUES (5, 1), (6, 99), (7, NULL);\n");
    assert!(project.run(&["migrate"]).code != Some(0));
    assert_eq!(orders(&fresh).await, "1:1 2:2 3: 4:77", "the file is undone, all of it");
    let told = found(&project, "2");
    assert!(told.contains("2 rows of orders have a customer_id that is not in customers.id (1 before"), "{told}");
    let status = project.run(&["status", "--format", "json"]).json();
    assert_eq!(status["batch"]["status"], "rolled_back", "{status}");
}

async fn a_parent_that_goes_leaves_its_children(fresh: Fresh) {
    let project = project(&fresh);
    project.migration("2_parent.sql", "DELETE FROM customers WHERE id = 2;\n");
    assert!(project.run(&["migrate"]).code != Some(0));
    let told = found(&project, "2");
    assert!(told.contains("2 rows of orders have a customer_id"), "{told}");
    // With its children it may go.
    project
        .migration("2_parent.sql", "DELETE FROM orders WHERE customer_id = 2;\nDELETE FROM customers WHERE id = 2;\n");
    project.run(&["migrate"]).exits(0);
    assert_eq!(orders(&fresh).await, "1:1 3: 4:77");
}

async fn what_was_orphaned_before_is_nobodys_fault(fresh: Fresh) {
    let project = project(&fresh);
    project.migration("2_both.sql", "INSERT INTO customers VALUES (3, 'c');\nINSERT INTO orders VALUES (5, 3);\n");
    project.run(&["migrate"]).exits(0);
    // An orphan is mended, another file adds one where one was: the number counts.
    project.migration("3_mended.sql", "UPDATE orders SET customer_id = 3 WHERE id = 4;\n");
    project.run(&["migrate"]).exits(0);
    project.migration("4_new.sql", "INSERT INTO orders VALUES (8, 42);\n");
    assert!(project.run(&["migrate"]).code != Some(0));
    assert_eq!(orders(&fresh).await, "1:1 2:2 3: 4:3 5:3");
}

/// A relation of tables that the batch itself makes.
async fn tables_of_the_batch_are_known(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_base.sql", BASE.replace(", (4, 77)", ""));
    project.migration("batch.toml", DECLARED);
    project.run(&["migrate"]).exits(0);
    assert_eq!(orders(&fresh).await, "1:1 2:2 3:");
    let project = Project::on(&fresh);
    project.migration("1_base.sql", BASE.replace(", (4, 77)", ""));
    project.migration(
        "2_more.sql",
        "CREATE TABLE items (id INT PRIMARY KEY, o INT);\nINSERT INTO items VALUES (1, 50);\n",
    );
    project.migration("batch.toml", DECLARED.replace("orders.customer_id", "items.o").replace("customers", "orders"));
    let ran = project.run(&["migrate"]);
    assert!(ran.code != Some(0), "{ran:?}");
    let report = project.run(&["report", "2"]).exits(0).stdout;
    assert!(report.contains("1 row of items have a o that is not in orders.id (0 before"), "{report}");
}

async fn what_is_declared_of_nothing_is_told_before_anything_runs(fresh: Fresh) {
    let project = project(&fresh);
    project.migration("2_child.sql", "INSERT INTO orders VALUES (5, 1);\n");
    for (from, to, words) in [
        ("child", "chidl", &["batch.toml, line 2", "unknown key `chidl`", "did you mean `child`?"][..]),
        ("orders.customer_id", "orders", &["batch.toml, line 2", "write \"TABLE.COLUMN\""]),
        ("orders.", "ordres.", &["batch.toml, line 1", "no table ordres", "create it, or correct the name"]),
        ("customers.id", "customers.nr", &["batch.toml, line 1", "no column nr", "its columns are id, name"]),
    ] {
        project.migration("batch.toml", DECLARED.replace(from, to));
        for command in ["plan", "migrate"] {
            let ran = project.run(&[command]).exits(2);
            let told = format!("{}{}", ran.stdout, ran.stderr);
            for word in words {
                assert!(told.contains(word), "{command} {to}: {word:?} is not in {told}");
            }
        }
        assert_eq!(orders(&fresh).await, "1:1 2:2 3: 4:77");
    }
}

on_every_server!(
    a_child_without_its_parent_undoes_the_file,
    a_parent_that_goes_leaves_its_children,
    what_was_orphaned_before_is_nobodys_fault,
    tables_of_the_batch_are_known,
    what_is_declared_of_nothing_is_told_before_anything_runs,
);
