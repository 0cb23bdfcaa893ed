//! The tests of Ringbridge, in one binary so that it links once.

mod pbx_simulator;
