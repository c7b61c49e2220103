//! What looks like a secret, and how it is masked.

/// What stands in place of a secret. Its length says nothing of the secret's.
pub const MASK: &str = "••••••••";

/// Parts of names whose values are secrets.
const NAMES: [&str; 15] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "private_key",
    "privatekey",
    "credential",
    "_auth",
    "_pwd",
];

/// Whether a variable's or label's value is to be masked: its name says so, or it is an address
/// with a password in it.
pub fn is_secret(name: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    let name = name.to_lowercase();
    NAMES.iter().any(|part| name.contains(part)) || has_password(value)
}

/// `scheme://user:password@host`
fn has_password(value: &str) -> bool {
    let authority = value
        .split_once("://")
        .map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    let login = authority
        .and_then(|authority| authority.rsplit_once('@'))
        .map(|(login, _)| login);
    login
        .and_then(|login| login.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_give_secrets_away() {
        for (name, value) in [
            ("POSTGRES_PASSWORD", "x"),
            ("GITHUB_TOKEN", "x"),
            ("aws_secret_access_key", "x"),
            ("DATABASE_URL", "postgres://shop:hunter2@db:5432/shop"),
        ] {
            assert!(is_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("PATH", "/bin"),
            ("POSTGRES_PASSWORD", ""),
            ("URL", "https://example.org/a:b@c"),
            ("REDIS_URL", "redis://cache:6379"),
        ] {
            assert!(!is_secret(name, value), "{name}");
        }
    }
}
