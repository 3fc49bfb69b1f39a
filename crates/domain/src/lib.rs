//! Types and decisions of every capability: no async, clock, SQL or HTTP.
