//! `linux/arm64` and its kin in the one spelling that engines know, after containerd's rules.

use std::env::consts;

const SYSTEMS: [&str; 6] = ["linux", "windows", "darwin", "freebsd", "netbsd", "openbsd"];

const ARCHITECTURES: [&str; 14] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x", "wasm",
];

/// The usual spelling: `x86_64` is `linux/amd64`, `linux/aarch64` is `linux/arm64`.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(crate) fn normal(text: &str) -> Result<String, String> {
    let fault = || format!("`{text}` is no platform, as in linux/arm64");
    let parts: Vec<String> = text.split('/').map(str::to_lowercase).collect();
    let word = |part: &String| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-.()".contains(c))
    };
    if !parts.iter().all(word) {
        return Err(fault());
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (system, (architecture, variant)) = match parts[..] {
        [one] if SYSTEMS.contains(&system(one)) => (system(one), own_architecture()),
        [one] => (system(consts::OS), architecture(one, "")),
        [first, second] => (system(first), architecture(second, "")),
        [first, second, third] => {
            let (name, variant) = architecture(second, third);
            let whole = name == "arm64" && variant.is_empty();
            (
                system(first),
                (name, if whole { "v8".to_owned() } else { variant }),
            )
        }
        _ => return Err(fault()),
    };
    if parts.len() == 1 && !ARCHITECTURES.contains(&architecture.as_str()) {
        return Err(fault());
    }
    // the seventh is what is meant by arm alone
    let variant = match parts.len() < 3 && architecture == "arm" && variant == "v7" {
        true => String::new(),
        false => variant,
    };
    let system = system.split('(').next().unwrap_or(system);
    let named = [system, &architecture, &variant];
    let named = named.into_iter().filter(|part| !part.is_empty());
    Ok(named.collect::<Vec<_>>().join("/"))
}

fn own_architecture() -> (String, String) {
    architecture(consts::ARCH, "")
}

fn system(name: &str) -> &str {
    match name {
        "macos" => "darwin",
        name => name,
    }
}

/// An architecture and its variant by their usual names.
fn architecture(name: &str, variant: &str) -> (String, String) {
    let (name, variant) = match (name, variant) {
        ("i386" | "x86", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
        ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64" | "arm64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    };
    (name.to_owned(), variant.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_come_to_one() {
        let cases = [
            ("linux/amd64", "linux/amd64"),
            ("linux/x86_64", "linux/amd64"),
            ("Linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64/v8"),
            ("linux/arm/7", "linux/arm/v7"),
            ("linux/arm", "linux/arm"),
            ("linux/armel", "linux/arm/v6"),
        ];
        for (text, expected) in cases {
            assert_eq!(normal(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "a/b/c/d", "nonsense", "linux/*", "linux//v7"] {
            assert!(normal(text).is_err(), "{text}");
        }
    }
}
