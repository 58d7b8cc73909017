//! This machine as one that commands run on, with a `docker` of the test's own.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command as Process, Stdio},
};

use tempfile::TempDir;

use crate::ssh::{Command, Output, Remote, SshError};

/// This machine, with folders and programs of the test's own.
#[derive(Debug)]
pub struct Local {
    folder: TempDir,
    /// What of a script means something else here.
    instead: Vec<(String, String)>,
    says: Option<String>,
}

impl Default for Local {
    fn default() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("opt").display().to_string();
        fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder, instead: vec![("/opt/dostack".to_owned(), root)], says: None }
    }
}

impl Local {
    /// One with a component's folder, and a `docker` that runs what `exec` is given as this says.
    ///
    /// What comes after the name of the service is `"$@"`, the service `$service`.
    pub fn with(component: &str, exec: &str) -> Self {
        let this = Self::default();
        fs::create_dir_all(this.path().join("opt").join(component)).unwrap();
        this.program(
            "docker",
            &format!(
                "[ \"$1 $2 $3\" = 'compose exec -T' ] || exit 64\nshift 3\n\
                 [ \"$1\" != -u ] || shift 2\nservice=$1\nshift\n{exec}\n"
            ),
        );
        this
    }

    /// The same where a part of each script reads differently.
    pub fn where_is(mut self, text: &str, instead: impl Into<String>) -> Self {
        self.instead.push((text.to_owned(), instead.into()));
        self
    }

    /// One that runs nothing, and complains.
    pub fn saying(mut self, complaint: &str) -> Self {
        self.says = Some(complaint.to_owned());
        self
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a program before those of the machine.
    pub fn program(&self, name: &str, script: &str) {
        let path = self.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run_here(&self, command: &Command) -> Output {
        if let Some(complaint) = &self.says {
            return Output { code: 1, stdout: Vec::new(), stderr: complaint.clone().into_bytes() };
        }
        let script = self.instead.iter().fold(command.script.clone(), |script, (text, instead)| {
            assert!(script.contains(text), "`{text}` is not in the script");
            script.replace(text, instead)
        });
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.path().join("bin").display());
        let mut child = Process::new("sh")
            .arg("-c")
            .arg(script)
            .env_clear()
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(command.stdin.bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let code = output.status.code().unwrap_or(128);
        Output { code, stdout: output.stdout, stderr: output.stderr }
    }
}

impl Remote for Local {
    async fn run(&self, command: &Command) -> Result<Output, SshError> {
        // What it asks may be served by the test itself.
        Ok(tokio::task::block_in_place(|| self.run_here(command)))
    }
}
