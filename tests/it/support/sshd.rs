//! A real SSH server on loopback, with keys of its own.

use std::{
    fs,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use tempfile::TempDir;

use super::tool::tool;

/// Where OpenSSH's server is; it wants to be called by its whole path.
const PROGRAM: &str = "/usr/sbin/sshd";

/// A server that lets the current user in with one key; it ends with the test.
pub struct Sshd {
    /// What it needs; gone after the test.
    pub folder: TempDir,
    /// What has come so far.
    pub connections: Arc<Mutex<Vec<Connection>>>,
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

/// One connection and the process that serves it.
pub struct Connection {
    socket: TcpStream,
    /// The process, which may leave the work to a child of its own.
    pub server: Child,
}

impl Sshd {
    /// Starts one where somebody listens; none where OpenSSH's server is not installed.
    pub fn on(listener: TcpListener) -> Option<Self> {
        tool(PROGRAM)?;
        let folder = TempDir::with_prefix("sshd-").unwrap();
        let own = folder.path();
        new_key(&own.join("host"), "host", "");
        new_key(&own.join("user"), "user", "");
        fs::copy(own.join("user.pub"), own.join("authorized_keys")).unwrap();
        fs::write(own.join("config"), config(own)).unwrap();
        // The server insists on this folder where it runs as root.
        let _ = fs::create_dir_all("/run/sshd");
        let address = listener.local_addr().unwrap();
        let (ended, connections) = (Arc::default(), Arc::default());
        let config = own.join("config");
        let serving = (Arc::clone(&ended), Arc::clone(&connections));
        let listener = thread::spawn(move || serve(&listener, &config, &serving.0, &serving.1));
        Some(Self { folder, address, ended, connections, listener: Some(listener) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The public half of its host key, as one line.
    pub fn host_key(&self) -> String {
        fs::read_to_string(self.folder.path().join("host.pub")).unwrap()
    }

    /// The public half of the key that it takes, as one line.
    pub fn user_key(&self) -> String {
        fs::read_to_string(self.folder.path().join("user.pub")).unwrap()
    }

    /// The file with the private half.
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// The file of another key, which it does not take until told to.
    pub fn another_key(&self, name: &str, passphrase: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        new_key(&path, name, passphrase);
        path
    }

    /// Cuts every connection, as a network does that fails.
    pub fn cut(&self) {
        for connection in self.connections.lock().unwrap().iter() {
            let _ = connection.socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Whoever listens looks up when somebody comes.
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        self.cut();
        for connection in self.connections.lock().unwrap().iter_mut() {
            // Most have ended by themselves.
            let _ = connection.server.kill();
            let _ = connection.server.wait();
        }
    }
}

/// The name of who runs the test.
pub fn current_user() -> String {
    let said = Command::new("id").arg("-un").output().unwrap().stdout;
    String::from_utf8(said).unwrap().trim().to_owned()
}

/// Gives every connection to a server of its own, as inetd does.
fn serve(
    listener: &TcpListener,
    config: &Path,
    ended: &AtomicBool,
    connections: &Mutex<Vec<Connection>>,
) {
    for socket in listener.incoming() {
        if ended.load(Ordering::SeqCst) {
            return;
        }
        let socket = socket.unwrap();
        let half = || Stdio::from(OwnedFd::from(socket.try_clone().unwrap()));
        let server = Command::new(PROGRAM)
            .arg("-i")
            .arg("-f")
            .arg(config)
            .stdin(half())
            .stdout(half())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        connections.lock().unwrap().push(Connection { socket, server });
    }
}

fn config(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "HostKey {folder}/host\n\
         AuthorizedKeysFile {folder}/authorized_keys\n\
         PermitRootLogin prohibit-password\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         StrictModes no\n\
         UsePAM no\n"
    )
}

/// Makes a key with a comment: the file of its private half, and that of its public one beside it.
pub fn new_key(path: &Path, comment: &str, passphrase: &str) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
}
