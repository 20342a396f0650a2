//! The settings of a session that decide how a server reads a text.

/// Modes that stand for several; all of these have ANSI_QUOTES in them.
const WITH_ANSI_QUOTES: &[&str] = &["ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"];

/// The bits of a mode that is given as a number, the same on both servers; the last one on MariaDB only.
const ANSI_QUOTES: u64 = 4;
const NO_BACKSLASH_ESCAPES: u64 = 1 << 20;
const MSSQL: u64 = 1 << 10;

/// The way in which a server reads quotes and backslashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Modes {
    /// A double quote opens a name.
    pub(super) ansi_quotes: bool,
    /// A backslash is a sign like any other.
    pub(super) plain_backslashes: bool,
    /// A bracket opens a name (MSSQL on MariaDB).
    pub(super) brackets: bool,
}

impl Modes {
    /// Read from a value of `sql_mode`: words, or a number.
    pub(super) fn from_sql_mode(value: &str) -> Modes {
        if let Ok(bits) = value.trim().parse::<u64>() {
            let has = |bit: u64| bits & bit != 0;
            return Modes {
                ansi_quotes: has(ANSI_QUOTES),
                plain_backslashes: has(NO_BACKSLASH_ESCAPES),
                brackets: has(MSSQL),
            };
        }
        let has =
            |modes: &[&str]| value.split(',').any(|word| modes.iter().any(|m| m.eq_ignore_ascii_case(word.trim())));
        Modes {
            ansi_quotes: has(WITH_ANSI_QUOTES),
            plain_backslashes: has(&["NO_BACKSLASH_ESCAPES"]),
            brackets: has(&["MSSQL"]),
        }
    }

    /// True if texts mean what they mean to a server that nobody has told anything else.
    pub(super) fn are_plain(self) -> bool {
        self == Modes::default()
    }
}

/// The signs in which a server takes the bytes that it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8, as the files are written.
    Utf8,
    /// Latin 1 as the servers understand it: Windows 1252.
    Latin1,
    /// Another one, by its name: what is beyond ASCII would be read as other signs.
    Other(String),
}

/// The signs of Windows 1252 from 0x80 to 0x9F; what is not assigned is a control sign on both servers.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

impl Charset {
    /// The set of a name; `None` for `DEFAULT` is that of the connection.
    pub(super) fn from_name(name: &str) -> Charset {
        match name.to_ascii_lowercase().as_str() {
            "utf8" | "utf8mb3" | "utf8mb4" | "ascii" | "default" => Charset::Utf8,
            "latin1" => Charset::Latin1,
            other => Charset::Other(other.to_owned()),
        }
    }

    /// A text as the server reads it; `None` where that cannot be told.
    pub(super) fn read(&self, text: &str) -> Option<String> {
        match self {
            Charset::Utf8 => Some(text.to_owned()),
            _ if text.is_ascii() => Some(text.to_owned()),
            Charset::Latin1 => Some(text.bytes().map(latin1).collect()),
            Charset::Other(_) => None,
        }
    }

    /// What a client of this set sends so that the server reads the text; `None` where that is no UTF-8 any more, in which
    /// everything is sent here.
    fn write(&self, text: &str) -> Option<String> {
        match self {
            Charset::Utf8 => Some(text.to_owned()),
            _ if text.is_ascii() => Some(text.to_owned()),
            Charset::Latin1 => String::from_utf8(text.chars().map(byte).collect::<Option<_>>()?).ok(),
            Charset::Other(_) => None,
        }
    }
}

/// What is to be sent in a session with that `character_set_client`, so that the server reads the text; `None` where that
/// cannot be sent here.
pub(crate) fn sent_in(text: &str, charset: &str) -> Option<String> {
    Charset::from_name(charset).write(text)
}

/// The byte that is read as a sign in Latin 1.
fn byte(sign: char) -> Option<u8> {
    let of_windows = || WINDOWS.iter().position(|one| *one == sign).and_then(|at| u8::try_from(at + 0x80).ok());
    of_windows().or_else(|| u8::try_from(u32::from(sign)).ok().filter(|byte| latin1(*byte) == sign))
}

fn latin1(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte) - 0x80],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_sent_as_it_was_read() {
        for text in ["plain", "schön, €", "日本"] {
            let read = Charset::Latin1.read(text).unwrap();
            assert_eq!(sent_in(&read, "latin1").as_deref(), Some(text));
            assert_eq!(sent_in(text, "utf8mb3").as_deref(), Some(text));
        }
        assert_eq!(sent_in("é", "latin1"), None, "it is no UTF-8");
        assert_eq!(sent_in("日", "latin1"), None);
        assert_eq!((sent_in("é", "gbk"), sent_in("e", "gbk").as_deref()), (None, Some("e")));
    }

    #[test]
    fn modes_are_words_combinations_and_numbers() {
        let modes = |ansi_quotes, plain_backslashes, brackets| Modes { ansi_quotes, plain_backslashes, brackets };
        for (value, expected) in [
            ("", modes(false, false, false)),
            ("STRICT_ALL_TABLES", modes(false, false, false)),
            ("ansi", modes(true, false, false)),
            ("PIPES_AS_CONCAT,ANSI_QUOTES", modes(true, false, false)),
            ("ORACLE", modes(true, false, false)),
            ("MSSQL", modes(true, false, true)),
            ("NO_BACKSLASH_ESCAPES", modes(false, true, false)),
            ("4", modes(true, false, false)),
            ("1048576", modes(false, true, false)),
        ] {
            assert_eq!(Modes::from_sql_mode(value), expected, "{value}");
        }
    }

    #[test]
    fn latin1_is_what_the_servers_take_for_it() {
        assert_eq!(Charset::from_name("LATIN1").read("té€").as_deref(), Some("tÃ©â‚¬"));
        assert_eq!(Charset::from_name("utf8").read("té").as_deref(), Some("té"));
        assert_eq!(Charset::from_name("gbk").read("té"), None);
        assert_eq!(Charset::from_name("gbk").read("t").as_deref(), Some("t"));
    }
}
