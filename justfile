# What CI does, by hand. `just` alone lists it.

_default:
    @just --list

# format, lints, tests, licences
check: fmt lint test deny

# format
fmt:
    cargo fmt --check

# lints
lint:
    cargo clippy --all-targets -- -D warnings

# lints for Windows, which no test runs on
windows:
    cargo clippy --locked --target x86_64-pc-windows-gnu --lib --bins -- -D warnings

# all tests; those of a real engine are skipped, and say so, where none answers
test:
    cargo test

# all tests; a missing engine is a failure
test-engine:
    CI=true cargo test

# the engine's contract on a Podman of its own, as root and as a user: wants podman, uidmap, slirp4netns
podman:
    PILOTHOUSE_TEST_ENGINES=real tests/with-podman cargo test --test engine -- --skip faults::
    PILOTHOUSE_TEST_ENGINES=real tests/with-podman --rootless cargo test --test engine -- --skip faults::

# accept new pictures of screens, after reading them
snapshots:
    INSTA_UPDATE=always cargo test --test screens
    git diff --stat tests/snapshots

# licences, duplicates, sources
deny:
    cargo deny check licenses bans sources

# figures of docs/performance.md; PEERS="oxker dtop" adds what is in PATH
bench *ARGS:
    cargo build --release
    cargo bench --bench scale -- {{ARGS}}

# the same with 50 hosts beside one, and over a slow line
bench-hosts *ARGS:
    cargo build --release
    cargo bench --bench hosts -- {{ARGS}}

# pictures of the README, drawn from the demo by the real renderer; PNG for people who look
screenshots:
    cargo run --example screenshots -- screenshots
    rsvg-convert screenshots/containers.svg -o screenshots/containers.png

# documents that are printed by the program
keys:
    cargo run --quiet -- --config /dev/null --print-keys > docs/keys.md
    cargo run --quiet -- --config /dev/null --print-options > docs/run.md
