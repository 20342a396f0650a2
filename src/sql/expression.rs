//! The values of an expression in a `SET` or `SELECT … INTO`, as far as its text tells them.

use super::analysis::unquote;
use super::keyword::is;
use super::lexer::TokenKind;

/// Depth beyond which a nested expression is not told.
const DEEPEST: usize = 8;
/// More values than these an expression is not followed through.
const MOST: usize = 16;

/// A token of code: its kind, and its text.
pub(super) type Code<'a> = (TokenKind, &'a str);

/// Values that an expression may come to: one where its text tells it, several where it tells between which it chooses.
pub(super) type Values = Vec<String>;

pub(super) fn one(value: impl Into<String>) -> Option<Values> {
    Some(vec![value.into()])
}

pub(super) fn only(values: Option<Values>) -> Option<String> {
    values.filter(|values| values.len() == 1).and_then(|mut values| values.pop())
}

/// The variables that an expression may name.
pub(super) trait Variables {
    /// The values of `@name`; the name is in lower case.
    fn user(&self, name: &str) -> Option<Values>;

    /// The values of `@@…`.
    fn system(&self, codes: &[Code<'_>]) -> Option<Values>;
}

/// The values of an expression, where its text tells them.
pub(super) fn values(codes: &[Code<'_>], variables: &dyn Variables) -> Option<Values> {
    nested(codes, variables, 0)
}

fn nested(codes: &[Code<'_>], variables: &dyn Variables, depth: usize) -> Option<Values> {
    let inner = |codes: &[Code<'_>]| nested(codes, variables, depth + 1).filter(|_| depth < DEEPEST);
    match codes {
        [] => None,
        [(_, "@"), (_, "@"), rest @ ..] => variables.system(rest),
        [(_, "@"), (_, name)] => variables.user(&bare(name)),
        texts if texts.iter().all(|(kind, _)| *kind == TokenKind::Text) => {
            one(texts.iter().map(|(_, text)| unquote(text)).collect::<String>())
        }
        codes if is_null(codes) => None,
        [(TokenKind::Word | TokenKind::Number | TokenKind::Quoted, word)] => one(word.trim_matches(['`', '"'])),
        [(_, "("), middle @ .., (_, ")")] => inner(middle),
        [(_, select), expression @ ..] if is(select, "SELECT") => inner(expression),
        [(_, begin), .., (_, end)] if is(begin, "CASE") && is(end, "END") => chosen(&branches(codes), inner),
        [(_, function), (_, "("), arguments @ .., (_, ")")] if is(function, "IF") => match parts(arguments)[..] {
            [_, yes, no] => chosen(&[yes, no], inner),
            _ => None,
        },
        [(TokenKind::Word, function), (_, "("), arguments @ .., (_, ")")] => {
            let passes_null = is(function, "COALESCE") || is(function, "IFNULL");
            let arguments = parts(arguments).into_iter().filter(|codes| !(passes_null && is_null(codes)));
            let arguments: Option<Vec<Values>> = arguments.map(inner).collect();
            let calls = combinations(&arguments?)?;
            calls.iter().map(|values| call(function, values)).collect()
        }
        _ => None,
    }
}

/// True for the word NULL, which is no text.
fn is_null(codes: &[Code<'_>]) -> bool {
    matches!(codes, [(TokenKind::Word, word)] if is(word, "NULL"))
}

/// The values of all of which one is chosen when the statement runs.
fn chosen<'c, 'a>(between: &[&'c [Code<'a>]], value: impl Fn(&'c [Code<'a>]) -> Option<Values>) -> Option<Values> {
    let all: Option<Vec<Values>> = between.iter().map(|codes| value(codes)).collect();
    let mut all = all?.concat();
    all.sort();
    all.dedup();
    (!all.is_empty() && all.len() <= MOST).then_some(all)
}

/// Gives what stands behind THEN and ELSE of a CASE that has no other in it; nothing where it has no ELSE.
fn branches<'c, 'a>(codes: &'c [Code<'a>]) -> Vec<&'c [Code<'a>]> {
    let word = |code: &Code<'a>, words: &[&str]| words.iter().any(|word| is(code.1, word));
    if codes.iter().filter(|code| word(code, &["CASE"])).count() > 1 || !codes.iter().any(|code| word(code, &["ELSE"]))
    {
        return Vec::new();
    }
    let between = codes.split(|code| word(code, &["CASE", "WHEN", "THEN", "ELSE", "END"]));
    let marks = codes.iter().filter(|code| word(code, &["CASE", "WHEN", "THEN", "ELSE", "END"]));
    let chosen = between.skip(1).zip(marks).filter(|(_, mark)| word(mark, &["THEN", "ELSE"]));
    chosen.map(|(codes, _)| codes).collect()
}

/// Each way of taking one value of each.
fn combinations(of: &[Values]) -> Option<Vec<Values>> {
    let mut all = vec![Vec::new()];
    for values in of {
        if all.len() * values.len() > MOST {
            return None;
        }
        let longer = |head: &Values| {
            values.iter().map(|value| [head.as_slice(), std::slice::from_ref(value)].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    Some(all)
}

fn call(function: &str, values: &[String]) -> Option<String> {
    match (function.to_ascii_uppercase().as_str(), values) {
        ("CONCAT", values) => Some(values.concat()),
        ("CONCAT_WS", [between, rest @ ..]) => Some(rest.join(between)),
        ("REPLACE", [text, from, to]) => Some(text.replace(from.as_str(), to)),
        ("TRIM", [text]) => Some(text.trim_matches(' ').to_owned()),
        ("LTRIM", [text]) => Some(text.trim_start_matches(' ').to_owned()),
        ("RTRIM", [text]) => Some(text.trim_end_matches(' ').to_owned()),
        ("UPPER" | "UCASE", [text]) => Some(text.to_uppercase()),
        ("LOWER" | "LCASE", [text]) => Some(text.to_lowercase()),
        ("IFNULL" | "COALESCE", [first, ..]) => Some(first.clone()),
        _ => None,
    }
}

/// Splits at the commas outside parentheses.
pub(super) fn parts<'c, 'a>(codes: &'c [Code<'a>]) -> Vec<&'c [Code<'a>]> {
    let mut depth = 0_i64;
    let is_comma = |(_, text): &Code<'a>| {
        depth += i64::from(*text == "(") - i64::from(*text == ")");
        depth == 0 && *text == ","
    };
    codes.split(is_comma).collect()
}

/// A name without quotes, in lower case.
pub(super) fn bare(name: &str) -> String {
    name.trim_matches(['`', '"', '\'']).to_ascii_lowercase()
}
