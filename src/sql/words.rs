//! Comparing keywords without regard to case.

/// Whether a word is this keyword, which is given in capitals.
pub(super) fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// Whether a word is one of these keywords.
pub(super) fn one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| is(word, keyword))
}
