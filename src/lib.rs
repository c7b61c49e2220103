//! Pilothouse: a terminal dashboard for Docker.
//!
//! All state is in one [`store`], held by one loop, the [`app`]. `apply` changes it, the [`view`]
//! shows it, `wanted` says which streams should be open; only the loop waits, and only the
//! [`engine`] talks to Docker. [`protocol`] is all that store and engine know of each other.

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod engine;
pub mod form;
pub mod headless;
pub mod model;
mod os;
pub mod plans;
pub mod protocol;
pub mod resource;
pub mod spec;
pub mod store;
pub mod terminal;
pub mod view;
