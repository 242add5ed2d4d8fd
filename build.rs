//! Links the unwinder into the program, on Linux with the C library of GNU.
//!
//! A `libgcc_s.so` would take a twentieth of the time of `vault param get`: it is mapped and relocated, and asks the processor
//! what it can do, which virtual machines answer slowly. The standard library wants `-lgcc_s`; a linker script of that name
//! which is found first stands for the archives that `gcc -static-libgcc` takes. Where these are missing, nothing changes.

use std::error::Error;
use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let is_gnu = std::env::var("CARGO_CFG_TARGET_OS")? == "linux" && std::env::var("CARGO_CFG_TARGET_ENV")? == "gnu";
    let is_native = std::env::var("HOST")? == std::env::var("TARGET")?;
    if is_gnu && is_native && has_archives() {
        let directory = std::env::var("OUT_DIR")?;
        std::fs::write(Path::new(&directory).join("libgcc_s.so"), "GROUP(-lgcc_eh -lgcc)\n")?;
        println!("cargo::rustc-link-arg-bins=-L{directory}");
    }
    Ok(())
}

/// Whether the compiler that links has the archives. It prints the path of a file that it finds, and else the bare name.
fn has_archives() -> bool {
    let linker = std::env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    ["libgcc_eh.a", "libgcc.a"].iter().all(|archive| {
        let asked = Command::new(&linker).arg(format!("-print-file-name={archive}")).output();
        asked.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains('/'))
    })
}
