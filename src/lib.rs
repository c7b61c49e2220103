//! Pilothouse
