//! Words that are to go, and the names that stand in for them.

use crate::sql::Redacted;
use std::collections::{BTreeMap, BTreeSet};

/// Shorter literals are taken out where they stand as literals, and not looked for in sentences.
const SHORTEST: usize = 3;

/// Everything that is to go.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    accounts: BTreeMap<String, String>,
    hosts: BTreeMap<String, String>,
    literals: BTreeSet<String>,
    names: BTreeSet<String>,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Trims what surrounds an account or a host within a sentence.
fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| !is_word(c) && c != '%' && c != '/')
}

fn is_address(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let four = parts.len() == 4 && parts.iter().all(|part| *part == "%" || part.parse::<u8>().is_ok());
    let six = token.matches(':').count() >= 2 && token.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    four || (six && token.chars().any(|c| c.is_ascii_alphabetic()))
}

impl Secrets {
    /// Notes an account: `ana@10.4.%`, `ana`.
    pub fn account(&mut self, account: &str) {
        let (user, host) = account.split_once('@').map_or((account, None), |(user, host)| (user, Some(host)));
        if !user.is_empty() && !self.accounts.contains_key(user) {
            let name = format!("user-{}", self.accounts.len() + 1);
            self.accounts.insert(user.to_owned(), name);
        }
        if let Some(host) = host {
            self.one_host(host);
        }
    }

    /// Notes a host, `user@host:port`, or whatever names a server.
    pub fn host(&mut self, host: &str) {
        match host.split_once('@') {
            Some(_) => self.account(host.rsplit_once(':').map_or(host, |(before, _)| before)),
            None => {
                let bare = host.rsplit_once(':').map_or(host, |(before, _)| before);
                self.one_host(bare);
                if let Some(name) = self.hosts.get(bare).cloned() {
                    self.hosts.entry(host.to_owned()).or_insert(name);
                }
            }
        }
    }

    fn one_host(&mut self, host: &str) {
        if !host.is_empty() && host != "%" && !self.hosts.contains_key(host) {
            let name = format!("host-{}", self.hosts.len() + 1);
            self.hosts.insert(host.to_owned(), name);
        }
    }

    /// Notes the accounts and addresses of a sentence.
    pub fn addresses(&mut self, text: &str) {
        for token in text.split_whitespace().map(bare) {
            if token.len() > 2 && token.contains('@') {
                self.account(token.rsplit_once(':').map_or(token, |(before, _)| before));
            } else if is_address(token.rsplit_once(':').map_or(token, |(before, _)| before)) || is_address(token) {
                self.host(token);
            }
        }
    }

    /// Notes the literals and names of a text.
    pub fn sql(&mut self, sql: &Redacted) {
        self.literals.extend(sql.literals.iter().cloned());
        self.names.extend(sql.names.iter().cloned());
    }

    /// The name that stands in for an account.
    pub fn account_name(&self, account: &str) -> String {
        let (user, host) = account.split_once('@').map_or((account, None), |(user, host)| (user, Some(host)));
        let user = self.accounts.get(user).map_or("user", String::as_str);
        match host {
            Some("%") => format!("{user}@%"),
            Some(host) => format!("{user}@{}", self.hosts.get(host).map_or("host", String::as_str)),
            None => user.to_owned(),
        }
    }

    /// The name that stands in for a host.
    pub fn host_name(&self, host: &str) -> String {
        match host.split_once('@') {
            Some(_) => self.account_name(host.rsplit_once(':').map_or(host, |(before, _)| before)),
            None if host.is_empty() => String::new(),
            None => self.hosts.get(host).cloned().unwrap_or_else(|| "host".to_owned()),
        }
    }

    /// A text without what is known to be secret, wherever it stands in it.
    pub fn known(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut longest: Vec<(&String, &str)> = Vec::new();
        longest.extend(self.accounts.iter().chain(&self.hosts).map(|(secret, name)| (secret, name.as_str())));
        longest.extend(self.literals.iter().filter(|word| !self.names.contains(*word)).map(|word| (word, "?")));
        longest.retain(|(secret, _)| secret.chars().count() >= SHORTEST && text.contains(secret.as_str()));
        longest.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        for (secret, name) in longest {
            text = replaced(&text, secret, name);
        }
        text
    }

    /// A sentence without what is known to be secret, without what stands in quotes, and without values.
    pub fn prose(&self, text: &str) -> String {
        values(&self.known(&self.unquoted(text)))
    }

    /// What stands between the first quote and the last may be anything, quotes included: it goes whole, but for names
    /// that are known at either end.
    fn unquoted(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for quote in ['\'', '"', '“', '`'] {
            let close = if quote == '“' { '”' } else { quote };
            let (Some(from), Some(to)) = (text.find(quote), text.rfind(close)) else { continue };
            let end = to + close.len_utf8();
            if from + quote.len_utf8() > to {
                text.truncate(from);
                text.push('?');
                continue;
            }
            let inner = &text[from + quote.len_utf8()..to];
            if !self.names.contains(inner) {
                text = format!("{}{quote}?{close}{}", &text[..from], &text[end..]);
            }
        }
        text
    }
}

/// Replaces a word wherever it is not a part of a longer one.
fn replaced(text: &str, secret: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(secret) {
        let (before, after) = (&rest[..at], &rest[at + secret.len()..]);
        let edge = |inside: Option<char>, outside: Option<char>| {
            inside.is_none_or(|c| !is_word(c)) || outside.is_none_or(|c| !is_word(c))
        };
        let whole = edge(
            secret.chars().next(),
            before.chars().next_back().or(out.chars().next_back().filter(|_| before.is_empty())),
        ) && edge(secret.chars().next_back(), after.chars().next());
        out.push_str(before);
        out.push_str(if whole { name } else { secret });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// `id=17` → `id=?`.
fn values(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_equals = false;
    for c in text.chars() {
        match c {
            '=' => {
                out.push('=');
                after_equals = true;
            }
            c if after_equals && (is_word(c) || c == '.' || c == '-') => {
                if !out.ends_with('?') {
                    out.push('?');
                }
            }
            c => {
                after_equals = after_equals && c == ' ' && out.ends_with('=');
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, redacted};

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.sql(&redacted("INSERT INTO people (mail) VALUES ('O''Brien', 4711)", Dialect::MySql));
        secrets.account("ana@10.4.%");
        secrets.host("w1@db-tools:4242");
        secrets.host("prod-db1:3306");
        secrets
    }

    #[test]
    fn sentences_lose_what_is_known_and_what_is_quoted() {
        let secrets = secrets();
        let prose = |text: &str| secrets.prose(text);
        assert_eq!(prose("Duplicate entry 'O'Brien' for key 'people.mail'"), "Duplicate entry '?'");
        assert_eq!(
            prose("ana asked on prod-db1 for 4711; anabel did not"),
            "user-1 asked on host-3 for ?; anabel did not"
        );
        assert_eq!(prose("row id=17, mail=x.y left alone"), "row id=?, mail=? left alone");
        assert_eq!(prose("no table 'people' here"), "no table 'people' here");
        assert_eq!(secrets.account_name("ana@10.4.%"), "user-1@host-1");
        assert_eq!(secrets.host_name("w1@db-tools:4242"), "user-2@host-2");
    }

    #[test]
    fn addresses_are_found_in_sentences() {
        let mut secrets = Secrets::default();
        secrets.addresses("held by conn 8093 (report@10.4.7.21), and 192.168.0.7:3306");
        let text = secrets.known("report@10.4.7.21 and 192.168.0.7");
        assert_eq!(text, "user-1@host-1 and host-2");
    }
}
