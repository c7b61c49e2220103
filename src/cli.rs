//! The command line: what can be said when the program is started.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand};

/// A terminal dashboard for Docker: see and steer every container, by keyboard.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of a command line"
)]
#[expect(
    clippy::doc_markdown,
    reason = "these sentences are printed as they are"
)]
#[derive(Clone, Debug, Parser)]
#[command(name = "pilothouse", version, about, long_about = None, max_term_width = 100)]
pub struct Cli {
    /// A host: the name of a known one (settings, Docker context, ssh alias), an address like
    /// unix:///path, tcp://host:port or ssh://host, or NAME=ADDRESS. Several times for several
    /// hosts. Without it: the engine that the docker command would use, and the hosts of the
    /// settings.
    #[arg(short = 'H', long = "host", value_name = "HOST")]
    pub hosts: Vec<String>,

    /// Look at a simulated engine instead: shop, crowd, storm or trouble; or at several: fleet.
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "shop")]
    pub demo: Option<String>,

    /// How many containers the demo's crowd has: 1,000 unless said, 10,000 at most.
    #[arg(long, value_name = "N", requires = "demo", value_parser = crowd())]
    pub demo_count: Option<usize>,

    /// Refuse whatever changes something.
    #[arg(long)]
    pub read_only: bool,

    /// Colours: harbor, harbor-light, contrast, mono, …; `:theme` shows all.
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,

    /// Plain ASCII instead of symbols.
    #[arg(long)]
    pub ascii: bool,

    /// Another settings file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Print the default settings with comments, and end.
    #[arg(long)]
    pub print_config: bool,

    /// Print every action with its keys, and end.
    #[arg(long)]
    pub print_keys: bool,

    /// Print every option of a new container, and end.
    #[arg(long)]
    pub print_options: bool,

    /// What to do instead of showing the dashboard.
    #[command(subcommand)]
    pub command: Option<Subcommands>,
}

/// What can be done without the dashboard.
#[derive(Clone, Debug, Subcommand)]
pub enum Subcommands {
    /// Serve a simulated engine alone, for the docker command, tests and benches.
    Demo(DemoArgs),
    /// Say what a `docker run` line means, without an engine; the line is given here or on
    /// standard input.
    Explain(ExplainArgs),
}

/// What is to be explained.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// Print the request that would be sent to the engine.
    #[arg(long)]
    pub json: bool,

    /// The API version that the request is made for.
    #[arg(long, value_name = "VERSION", default_value = "1.47")]
    pub api: String,

    /// The line, as in `pilothouse explain -- docker run -d nginx`.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "LINE"
    )]
    pub line: Vec<String>,
}

/// What the simulated engine plays.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// The Unix socket to listen on, or the pipe on Windows. Several times for several engines, of seeds that count up.
    #[arg(long, value_name = "SOCKET", required = true)]
    pub listen: Vec<PathBuf>,

    /// shop, crowd, storm or trouble.
    #[arg(default_value = "shop")]
    pub scenario: String,

    /// How many containers a crowd has, 10,000 at most.
    #[arg(long, value_name = "N", value_parser = crowd())]
    pub count: Option<usize>,

    /// What chance begins with: the same seed, the same engine.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Containers started and stopped a second, by chance.
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    pub events: f64,

    /// Seconds between health checks of every third container.
    #[arg(long, value_name = "SECONDS")]
    pub healthchecks: Option<u64>,

    /// The API version that is played.
    #[arg(long, value_name = "VERSION", default_value = "1.41")]
    pub api: String,
}

/// The sizes of a simulated crowd.
fn crowd() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(..=10_000)
}
