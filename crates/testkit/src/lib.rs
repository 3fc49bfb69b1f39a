//! Throw-away databases for the tests of both engines.
