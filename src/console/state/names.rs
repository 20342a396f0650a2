//! Short names of files.

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
