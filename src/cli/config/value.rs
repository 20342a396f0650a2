//! Values as text: what fits a key, and what it means.

use super::keys::Kind;
use crate::console::ThemeName;
use std::time::Duration;

/// Whether a text fits; the message says what would.
///
/// # Errors
/// What was expected, to be read after "KEY must be".
pub fn check(kind: Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Text | Kind::Url | Kind::Path => Ok(()),
        Kind::Integer { min, max } => match text.parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Ok(()),
            _ => Err(format!("a whole number from {min} to {max}")),
        },
        Kind::Duration => {
            duration(text).map(|_| ()).ok_or_else(|| "a time such as 500ms, 30s or 5m, above zero".to_owned())
        }
        Kind::Switch => matches!(text, "true" | "false").then_some(()).ok_or_else(|| "true or false".to_owned()),
        Kind::Theme => ThemeName::parse(text)
            .map(|_| ())
            .ok_or_else(|| format!("one of {}", ThemeName::ALL.map(ThemeName::as_str).join(", "))),
        Kind::Choice(words) => {
            words.contains(&text).then_some(()).ok_or_else(|| format!("one of {}", words.join(", ")))
        }
    }
}

/// `500ms`, `30s`, `5m`, `2h`, `7d`; a bare number is seconds. `None` when it is none of these, zero, or over a year.
pub fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 6] =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000)];
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..)?;
    let factor = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    let ms = digits.trim().parse::<u64>().ok()?.checked_mul(factor)?;
    (ms > 0 && ms <= 366 * 24 * 3_600_000).then(|| Duration::from_millis(ms))
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
