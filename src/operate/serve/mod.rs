//! The daemon: alerts wake it, a timer does all that they can.
