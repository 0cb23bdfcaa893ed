//! Randomness that is the same in every run, so that no test depends on the luck of its ids.

use std::sync::{Mutex, PoisonError};

use ringbridge::model::ids::Random;

use crate::pbx::Rng;

/// Seeded randomness. Who shares a store needs a seed of their own.
#[derive(Debug)]
pub struct SeededRandomness(Mutex<Rng>);

impl SeededRandomness {
    /// Equal seeds give equal bytes.
    pub const fn new(seed: u64) -> Self {
        Self(Mutex::new(Rng::new(seed)))
    }
}

impl Random for SeededRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for word in buffer.chunks_mut(8) {
            word.copy_from_slice(&rng.next_u64().to_le_bytes()[..word.len()]);
        }
    }
}
