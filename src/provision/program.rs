//! This program itself, for a machine that is to run it too.

use std::{fs, path::Path};

use crate::provision::error::ProvisionError;

/// How a program for Linux begins (ELF: identification).
const ELF: &[u8] = b"\x7fELF";

/// Where it says for which processors it is, and what stands there for x86-64, which all droplets
/// have (ELF: `e_machine`, `EM_X86_64`).
const PROCESSOR: (usize, [u8; 2]) = (18, [62, 0]);

/// The program's bytes; one that no droplet could run is refused.
pub fn bytes(path: &Path) -> Result<Vec<u8>, ProvisionError> {
    let program = fs::read(path).map_err(|error| ProvisionError::Program {
        why: format!("`{}` cannot be read: {error}", path.display()),
        help: "if it was replaced meanwhile, as by an upgrade, run `dostack up` again",
    })?;
    let (at, processor) = PROCESSOR;
    if program.starts_with(ELF) && program.get(at..at + 2) == Some(&processor) {
        return Ok(program);
    }
    Err(ProvisionError::Program {
        why: "droplets are Linux on x86-64, and it is not".to_owned(),
        help: "run `dostack up` with a build for Linux on x86-64, as the deploy job does",
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::bytes;

    #[test]
    fn a_program_that_no_droplet_could_run_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dostack");
        assert!(bytes(&path).unwrap_err().to_string().contains("cannot be read"));
        let mut program = [b"\x7fELF".as_slice(), &[0; 60]].concat();
        program[18] = 62;
        fs::write(&path, &program).unwrap();
        assert_eq!(bytes(&path).unwrap(), program);
        for (at, other) in [(18, 183), (0, 0xcf)] {
            let mut program = program.clone();
            program[at] = other;
            fs::write(&path, &program).unwrap();
            assert!(bytes(&path).unwrap_err().to_string().contains("x86-64"));
        }
    }
}
