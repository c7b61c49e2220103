//! What looks like a secret, and how it is masked. Names are read word by word, so that `DB_PASS`
//! is one and `PASSENGER_COUNT` is none; where it is not certain, it is masked.

/// What stands in place of a secret. Its length says nothing of the secret's.
pub const MASK: &str = "••••••••";

/// Words that make a name a secret's wherever they stand in a word: `PGPASSWORD`.
const WITHIN: [&str; 5] = ["password", "passwd", "passphrase", "credential", "apikey"];
/// Words that do at the end of a word: `authtoken`, but no `tokenizer`.
const ENDS: [&str; 9] = [
    "secret",
    "secrets",
    "token",
    "tokens",
    "pwd",
    "accesskey",
    "privatekey",
    "secretkey",
    "encryptionkey",
];
/// Words that end like `requirepass` and mean no password.
const NO_PASS: [&str; 7] = [
    "compass",
    "bypass",
    "surpass",
    "trespass",
    "overpass",
    "underpass",
    "multipass",
];
/// What stands before a key that is a secret, even when more follows: `API_KEY_PROD`.
const SECRET_KEYS: [&str; 9] = [
    "api",
    "app",
    "access",
    "private",
    "secret",
    "encryption",
    "signing",
    "master",
    "auth",
];
/// What stands before a key that is none: the fingerprint in an image's `GPG_KEY`, the engine's
/// own `SandboxKey`, keys of tables and queues.
const OPEN_KEYS: [&str; 11] = [
    "public",
    "pub",
    "gpg",
    "sandbox",
    "primary",
    "foreign",
    "partition",
    "sort",
    "cache",
    "routing",
    "hot",
];
/// What follows `auth` where logins are listed: `basicauth.users`, `DOCKER_AUTH_CONFIG`.
const LOGINS: [&str; 6] = ["users", "user", "string", "header", "cookie", "config"];

/// Whether a variable's or label's value is to be masked: its name says so, or there is a
/// password in it.
pub fn is_secret(name: &str, value: &str) -> bool {
    !value.is_empty() && (is_secret_name(name) || holds_secret(value))
}

/// Whether a name says that what it names is a secret.
pub fn is_secret_name(name: &str) -> bool {
    // a shell's working directory
    if matches!(name, "PWD" | "OLDPWD") {
        return false;
    }
    let words = words(name);
    words.iter().enumerate().any(|(place, word)| {
        let word = word.as_str();
        let before = place
            .checked_sub(1)
            .and_then(|before| words.get(before))
            .map_or("", String::as_str);
        let after = words.get(place + 1).map(String::as_str);
        WITHIN.iter().any(|part| word.contains(part))
            || ENDS.iter().any(|end| word.ends_with(end))
            || (word.ends_with("pass") && !NO_PASS.contains(&word))
            || match word {
                "key" if after.is_none() => !OPEN_KEYS.contains(&before),
                "key" | "keys" => SECRET_KEYS.contains(&before),
                _ if word.ends_with("auth") => after.is_none_or(|word| LOGINS.contains(&word)),
                _ => false,
            }
    })
}

/// The words of a name in lower case and without numbers behind them: `dbPassword2` is `db`,
/// `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    // the last capital of `APIKey` begins a word
                    || (before.is_uppercase() && after.is_some_and(|c| c.is_lowercase()))
            });
        if begins || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words
        .iter()
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Addresses in one value that are looked at; what holds more is masked.
const ADDRESSES: usize = 64;

/// Whether there is a password in a value: in an address, or behind a secret's name as in
/// `Server=db;Password=x`.
fn holds_secret(value: &str) -> bool {
    let mut addresses = value.match_indices("://");
    let mut sets = value.match_indices('=');
    addresses
        .by_ref()
        .take(ADDRESSES)
        .any(|(at, mark)| has_login(&value[at + mark.len()..]))
        || addresses.next().is_some()
        || sets.any(|(at, _)| is_set(&value[..at], &value[at + 1..]))
}

