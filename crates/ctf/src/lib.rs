// SPDX-License-Identifier: MIT
//! Reads Common Trace Format traces: metadata, packets, events, text.
//!
//! Data flows one way: [`metadata`] text becomes a [`model`]; a [`plan`] is compiled from the model;
//! [`trace`] walks packets by the plan and merges streams by time; [`text`] and [`count`] are sinks.

pub mod count;
pub mod error;
pub mod metadata;
pub mod model;
pub mod plan;
pub mod text;
pub mod trace;

pub use error::{Error, Result};
