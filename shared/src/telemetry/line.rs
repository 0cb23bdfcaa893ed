//! A log line as one flat JSON object: the time, the level, the message, the fields, and those of the spans around it, so that
//! whatever belongs to one request can be found by its id.

use std::fmt::Debug;
use std::io::Write;

use serde::Serializer as _;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::field;
use crate::clock::{Clock as _, SystemClock};

/// Writes one line an event.
#[derive(Debug)]
pub struct Lines<W>(W);

impl<W> Lines<W> {
    /// To what is made anew for each line.
    pub const fn to(writer: W) -> Self {
        Self(writer)
    }
}

/// What an event says, or a span, with which it is kept; in the order in which it is written.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        let name = match field.name() {
            // As Lambda's runtime calls it.
            "requestId" => field::INVOCATION,
            // Said by Lambda's own lines, at a hundred bytes a time.
            "xrayTraceId" => return,
            name => name,
        };
        self.0.push((name, value.into()));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }
}

impl<S, W, M> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn() -> M + 'static,
    M: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields::default();
        line.0.push(("timestamp", SystemClock.now().rfc3339_millis().into()));
        line.0.push(("level", event.metadata().level().as_str().into()));
        event.record(&mut line);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(Fields(fields)) = span.extensions().get() {
                // What is nearer says it more exactly.
                let news = fields.iter().filter(|(name, _)| line.0.iter().all(|(known, _)| known != name));
                let news: Vec<_> = news.cloned().collect();
                line.0.extend(news);
            }
        }
        let mut text = Vec::new();
        let written = serde_json::Serializer::new(&mut text).collect_map(line.0);
        text.push(b'\n');
        // A line that can't be written is not worth a failure; it goes out in one piece.
        let _ = written.map(|()| (self.0)().write_all(&text));
    }
}
