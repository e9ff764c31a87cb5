// SPDX-License-Identifier: MIT
//! Reads Common Trace Format traces: metadata, packets, events, text.
