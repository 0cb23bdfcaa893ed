//! Recordings that the operator keeps in a bucket: copied once, served from there, and gone with their call.

use std::time::Duration;

use http::{Method, StatusCode};
use ringbridge::aws::{Access, Keys};
use ringbridge::bucket::{self, Bucket};
use ringbridge::http_client::{self, AwsRoots, Targets};
use ringbridge::model::call::RecordId;
use ringbridge::model::ids::ConnectionId;
use ringbridge::model::secret::Secret;
use simulators::patience::PATIENT;
use simulators::pbx::{Matcher, PbxFault};
use simulators::s3::BUCKET;

use super::Recorded;
use crate::settings::world::NOON;

const SWITCH: &[(&str, &str)] = &[("RINGBRIDGE_RECORDING_BUCKET", BUCKET)];
/// A look at a connection's history comes after it.
const LOOK: Duration = Duration::from_mins(31);

/// The simulated PBX's recordings.
const RECORDING: &[u8] = &[0xff, 0xfb, 0x90, 0x64];

/// A recorded call whose operator has switched the bucket on.
async fn switched_on() -> Recorded {
    let mut call = Recorded::call().await;
    call.world.redeploy(SWITCH);
    call
}

impl Recorded {
    /// The next look.
    async fn look(&self) {
        assert_eq!(self.world.retry_after(LOOK).await.failed, 0);
    }

    /// The object's name.
    fn name(&self) -> String {
        format!("{}/{}.mp3", self.connection, self.record)
    }

    fn kept(&self) -> Vec<String> {
        assert_eq!(self.world.s3.refused(), [""; 0]);
        self.world.s3.objects().into_keys().collect()
    }

    /// Whether a click leads to the bucket.
    async fn leads_to_bucket(&self) -> bool {
        let answer = self.click().await;
        assert_eq!(answer.status, StatusCode::FOUND);
        answer.header("location").contains("X-Amz-Signature=")
    }

    async fn erase(&self) -> StatusCode {
        let calls = self.world.get("/api/v1/calls").await.1;
        let number = calls["items"][0]["external_number"].as_str().unwrap().replace('+', "%2B");
        self.world.delete(&format!("/api/v1/persons?number={number}")).await.0
    }
}

#[tokio::test]
async fn recording_that_the_pbx_has_deleted_is_heard_from_the_bucket() {
    let call = switched_on().await;
    call.look().await;
    assert_eq!(call.kept(), [call.name()]);
    assert_eq!(call.world.s3.objects()[&call.name()], RECORDING);
    call.answers(404, r#"{"message":"Record not found"}"#);
    call.world.requests();
    let answer = call.click().await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::FOUND, "no-store"));
    assert_eq!(call.world.requests(), [""; 0], "the PBX is not asked");
    let address = answer.header("location");
    assert!(address.contains("X-Amz-Expires=300&"), "{address}");
    let client = http_client::for_pbx(PATIENT).unwrap();
    let part = client.get(address).header("range", "bytes=1-2").send().await.unwrap();
    assert_eq!(
        (part.status().as_u16(), part.headers()["content-type"].to_str().unwrap()),
        (206, "audio/mpeg")
    );
    assert_eq!(part.bytes().await.unwrap(), RECORDING[1..=2]);
    let altered = address.replace("X-Amz-Expires=300", "X-Amz-Expires=900");
    assert_eq!(client.get(altered).send().await.unwrap().status(), 403, "the signature is of the whole");
}

#[test]
fn address_is_signed_as_the_vendors_own_tools_sign_it() {
    let access = Access {
        region: "eu-west-1".to_owned(),
        keys: Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: Some(Secret::new("FwoGZXIvYXdzEXAMPLE+/=")),
        },
        endpoint: None,
        roots: AwsRoots::default(),
    };
    let bucket = Bucket::new(bucket::base(&access, BUCKET).unwrap(), access, Targets::PublicOnly).unwrap();
    let record = RecordId::parse(&"ab".repeat(24)).unwrap();
    let address = bucket.address(ConnectionId::from_bytes([7; 16]), record, NOON);
    // By botocore 1.43.11, `S3SigV4QueryAuth`, of the same object, keys and moment.
    let signature = "20c2fa18d3bd0db37595edc68dcc6028a8c174fa829c7000571c9d542b5ef53d";
    let host = "https://kept.s3.eu-west-1.amazonaws.com/";
    assert!(address.as_str().starts_with(host), "{address}");
    assert!(address.as_str().ends_with(&format!("&X-Amz-Signature={signature}")), "{address}");
    let printed = format!("{bucket:?}");
    assert!(!printed.contains("wJalr") && !printed.contains("FwoG"), "{printed}");
}

