//! What cannot be avoided: the least that a program can do for one value, one write, one list and one environment.
//!
//! No check, no names, no errors worth reading: only the time of these steps counts.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["make", identity, wrapped, value] => make(identity, wrapped, value),
        ["get", identity, wrapped, document] => get(identity, wrapped, document),
        ["put", identity, wrapped, document] => put(identity, wrapped, document),
        ["walk", root] => walk(root),
        ["rewrite", root] => rewrite(root),
        ["inject", identity, wrapped, directory] => inject(identity, wrapped, directory),
        ["peak", program, rest @ ..] => peak(program, rest),
        _ => Err("floor make|get|put|walk|rewrite|inject|peak …".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes the files for the others: a wrapped key and one sealed value.
fn make(identity: &str, wrapped: &str, value: &str) -> Outcome {
    let key = [7; 32];
    fs::write(wrapped, age::encrypt_and_armor(&self::identity(identity)?.to_public(), &key)?)?;
    fs::write(value, seal(&key)?)?;
    Ok(())
}

/// Start, unwrap one age file, read one document, open one value.
fn get(identity: &str, wrapped: &str, document: &str) -> Outcome {
    let plain = open(&unwrap(identity, wrapped)?, document)?;
    std::io::stdout().write_all(&plain)?;
    Ok(())
}

/// Unwrap, seal one value, replace one document so that it survives a power cut.
fn put(identity: &str, wrapped: &str, document: &str) -> Outcome {
    let sealed = seal(&unwrap(identity, wrapped)?)?;
    let temporary = format!("{document}.tmp");
    let mut file = File::create(&temporary)?;
    file.write_all(&sealed)?;
    file.sync_all()?;
    fs::rename(&temporary, document)?;
    File::open(Path::new(document).parent().ok_or("no directory")?)?.sync_all()?;
    Ok(())
}

/// Read every file below a directory and put a new one in its place, with two waits for the disk.
fn rewrite(root: &str) -> Outcome {
    let (mut files, mut waiting) = (Vec::new(), vec![std::path::PathBuf::from(root)]);
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { waiting.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    for file in &files {
        fs::write(file.with_extension("tmp"), fs::read(file)?)?;
    }
    sync(root)?;
    for file in &files {
        fs::rename(file.with_extension("tmp"), file)?;
    }
    sync(root)
}

/// Waits until everything on the file system is on the disk.
fn sync(root: &str) -> Outcome {
    let done = Command::new("sync").args(["--file-system", root]).status()?.success();
    if done { Ok(()) } else { Err("sync failed".into()) }
}

/// All names below a directory, in order.
fn walk(root: &str) -> Outcome {
    let (mut waiting, mut names) = (vec![root.to_owned()], Vec::new());
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() { waiting.push(path) } else { names.push(path) }
        }
    }
    names.sort_unstable();
    let mut text = names.join("\n");
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Unwrap once, open every value of a directory, run a program with them.
fn inject(identity: &str, wrapped: &str, directory: &str) -> Outcome {
    let key = unwrap(identity, wrapped)?;
    let mut command = Command::new("/bin/true");
    for (number, entry) in fs::read_dir(directory)?.enumerate() {
        let plain = open(&key, entry?.path().to_str().ok_or("a name that is no text")?)?;
        command.env(format!("VALUE_{number}"), String::from_utf8(plain)?);
    }
    Err(command.exec().into())
}

/// Runs a program and prints the most memory it had resident, in KiB.
fn peak(program: &str, arguments: &[&str]) -> Outcome {
    let child = Command::new(program).args(arguments).stdout(std::process::Stdio::null()).spawn()?;
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    // SAFETY: the child is ours and not waited for yet, and both pointers are to values of this frame.
    let usage = unsafe {
        libc::wait4(i32::try_from(child.id())?, &raw mut status, 0, usage.as_mut_ptr());
        usage.assume_init()
    };
    println!("{}", usage.ru_maxrss);
    if status == 0 { Ok(()) } else { Err("the program failed".into()) }
}

fn identity(path: &str) -> Outcome<age::x25519::Identity> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).ok_or("no identity")?;
    Ok(line.parse()?)
}

fn unwrap(identity: &str, wrapped: &str) -> Outcome<[u8; 32]> {
    let key = age::decrypt(&self::identity(identity)?, &fs::read(wrapped)?)?;
    Ok(key.as_slice().try_into()?)
}

fn open(key: &[u8; 32], document: &str) -> Outcome<Vec<u8>> {
    let sealed = fs::read(document)?;
    let (nonce, sealed) = sealed.split_at_checked(24).ok_or("too short")?;
    XChaCha20Poly1305::new(Key::from_slice(key)).decrypt(XNonce::from_slice(nonce), sealed).map_err(|_| "sealed".into())
}

/// A value of 24 bytes. The nonce is fixed: nothing here is secret.
fn seal(key: &[u8; 32]) -> Outcome<Vec<u8>> {
    let nonce = [9; 24];
    let cipher = XChaCha20Poly1305::new(Key::from_slice(key));
    let sealed = cipher.encrypt(XNonce::from_slice(&nonce), b"correct horse battery st".as_slice());
    Ok([nonce.as_slice(), &sealed.map_err(|_| "unsealed")?].concat())
}
