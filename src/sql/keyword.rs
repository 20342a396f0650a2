//! Comparing keywords without regard to case.

/// True if a word is this keyword, which is given in capitals.
pub(crate) fn is(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// True if a word is one of these keywords.
pub(crate) fn one_of(word: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|keyword| is(word, keyword))
}
