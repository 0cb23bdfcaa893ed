//! What a person sees: typed read models, which the JSON API and pages serve alike. The OpenAPI document is made of these
//! types, so an answer can't differ from it.

pub mod agents;
pub mod audit;
pub mod call;
pub mod call_detail;
pub mod connection;
pub mod crm;
pub mod extension;
pub mod key;
pub mod live;
pub mod mapping;
pub mod notice;
pub mod notify;
pub mod policy;
pub mod recording;
pub mod removal;
pub mod timeline;
pub mod unlogged;

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    #[schema(required)]
    pub cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that has one page.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, cursor: None }
    }
}
