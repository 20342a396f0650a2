//! Files as operators name them.

use super::super::CliError;
use super::super::config::keys::nearest_of;
use crate::model::{Batch, File};

/// The file of a batch with that path, path's end, name without extension, or id.
///
/// # Errors
/// None, with the nearest; or several, with all of them.
pub(super) fn find<'a>(batch: &'a Batch, name: &str) -> Result<&'a File, CliError> {
    let wanted = name.trim_start_matches("./");
    let is_end = |f: &File| f.path.strip_suffix(wanted).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    let tests: [&dyn Fn(&File) -> bool; 4] = [
        &|f| f.path == wanted,
        &|f| f.id.to_string() == wanted,
        &is_end,
        // A path as the shell completes it, with the directory before it.
        &|f| wanted.strip_suffix(f.path.as_str()).is_some_and(|rest| rest.ends_with('/')) || stem(&f.path) == wanted,
    ];
    for test in tests {
        let found: Vec<&File> = batch.in_order().filter(|f| test(f)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => {
                let paths: Vec<&str> = several.iter().map(|f| f.path.as_str()).collect();
                return Err(
                    CliError::refused(format!("{name} can be {}", paths.join(" or "))).hint("write the whole path")
                );
            }
        }
    }
    let error = CliError::refused(format!("batch {} ({}) has no file {name}", batch.id, batch.name));
    Err(match nearest_of(wanted, batch.in_order().map(|f| f.path.clone())) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("`caribou status` lists its files"),
    })
}

/// A file, and after a colon its statement (from 1; given back from 0).
pub(super) fn place<'a>(batch: &'a Batch, text: &str) -> Result<(&'a File, Option<u32>), CliError> {
    let Some((name, number)) = text.rsplit_once(':') else { return Ok((find(batch, text)?, None)) };
    let wrong = || CliError::refused(format!("{number:?} is no statement")).hint("statements are counted from 1");
    let statement = number.parse::<u32>().ok().and_then(|n| n.checked_sub(1)).ok_or_else(wrong)?;
    Ok((find(batch, name)?, Some(statement)))
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".sql").map_or(name, |n| n.strip_suffix(".up").unwrap_or(n))
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn files_are_found_by_path_name_and_id() {
        let world = sample::half_way().world;
        let batch = world.batch(sample::BATCH).unwrap();
        for name in ["0002_orders.sql", "0002_orders", "2", "./0002_orders.sql", "migrations/0002_orders.sql"] {
            assert_eq!(find(batch, name).unwrap().path, "0002_orders.sql", "{name}");
        }
        let error = find(batch, "0002_order.sql").unwrap_err();
        assert_eq!(error.hints, ["did you mean 0002_orders.sql?"]);
    }

    #[test]
    fn statements_are_counted_from_one() {
        let world = sample::half_way().world;
        let batch = world.batch(sample::BATCH).unwrap();
        let at = |text| place(batch, text).map(|(f, n)| (f.id.0, n));
        assert_eq!((at("0001_users:2"), at("0001_users.sql")), (Ok((1, Some(1))), Ok((1, None))));
        assert!(at("0001_users:0").is_err() && at("0001_users:x").is_err());
    }
}
