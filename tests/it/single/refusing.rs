//! What bad input gets: one clear line, and nothing lost.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::{Server, complaint, directory, port, ringbridge};

const PBX: [&str; 2] = ["--pbx-host", "https://pbx.example"];

async fn serve(data: &Path, more: &[&str]) -> String {
    let begin = ["serve", "--bind", "127.0.0.1:0", "--metrics-bind", "off", "--data", data.to_str().unwrap()];
    complaint(&ringbridge(&[&begin[..], more].concat(), &[]).await)
}

#[tokio::test]
async fn second_process_on_the_same_folder_is_refused() {
    let data = directory("single-second");
    let server = Server::start(&data, port(), &PBX, &[]).await;
    let said = serve(&data, &["--public-url", "https://x.example", PBX[0], PBX[1]]).await;
    assert!(said.contains("in use by another process"), "{said}");
    let to = directory("single-second-restored");
    let restored = ["restore", "--from", to.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let said = complaint(&ringbridge(&restored, &[]).await);
    assert!(said.contains("in use by another process"), "{said}");
    let moved = ["move", "--table", "t", "--data", data.to_str().unwrap()];
    let said = complaint(&ringbridge(&moved, &[("AWS_REGION", "eu-west-1")]).await);
    assert!(said.contains("in use by another process"), "{said}");
    drop(server);
}

#[tokio::test]
async fn folder_of_a_newer_version_is_refused_and_left_as_it_is() {
    let data = directory("single-newer");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("format"), "2\n").unwrap();
    let said = serve(&data, &["--public-url", "https://x.example", PBX[0], PBX[1]]).await;
    assert!(said.contains("newer version (format 2, this one knows 1)"), "{said}");
    let files: Vec<_> = fs::read_dir(&data).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["format"], "nothing was made there");
}

#[tokio::test]
async fn what_is_missing_and_what_is_taken_is_named() {
    let data = directory("single-missing");
    let said = serve(&data, &PBX).await;
    assert!(said.contains("--public-url") && said.contains("RINGBRIDGE_PUBLIC_URL"), "{said}");
    let said = serve(&data, &["--public-url", "https://x.example"]).await;
    assert!(said.contains("--pbx-host") && said.contains("RINGBRIDGE_PBX_HOSTS"), "{said}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let begin = ["serve", "--public-url", "https://x.example", PBX[0], PBX[1], "--metrics-bind", "off"];
    let bound = ["--bind", &address, "--data", data.to_str().unwrap()];
    let said = complaint(&ringbridge(&[&begin[..], &bound].concat(), &[]).await);
    assert!(
        said.contains(&format!("{address} is taken by another process; choose another with --bind")),
        "{said}"
    );
    let wrong = ringbridge(&["serve"], &[]).await;
    assert_eq!((wrong.status.code(), complaint(&wrong).contains("--data DIR")), (Some(2), true));
    let mailed = [&begin[..], &["--bind", "127.0.0.1:0", "--data", data.to_str().unwrap()]].concat();
    let said = complaint(&ringbridge(&mailed, &[("RINGBRIDGE_OPERATOR_EMAIL", "ops@bridge.example")]).await);
    assert!(said.contains("RINGBRIDGE_SMTP_URL"), "{said}");
    let version = ringbridge(&["--version"], &[]).await;
    assert_eq!(
        String::from_utf8(version.stdout).unwrap(),
        format!("ringbridge {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn clock_that_is_far_off_is_refused_until_it_is_accepted() {
    let data = directory("single-clock");
    fs::create_dir_all(&data).unwrap();
    for (last, expected) in [
        ("2099-01-01T00:00:00Z", "behind 2099-01-01"),
        ("2001-01-01T00:00:00Z", "more than 30 days after 2001"),
    ] {
        fs::write(data.join("clock"), last).unwrap();
        let said = serve(&data, &["--public-url", "https://x.example", PBX[0], PBX[1]]).await;
        assert!(said.contains(expected) && said.contains("--accept-clock"), "{said}");
    }
    let _server = Server::start(&data, port(), &[PBX[0], PBX[1], "--accept-clock"], &[]).await;
}
