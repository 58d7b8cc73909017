//! One binary for every test that drives the program or the sandbox from outside.
