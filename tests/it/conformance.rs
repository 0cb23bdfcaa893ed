//! What every connector must hold, whatever its CRM: one record once under repeats, lost answers and crashes, failures
//! that have their class, answers without an end, and no secret in a text. A new connector gets a subject here.

mod by_consent_or_token;
mod by_key_or_template;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ringbridge::crm::{
    Abilities, About, Access, AuthServers, Connector, Connectors, CrmError, Message, Receipt, Step,
    Withdraws, Writes, bitrix24, webhook,
};
use ringbridge::http_client::{self, Targets};
use ringbridge::model::connection::{Policy, UnknownContact};
use ringbridge::model::crm_target::{OpenCrmTarget, SIGNING_SECRET};
use ringbridge::model::delivery::{AttemptClass, Progress};
use ringbridge::model::grant::OpenGrant;
use ringbridge::model::ids::CrmUserId;
use ringbridge::model::secret::Secret;
use simulators::bitrix24::{self as fake, Portal};
use simulators::bottlecrm::{self as bottle, BottleCrm};
use simulators::clock::ManualClock;
use simulators::crm::{CrmFault, Inbox};
use simulators::kommo::Kommo;
use simulators::patience::PATIENT;
use simulators::template_crms::{Crm, TemplateCrm};
use simulators::world::{NOON, SECRET};
use url::Url;

use crate::bitrix24::{answered, grant, portal, schema, target};

/// A way in which one request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hurt {
    LostAnswer,
    Endless,
    Unauthorised,
}

/// A connector beside a CRM that counts.
trait Subject {
    fn target(&self) -> OpenCrmTarget;
    fn grant(&self) -> Option<OpenGrant> {
        None
    }
    fn hurt(&self, hurt: Hurt);
    /// Whose its calls are.
    fn user(&self) -> &'static str {
        "1"
    }
    /// The records that a person finds there.
    fn records(&self) -> usize;
}

impl Subject for Inbox {
    fn target(&self) -> OpenCrmTarget {
        let fields = [(webhook::URL, Secret::new(self.url())), (SIGNING_SECRET, Secret::new(SECRET))];
        OpenCrmTarget::new(webhook::KIND, fields)
    }

    fn hurt(&self, hurt: Hurt) {
        let fault = match hurt {
            Hurt::LostAnswer => CrmFault::ResetAfterProcessing,
            Hurt::Endless => CrmFault::EndlessBody,
            Hurt::Unauthorised => CrmFault::Status(401, None),
        };
        self.fail_next(1, &fault);
    }

    fn records(&self) -> usize {
        self.standing().len()
    }
}

impl Subject for Portal {
    fn target(&self) -> OpenCrmTarget {
        target(self)
    }

    fn grant(&self) -> Option<OpenGrant> {
        Some(grant(self, NOON))
    }

    fn hurt(&self, hurt: Hurt) {
        let fault = match hurt {
            Hurt::LostAnswer => fake::PortalFault::LostAnswer,
            Hurt::Endless => fake::PortalFault::Endless,
            Hurt::Unauthorised => fake::PortalFault::Status(401),
        };
        self.fail(None, fault);
    }

    fn records(&self) -> usize {
        schema::check(self);
        self.logged().len()
    }
}

impl Subject for BottleCrm {
    fn target(&self) -> OpenCrmTarget {
        crate::bottlecrm::target(self)
    }

    fn hurt(&self, hurt: Hurt) {
        let fault = match hurt {
            Hurt::LostAnswer => bottle::BottleFault::LostAnswer,
            Hurt::Endless => bottle::BottleFault::Endless,
            Hurt::Unauthorised => bottle::BottleFault::Status(401),
        };
        self.fail(None, fault);
    }

    fn records(&self) -> usize {
        assert_eq!(self.state().cards.len(), 1, "one contact");
        self.logged().len()
    }
}

/// A CRM without a key: it makes a record in one step and completes it in another.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<(Vec<String>, Option<Hurt>)>>);

const SCRIPTED: &str = "scripted";

