//! The tests, one module per part of the product.

mod pbx_client;
mod plan;