#[tokio::test]
async fn player_that_asks_for_a_part_gets_it_from_the_pbx_storage() {
    let call = Recorded::call().await;
    let address = call.click().await.header("location").to_owned();
    let client = http_client::for_pbx(PATIENT).unwrap();
    for (range, held, part) in
        [("bytes=1-2", "bytes 1-2/4", &RECORDING[1..=2]), ("bytes=3-", "bytes 3-3/4", &RECORDING[3..])]
    {
        let answer = client.get(&address).header("range", range).send().await.unwrap();
        assert_eq!(answer.status(), 206);
        let header = |name| answer.headers()[name].to_str().unwrap();
        assert_eq!((header("content-range"), header("accept-ranges")), (held, "bytes"));
        assert_eq!(answer.bytes().await.unwrap(), part);
    }
}

#[tokio::test]
async fn nothing_is_asked_of_a_bucket_that_nobody_switched_on() {
    let call = Recorded::call().await;
    call.look().await;
    assert!(!call.leads_to_bucket().await);
    assert_eq!(call.erase().await, StatusCode::OK);
    assert!(call.world.delete("/api/v1/connection").await.0.is_success());
    assert_eq!(call.world.s3.requests(), [""; 0]);
}

#[tokio::test]
async fn what_is_kept_is_not_copied_again() {
    let call = switched_on().await;
    call.look().await;
    assert_eq!(call.world.s3.requests(), ["HEAD", "PUT"]);
    call.look().await;
    assert_eq!(call.world.s3.requests(), ["HEAD"]);
    call.world.clock.advance(Duration::from_hours(5));
    call.look().await;
    call.world.s3.requests();
    call.look().await;
    assert_eq!(call.world.s3.requests(), [""; 0], "older calls are not gone through");
    assert_eq!(call.kept(), [call.name()]);
}

#[tokio::test]
async fn run_that_dies_anywhere_leaves_the_recording_to_the_next() {
    let call = switched_on().await;
    for requests in 0.. {
        call.world.fuse.burn_after(requests);
        call.world.retry_after(LOOK).await;
        if !call.world.fuse.mend() {
            break;
        }
        assert!(call.kept().iter().all(|name| *name == call.name()));
        assert!(requests < 60, "a look is short");
    }
    call.look().await;
    assert_eq!(call.kept(), [call.name()]);
    assert!(call.leads_to_bucket().await);
}

#[tokio::test]
async fn person_who_is_erased_takes_what_is_kept_along() {
    let call = switched_on().await;
    call.look().await;
    call.world.s3.set_failing(true);
    assert_eq!(call.erase().await, StatusCode::SERVICE_UNAVAILABLE, "not erased, so not said to be");
    call.world.s3.set_failing(false);
    assert_eq!(call.kept(), [call.name()]);
    assert_eq!(call.erase().await, StatusCode::OK);
    assert_eq!(call.kept(), [""; 0]);
    assert_eq!(call.click().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn recording_whose_person_is_erased_while_it_is_copied_is_not_kept() {
    let call = switched_on().await;
    let held = call.world.s3.hold_puts();
    let erased = async {
        held.arrived().await;
        let status = call.erase().await;
        held.release();
        status
    };
    let ((), status) = tokio::join!(call.look(), erased);
    assert_eq!(status, StatusCode::OK);
    assert!(call.world.s3.requests().contains(&"PUT".to_owned()));
    assert_eq!(call.kept(), [""; 0]);
}

#[tokio::test]
async fn connection_that_ends_takes_what_is_kept_along() {
    let call = switched_on().await;
    call.look().await;
    assert!(call.world.delete("/api/v1/connection").await.0.is_success());
    assert_eq!(call.kept(), [""; 0]);
}

#[tokio::test]
async fn bucket_that_fails_disturbs_neither_records_nor_links() {
    let call = switched_on().await;
    call.world.s3.set_failing(true);
    call.world.play("A").await;
    call.world.clock.advance(LOOK);
    call.look().await;
    let delivered = call.world.get("/api/v1/calls?state=delivered").await.1;
    assert_eq!(delivered["items"].as_array().unwrap().len(), 2);
    assert!(!call.leads_to_bucket().await, "the PBX has it still");
    call.world.s3.set_failing(false);
    call.look().await;
    assert_eq!(call.kept().len(), 2);
}

#[tokio::test]
async fn storage_that_fails_is_asked_again_by_the_next_look() {
    let call = switched_on().await;
    for fault in [PbxFault::EndlessBody, PbxFault::Status(502, String::new()), PbxFault::Reset] {
        call.world.pbx.fail_next(Matcher::new("GET", "/storage/"), fault);
        call.look().await;
        assert_eq!(call.kept(), [""; 0]);
    }
    call.look().await;
    assert_eq!(call.kept(), [call.name()]);
    assert_eq!(call.ask(Method::HEAD, &call.link()).await.status, StatusCode::FOUND);
}

#[tokio::test]
async fn recording_that_fails_leaves_the_others_alone() {
    let mut call = Recorded::call().await;
    call.world.play("A").await;
    call.world.clock.advance(LOOK);
    call.look().await;
    call.world.redeploy(SWITCH);
    // The newest is asked for first.
    call.answers(502, "{}");
    call.look().await;
    assert_eq!(call.kept(), [call.name()]);
    call.look().await;
    assert_eq!(call.kept().len(), 2);
}
