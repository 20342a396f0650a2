//! A TCP proxy before a private server, to cut, stall and half-close connections at will.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// A proxy on 127.0.0.1; dropping it cuts everything.
pub struct Proxy {
    /// Port to connect to.
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: u16,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    links: Vec<Link>,
    stalled: bool,
    /// Time that everything takes on its way, in each direction.
    delay: Duration,
    /// Number of bytes that may still pass, both ways together, before everything is cut.
    left: Option<usize>,
    /// The server is not to notice that.
    silently: bool,
    closed: bool,
}

/// Both ends of a connection.
struct Link {
    client: TcpStream,
    server: TcpStream,
    /// The client's end is not passed on to the server.
    held: Arc<AtomicBool>,
}

impl Proxy {
    /// A proxy before a server on this machine.
    pub fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let shared = Arc::new(Shared { upstream, state: Mutex::default(), changed: Condvar::new() });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if serving.state().closed {
                    return;
                }
                serving.connect(client);
            }
        });
        Self { port, shared }
    }

    /// Breaks every connection that is open now; new ones are taken.
    pub fn cut(&self) {
        self.shared.state().cut();
    }

    /// Breaks every connection when so many bytes more have passed.
    pub fn cut_after(&self, bytes: usize) {
        self.shared.state().left = Some(bytes);
    }

    /// The same, and the server's side of the connections stays open: as when the client's host vanishes.
    pub fn vanish_after(&self, bytes: usize) {
        let mut state = self.shared.state();
        (state.left, state.silently) = (Some(bytes), true);
    }

    /// Nothing passes any more, and nothing is closed: as when a network goes away.
    pub fn stall(&self) {
        self.shared.state().stalled = true;
    }

    /// From now on everything takes so long on its way, in each direction: as over a slow network.
    pub fn slow_down(&self, each_way: Duration) {
        self.shared.state().delay = each_way;
    }

    /// Lets pass what was held back.
    pub fn flow(&self) {
        self.shared.state().stalled = false;
        self.shared.changed.notify_all();
    }

    /// The client's side sees the end of every connection; the server keeps its own open.
    pub fn half_close(&self) {
        self.shared.state().half_close();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        {
            let mut state = self.shared.state();
            state.closed = true;
            state.stalled = false;
            state.cut();
        }
        self.shared.changed.notify_all();
        // Wakes the listener, which then ends.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl State {
    /// Cuts the connections if what was admitted last has passed.
    fn is_used_up(&mut self) {
        if self.left != Some(0) {
            return;
        }
        self.left = None;
        match std::mem::take(&mut self.silently) {
            true => self.half_close(),
            false => self.cut(),
        }
    }

    fn half_close(&self) {
        for link in &self.links {
            link.held.store(true, Ordering::SeqCst);
            // One that is closed already is as it should be.
            drop(link.client.shutdown(Shutdown::Both));
        }
    }

    fn cut(&mut self) {
        for link in self.links.drain(..) {
            close(&link.client, &link.server);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while it is held")
    }

    fn connect(self: &Arc<Self>, client: TcpStream) {
        // A server that is not there: the client sees its connection end.
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.upstream)) else { return };
        let copy = |stream: &TcpStream| stream.try_clone().expect("a descriptor");
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("a socket");
        }
        let held = Arc::new(AtomicBool::new(false));
        self.state().links.push(Link { client: copy(&client), server: copy(&server), held: Arc::clone(&held) });
        for (from, to) in [(copy(&client), copy(&server)), (server, client)] {
            let (shared, held) = (Arc::clone(self), Arc::clone(&held));
            thread::spawn(move || shared.pump(from, to, &held));
        }
    }

    /// Copies one direction until it ends, and then ends the other, unless that is held open: what a server says to a
    /// client that is gone goes nowhere.
    fn pump(&self, mut from: TcpStream, mut to: TcpStream, held: &AtomicBool) {
        let mut block = [0; 16 << 10];
        while let Ok(count) = from.read(&mut block) {
            let Some(passes) = self.admitted(count).filter(|passes| *passes > 0) else { break };
            let delay = self.state().delay;
            if !delay.is_zero() {
                // The way itself, not a wait for something.
                thread::sleep(delay);
            }
            let written = to.write_all(&block[..passes]);
            self.state().is_used_up();
            if written.is_err() && !held.load(Ordering::SeqCst) {
                break;
            }
        }
        if !held.load(Ordering::SeqCst) {
            close(&from, &to);
        }
    }

    /// Waits while everything stands still, and says how many of the bytes may pass.
    fn admitted(&self, count: usize) -> Option<usize> {
        let mut state = self.state();
        while state.stalled {
            state = self.changed.wait(state).expect("no panic while it is held");
        }
        if state.closed {
            return None;
        }
        let passes = state.left.map_or(count, |left| left.min(count));
        if let Some(left) = &mut state.left {
            *left -= passes;
        }
        Some(passes)
    }
}

/// Closes both ends. One that is closed already is as it should be.
fn close(client: &TcpStream, server: &TcpStream) {
    drop(client.shutdown(Shutdown::Both));
    drop(server.shutdown(Shutdown::Both));
}
