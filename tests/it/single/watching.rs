//! Metrics for Prometheus, alarms by e-mail, and HTTPS of its own.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use simulators::crm::{CrmFault, Inbox};
use simulators::smtp::FakeSmtp;
use simulators::world::SECRET;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Server, directory, pbx, port};

#[tokio::test]
async fn alarm_is_mailed_once_when_it_begins_and_once_when_it_is_over() {
    let data = directory("single-alarm");
    let mails = FakeSmtp::start(None).await.unwrap();
    let url = format!("smtp://127.0.0.1:{}", mails.port());
    let (pbx, inbox) = (pbx().await, Inbox::start(0, SECRET).unwrap());
    inbox.fail_next(1_000, &CrmFault::Status(500, None));
    let environment = [
        ("RINGBRIDGE_SMTP_URL", url.as_str()),
        ("RINGBRIDGE_NOTIFY_FROM", "bridge@bridge.example"),
        ("RINGBRIDGE_OPERATOR_EMAIL", "ops@bridge.example"),
        ("RINGBRIDGE_RETRY_DELAYS", "100ms"),
    ];
    let host = pbx.origin();
    let server = Server::start(&data, port(), &["--pbx-host", &host], &environment).await;
    let customer = server.connect(pbx, inbox).await;
    customer.play(&server, "A").await;
    let metrics = format!("{}/metrics", server.metrics());
    let over = async {
        loop {
            let mails = mails.mails();
            if mails.iter().any(|mail| mail.text.contains("Ringbridge OK GaveUp")) {
                return mails;
            }
            server.get(&metrics).await;
        }
    };
    let mails = tokio::time::timeout(simulators::patience::PATIENCE, over).await.unwrap();
    let told = |subject: &str| mails.iter().filter(|mail| mail.text.contains(subject)).count();
    assert_eq!((told("Ringbridge ALARM GaveUp"), told("Ringbridge OK GaveUp")), (1, 1));
    // What only an operator can mend is mailed too, by its kind.
    assert_eq!(told("Ringbridge gave_up"), 1);
    assert!(mails.iter().all(|mail| mail.to == ["ops@bridge.example"]));

    let (_, text) = server.get(&metrics).await;
    for line in [
        "ringbridge_records_gave_up_total 1\n",
        "# TYPE ringbridge_events_total counter\n",
        "ringbridge_event_to_answer_seconds_bucket{le=\"+Inf\"} ",
        "ringbridge_oldest_due_seconds ",
        "ringbridge_store_writable 1\n",
        "ringbridge_alarm{alarm=\"DiskNearlyFull\"} 0\n",
        "ringbridge_http_answers_total{class=\"2xx\"} ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("4420") && !text.contains("con_"), "nothing of a person or a customer: {text}");
    let named: std::collections::BTreeSet<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!(named.len(), text.matches("# TYPE ").count(), "each is told once");
}

#[tokio::test]
async fn https_is_served_with_a_certificate_from_files() {
    let data = directory("single-tls");
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls");
    let (chain, key) = (format!("{fixtures}/cert.pem"), format!("{fixtures}/key.pem"));
    let at = port();
    let args = ["--pbx-host", "https://pbx.example", "--tls-cert", &chain, "--tls-key", &key];
    let _server = Server::start(&data, at, &args, &[]).await;
    // Who connects and says nothing holds up nobody.
    let _silent = TcpStream::connect(("127.0.0.1", at)).await.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&chain).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider);
    let client = client.with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", at)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // The server may end the connection without a goodbye.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}
