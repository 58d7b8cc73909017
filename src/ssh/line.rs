//! The socket under a connection: libssh2 reads and writes it, we wait for it and cut it.

use std::{
    io,
    net::{self, Shutdown, SocketAddr},
    time::Duration,
};

use tokio::{io::Interest, net::TcpStream, time::timeout};

use crate::ssh::SshError;

/// Our half of the socket; the connection is cut when it is dropped.
///
/// To the system all halves are one socket; nothing is read from ours and nothing written to it.
pub struct Line {
    /// To wait for.
    socket: TcpStream,
    /// To cut.
    scissors: net::TcpStream,
}

impl Line {
    /// Connects, and gives away the half that libssh2 works with.
    pub async fn connect(
        address: SocketAddr,
        within: Duration,
    ) -> Result<(Self, net::TcpStream), SshError> {
        let connected = match timeout(within, TcpStream::connect(address)).await {
            Ok(connected) => connected,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no answer")),
        };
        connected.and_then(halves).map_err(|source| SshError::Unreachable { address, source })
    }

    /// Waits until there may be something to read; may wake up for nothing.
    ///
    /// What came before the wait counts too, so whoever waits has to read until it would block.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await?;
        self.look_again(Interest::READABLE);
        Ok(())
    }

    /// Waits until there may be room to write; may wake up for nothing.
    pub async fn writable(&self) -> io::Result<()> {
        self.socket.writable().await?;
        self.look_again(Interest::WRITABLE);
        Ok(())
    }

    /// Makes the next wait one for what happens from now on.
    fn look_again(&self, interest: Interest) {
        // Saying that it would block is how that is done; the same error comes back.
        let _ = self.socket.try_io(interest, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
    }
}

/// Ends whatever libssh2 does on it, on whichever thread.
impl Drop for Line {
    fn drop(&mut self) {
        // One that is cut already is as good.
        let _ = self.scissors.shutdown(Shutdown::Both);
    }
}

fn halves(socket: TcpStream) -> io::Result<(Line, net::TcpStream)> {
    // Questions and answers are small, and each waits for the other.
    socket.set_nodelay(true)?;
    let ours = socket.into_std()?;
    let (scissors, theirs) = (ours.try_clone()?, ours.try_clone()?);
    Ok((Line { socket: TcpStream::from_std(ours)?, scissors }, theirs))
}
