//! Machines that grow and shrink: what is read, what is decided, what is done.
