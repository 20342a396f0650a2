//! Rows by their status, the statuses in an order of ours: each is read along an index, and no more rows than are wanted.
//! A sort by `CASE status …` would read all there are.

/// Question for the first rows of a table.
pub(super) struct ByStatus<'a> {
    /// Full name of the table.
    pub table: &'a str,
    pub columns: &'a str,
    /// Column of the status.
    pub status: &'a str,
    /// Every status that is wanted, with its place: what has the lower one comes first.
    pub order: &'a [(&'a str, u32)],
    /// Further condition; it must have no placeholders.
    pub condition: &'a str,
    /// The key, and whether the highest comes first.
    pub key: &'a str,
    pub newest_first: bool,
    pub limit: usize,
}

impl ByStatus<'_> {
    /// The text of the question.
    pub(super) fn sql(&self) -> String {
        let Self { table, columns, status, condition, key, limit, .. } = self;
        let direction = if self.newest_first { "DESC" } else { "ASC" };
        let part = |(n, (word, place)): (usize, &(&str, u32))| {
            format!(
                "SELECT * FROM (SELECT {columns}, {place} AS place, {key} AS place_key FROM {table} WHERE {condition} AND \
                 {status} = '{word}' ORDER BY {key} {direction} LIMIT {limit}) part_{n}"
            )
        };
        let parts: Vec<String> = self.order.iter().enumerate().map(part).collect();
        format!(
            "SELECT * FROM ({}) parts ORDER BY place, place_key {direction} LIMIT {limit}",
            parts.join(" UNION ALL ")
        )
    }
}
