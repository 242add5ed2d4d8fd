//! How the release build is linked, on Linux with GNU's C library: the C library statically, into a static PIE, with small relocations, and
//! the functions that a `vault param get` calls next to each other. docs/PERFORMANCE.md has the figures.
//!
//! The program stays position-independent, so its addresses stay random. A trial program shows what works here. Where the C library cannot
//! be linked statically, usually because `libc.a` is missing, a warning says so and it stays shared. `VAULT_LINK=dynamic` chooses the
//! shared one.
//!
//! The flag `+crt-static` would need `--target` as well, because procedural macros are shared libraries. Instead, linker scripts
//! named like the shared libraries that the standard library asks for lead to the archives.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The libraries that the standard library asks for, except the unwinder.
const LIBRARIES: [&str; 6] = ["c", "m", "rt", "pthread", "util", "dl"];

/// The compiler's archives: the unwinder, and arithmetic that processors lack.
const UNWINDER: &str = "-lgcc_eh -lgcc";

/// The linker's option for a static program at random addresses.
const STATIC_PIE: &str = "-static-pie";

/// The linker's option for relocations in a twentieth of the space, which C libraries understand since 2022.
const SMALL_RELOCATIONS: &str = "-Wl,-z,pack-relative-relocs";

/// What a `get` calls, in the order in which it is to be placed: names of functions as patterns, and object files of the C library.
/// `benches/order/renew` writes it.
const ORDER: &str = "benches/order/functions";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
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
    let mut link = Link::new(&directory.join("trial"))?;
    link_unwinder(&mut link, &directory.join("unwinder"))?;
    if std::env::var("PROFILE")? == "release" {
        // Tests replace the program's clock, which takes a shared C library.
        if std::env::var_os("VAULT_LINK").is_none_or(|how| how != "dynamic") {
            link_statically(&mut link, &directory.join("static"))?;
        }
        place_functions(&mut link, &directory.join("order.ld"))?;
    }
    link.print();
    Ok(())
}

/// Links the archives that `gcc -static-libgcc` takes: a `libgcc_s.so` queries the processor's features when it starts, which takes
/// 0.3 ms in a virtual machine.
fn link_unwinder(link: &mut Link, directory: &Path) -> Result<(), Box<dyn Error>> {
    if ["gcc_eh", "gcc"].iter().all(|library| archive(library).is_some()) {
        write_script(directory, "gcc_s", UNWINDER)?;
        link.add(&[&search(directory)]);
    }
    Ok(())
}

fn link_statically(link: &mut Link, directory: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(directory)?;
    for library in LIBRARIES {
        if let Some(archive) = archive(library) {
            // GNU's linker reads archives once, and the C library needs the compiler's, which came before it.
            let needs = if library == "c" { UNWINDER } else { "" };
            write_script(directory, library, &format!("\"{archive}\" {needs}"))?;
        }
    }
    if archive("gcc_eh").is_some() && link.try_to_add(&[&search(directory), STATIC_PIE]) {
        println!("cargo::rustc-cfg=static_libc");
        link.try_to_add(&[SMALL_RELOCATIONS]);
    } else {
        println!(
            "cargo::warning=cannot link the C library statically, so vault starts more slowly; \
             its archive libc.a is in Debian's package libc6-dev and in Fedora's glibc-static"
        );
    }
    Ok(())
}

/// Places what a `get` calls next to each other, where the linker is LLD: others would place it among the data.
fn place_functions(link: &mut Link, script: &Path) -> std::io::Result<()> {
    let sections = |line: &str| match line.strip_suffix(".o") {
        Some(object) => format!("*libc.a:{object}.o(.text .text.*)\n"),
        None => format!("*(.text.{line} .text.unlikely.{line})\n"),
    };
    let list = std::fs::read_to_string(ORDER)?;
    let placed: Vec<String> = list.lines().filter(|line| !line.starts_with('#')).map(sections).collect();
    let placed = placed.concat();
    std::fs::write(script, format!("SECTIONS {{ .text : {{\n{placed}}} }}\nINSERT AFTER .eh_frame;\n"))?;
    if link.is_by_lld() {
        link.try_to_add(&[&format!("-Wl,-T,{}", script.display())]);
    }
    Ok(())
}

/// The arguments of the linker, and a program to try them with.
struct Link {
    arguments: Vec<String>,
    source: PathBuf,
}

impl Link {
    fn new(directory: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(directory)?;
        let source = directory.join("trial.rs");
        std::fs::write(&source, "fn main() {}\n")?;
        Ok(Link { arguments: Vec::new(), source })
    }

    fn add(&mut self, arguments: &[&str]) {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
    }

    /// Adds arguments if a program that is linked with them too runs.
    fn try_to_add(&mut self, arguments: &[&str]) -> bool {
        let before = self.arguments.len();
        self.add(arguments);
        let runs = self.trial().is_some_and(|trial| Command::new(trial).status().is_ok_and(|ended| ended.success()));
        if !runs {
            self.arguments.truncate(before);
        }
        runs
    }

    /// LLD leaves its name in what it links.
    fn is_by_lld(&self) -> bool {
        let program = self.trial().and_then(|trial| std::fs::read(trial).ok()).unwrap_or_default();
        program.windows(11).any(|bytes| bytes == b"Linker: LLD")
    }

    /// The trial program, linked as `vault` will be, if that works.
    fn trial(&self) -> Option<PathBuf> {
        let program = self.source.with_extension("");
        let mut rustc = Command::new(std::env::var_os("RUSTC")?);
        rustc.args(std::env::var("CARGO_ENCODED_RUSTFLAGS").ok()?.split('\x1f').filter(|flag| !flag.is_empty()));
        if let Some(linker) = std::env::var_os("RUSTC_LINKER") {
            rustc.arg("-C").arg(OsString::from_iter(["linker=".into(), linker]));
        }
        rustc.args(self.arguments.iter().flat_map(|argument| ["-C".to_owned(), format!("link-arg={argument}")]));
        let made = rustc.arg(&self.source).arg("-o").arg(&program).output().ok()?;
        made.status.success().then_some(program)
    }

    fn print(&self) {
        for argument in &self.arguments {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
}

/// The linker's option for a directory with libraries.
fn search(directory: &Path) -> String {
    format!("-L{}", directory.display())
}

fn write_script(directory: &Path, library: &str, stands_for: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join(format!("lib{library}.so")), format!("GROUP({stands_for})\n"))
}

/// The path of a library's archive. The compiler prints the bare name of a file that it does not find.
fn archive(library: &str) -> Option<String> {
    let linker = std::env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let asked = Command::new(linker).arg(format!("-print-file-name=lib{library}.a")).output().ok()?;
    let path = String::from_utf8(asked.stdout).ok()?.trim().to_owned();
    path.contains('/').then_some(path)
}