#[async_trait]
impl Connector for Scripted {
    fn about(&self) -> &'static About {
        static ABOUT: About = About {
            kind: SCRIPTED,
            title: "Scripted",
            fields: &[],
            abilities: Abilities {
                signals: false,
                writes: Writes::LookFirst,
                withdraws: Withdraws::Removed,
                users: false,
                consent: false,
            },
        };
        &ABOUT
    }

    async fn signal(&self, _: Access<'_>, _: &Message<'_>, known: &Progress) -> Result<Progress, CrmError> {
        Ok(known.clone())
    }

    async fn step(
        &self,
        _: Access<'_>,
        message: &Message<'_>,
        progress: &Progress,
    ) -> Result<Step, CrmError> {
        let mut state = self.0.lock().unwrap();
        let hurt = state.1.take();
        if hurt == Some(Hurt::Unauthorised) {
            return Err(CrmError::Status { status: 401, retry_after: None });
        }
        let key = message.record.record_id.to_string();
        let looked = message.perhaps_delivered && state.0.contains(&key);
        if progress.id(Progress::RECORD).is_none() && !looked {
            state.0.push(key);
        }
        if hurt.is_some() {
            return Err(CrmError::Unreadable { status: 200 });
        }
        let made = progress.clone().with_id(Progress::RECORD, "1");
        Ok(if *progress == made {
            Step::Done(Receipt { status: 200, progress: made, remark: None })
        } else {
            Step::Next(made)
        })
    }
}

impl Subject for Scripted {
    fn target(&self) -> OpenCrmTarget {
        OpenCrmTarget::new(SCRIPTED, [])
    }

    fn hurt(&self, hurt: Hurt) {
        self.0.lock().unwrap().1 = Some(hurt);
    }

    fn records(&self) -> usize {
        self.0.lock().unwrap().0.len()
    }
}

fn registry(portal: &Portal, kommo: &Kommo, hubspot: Url) -> Connectors {
    let client = http_client::for_crm(PATIENT, Targets::AnyAddress).unwrap();
    let servers = AuthServers {
        bitrix24: Url::parse(&portal.oauth_url()).unwrap(),
        kommo: Some(Url::parse(&kommo.url()).unwrap()),
        hubspot,
    };
    Connectors::all(&client, &servers)
}

/// Each kind anew, with its connector.
fn subjects() -> Vec<(Box<dyn Subject>, Connectors)> {
    let portal = || portal(Arc::new(ManualClock::at(NOON)));
    let (inbox, other, scripted) = (Inbox::start(0, SECRET).unwrap(), portal(), Scripted::default());
    let kommo = Kommo::start(0, Arc::new(ManualClock::at(NOON))).unwrap();
    let bottle = BottleCrm::start(0, Arc::new(ManualClock::at(NOON))).unwrap();
    let account = crate::hubspot::account(Arc::new(ManualClock::at(NOON)));
    let asked = Url::parse(&account.url()).unwrap();
    let all = || registry(&other, &kommo, asked.clone());
    let [webhook, bitrix24, bottlecrm, amo, hubspot, retailcrm] = std::array::from_fn(|_| all());
    let templates = Crm::ALL.map(|(crm, _)| -> (Box<dyn Subject>, Connectors) {
        (Box::new(TemplateCrm::start(crm).unwrap()), all())
    });
    let mut subjects: Vec<(Box<dyn Subject>, Connectors)> = vec![
        (Box::new(inbox), webhook),
        (Box::new(other), bitrix24),
        (Box::new(bottle), bottlecrm),
        (Box::new(kommo), amo),
        (Box::new(account), hubspot),
        (Box::new(crate::retailcrm::start()), retailcrm),
        (Box::new(scripted.clone()), Connectors::new(vec![Box::new(scripted)])),
    ];
    subjects.extend(templates);
    subjects
}

/// What happens at one of the steps.
#[derive(Clone, Copy, Debug)]
enum Event {
    Hurt(Hurt),
    /// The step is made, and the process dies before what it learnt is stored.
    Crash,
}

