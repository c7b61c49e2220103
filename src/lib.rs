//! Pilothouse: a terminal dashboard for Docker.
//!
//! All state is in one [`store`], held by one loop ([`app`]). `apply` changes it, [`view`] shows
//! it, `wanted` says which streams should be open; only the loop waits, and only [`engine`] talks
//! to Docker. [`protocol`] is all that store and engine know of each other.

pub mod engine;
pub mod model;
pub mod protocol;
