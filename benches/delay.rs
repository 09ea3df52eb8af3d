//! A TCP relay on the loopback interface that adds a round trip: `delay LISTEN_PORT TARGET_PORT ONE_WAY_MS`.
//! Every byte is held for so many milliseconds in each direction; bandwidth is not limited and nothing is lost.

#![allow(clippy::pedantic)]

use std::env;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

/// Pieces held at once in each direction.
const PIECES: usize = 100_000;

fn main() -> io::Result<()> {
    let numbers: Vec<f64> = env::args().skip(1).flat_map(|a| a.parse()).collect();
    let [listen, target, millis] = numbers[..] else {
        return Err(io::Error::other(
            "usage: delay LISTEN_PORT TARGET_PORT ONE_WAY_MS",
        ));
    };
    let hold = Duration::from_secs_f64(millis / 1_000.0);
    for client in TcpListener::bind(("127.0.0.1", listen as u16))?.incoming() {
        let (client, server) = (client?, TcpStream::connect(("127.0.0.1", target as u16))?);
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        pump(client.try_clone()?, server.try_clone()?, hold);
        pump(server, client, hold);
    }
    Ok(())
}

fn pump(mut from: TcpStream, mut to: TcpStream, hold: Duration) {
    let (hand, take) = sync_channel::<(Instant, Vec<u8>)>(PIECES);
    thread::spawn(move || {
        for (due, bytes) in take {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let mut buffer = vec![0; 256 << 10];
        while let Ok(count) = from.read(&mut buffer) {
            let piece = (Instant::now() + hold, buffer[..count].to_vec());
            if count == 0 || hand.send(piece).is_err() {
                break;
            }
        }
    });
}
