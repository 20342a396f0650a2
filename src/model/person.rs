//! Whether two accounts may be one person: four eyes are not had by another spelling of one's own name.
//!
//! Servers tell apart accounts that a person, and most collations, read as one name: `Anna`, `anna `, `ánna`, letters of
//! another script that look the same. In doubt they are one, and a third has to decide.

use super::user_of;

/// True if two accounts `user@host` may be the same person's, from wherever they connect.
pub(crate) fn may_be_one(one: &str, other: &str) -> bool {
    user_of(one) == user_of(other) || plain(user_of(one)) == plain(user_of(other))
}

/// A name as it is read: letters without case and accents, nothing that is not seen.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            c if c.is_ascii() => plain.push(c),
            c if c.is_whitespace() => plain.push(' '),
            c if is_unseen(c) => {}
            c => plain.push(letter(c)),
        }
    }
    plain.trim().to_owned()
}

/// Marks above other letters, and signs that take no room.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
        || c.is_control()
}

fn letter(c: char) -> char {
    ALIKE.iter().find(|(_, alike)| alike.contains(c)).map_or(c, |(plain, _)| *plain)
}

/// Lower-case letters that are read as one of ASCII: with accents, in full width, of other scripts.
const ALIKE: &[(char, &str)] = &[
    ('0', "０"),
    ('1', "１"),
    ('2', "２"),
    ('3', "３"),
    ('4', "４"),
    ('5', "５"),
    ('6', "６"),
    ('7', "７"),
    ('8', "８"),
    ('9', "９"),
    ('a', "àáâãäåāăąǎǟǡǻȁȃȧαаḁạảấầẩẫậắằẳẵặａ"),
    ('b', "ьḃḅḇｂ"),
    ('c', "çćĉċčсḉｃ"),
    ('d', "ďđԁḋḍḏḑḓｄ"),
    ('e', "èéêëēĕėęěȅȇȩеḕḗḙḛḝẹẻẽếềểễệｅ"),
    ('f', "ḟｆ"),
    ('g', "ĝğġģǧǵḡｇ"),
    ('h', "ĥȟһḣḥḧḩḫẖｈ"),
    ('i', "ìíîïĩīĭįıǐȉȋιіḭḯỉịｉ"),
    ('j', "ĵǰјｊ"),
    ('k', "ķǩκкḱḳḵｋ"),
    ('l', "ĺļľłӏḷḹḻḽｌ"),
    ('m', "мḿṁṃｍ"),
    ('n', "ñńņňǹηпṅṇṉṋｎ"),
    ('o', "òóôõöøōŏőơǒǫǭȍȏȫȭȯȱοоṍṏṑṓọỏốồổỗộớờởỡợｏ"),
    ('p', "ρрṕṗｐ"),
    ('q', "ԛｑ"),
    ('r', "ŕŗřȑȓṙṛṝṟｒ"),
    ('s', "śŝşšſșѕṡṣṥṧṩẛｓ"),
    ('t', "ţťŧțτтṫṭṯṱẗｔ"),
    ('u', "ùúûüũūŭůűųưǔǖǘǚǜȕȗυṳṵṷṹṻụủứừửữựｕ"),
    ('v', "νṽṿｖ"),
    ('w', "ŵԝẁẃẅẇẉẘｗ"),
    ('x', "χхẋẍｘ"),
    ('y', "ýÿŷȳγуẏẙỳỵỷỹｙ"),
    ('z', "źżžẑẓẕｚ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spelling_is_no_second_person() {
        for other in
            ["anna@%", "Anna@%", "ANNA@10.0.0.1", "anna @%", " anna@%", "ánna@%", "ÄNNA@%", "a\u{301}nna@%", "аnna@%"]
        {
            assert!(may_be_one("anna@localhost", other), "{other}");
        }
        assert!(may_be_one("ａｎｎａ@%", "an\u{200b}na@%") && may_be_one("groß@%", "GROSS@%"));
        for other in ["ana@%", "anna2@%", "hanna@%", "@%", "anna.b@%", "安娜@%"] {
            assert!(!may_be_one("anna@localhost", other), "{other}");
        }
        assert!(!may_be_one("安娜@%", "安@%"));
    }
}
