# The same steps as .ci/run, one at a time.

default: fmt clippy doc test

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --document-private-items

no-std:
    cargo build --locked --manifest-path ci/no-std/Cargo.toml --target-dir target/no-std

test:
    cargo test --workspace --locked

# Licences and advisories of what is depended on; needs cargo-deny.
deny:
    cargo deny check

# Fuzz one target; needs a nightly toolchain and cargo-fuzz.
fuzz target seconds="600":
    mkdir -p fuzz/corpus/{{target}}
    cargo +nightly fuzz run --features libfuzzer -s none {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- -max_total_time={{seconds}}

# Compare with the peers; needs wimlib-imagex, 7zz and a WIM file.
compare source:
    cargo build --release --locked -p wimsmith
    bench/compare.py {{source}}
