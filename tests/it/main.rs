//! The tests, one module per part of the product.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod crm_errors;
mod webhook;
