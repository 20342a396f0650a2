//! Blows that end a worker, or its server, or the way between them.

use super::Scene;
use super::matrix::{Own, start};
use crate::support::{Fresh, Proxy, Ran, Running, SmallDisk};
use nix::sys::signal::Signal;
use std::sync::Mutex;
use std::time::Duration;

/// One way to strike.
#[derive(Debug, Clone, Copy)]
pub(super) enum Blow {
    /// kill -9 of the only worker.
    KillWorker,
    /// Two run at once, and one of them is killed.
    KillRival,
    /// SIGSTOP beyond the end of the lease, SIGCONT while another works.
    StopWorker,
    /// Every connection of the worker breaks.
    CutConnections,
    /// Every connection breaks in the middle of what is being sent.
    CutWithin,
    /// The worker's connections end on its side only.
    HalfClose,
    /// The same in the middle of what is being sent: what the server has of it, it carries out, and keeps.
    Vanish,
    /// Nothing passes between worker and server until another has taken over.
    Stall,
    /// kill -9 of the server.
    KillServer,
    /// kill -9 of the server, and of the worker while it is down.
    KillBoth,
    /// No space on the server's disk for a while.
    FillDisk,
}

impl Blow {
    /// Those that leave the server alone; killing is the most common.
    pub(super) const ON_WORKERS: [Blow; 10] = [
        Blow::KillWorker,
        Blow::KillWorker,
        Blow::KillWorker,
        Blow::KillRival,
        Blow::StopWorker,
        Blow::CutConnections,
        Blow::CutWithin,
        Blow::HalfClose,
        Blow::Stall,
        Blow::Vanish,
    ];

    /// Those that do not.
    pub(super) const ON_SERVERS: [Blow; 4] = [Blow::KillServer, Blow::KillServer, Blow::KillBoth, Blow::FillDisk];
}

/// Moment to strike. Any will do: none of this is synchronisation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moment {
    /// So long after the process started: while it connects, reads, waits for the lease.
    Early { ms: u64 },
    /// So long after it has told of so many completed files.
    After { files: usize, ms: u64 },
}

/// One strike at a moment.
pub(super) struct Hit<'a> {
    pub(super) scene: &'a Scene,
    pub(super) fresh: &'a Fresh,
    pub(super) proxy: Option<&'a Proxy>,
    pub(super) server: Option<&'a Mutex<Own>>,
    pub(super) moment: Moment,
    pub(super) random: u32,
}

/// Name of what was hit; or how the worker had ended before.
pub(super) type Struck = Result<&'static str, Ran>;

impl Hit<'_> {
    /// Strikes.
    pub(super) fn strike(&self, blow: Blow) -> Struck {
        let running = start(self.scene, self.fresh, self.proxy);
        match blow {
            Blow::KillWorker => self.killed(running, "kill -9 of the worker"),
            Blow::KillRival => {
                let rival = start(self.scene, self.fresh, self.proxy);
                let (killed, left) = if self.random.is_multiple_of(2) { (running, rival) } else { (rival, running) };
                let struck = self.killed(killed, "kill -9 of one of two workers");
                sound(left);
                struck
            }
            Blow::StopWorker => self.stopped(running),
            Blow::CutConnections => self.struck(running, "cut of the connections", Proxy::cut),
            Blow::CutWithin => {
                let bytes = self.random as usize % 3_000;
                self.struck(running, "cut within a packet", |proxy| proxy.cut_after(bytes))
            }
            Blow::HalfClose => self.struck(running, "half-closed connections", Proxy::half_close),
            Blow::Stall => self.stalled(running),
            Blow::Vanish => {
                let bytes = self.random as usize % 3_000;
                self.struck(running, "vanished within a packet", |proxy| proxy.vanish_after(bytes))
            }
            Blow::KillServer => {
                let hit = self.is_in_time(&running);
                self.with_server(|own| own.server.crash());
                told(hit, "kill -9 of the server", sound(running))
            }
            Blow::KillBoth => {
                let hit = self.is_in_time(&running);
                self.with_server(|own| own.server.crash());
                if hit { dead(running, "kill -9 of server and worker") } else { Err(sound(running)) }
            }
            Blow::FillDisk => self.filled(running),
        }
    }

    /// Waits for the moment, and says whether the worker is still there.
    fn is_in_time(&self, running: &Running) -> bool {
        let ms = match self.moment {
            Moment::Early { ms } => ms,
            Moment::After { files, ms } => {
                running.wait_times("completed", files);
                ms
            }
        };
        std::thread::sleep(Duration::from_millis(ms));
        !running.has_ended()
    }

    fn killed(&self, running: Running, what: &'static str) -> Struck {
        if self.is_in_time(&running) { dead(running, what) } else { Err(sound(running)) }
    }

    fn struck(&self, running: Running, what: &'static str, strike: impl Fn(&Proxy)) -> Struck {
        let hit = self.is_in_time(&running);
        self.proxy.filter(|_| hit).map(strike);
        told(hit, what, sound(running))
    }

    /// The lease ends meanwhile, or not: both are moments.
    fn meanwhile(&self) {
        std::thread::sleep(Duration::from_millis(u64::from(self.random % 3_000)));
    }

    fn stopped(&self, running: Running) -> Struck {
        if !self.is_in_time(&running) {
            return Err(sound(running));
        }
        running.signal(Signal::SIGSTOP);
        let second = start(self.scene, self.fresh, None);
        self.meanwhile();
        running.signal(Signal::SIGCONT);
        sound(second);
        told(true, "a worker that slept", sound(running))
    }

    fn stalled(&self, running: Running) -> Struck {
        if !self.is_in_time(&running) {
            return Err(sound(running));
        }
        self.proxy.map(Proxy::stall);
        let second = start(self.scene, self.fresh, None);
        self.meanwhile();
        self.proxy.map(Proxy::flow);
        sound(second);
        told(true, "a network that stood still", sound(running))
    }

    fn filled(&self, running: Running) -> Struck {
        let hit = self.is_in_time(&running);
        let leave = u64::from(self.random % 400);
        let disk = self.with_server(|own| own.disk.as_ref().map(|disk| disk.fill(leave))).flatten();
        let ran = sound(running);
        sound(start(self.scene, self.fresh, self.proxy));
        self.with_server(|own| own.disk.as_ref().map(SmallDisk::make_space));
        told(hit && disk.is_some(), "a full disk", ran)
    }

    fn with_server<T>(&self, act: impl Fn(&Own) -> T) -> Option<T> {
        self.server.map(|own| act(&own.lock().expect("no panic while it is held")))
    }
}

fn dead(mut running: Running, what: &'static str) -> Struck {
    running.kill();
    Ok(what)
}

fn told(hit: bool, what: &'static str, ran: Ran) -> Struck {
    if hit { Ok(what) } else { Err(ran) }
}

/// However it ends, it ends by itself and knows why.
fn sound(running: Running) -> Ran {
    let ran = running.wait();
    assert!(ran.code.is_some() && !ran.stderr.contains("panicked"), "{ran:?}");
    assert!(!ran.stderr.contains("internal error"), "{ran:?}");
    ran
}
