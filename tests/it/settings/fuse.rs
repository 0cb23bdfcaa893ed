//! Takes the store away after so many requests, as a crash or an outage does. The last request that gets through is
//! carried out, but its answer is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;

/// The fuse in the way to the store.
#[derive(Clone, Debug)]
pub(crate) struct Fuse(Arc<AtomicI64>);

impl Default for Fuse {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(i64::MAX)))
    }
}

impl Fuse {
    /// After so many requests the store is gone.
    pub(crate) fn burn_after(&self, requests: i64) {
        self.0.store(requests, Ordering::SeqCst);
    }

    /// It is there again; whether it was gone.
    pub(crate) fn mend(&self) -> bool {
        self.0.swap(i64::MAX, Ordering::SeqCst) <= 0
    }
}

impl Intercept for Fuse {
    fn name(&self) -> &'static str {
        "fuse"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0.fetch_sub(1, Ordering::SeqCst) > 0 { Ok(()) } else { Err("the store is gone".into()) }
    }

    fn read_after_transmit(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0.load(Ordering::SeqCst) == 0 { Err("the answer is lost".into()) } else { Ok(()) }
    }
}
