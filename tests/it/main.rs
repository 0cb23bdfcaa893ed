//! The tests, one module per part of the product.

mod plan;
