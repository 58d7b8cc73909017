//! What readings mean for a machine's size: pure decisions, each with its reason.
