//! Texts that a server writes anew by itself where something else gets another name: a foreign key follows the table and
//! the columns to which it leads, a trigger follows its table.

use super::inverse::text::{Word, unquoted, words};
use crate::sql::Dialect;

/// True if two texts differ in names alone, and each of these is another name of one thing. What stands before a name, its
/// schema or its table, may be left out in one of them: MariaDB shows a view that cannot be read with all of it.
pub(super) fn is_same_but_for_names(
    (was, is): (&str, &str),
    dialect: Dialect,
    is_one: impl Fn(&str, &str) -> bool,
) -> bool {
    let (Ok(was), Ok(is)) = (words(was, dialect), words(is, dialect)) else { return false };
    let is_same = |was: &Word<'_>, is: &Word<'_>| match was.is_name() && is.is_name() {
        true => {
            let (was, is) = (unquoted(was.text), unquoted(is.text));
            was == is || is_one(&was, &is)
        }
        false => was.text == is.text,
    };
    let (was, is) = (chains(&was), chains(&is));
    let is_same_chain = |(was, is): (&Vec<&Word<'_>>, &Vec<&Word<'_>>)| {
        was.iter().rev().zip(is.iter().rev()).all(|(was, is)| is_same(was, is))
    };
    was.len() == is.len() && was.iter().zip(&is).all(is_same_chain)
}

/// The words, those together that points join.
fn chains<'w, 'a>(words: &'w [Word<'a>]) -> Vec<Vec<&'w Word<'a>>> {
    let mut chains: Vec<Vec<&Word<'_>>> = Vec::new();
    let mut joined = false;
    for word in words {
        match chains.last_mut() {
            _ if word.is_symbol(".") => joined = true,
            Some(chain) if joined => {
                chain.push(word);
                joined = false;
            }
            _ => chains.push(vec![word]),
        }
    }
    chains
}

/// Names as they were, or will be, at another time.
pub(super) trait NamesThen {
    /// The name of a table; `None` where it is the same.
    fn table(&self, name: &str) -> Option<String>;

    /// The name of a column of the table with the foreign key, or of the one to which that leads.
    fn column(&self, of: Option<&str>, name: &str) -> Option<String>;
}

/// A foreign key, or a trigger, with the names of another time in it.
pub(super) fn with_names_then(text: &str, dialect: Dialect, then: &dyn NamesThen) -> String {
    let Ok(words) = words(text, dialect) else { return text.to_owned() };
    let mut put: Vec<(&Word<'_>, String)> = Vec::new();
    let is_trigger = words.first().is_some_and(|word| word.is("CREATE"));
    for (at, word) in words.iter().enumerate() {
        let is_own = word.is("KEY") && at > 0 && words[at - 1].is("FOREIGN");
        if word.is("REFERENCES") || (is_trigger && put.is_empty() && word.is("ON")) {
            let Some((at, named)) = name_at(&words, at + 1) else { continue };
            let name = unquoted(named.text);
            put.extend(then.table(&name).map(|then| (named, then)));
            if !is_trigger {
                put.extend(columns_at(&words, at + 1, |column| then.column(Some(&name), column)));
            }
        } else if is_own {
            put.extend(columns_at(&words, at + 1, |column| then.column(None, column)));
        }
    }
    let mut out = String::new();
    let mut done = 0;
    for (word, name) in put {
        out.push_str(&text[done..word.start]);
        out.push_str(&format!("`{}`", name.replace('`', "``")));
        done = word.end;
    }
    out.push_str(&text[done..]);
    out
}

/// A name there, behind its schema where it has one, and its place.
fn name_at<'w, 'a>(words: &'w [Word<'a>], at: usize) -> Option<(usize, &'w Word<'a>)> {
    let at = if words.get(at + 1).is_some_and(|word| word.is_symbol(".")) { at + 2 } else { at };
    words.get(at).filter(|word| word.is_name()).map(|word| (at, word))
}

/// The names between the parentheses that open there, of those that have another one then.
fn columns_at<'w, 'a>(
    words: &'w [Word<'a>],
    at: usize,
    then: impl Fn(&str) -> Option<String>,
) -> Vec<(&'w Word<'a>, String)> {
    if !words.get(at).is_some_and(|word| word.is_symbol("(")) {
        return Vec::new();
    }
    let within = words[at + 1..].iter().take_while(|word| !word.is_symbol(")")).filter(|word| word.is_name());
    within.filter_map(|word| Some((word, then(&unquoted(word.text))?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_names_of_the_same_things_are_no_difference() {
        let one = |a: &str, b: &str| matches!((a, b), ("t", "u") | ("id", "key"));
        let is = |was: &str, is: &str| is_same_but_for_names((was, is), Dialect::MySql, one);
        let key = "CONSTRAINT `k` FOREIGN KEY (`p`) REFERENCES `t` (`id`)";
        assert!(is(key, key));
        assert!(is(key, "CONSTRAINT `k` FOREIGN KEY (`p`) REFERENCES `u` (`id`)"));
        assert!(is(key, "CONSTRAINT `k` FOREIGN KEY (`p`) REFERENCES `shop`.`u` (`key`)"));
        assert!(!is(key, "CONSTRAINT `k` FOREIGN KEY (`p`) REFERENCES `w` (`id`)"));
        assert!(!is(key, "CONSTRAINT `k` FOREIGN KEY (`q`) REFERENCES `u` (`id`)"));
        assert!(!is(key, "CONSTRAINT `k` FOREIGN KEY (`p`) REFERENCES `u` (`id`) ON DELETE CASCADE"));
        assert!(!is("CREATE VIEW `v` AS select 1", "CREATE VIEW `v` AS select 2"));
        let view = "CREATE VIEW `v` AS select `w`.`a` AS `a` from `w` where `w`.`a` > 1";
        assert!(is(view, "CREATE VIEW `v` AS select `w`.`a` AS `a` from `w` where `s`.`w`.`a` > 1"));
        assert!(!is(view, "CREATE VIEW `v` AS select `w`.`a` AS `a` from `w` where `s`.`x`.`a` > 1"));
    }

    struct Then;

    impl NamesThen for Then {
        fn table(&self, name: &str) -> Option<String> {
            (name == "u").then(|| "t".to_owned())
        }

        fn column(&self, of: Option<&str>, name: &str) -> Option<String> {
            (of == Some("u") && name == "key").then(|| "id".to_owned())
        }
    }

    #[test]
    fn names_of_another_time_are_put_where_they_are_meant() {
        for (text, expected) in [
            ("FOREIGN KEY (`key`) REFERENCES `u` (`key`)", "FOREIGN KEY (`key`) REFERENCES `t` (`id`)"),
            (
                "CONSTRAINT `u` FOREIGN KEY (`u`) REFERENCES `s`.`u` (`a`)",
                "CONSTRAINT `u` FOREIGN KEY (`u`) REFERENCES `s`.`t` (`a`)",
            ),
            ("FOREIGN KEY (`a`) REFERENCES `w` (`key`)", "FOREIGN KEY (`a`) REFERENCES `w` (`key`)"),
            (
                "CREATE TRIGGER u BEFORE INSERT ON u FOR EACH ROW SET @u = 1",
                "CREATE TRIGGER u BEFORE INSERT ON `t` FOR EACH ROW SET @u = 1",
            ),
        ] {
            assert_eq!(with_names_then(text, Dialect::MariaDb, &Then), expected);
        }
    }
}
