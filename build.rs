//! Links the C library statically, into a static PIE, on Linux with GNU's C library.
//!
//! A `vault param get` takes 10 % less time without shared libraries to map and relocate (docs/PERFORMANCE.md). The program stays
//! position-independent, so its addresses stay random. A trial program shows whether this works. Where it does not, usually because
//! `libc.a` is missing, a warning says so and the C library stays shared. `VAULT_LINK=dynamic` chooses the shared one.
//!
//! The flag `+crt-static` would need `--target` as well, because procedural macros are shared libraries. Instead, linker scripts
//! named like the shared libraries that the standard library asks for lead to the archives.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries that the standard library asks for, except the unwinder.
const LIBRARIES: [&str; 6] = ["c", "m", "rt", "pthread", "util", "dl"];

/// The linker's option for a static program at random addresses.
const STATIC_PIE: &str = "-static-pie";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    println!("cargo::rerun-if-env-changed=VAULT_LINK");
    println!("cargo::rustc-check-cfg=cfg(static_libc)");
    let of_target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_native = std::env::var("HOST")? == std::env::var("TARGET")?;
    if of_target("OS") != "linux" || of_target("ENV") != "gnu" || !is_native {
        return Ok(());
    }
    if of_target("FEATURE").split(',').any(|feature| feature == "crt-static") {
        println!("cargo::rustc-cfg=static_libc");
        return Ok(());
    }
    let directory = PathBuf::from(std::env::var("OUT_DIR")?);
    link_unwinder(&directory.join("unwinder"))?;
    // Tests replace the program's clock, which takes a shared C library.
    if std::env::var("PROFILE")? == "release" && std::env::var_os("VAULT_LINK").is_none_or(|how| how != "dynamic") {
        link_statically(&directory.join("static"))?;
    }
    Ok(())
}

/// Links the archives that `gcc -static-libgcc` takes: a `libgcc_s.so` queries the processor's features when it starts, which takes
/// 0.3 ms in a virtual machine.
fn link_unwinder(directory: &Path) -> Result<(), Box<dyn Error>> {
    if ["gcc_eh", "gcc"].iter().all(|library| archive(library).is_some()) {
        write_script(directory, "gcc_s", "-lgcc_eh -lgcc")?;
        println!("cargo::rustc-link-arg-bins=-L{}", directory.display());
    }
    Ok(())
}

fn link_statically(directory: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(directory)?;
    for library in LIBRARIES {
        if let Some(archive) = archive(library) {
            write_script(directory, library, &format!("\"{archive}\""))?;
        }
    }
    if archive("gcc_eh").is_some() && runs_trial(directory)? {
        println!("cargo::rustc-link-arg-bins=-L{}", directory.display());
        println!("cargo::rustc-link-arg-bins={STATIC_PIE}");
        println!("cargo::rustc-cfg=static_libc");
    } else {
        println!(
            "cargo::warning=cannot link the C library statically, so vault starts more slowly; \
             its archive libc.a is in Debian's package libc6-dev and in Fedora's glibc-static"
        );
    }
    Ok(())
}

/// Whether a program that is linked this way runs.
fn runs_trial(directory: &Path) -> Result<bool, Box<dyn Error>> {
    let (source, program) = (directory.join("trial.c"), directory.join("trial"));
    std::fs::write(&source, "int main(void) { return 0; }\n")?;
    let mut link = Command::new(linker());
    link.arg(&source).arg("-o").arg(&program).arg("-L").arg(directory).arg(STATIC_PIE);
    link.arg("-Wl,-Bdynamic").args(LIBRARIES.map(|library| format!("-l{library}")));
    let is_linked = link.output().is_ok_and(|linked| linked.status.success());
    Ok(is_linked && Command::new(&program).status().is_ok_and(|ended| ended.success()))
}

fn write_script(directory: &Path, library: &str, stands_for: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join(format!("lib{library}.so")), format!("GROUP({stands_for})\n"))
}

/// The path of a library's archive. The compiler prints the bare name of a file that it does not find.
fn archive(library: &str) -> Option<String> {
    let asked = Command::new(linker()).arg(format!("-print-file-name=lib{library}.a")).output().ok()?;
    let path = String::from_utf8(asked.stdout).ok()?.trim().to_owned();
    path.contains('/').then_some(path)
}

fn linker() -> std::ffi::OsString {
    std::env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into())
}
