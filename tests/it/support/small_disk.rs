//! A small filesystem that can be filled to the last byte.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A mounted filesystem; dropping it unmounts it. What is on it must have ended by then.
pub struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    /// So many megabytes; `None` where nothing may be mounted, which is told as NOT RUN.
    pub fn new(megabytes: u32) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("caribou-it-disk-").tempdir().expect("a temporary directory");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=0755"), "tmpfs"])
            .arg(dir.path())
            .output();
        match mounted {
            Ok(done) if done.status.success() => Some(Self { dir }),
            Ok(done) => {
                eprintln!("NOT RUN: a small disk cannot be mounted: {}", String::from_utf8_lossy(&done.stderr).trim());
                None
            }
            Err(error) => {
                eprintln!("NOT RUN: mount cannot be run: {error}");
                None
            }
        }
    }

    /// Directory where it is mounted.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Fills it until the system refuses, and then leaves so many kilobytes free.
    pub fn fill(&self, leave: u64) {
        let mut ballast = File::create(self.ballast()).expect("a file");
        let block = vec![0; 64 << 10];
        let refused = loop {
            if let Err(error) = ballast.write_all(&block) {
                break error;
            }
        };
        assert_eq!(refused.kind(), std::io::ErrorKind::StorageFull, "{refused}");
        let full = ballast.metadata().expect("its size").len();
        ballast.set_len(full.saturating_sub(leave << 10)).expect("it can be made smaller");
    }

    /// Makes space again.
    pub fn make_space(&self) {
        fs::remove_file(self.ballast()).expect("the ballast can be removed");
    }

    fn ballast(&self) -> std::path::PathBuf {
        self.dir.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("--lazy").arg(self.dir.path()).status();
        if !done.is_ok_and(|status| status.success()) {
            eprintln!("{} could not be unmounted", self.dir.path().display());
        }
    }
}
