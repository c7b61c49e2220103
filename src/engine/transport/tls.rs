//! TLS to an engine: its files, the handshake, and what went wrong in words that name the file and
//! the date.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore,
    SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::super::clock;
use super::super::error::Error;
use crate::model::host::{TlsFiles, bracketed};
use crate::model::text::clean;
use crate::model::{Problem, ProblemKind};

/// Bytes of a PEM file that are read.
const MAX_FILE: u64 = 1 << 20;
/// Where certificates usually come from.
const FOLDER: &str =
    "DOCKER_CERT_PATH, or the context, names the folder of ca.pem, cert.pem and key.pem";

/// A way to one engine by TLS.
pub(crate) struct Tls {
    host: String,
    port: u16,
    files: TlsFiles,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
    /// Whether a certificate of ours goes with it, and the second at which that ends.
    own: Option<i64>,
}

/// What a handshake showed of the engine's certificate.
pub(crate) struct Shown {
    /// The second at which it ends; none where it cannot be read.
    pub(crate) until: Option<i64>,
}

impl Tls {
    /// Reads the files and makes ready. Blocks on the disk.
    ///
    /// # Errors
    /// The file that is missing, cannot be used or has run out.
    pub(crate) fn read(host: &str, port: u16, files: &TlsFiles) -> Result<Self, Problem> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            let summary = format!("`{}` is no name that a certificate can be for", clean(host));
            Problem::new(ProblemKind::Unsupported, summary, "")
                .hint("certificates are for DNS names and IP addresses")
        })?;
        let provider = Arc::new(ring::default_provider());
        let broken = |error: &rustls::Error| {
            Problem::new(
                ProblemKind::Unsupported,
                "TLS cannot be used",
                error.to_string(),
            )
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| broken(&error))?;
        let builder = if files.verify {
            builder.with_root_certificates(roots(files.ca.as_deref())?)
        } else {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        };
        let (config, own) = match identity(files)? {
            Some((chain, key, until)) => {
                let config = builder.with_client_auth_cert(chain, key);
                (config.map_err(|error| unfit(files, &error))?, Some(until))
            }
            None => (builder.with_no_client_auth(), None),
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            files: files.clone(),
            name,
            config: Arc::new(config),
            own,
        })
    }

    /// The name and port for a request's head.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", bracketed(&self.host), self.port)
    }

    /// Connects and shakes hands.
    pub(crate) async fn open(&self) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        connector.connect(self.name.clone(), stream).await
    }

    /// Shakes hands to see the engine's certificate.
    pub(crate) async fn look(&self) -> io::Result<Shown> {
        let stream = self.open().await?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let until = chain
            .first()
            .and_then(|first| dates(first))
            .map(|(_, until)| until);
        Ok(Shown { until })
    }

    /// In a sentence: what both sides prove themselves with.
    pub(crate) fn proof(&self, shown: &Shown) -> String {
        let theirs = match (&self.files.ca, self.files.verify) {
            (_, false) => "the engine's certificate is not verified".to_owned(),
            (Some(ca), true) => format!("signed by {}", path(ca)),
            (None, true) => "signed by an authority of this system".to_owned(),
        };
        let until = shown
            .until
            .map(|until| format!(", valid until {}", day(until)));
        let ours = self
            .own
            .map(|until| format!("; ours is valid until {}", day(until)));
        format!(
            "{theirs}{}{}",
            until.unwrap_or_default(),
            ours.unwrap_or_default()
        )
    }

    /// Why nothing came of it, when TLS is the reason.
    pub(crate) fn explain(&self, error: &Error) -> Option<Problem> {
        let place = self.authority();
        let Some(reason) = error.tls() else {
            let cut = error.is_cut() && !self.has_own();
            return cut.then(|| self.wants_ours("it hung up after the handshake"));
        };
        let (summary, hint) = match reason {
            rustls::Error::InvalidCertificate(reason) => self.unproven(reason),
            rustls::Error::InvalidMessage(_) => {
                let summary = format!("{place} speaks no TLS: what came back is plain text");
                let hint = "is the port right? an engine without TLS is reached by tcp:// without DOCKER_TLS_VERIFY, and everybody on the way can read and steer it";
                return Some(Problem::new(ProblemKind::Protocol, summary, "").hint(hint));
            }
            rustls::Error::AlertReceived(alert) => match alert {
                AlertDescription::ProtocolVersion => (
                    "the engine speaks no version of TLS that is spoken here".to_owned(),
                    "1.2 and 1.3 are; update the engine",
                ),
                AlertDescription::UnrecognisedName | AlertDescription::InternalError => {
                    return None;
                }
                _ => return Some(self.wants_ours(&format!("it sent the alert {alert:?}"))),
            },
            other => (
                format!(
                    "the handshake with {place} failed: {}",
                    clean(&other.to_string())
                ),
                FOLDER,
            ),
        };
        Some(Problem::new(ProblemKind::Identity, summary, "").hint(hint))
    }

    fn has_own(&self) -> bool {
        self.own.is_some_and(|until| until >= clock::now().secs())
    }

    /// The engine does not take what we prove ourselves with.
    fn wants_ours(&self, detail: &str) -> Problem {
        let cert = self.files.cert.as_deref();
        let (summary, hint) = match (self.own, cert) {
            (Some(until), Some(cert)) if until < clock::now().secs() => (
                format!("our certificate {} expired on {}", path(cert), day(until)),
                "have the engine's authority sign a new one",
            ),
            (Some(_), Some(cert)) => (
                format!("the engine refuses our certificate {}", path(cert)),
                "take the cert.pem and key.pem that this engine's own authority has signed",
            ),
            (_, Some(cert)) => (
                format!(
                    "the engine wants a certificate of ours, and {} is missing",
                    path(cert)
                ),
                FOLDER,
            ),
            (_, None) => (
                "the engine wants a certificate of ours, and none is named".to_owned(),
                FOLDER,
            ),
        };
        Problem::new(ProblemKind::Identity, summary, clean(detail)).hint(hint)
    }

    /// What is wrong with the engine's certificate.
    fn unproven(&self, reason: &CertificateError) -> (String, &'static str) {
        match reason {
            CertificateError::ExpiredContext { not_after, .. } => (
                format!("the engine's certificate expired on {}", date(*not_after)),
                "renew it on the engine's machine and restart the engine",
            ),
            CertificateError::NotValidYetContext { not_before, .. } => (
                format!(
                    "the engine's certificate is valid only from {}",
                    date(*not_before)
                ),
                "is the clock of this machine right?",
            ),
            CertificateError::NotValidForNameContext { presented, .. } => {
                let names: Vec<String> = presented.iter().map(|name| clean(&plain(name))).collect();
                let names = match names.len() {
                    0 => "no name".to_owned(),
                    _ => names.join(", "),
                };
                (
                    format!(
                        "the engine's certificate is for {names}, not for {}",
                        self.host
                    ),
                    "reach it by a name that its certificate has, or have one made for this name",
                )
            }
            // an authority of the same name with another key
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                let by = match &self.files.ca {
                    Some(ca) => format!("the authority in {}", path(ca)),
                    None => "an authority that this system knows".to_owned(),
                };
                (
                    format!("the engine's certificate is not signed by {by}"),
                    "is that the right engine? its own ca.pem has to be here; who answers now is not known",
                )
            }
            other => (
                format!(
                    "the engine's certificate is not accepted: {}",
                    clean(&other.to_string())
                ),
                "have a new one made for the engine",
            ),
        }
    }
}

