//! Delivers emissions to the registered URLs, as the PBX does: by the handler's method, once, whatever the
//! answer is (docs/pbx.md §6.7, §8.1).

use std::sync::Arc;

use http::header;
use serde::Serialize;
use tokio::task::JoinSet;

use super::cast::Cast;
use super::emission::{Emission, encode};
use super::scenario::Scenario;
use super::script::script;
use crate::pbx::extension::{Handler, Place};
use crate::pbx::journal::{Answer, Posted, shortened};
use crate::pbx::random::Rng;
use crate::pbx::world::Pbx;

/// In which order deliveries happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One after the other, as they happened.
    InOrder,
    /// One after the other, mixed by this seed.
    Shuffled(u64),
    /// One after the other, last first.
    Reversed,
    /// Each one twice.
    Duplicated,
    /// All at once.
    Concurrent,
}

/// One call of a registered URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// Extension or agent id.
    pub source_id: u64,
    /// Type of the event.
    pub event_type: String,
    /// The handler that was called.
    pub handler_id: u64,
    /// Its URL.
    pub url: String,
    /// The answered status; none if there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
}

impl Delivery {
    /// Whether the answer was 2xx.
    pub fn accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// What became of some emissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Calls of registered URLs, in the order in which they ended.
    pub deliveries: Vec<Delivery>,
    /// Emissions that nobody had subscribed to.
    pub not_subscribed: usize,
}

impl DeliveryReport {
    /// The deliveries that were not answered with 2xx.
    pub fn failed(&self) -> Vec<&Delivery> {
        self.deliveries.iter().filter(|one| !one.accepted()).collect()
    }
}

/// A call that was played.
#[derive(Clone, Debug, Serialize)]
pub struct Played {
    /// Its `CallID`.
    pub call_id: String,
    /// Its events.
    pub emissions: Vec<Emission>,
    /// What became of them.
    pub report: DeliveryReport,
}

/// The client has not all the extensions that the scenario needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unplayable;

/// A delivery to be made.
#[derive(Clone, Debug)]
pub(in crate::pbx) struct Parcel {
    source_id: u64,
    event_type: String,
    handler: Handler,
    form: String,
}

impl Pbx {
    /// Plays a call that ends about now.
    pub async fn play(&self, scenario: &Scenario, cast: &Cast, order: Order) -> Result<Played, Unplayable> {
        self.play_ended(scenario, cast, order, self.now()).await
    }

    /// Plays a call that ended at that moment.
    pub async fn play_ended(
        &self,
        scenario: &Scenario,
        cast: &Cast,
        order: Order,
        end: i64,
    ) -> Result<Played, Unplayable> {
        if !scenario.playable(cast) {
            return Err(Unplayable);
        }
        let mut rng = self.fork_rng();
        let span = script(scenario, cast, 0, &mut rng.clone()).last().map_or(0, |last| last.at);
        let emissions = script(scenario, cast, end - span, &mut rng);
        let call_id = emissions.first().and_then(|first| first.get("CallID")).unwrap_or_default().to_owned();
        let report = self.emit(&emissions, order).await;
        Ok(Played { call_id, emissions, report })
    }

    /// Sends emissions to every URL that is registered for them, and writes them into the history.
    pub async fn emit(&self, emissions: &[Emission], order: Order) -> DeliveryReport {
        let (parcels, not_subscribed) = self.address(emissions);
        let deliveries = self.deliver(parcels, order).await;
        let report = DeliveryReport { deliveries, not_subscribed };
        self.with(|state| state.deliveries.push(report.clone()));
        report
    }

    /// Logs an agent in or out; events are sent only if that changes something (docs/pbx.md §5.1).
    pub async fn set_agent_available(&self, agent_id: u64, available: bool, source: &str) -> DeliveryReport {
        let event_type = if available { "agent-login" } else { "agent-logout" };
        let parcels = self.change(|state| {
            let tenant = state.stored.tenants.iter_mut().find_map(|tenant| {
                let index = tenant.agents.iter().position(|one| one.id == agent_id)?;
                Some((index, tenant))
            });
            let Some((index, tenant)) = tenant else { return Vec::new() };
            if std::mem::replace(&mut tenant.agents[index].available, available) == available {
                return Vec::new();
            }
            let agent = &tenant.agents[index];
            let place = match &agent.place {
                Place::Local { extension_id } => {
                    let name = tenant.extension(*extension_id).map(|one| tenant.full_number(one));
                    ("extension_name", name.unwrap_or_default())
                }
                Place::Remote { number } => ("agent_number", number.clone()),
            };
            let fields = [
                ("agent_id", agent_id.to_string()),
                ("agent_status", agent.status().to_owned()),
                ("agent_type", agent.kind().to_owned()),
                place,
                ("event_source", source.to_owned()),
            ];
            let form = encode(&fields.map(|(key, value)| (key.to_owned(), value)));
            let handlers = state.stored.agent_handlers.get(&agent_id);
            let handlers = handlers.map(Vec::as_slice).unwrap_or_default();
            let parcels = parcels_for(handlers, agent_id, event_type, &form);
            let left = state.trouble.meet(event_type, parcels);
            self.held_back.send_replace(state.trouble.held());
            left
        });
        let deliveries = self.deliver(parcels, Order::InOrder).await;
        let report = DeliveryReport { deliveries, not_subscribed: 0 };
        self.with(|state| state.deliveries.push(report.clone()));
        report
    }

