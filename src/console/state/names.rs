//! Short names of files, and of what they failed by.

use crate::model::Category;

/// The last part of a path.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The number before a file's name, such as `0046`, which stands for it once the name has been said; the name without its
/// extension where it has none.
pub fn number(path: &str) -> &str {
    let name = name(path);
    let digits = name.trim_start_matches(['V', 'v', 'U']);
    let start = name.len() - digits.len();
    let length = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let number = digits[..length].trim_end_matches('.');
    match number.is_empty() {
        true => stem(path),
        false => &name[..start + number.len()],
    }
}

/// The name without directory, number and extension: `orders_total_cents`; as it is where it has no number.
pub fn title(path: &str) -> &str {
    let (stem, number) = (stem(path), number(path));
    match stem.strip_prefix(number) {
        Some(rest) => rest.trim_start_matches(['_', '-', '.', ' ']),
        None => stem,
    }
}

/// Kind of a failure in a word. That a worker ended says nothing of a doubt: what is in doubt is told by its statements.
pub fn category(category: Category) -> &'static str {
    match category {
        Category::InDoubt => "interrupted",
        other => other.as_str(),
    }
}

/// A text of several lines in one.
pub fn in_one_line(text: &str) -> String {
    lines(text).collect::<Vec<_>>().join(" · ")
}

/// The lines of a text that say anything.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn stem(path: &str) -> &str {
    let name = name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_a_file() {
        for (path, wanted, rest) in [
            ("migrations/0046_orders_total.sql", "0046", "orders_total"),
            ("V2.1__users.sql", "V2.1", "users"),
            ("R__views.sql", "R__views", ""),
            ("20260101_a.up.sql", "20260101", "a.up"),
            ("0007.sql", "0007", ""),
            ("money.md", "money", ""),
            ("größe.sql", "größe", ""),
        ] {
            assert_eq!((number(path), title(path)), (wanted, rest), "{path}");
        }
    }
}
