//! The plan of a query in rows and cells, made of the server's own words, so that two can be held against each other.

use crate::console::times;
use serde_json::Value;

/// A plan: the names of its columns, and its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryPlan {
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

const TABLE: [&str; 6] = ["id", "table", "type", "key", "rows", "extra"];

/// Conditions and helpers of a table that the word in the last column says, by their key in the JSON.
const EXTRAS: [(&str, &str); 5] = [
    ("attached_condition", "Using where"),
    ("index_condition", "Using index condition"),
    ("using_index", "Using index"),
    ("using_index_for_group_by", "Using index for group-by"),
    ("using_mrr", "Using MRR"),
];

/// Work on the rows of what stands within, by the key that it stands under.
const AROUND: [(&str, &str); 4] = [
    ("filesort", "Using filesort"),
    ("temporary_table", "Using temporary"),
    ("block-nl-join", "Using join buffer"),
    ("duplicates_removal", "Duplicates removed"),
];

impl QueryPlan {
    /// Reads a plan as the server gave it: JSON (MariaDB), a tree (MySQL), lines (SQLite).
    pub fn new(text: &str) -> QueryPlan {
        let mut rows = Vec::new();
        if let Ok(json) = serde_json::from_str::<Value>(text) {
            tables(&json, "", &mut Vec::new(), &mut rows);
        }
        if rows.is_empty() {
            return steps(text);
        }
        QueryPlan { head: TABLE.to_vec(), rows }
    }

    /// True if a cell is another one in the other plan, or has none there.
    pub fn differs(&self, other: &QueryPlan, row: usize, column: usize) -> bool {
        let cell = |plan: &QueryPlan| plan.rows.get(row).and_then(|cells| cells.get(column)).cloned();
        cell(self) != cell(other)
    }
}

/// The tables of a plan, in the order in which they are read.
fn tables(value: &Value, id: &str, around: &mut Vec<&'static str>, rows: &mut Vec<Vec<String>>) {
    if let Value::Array(parts) = value {
        return parts.iter().for_each(|part| tables(part, id, around, rows));
    }
    let Value::Object(parts) = value else { return };
    let id = parts.get("select_id").map_or_else(|| id.to_owned(), word);
    for (key, part) in parts {
        around.extend(AROUND.iter().filter(|(name, _)| name == key).map(|(_, words)| *words));
        let is_table = key == "table" && (part.get("table_name").is_some() || part.get("message").is_some());
        if is_table {
            rows.push(table(part, &id, std::mem::take(around)));
        }
        tables(part, &id, around, rows);
    }
}

fn table(table: &Value, id: &str, around: Vec<&'static str>) -> Vec<String> {
    let cell = |key: &str| table.get(key).map_or_else(|| "-".to_owned(), word);
    let is_said = |key: &str| table.get(key).is_some_and(|value| *value != Value::Bool(false));
    let mut extra: Vec<String> = EXTRAS.iter().filter(|(key, _)| is_said(key)).map(|(_, say)| (*say).into()).collect();
    extra.extend(around.into_iter().map(str::to_owned));
    extra.extend(table.get("message").map(word));
    let rows = table.get("rows").or_else(|| table.get("rows_examined_per_scan"));
    let rows = rows.map_or_else(|| "-".to_owned(), word);
    vec![id.to_owned(), cell("table_name"), cell("access_type"), cell("key"), rows, extra.join("; ")]
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), times::thousands),
        other => other.to_string(),
    }
}

/// A plan of steps, one a line. What MySQL says of a step's cost is left out: it is another one each time.
fn steps(text: &str) -> QueryPlan {
    let rows: Vec<Vec<String>> = text.lines().filter(|line| !line.trim().is_empty()).map(step).collect();
    let counts = rows.iter().any(|cells| !cells[1].is_empty());
    let head = if counts { vec!["step", "rows"] } else { vec!["step"] };
    let width = head.len();
    QueryPlan { head, rows: rows.into_iter().map(|cells| cells.into_iter().take(width).collect()).collect() }
}

fn step(line: &str) -> Vec<String> {
    let Some((step, cost)) = line.split_once("  (cost=") else {
        return vec![line.trim_end().to_owned(), String::new()];
    };
    let rows = cost.split_once("rows=").map_or("", |(_, rest)| rest.split([')', ' ']).next().unwrap_or_default());
    vec![step.trim_end().to_owned(), rows.parse().map_or_else(|_| rows.to_owned(), times::thousands)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARIADB: &str = r#"{"query_block": {"select_id": 1, "cost": 0.02, "filesort": {"sort_key": "orders.placed",
        "temporary_table": {"nested_loop": [
        {"table": {"table_name": "orders", "access_type": "ref", "key": "by_status", "rows": 9871, "filtered": 100,
         "attached_condition": "orders.`status` = 'paid'"}},
        {"table": {"table_name": "customers", "access_type": "eq_ref", "key": "PRIMARY", "rows": 1, "using_index": true}}
        ]}}}}"#;

    #[test]
    fn a_plan_in_json_becomes_the_rows_of_explain() {
        let plan = QueryPlan::new(MARIADB);
        assert_eq!(plan.head, TABLE);
        let rows: Vec<String> = plan.rows.iter().map(|cells| cells.join(" | ")).collect();
        assert_eq!(
            rows,
            [
                "1 | orders | ref | by_status | 9,871 | Using where; Using filesort; Using temporary",
                "1 | customers | eq_ref | PRIMARY | 1 | Using index",
            ]
        );
        let none = QueryPlan::new(r#"{"query_block": {"select_id": 1, "table": {"message": "Impossible WHERE"}}}"#);
        assert_eq!(none.rows, [["1", "-", "-", "-", "-", "Impossible WHERE"]]);
    }

    #[test]
    fn a_tree_has_a_step_and_its_rows_a_line_and_no_cost() {
        let tree = "-> Sort: o.day  (cost=1.1 rows=3)\n    -> Table scan on o  (cost=0.55 rows=12345)\n";
        let plan = QueryPlan::new(tree);
        assert_eq!(plan.head, ["step", "rows"]);
        assert_eq!(plan.rows, [["-> Sort: o.day", "3"], ["    -> Table scan on o", "12,345"]]);
        let again = QueryPlan::new(&tree.replace("0.55", "0.61").replace("rows=3)", "rows=4)"));
        assert!(plan.differs(&again, 0, 1) && !plan.differs(&again, 0, 0) && !plan.differs(&again, 1, 1));
        assert!(plan.differs(&QueryPlan::default(), 0, 0), "a row that the other has not");
    }

    #[test]
    fn lines_are_steps_also_where_json_was_cut() {
        let plan = QueryPlan::new("SEARCH orders USING INDEX by_day (day=?)\nUSE TEMP B-TREE FOR ORDER BY");
        assert_eq!((plan.head.len(), plan.rows.len()), (1, 2));
        let cut = QueryPlan::new(&MARIADB[..60]);
        assert!(cut.head == ["step"] && !cut.rows.is_empty(), "{cut:?}");
        assert!(QueryPlan::new("").rows.is_empty());
    }
}