/// `DnsName("x")` and `IpAddress(127.0.0.1)` without their wrapping.
fn plain(name: &str) -> String {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').to_owned()
}

fn path(path: &Path) -> String {
    clean(&path.display().to_string())
}

/// The day of a second since the epoch, as people write it.
pub(crate) fn day(second: i64) -> String {
    let time = DateTime::from_timestamp(second, 0);
    time.map_or_else(
        || "a day out of reach".to_owned(),
        |time| time.format("%Y-%m-%d").to_string(),
    )
}

fn date(time: UnixTime) -> String {
    day(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

/// The seconds from and until which a certificate is valid.
fn dates(certificate: &CertificateDer<'_>) -> Option<(i64, i64)> {
    let read = Certificate::from_der(certificate).ok()?;
    let validity = read.tbs_certificate.validity;
    let second =
        |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
    Some((second(validity.not_before)?, second(validity.not_after)?))
}

/// The bytes of a PEM file.
fn bytes(file: &Path) -> Result<Vec<u8>, Problem> {
    let large = fs::metadata(file).is_ok_and(|metadata| metadata.len() > MAX_FILE);
    if large {
        return Err(useless(file, "it is larger than 1 MiB"));
    }
    fs::read(file).map_err(|error| {
        let place = path(file);
        let (kind, summary) = match error.kind() {
            io::ErrorKind::NotFound => (ProblemKind::NotFound, format!("{place} is missing")),
            io::ErrorKind::PermissionDenied => {
                (ProblemKind::Denied, format!("{place} may not be read"))
            }
            _ => (ProblemKind::Unsupported, format!("{place} cannot be read")),
        };
        Problem::new(kind, summary, error.to_string()).hint(FOLDER)
    })
}

fn useless(file: &Path, why: &str) -> Problem {
    let summary = format!("{} cannot be used", path(file));
    Problem::new(ProblemKind::Unsupported, summary, clean(why))
        .hint("it has to be PEM text as openssl writes it")
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let bytes = bytes(file)?;
    let read: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(&bytes).collect();
    match read {
        Ok(list) if list.is_empty() => Err(useless(file, "there is no certificate in it")),
        Ok(list) => Ok(list),
        Err(error) => Err(useless(file, &error.to_string())),
    }
}

/// The authorities that are believed: those of the file, else the system's.
fn roots(ca: Option<&Path>) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    let Some(file) = ca else {
        let system = rustls_native_certs::load_native_certs();
        let (added, _) = roots.add_parsable_certificates(system.certs);
        if added == 0 {
            let summary = "no authority is known that could have signed the engine's certificate";
            return Err(Problem::new(ProblemKind::NotFound, summary, "").hint(FOLDER));
        }
        return Ok(roots);
    };
    let now = clock::now().secs();
    let mut ended = None;
    for certificate in certificates(file)? {
        // an authority that has run out vouches for nobody, which the verifier does not look at
        match dates(&certificate).filter(|(_, until)| *until < now) {
            Some((_, until)) => ended = Some(until),
            None => roots
                .add(certificate)
                .map_err(|error| useless(file, &error.to_string()))?,
        }
    }
    match ended.filter(|_| roots.is_empty()) {
        Some(until) => {
            let summary = format!("the authority in {} expired on {}", path(file), day(until));
            Err(Problem::new(ProblemKind::Identity, summary, "")
                .hint("renew the engine's authority, and with it the certificates that it signed"))
        }
        None => Ok(roots),
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, i64);

/// Our certificate, its key and when it ends; none when there is neither, as docker does it too.
fn identity(files: &TlsFiles) -> Result<Option<Identity>, Problem> {
    let (Some(cert), Some(key)) = (&files.cert, &files.key) else {
        return match files.cert.as_ref().or(files.key.as_ref()) {
            Some(one) => Err(useless(
                one,
                "a certificate and its key go together, and one is missing",
            )),
            None => Ok(None),
        };
    };
    if !cert.exists() && !key.exists() {
        return Ok(None);
    }
    let chain = certificates(cert)?;
    let secret = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|error| {
        let why = match error {
            PemError::NoItemsFound => "there is no key in it that is not encrypted".to_owned(),
            other => other.to_string(),
        };
        useless(key, &why)
    })?;
    let until = chain
        .first()
        .and_then(dates)
        .map_or(i64::MAX, |(_, until)| until);
    Ok(Some((chain, secret, until)))
}

/// Our certificate and key do not go together, or are of a sort that is not known.
fn unfit(files: &TlsFiles, error: &rustls::Error) -> Problem {
    let name = |file: &Option<std::path::PathBuf>| file.as_deref().map(path).unwrap_or_default();
    let (cert, key) = (name(&files.cert), name(&files.key));
    let summary = match error {
        rustls::Error::InconsistentKeys(_) => format!("{key} is not the key of {cert}"),
        _ => format!("{cert} and {key} cannot be used"),
    };
    Problem::new(ProblemKind::Unsupported, summary, clean(&error.to_string())).hint(FOLDER)
}

/// Takes any certificate: for who has said that nothing is to be verified. That whoever presents
/// it has its key is still checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