/// Strangers become contacts, so that there is most to be made twice.
fn policy() -> Policy {
    Policy { unknown_contact: UnknownContact::Contact, ..Policy::default() }
}

/// Delivers one record as the flow does, with an event at one step; gives the error that it led to.
async fn deliver(
    subject: &dyn Subject,
    connectors: &Connectors,
    at: usize,
    event: Event,
) -> Option<CrmError> {
    let (target, grant, policy) = (subject.target(), subject.grant(), policy());
    let access = Access {
        target: &target,
        grant: grant.as_ref(),
        policy: &policy,
        makers: &ringbridge::crm::Unshared,
    };
    let connector = connectors.of(&target.kind).unwrap();
    let (record, user) = (answered(), CrmUserId::parse(subject.user()).unwrap());
    let (mut progress, mut perhaps, mut failed) = (Progress::default(), false, None);
    for turn in 0..20 {
        let message = Message {
            connection_id: crate::bitrix24::CONNECTION,
            kind: record.kind,
            record: &record,
            crm_user: Some(&user),
            answered_by: None,
            recording_url: Some("https://bridge.example/recording/t/call.mp3"),
            revision: 1,
            at: NOON,
            perhaps_delivered: perhaps,
        };
        if let (true, Event::Hurt(hurt)) = (turn == at, event) {
            subject.hurt(hurt);
        }
        let step = connector.step(access, &message, &progress).await;
        if turn == at && matches!(event, Event::Crash) {
            perhaps = true;
            continue;
        }
        match step {
            Ok(Step::Done(_)) => return failed,
            Ok(Step::Next(next)) => progress = next,
            Err(error) => {
                perhaps |= error.class() == AttemptClass::PerhapsDelivered;
                failed = Some(error);
            }
        }
    }
    panic!("{} comes to no end", target.kind);
}

#[tokio::test]
async fn one_record_once_whatever_happens_at_any_step() {
    for event in [Event::Hurt(Hurt::LostAnswer), Event::Hurt(Hurt::Endless), Event::Crash] {
        for at in 0..5 {
            for (subject, connectors) in subjects() {
                deliver(subject.as_ref(), &connectors, at, event).await;
                assert_eq!(subject.records(), 1, "{} at step {at}: {event:?}", subject.target().kind);
            }
        }
    }
}

#[tokio::test]
async fn refused_credentials_are_told_as_such_and_texts_hold_no_secret() {
    for hurt in [Hurt::Unauthorised, Hurt::LostAnswer] {
        for (subject, connectors) in subjects() {
            let kind = subject.target().kind;
            let error = deliver(subject.as_ref(), &connectors, 0, Event::Hurt(hurt)).await.unwrap();
            let class = if hurt == Hurt::Unauthorised {
                AttemptClass::Unauthorised
            } else {
                AttemptClass::PerhapsDelivered
            };
            assert_eq!(error.class(), class, "{kind}");
            let mut secrets: Vec<_> =
                subject.target().fields.values().map(|one| one.reveal().to_owned()).collect();
            secrets.extend(subject.grant().map(|grant| grant.access.reveal().to_owned()));
            secrets.push("2079460555".to_owned());
            let said = format!("{error} {error:?} {}", ringbridge::error::chain(&error));
            for secret in secrets {
                assert!(!said.contains(&secret), "{kind}: {said}");
            }
        }
    }
}

#[test]
fn every_kind_of_the_registry_has_a_subject() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let subjects: Vec<_> = subjects().iter().map(|(subject, _)| subject.target().kind).collect();
        let portal = portal(Arc::new(ManualClock::at(NOON)));
        let kommo = Kommo::start(0, Arc::new(ManualClock::at(NOON))).unwrap();
        for about in registry(&portal, &kommo, crate::hubspot::nowhere()).about() {
            assert!(subjects.iter().any(|kind| kind == about.kind), "{} has none", about.kind);
        }
        assert!(subjects.contains(&bitrix24::KIND.to_owned()));
    });
}
