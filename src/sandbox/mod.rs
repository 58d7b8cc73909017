//! A stand-in DigitalOcean over HTTP.
