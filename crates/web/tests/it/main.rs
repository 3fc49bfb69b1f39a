//! The staff pages as people use them, through the router and on both engines. One binary, so that it links once.

mod browser;
mod sales;
