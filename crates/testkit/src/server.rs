//! A program that serves HTTP, started by a test, killed by the test or when the test ends.
//!
//! There is no waiting by the clock: the server is ready when it prints the first line with an `http://` address. What
//! it prints afterwards is read on, so that it never blocks on a full pipe, and kept for the test that fails.

use crate::trouble::{Doing, Trouble};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A hung server fails the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub struct Server {
    base_url: String,
    child: Child,
    output: Output,
}

#[derive(Debug, Clone, Default)]
struct Output(Arc<Mutex<String>>);

impl Server {
    /// Starts the program and returns when it has printed its address.
    pub fn start(mut command: Command) -> Result<Self, Trouble> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().doing(|| format!("starting {name}"))?;
        let output = Output::default();
        let (sender, addresses) = channel();
        if let Some(stderr) = child.stderr.take() {
            follow(stderr, output.clone(), None);
        }
        if let Some(stdout) = child.stdout.take() {
            follow(stdout, output.clone(), Some(sender));
        }
        // From here on, dropping kills the child, also when it says no address.
        let mut server = Self { base_url: String::new(), child, output };
        server.base_url = server.first(&addresses)?;
        Ok(server)
    }

    fn first(&self, addresses: &Receiver<String>) -> Result<String, Trouble> {
        let failed = |_| Trouble::NotReady { seconds: PATIENCE.as_secs(), output: self.output() };
        addresses.recv_timeout(PATIENCE).map_err(failed)
    }

    /// `http://127.0.0.1:41234`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far, both streams.
    pub fn output(&self) -> String {
        self.output.0.lock().map(|text| text.clone()).unwrap_or_default()
    }

    /// The power cut: SIGKILL, then waits until the process is gone.
    pub fn kill(&mut self) -> Result<ExitStatus, Trouble> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.doing(|| "killing the server".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.kill());
    }
}

/// Reads a stream to its end on a thread; the thread ends with the server.
fn follow(stream: impl Read + Send + 'static, output: Output, mut addresses: Option<Sender<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Ok(mut text) = output.0.lock() {
                text.push_str(&line);
                text.push('\n');
            }
            if let Some(address) = address_in(&line)
                && let Some(sender) = addresses.take()
            {
                // A test that stopped waiting does not matter here.
                drop(sender.send(address.to_owned()));
            }
        }
    });
}

fn address_in(line: &str) -> Option<&str> {
    let address = &line[line.find("http://")?..];
    let end = address.find(|c: char| c.is_whitespace() || "\"'<>,)\u{1b}".contains(c)).unwrap_or(address.len());
    Some(address[..end].trim_end_matches(['/', '.']))
}

#[cfg(test)]
mod tests {
    use super::{Server, address_in};
    use std::process::Command;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_address_is_cut_out_of_the_sentence() {
        assert_eq!(address_in("Open http://127.0.0.1:8080/ in a browser."), Some("http://127.0.0.1:8080"));
        assert_eq!(address_in("listening on http://127.0.0.1:8080."), Some("http://127.0.0.1:8080"));
        assert_eq!(address_in("starting"), None);
    }

    #[test]
    fn a_server_is_ready_at_its_address_and_gone_when_killed() {
        let script = "echo starting; echo serving http://127.0.0.1:9/ now; exec sleep 600";
        let mut server = Server::start(shell(script)).unwrap();
        assert_eq!(server.base_url(), "http://127.0.0.1:9");
        assert!(server.output().starts_with("starting\n"));
        assert!(!server.kill().unwrap().success());
        assert!(!alive(server.pid()));
    }

    #[test]
    fn a_dropped_server_is_killed() {
        let server = Server::start(shell("echo http://127.0.0.1:9; exec sleep 600")).unwrap();
        let pid = server.pid();
        drop(server);
        assert!(!alive(pid));
    }

    #[test]
    fn a_server_that_ends_before_it_is_ready_says_why() {
        let error = Server::start(shell("echo the port is taken; exit 1")).unwrap_err().to_string();
        assert!(error.contains("the port is taken"), "{error}");
    }

    fn alive(pid: u32) -> bool {
        Command::new("kill").args(["-0", &pid.to_string()]).output().unwrap().status.success()
    }
}
