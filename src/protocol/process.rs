//! A process as two sides know it.

/// A process of the host, as it is inside its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The container's main process, which the engine itself can signal.
    Main,
    /// Another one.
    Inner {
        /// Its id inside.
        pid: u32,
        /// When it was started, in the kernel's ticks.
        start: u64,
    },
}
