//! Which nights a volume is copied in, and which copies stay: pure.
