//! Text from outside, as a terminal may be given it.

/// Replaces a character that a terminal would obey, or that nobody could see, by a control picture or by the
/// replacement character. Every other character stands for itself. Line ends and tabs are controls here.
///
/// Beside the controls these are, of Unicode 16: everything that is default-ignorable or a format character (soft hyphen,
/// joiners, direction marks, fillers of Hangul, variation selectors, tags, shorthand and musical format controls …), line
/// and paragraph separators, the blank of Braille, and the null note head, which draws nothing.
pub fn harmless(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{600}'..='\u{605}'
        | '\u{61c}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'..='\u{891}'
        | '\u{8e2}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}'
        | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d159}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown() {
        for (from, to) in [
            (0x115f, 0x1160),
            (0x3164, 0x3164),
            (0xffa0, 0xffa0),
            (0x2800, 0x2800),
            (0x34f, 0x34f),
            (0x17b4, 0x17b5),
            (0x180b, 0x180f),
            (0xfff9, 0xfffb),
            (0xfe00, 0xfe0f),
            (0x1d173, 0x1d17a),
            (0xe0100, 0xe01ef),
            (0x1bca0, 0x1bca3),
            (0x600, 0x605),
            (0x6dd, 0x6dd),
            (0x8e2, 0x8e2),
            (0x202a, 0x202e),
            (0x2066, 0x2069),
            (0x80, 0x9f),
            (0xad, 0xad),
        ] {
            for n in from..=to {
                assert_eq!(char::from_u32(n).map(harmless), Some('\u{fffd}'), "U+{n:04X}");
            }
        }
        for plain in "aZ0 ~äß漢ñ🦌…→◆│’“ﷺשُ\u{301}".chars() {
            assert_eq!(harmless(plain), plain);
        }
        assert_eq!([harmless('\x1b'), harmless('\n'), harmless('\x7f')], ['␛', '␊', '␡']);
    }
}
