//! Evidence of a check's result, taken apart again from the text that the log keeps.

/// Evidence under the words that are always the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence<'a> {
    pub asked: Vec<&'a str>,
    pub seen: Vec<&'a str>,
    pub why: Vec<&'a str>,
    pub safer: Vec<&'a str>,
    pub policy: Vec<&'a str>,
    pub unknown: Vec<&'a str>,
    /// Who lets it pass, and why.
    pub let_pass: Vec<&'a str>,
}

impl Evidence<'_> {
    /// Takes a result apart. A line without a label says what was seen.
    pub fn new(result: &str) -> Evidence<'_> {
        let mut evidence = Evidence::default();
        for line in result.lines().filter(|line| !line.trim().is_empty()) {
            let labels: [(&str, &mut Vec<&str>); 6] = [
                ("let pass by ", &mut evidence.let_pass),
                ("asked: ", &mut evidence.asked),
                ("why: ", &mut evidence.why),
                ("instead: ", &mut evidence.safer),
                ("policy: ", &mut evidence.policy),
                ("not known yet: ", &mut evidence.unknown),
            ];
            let found = labels.into_iter().find_map(|(label, place)| Some((place, line.strip_prefix(label)?)));
            match found {
                Some((place, rest)) => place.push(rest),
                None => evidence.seen.push(line),
            }
        }
        evidence
    }
}

/// Place that a line of a result begins with: `line 8: statement 2: ` in words, and the rest.
pub fn place(seen: &str) -> (String, &str) {
    let mut place = String::new();
    let mut rest = seen;
    for word in ["line", "statement"] {
        let number = rest.strip_prefix(word).and_then(|r| r.strip_prefix(' ')).and_then(|r| r.split_once(": "));
        if let Some((number, after)) = number.filter(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
            place = if place.is_empty() { format!("{word} {number}") } else { format!("{word} {number} · {place}") };
            rest = after;
        }
    }
    (place, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_comes_apart_under_its_words() {
        let result = "line 8: statement 2: ALGORITHM=COPY\nand 3 more\nwhy: rows are written anew\ninstead: a new column\n\
                      asked: EXPLAIN\npolicy: checks.rebuild\nnot known yet: the size";
        let evidence = Evidence::new(result);
        assert_eq!(evidence.seen, ["line 8: statement 2: ALGORITHM=COPY", "and 3 more"]);
        assert_eq!((evidence.why, evidence.safer), (vec!["rows are written anew"], vec!["a new column"]));
        assert_eq!((evidence.asked, evidence.policy), (vec!["EXPLAIN"], vec!["checks.rebuild"]));
        assert_eq!(evidence.unknown, ["the size"]);
    }

    #[test]
    fn a_place_is_told_apart_from_what_was_seen() {
        assert_eq!(place("line 8: statement 2: COPY"), ("statement 2 · line 8".into(), "COPY"));
        assert_eq!(place("statement 2: COPY"), ("statement 2".into(), "COPY"));
        assert_eq!(place("line up: no place"), (String::new(), "line up: no place"));
    }
}
