//! Copies of volumes: taken, listed, held, pruned, put back and tried.
