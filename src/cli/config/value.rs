//! Values as text: what fits a key, and what it means.

use super::keys::Kind;
use super::prolonged::Prolonged;
use crate::check::NamePattern;
use crate::console::ThemeName;
pub use crate::model::duration;

/// Checks whether a text fits; the message says what would.
///
/// # Errors
/// What was expected, to be read after "KEY must be".
pub fn check(kind: Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Text => Ok(()),
        Kind::Filled => is_filled(text).then_some(()).ok_or_else(|| "a text, which is not empty".to_owned()),
        Kind::Url => is_filled(text).then_some(()).ok_or_else(|| "the URL of a database".to_owned()),
        Kind::Path => is_filled(text).then_some(()).ok_or_else(|| "a path, which is not empty".to_owned()),
        Kind::Integer { min, max } => match text.parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Ok(()),
            _ => Err(format!("a whole number from {min} to {max}")),
        },
        Kind::Duration => duration(text)
            .map(|_| ())
            .ok_or_else(|| "a time such as 500ms, 30s or 5m, above zero and at most 366d".to_owned()),
        Kind::Switch => matches!(text, "true" | "false").then_some(()).ok_or_else(|| "true or false".to_owned()),
        Kind::Theme => ThemeName::parse(text)
            .map(|_| ())
            .ok_or_else(|| format!("one of {}", ThemeName::ALL.map(ThemeName::as_str).join(", "))),
        Kind::Paths => paths(text).map(drop).ok_or_else(|| "a path, or a list of paths".to_owned()),
        Kind::Command => argv(text).map(drop).ok_or_else(|| "a program, with its arguments".to_owned()),
        Kind::Web => {
            is_web(text).then_some(()).ok_or_else(|| "an address that begins with https:// (or http://)".to_owned())
        }
        Kind::Mail => is_mail(text).then_some(()).ok_or_else(|| "the address of one mailbox".to_owned()),
        Kind::Pattern => NamePattern::parse(text).map(drop).map_err(|wrong| format!("a pattern of names {wrong}")),
        Kind::Prolonged => Prolonged::read(text)
            .map(drop)
            .ok_or_else(|| "a time such as 2h, or a multiple of the estimate such as 3x, from 1x to 1000x".to_owned()),
        Kind::Choice(words) => {
            words.contains(&text).then_some(()).ok_or_else(|| format!("one of {}", words.join(", ")))
        }
    }
}

fn is_filled(text: &str) -> bool {
    !text.trim().is_empty()
}

/// Program and arguments: a JSON list, as a list of the file is kept, or words.
pub fn argv(text: &str) -> Option<Vec<String>> {
    let words = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).ok()?,
        false => text.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
    };
    let is_program = words.first().is_some_and(|program: &String| is_filled(program));
    (is_program && words.iter().all(|word| !word.contains('\0'))).then_some(words)
}

/// A path, or a JSON list of paths, as a list of the file is kept.
pub fn paths(text: &str) -> Option<Vec<String>> {
    let paths: Vec<String> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).ok()?,
        false => vec![text.to_owned()],
    };
    (!paths.is_empty() && paths.iter().all(|path| !path.is_empty() && !path.contains('\0'))).then_some(paths)
}

fn is_web(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && text.bytes().all(|b| b.is_ascii_graphic()))
}

fn is_mail(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"' | ':' | '\\');
    let parts = text.split_once('@').filter(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    parts.is_some() && !text.starts_with('-') && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let ms = |text| duration(text).map(|d| d.as_millis());
        assert_eq!([ms("500ms"), ms("30s"), ms("2m"), ms("7")], [Some(500), Some(30_000), Some(120_000), Some(7000)]);
        assert_eq!([ms("24h"), ms("30d")], [Some(86_400_000), Some(2_592_000_000)]);
        for wrong in ["", "s", "-1s", "1 fortnight", "0s", "99999999h"] {
            assert_eq!(ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bounds_and_words_are_said() {
        assert_eq!(check(Kind::Integer { min: 1, max: 64 }, "0"), Err("a whole number from 1 to 64".into()));
        assert_eq!(check(Kind::Choice(&["stop", "continue"]), "halt"), Err("one of stop, continue".into()));
    }
}
