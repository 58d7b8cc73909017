//! Keeps the shape of the source tree.