    /// Everything that was ever delivered, call by call.
    pub fn delivery_reports(&self) -> Vec<DeliveryReport> {
        self.with(|state| state.deliveries.clone())
    }

    /// Finds the handlers of the emissions and writes the history; also counts what nobody wants.
    fn address(&self, emissions: &[Emission]) -> (Vec<Parcel>, usize) {
        self.change(|state| {
            state.absorb(emissions);
            let (mut parcels, mut not_subscribed) = (Vec::new(), 0);
            for emission in emissions.iter().filter(|emission| !emission.untold) {
                let source_id = emission.extension_id;
                let handlers = state.stored.handlers.get(&source_id);
                let handlers = handlers.map(Vec::as_slice).unwrap_or_default();
                let wanted = parcels_for(handlers, source_id, &emission.event_type, &emission.wire());
                not_subscribed += usize::from(wanted.is_empty());
                let (count, held) = (wanted.len(), state.trouble.held());
                let left = state.trouble.meet(&emission.event_type, wanted);
                if left.is_empty() {
                    let answer = match (count, state.trouble.held() > held) {
                        (0, _) => Answer::Unheard,
                        (_, true) => Answer::Held,
                        (_, false) => Answer::Lost,
                    };
                    state.journal.note(Posted {
                        at: emission.at,
                        source_id,
                        event_type: emission.event_type.clone(),
                        form: emission.wire(),
                        place: None,
                        answer,
                        millis: None,
                    });
                }
                parcels.extend(left);
            }
            self.held_back.send_replace(state.trouble.held());
            (parcels, not_subscribed)
        })
    }

    async fn deliver(&self, mut parcels: Vec<Parcel>, order: Order) -> Vec<Delivery> {
        let mut times = 1;
        match order {
            Order::InOrder => {}
            Order::Shuffled(seed) => Rng::new(seed).shuffle(&mut parcels),
            Order::Reversed => parcels.reverse(),
            Order::Duplicated => times = 2,
            Order::Concurrent => return self.deliver_at_once(parcels).await,
        }
        let mut deliveries = Vec::new();
        for parcel in parcels {
            let parcel = Arc::new(parcel);
            for _ in 0..times {
                let sent = deliver_one(self.http.clone(), Arc::clone(&parcel), self.now()).await;
                deliveries.push(self.noted(sent));
            }
        }
        deliveries
    }

    /// Makes deliveries one after the other.
    pub(in crate::pbx) async fn post(&self, parcels: Vec<Parcel>) -> Vec<Delivery> {
        self.deliver(parcels, Order::InOrder).await
    }

    async fn deliver_at_once(&self, parcels: Vec<Parcel>) -> Vec<Delivery> {
        let mut calls = JoinSet::new();
        for parcel in parcels {
            calls.spawn(deliver_one(self.http.clone(), Arc::new(parcel), self.now()));
        }
        calls.join_all().await.into_iter().map(|sent| self.noted(sent)).collect()
    }

    /// Writes a delivery into the journal.
    fn noted(&self, (delivery, mut posted): (Delivery, Posted)) -> Delivery {
        posted.millis = u64::try_from((self.now() - posted.at) / 1_000).ok();
        self.with(|state| state.journal.note(posted));
        delivery
    }
}

fn parcels_for(handlers: &[Handler], source_id: u64, event_type: &str, form: &str) -> Vec<Parcel> {
    let wanted = handlers.iter().filter(|one| one.event_type == event_type).cloned();
    let parcel =
        |handler| Parcel { source_id, event_type: event_type.into(), handler, form: form.to_owned() };
    wanted.map(parcel).collect()
}

/// Calls one URL once.
async fn deliver_one(http: reqwest::Client, parcel: Arc<Parcel>, at: i64) -> (Delivery, Posted) {
    let url = parcel.handler.url.clone();
    let request = if parcel.handler.method == "GET" {
        let joint = if url.contains('?') { '&' } else { '?' };
        http.get(format!("{url}{joint}{}", parcel.form))
    } else {
        let form = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        http.post(&url).header(form.0, form.1).body(parcel.form.clone())
    };
    let (status, error) = match request.send().await {
        Ok(answer) => (Some(answer.status().as_u16()), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let (source_id, event_type) = (parcel.source_id, parcel.event_type.clone());
    let posted = Posted {
        at,
        source_id,
        event_type: event_type.clone(),
        form: parcel.form.clone(),
        place: Some(shortened(&url)),
        answer: status.map_or_else(|| Answer::None(error.clone().unwrap_or_default()), Answer::Status),
        millis: None,
    };
    (Delivery { source_id, event_type, handler_id: parcel.handler.id, url, status, error }, posted)
}
