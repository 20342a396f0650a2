//! Parts of a file as migrations of their own.

/// Stands between a file and the part of it that is meant, as Liquibase writes it: `FILE::ID::AUTHOR`.
const BETWEEN: &str = ".sql::";

/// The path of the file that holds a migration: of a part of a file, the file.
pub fn file_of(path: &str) -> &str {
    path.find(BETWEEN).map_or(path, |at| &path[..at + BETWEEN.len() - 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_in_its_file() {
        assert_eq!(file_of("a/b.sql::1::anna"), "a/b.sql");
        assert_eq!(file_of("a/b.sql"), "a/b.sql");
    }
}
