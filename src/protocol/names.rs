//! What an engine has, by name: for forms whose fields are completed to it.

/// Names on an engine, each list in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Images, by their tags.
    pub images: Vec<String>,
    /// Networks.
    pub networks: Vec<String>,
    /// Volumes that somebody named: those of 64 hexadecimal digits were named by the engine.
    pub volumes: Vec<String>,
    /// Drivers of logs.
    pub log_drivers: Vec<String>,
    /// What runs containers.
    pub runtimes: Vec<String>,
}
