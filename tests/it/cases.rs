//! Cases from the field and our own, played in every order and with every pause: the same records at the end.

use std::path::{Path, PathBuf};

use simulators::cases;

fn folder() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the folder is told from outside")]
    std::env::var_os("RINGBRIDGE_CASES").filter(|value| !value.is_empty()).map(PathBuf::from)
}

async fn assert_all_hold(folder: &Path) {
    let cases = cases::read(folder);
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    let wrong = cases::play(&cases).await;
    assert!(wrong.is_empty(), "{} wrong of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_of_our_own_hold_in_any_order_and_with_any_pauses() {
    assert_all_hold(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_from_the_field_hold_in_any_order_and_with_any_pauses() {
    match folder() {
        Some(folder) => assert_all_hold(&folder).await,
        None => eprintln!("RINGBRIDGE_CASES names no folder: no case from the field was played"),
    }
}