/// `user:password@host`; the password may hold a slash, which many forget to escape.
fn has_login(rest: &str) -> bool {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>');
    let address = rest.split(is_end).next().unwrap_or(rest);
    let Some((login, _)) = address.rsplit_once('@') else {
        return false;
    };
    let Some((user, password)) = login.split_once(':') else {
        return false;
    };
    let port = password.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_port = port.len() < password.len() && port.starts_with(['/', ',', ';', '?', '#']);
    !password.is_empty() && !is_port && !user.contains(['/', '?', '#'])
}

/// Whether the last word before a `=` names a secret and something follows.
fn is_set(name: &str, rest: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name = name.trim_end();
    let name = name.rsplit(|c| !is_part(c)).next().unwrap_or(name);
    let begin = rest
        .chars()
        .take(16)
        .find(|c| !matches!(c, '=' | ' ' | '"' | '\''));
    let is_empty = begin.is_none_or(|c| matches!(c, ';' | '&' | ','));
    !is_empty && (is_secret_name(name) || name.eq_ignore_ascii_case("pwd"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_secrets_away() {
        for name in [
            "POSTGRES_PASSWORD",
            "PGPASSWORD",
            "RABBITMQ_DEFAULT_PASS",
            "DB_PASS",
            "SMTP_PASS",
            "DB_PASS2",
            "requirepass",
            "DB_PWD",
            "GITHUB_TOKEN",
            "com.acme.token.github",
            "authToken",
            "aws_secret_access_key",
            "AWS_ACCESS_KEY_ID",
            "APP_KEY",
            "ENCRYPTION_KEY",
            "APIKey",
            "api-key",
            "API_KEYS",
            "STRIPE_API_KEY_LIVE",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "NPM_AUTH",
            "DOCKER_AUTH_CONFIG",
            "traefik.http.middlewares.admin.basicauth.users",
        ] {
            assert!(is_secret(name, "x"), "{name}");
            assert!(!is_secret(name, ""), "{name} is not set");
        }
    }

    #[test]
    fn names_that_only_look_alike_do_not() {
        for name in [
            "PATH",
            "PASSENGER_COUNT",
            "MONKEY",
            "KEYMAP",
            "KEYBOARD",
            "KEYCLOAK_URL",
            "KEYS",
            "AUTHORIZED_KEYS",
            "COMPASS",
            "PUBLIC_KEY",
            "GPG_KEY",
            "SandboxKey",
            "TOKENIZER",
            "SECRETARY",
            "AUTHOR",
            "POSTGRES_HOST_AUTH_METHOD",
            "PWD",
            "SecurityOpt",
            "",
            "___",
        ] {
            assert!(!is_secret(name, "x"), "{name}");
        }
    }

    #[test]
    fn values_give_secrets_away() {
        for value in [
            "postgres://shop:hunter2@db:5432/shop",
            "postgres://shop:hunt/er2@db:5432/shop",
            "redis://:hunter2@cache",
            "redis://cache:6379,redis://:hunter2@other:6379",
            "http://proxy:3128 http://me:hunter2@proxy",
            "Server=db;User Id=sa;Password=hunter2;",
            "UID=sa;PWD=hunter2",
            "Server=db; Password = hunter2",
            "jdbc:mysql://db/shop?user=a&password=hunter2",
            "-Xmx1g -Djavax.net.ssl.keyStorePassword=hunter2",
            "AccountName=a;AccountKey=aGk=",
        ] {
            assert!(is_secret("VALUE", value), "{value}");
        }
        for value in [
            "/bin",
            "https://example.org/a:b@c",
            "redis://cache:6379",
            "http://npm:4873/@scope/package@1.2",
            "https://git@example.org/a.git",
            "Server=db;Password=;User Id=sa",
            "sort=key;keymap=de",
            "--max-old-space-size=4096",
            "a==",
        ] {
            assert!(!is_secret("VALUE", value), "{value}");
        }
    }
}
