//! A mail server on loopback: takes a login if it was given one, keeps what it is handed, and can refuse.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The fake. It stops when this is dropped.
#[derive(Debug)]
pub struct FakeSmtp {
    port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    login: Option<(String, String)>,
    mails: Mutex<Vec<HandedMail>>,
    refusing: Mutex<bool>,
    changed: watch::Sender<()>,
}

/// A mail as it was handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandedMail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's receivers.
    pub to: Vec<String>,
    /// Header and text, with `\r\n`.
    pub text: String,
}

impl FakeSmtp {
    /// Starts it; with a login, it takes mails of nobody else.
    pub async fn start(login: Option<(&str, &str)>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            login: login.map(|(user, password)| (user.to_owned(), password.to_owned())),
            mails: Mutex::default(),
            refusing: Mutex::new(false),
            changed: watch::Sender::new(()),
        });
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&served);
                // An error is a client that went away.
                tokio::spawn(async move { drop(talk(stream, &shared).await) });
            }
        });
        Ok(Self { port, shared, task })
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The mails that it took.
    pub fn mails(&self) -> Vec<HandedMail> {
        lock(&self.shared.mails).clone()
    }

    /// Refuses every receiver from now on, or none.
    pub fn refuse(&self, refusing: bool) {
        *lock(&self.shared.refusing) = refusing;
    }

    /// Waits until it has taken so many.
    pub async fn taken(&self, count: usize) {
        let mut changes = self.shared.changed.subscribe();
        // The sender lives as long as this.
        while self.mails().len() < count && changes.changed().await.is_ok() {}
    }
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn talk(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut mail, mut known) = (HandedMail::default(), shared.login.is_none());
    say(&mut stream, "220 mail.example ESMTP").await?;
    loop {
        let line = read(&mut stream).await?;
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" if shared.login.is_some() => "250-mail.example\r\n250 AUTH PLAIN",
            "EHLO" | "HELO" => "250 mail.example",
            "AUTH" => {
                known = is_login(shared, line.rsplit(' ').next().unwrap_or_default());
                if known { "235 2.7.0 welcome" } else { "535 5.7.8 wrong user or password" }
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            "RSET" | "NOOP" => "250 OK",
            _ if !known => "530 5.7.0 who are you?",
            "MAIL" => {
                mail = HandedMail { from: address(&line), ..HandedMail::default() };
                "250 OK"
            }
            "RCPT" if *lock(&shared.refusing) => {
                let said = format!("550 5.1.1 <{}>: nobody of that name", address(&line));
                say(&mut stream, &said).await?;
                continue;
            }
            "RCPT" => {
                mail.to.push(address(&line));
                "250 OK"
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                mail.text = data(&mut stream).await?;
                lock(&shared.mails).push(std::mem::take(&mut mail));
                shared.changed.send_replace(());
                "250 queued"
            }
            _ => "502 what?",
        };
        say(&mut stream, answer).await?;
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn data(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let line = read(stream).await?;
        if line == "." {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push_str("\r\n");
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let rest = line.split_once('<').map_or("", |(_, rest)| rest);
    rest.split('>').next().unwrap_or_default().to_owned()
}

fn is_login(shared: &Shared, given: &str) -> bool {
    let Some((user, password)) = &shared.login else { return true };
    STANDARD.decode(given).is_ok_and(|given| given == format!("\0{user}\0{password}").into_bytes())
}
