//! Certificates that are right, or wrong in one way; and an engine behind TLS: a front of the
//! test's own that passes on to an engine's socket.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pilothouse::model::Address;
use pilothouse::model::host::TlsFiles;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

/// Years between which a certificate is valid.
pub(crate) type Years = (i32, i32);
pub(crate) const NOW: Years = (2020, 2096);
pub(crate) const PAST: Years = (2020, 2021);

/// An authority and what it has signed, as files.
pub(crate) struct Authority {
    dir: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(years: Years) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&[], "pht authority", years);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), certificate.pem()).unwrap();
        let issuer = Issuer::new(params, key);
        Self { dir, issuer }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Signs a certificate for some names: `NAME.pem` and `NAME-key.pem`.
    pub(crate) fn sign(&self, name: &str, names: &[&str], years: Years) {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names, name, years);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.file(&format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.file(&format!("{name}-key.pem")), key.serialize_pem()).unwrap();
    }

    /// The files by which a client proves itself with one of the certificates.
    pub(crate) fn client(&self, name: &str) -> TlsFiles {
        TlsFiles {
            ca: Some(self.file("ca.pem")),
            cert: Some(self.file(&format!("{name}.pem"))),
            key: Some(self.file(&format!("{name}-key.pem"))),
            verify: true,
        }
    }
}

fn params(names: &[&str], title: &str, (from, until): Years) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, title);
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

/// An engine behind TLS. Dropping it ends it with its connections.
pub(crate) struct Front {
    pub(crate) port: u16,
    _task: AbortOnDropHandle<()>,
}

impl Front {
    /// Shows the certificate `server` and wants one of clients that the authority has signed.
    pub(crate) async fn start(authority: &Authority, server: &str, socket: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(authority.file(&format!("{server}.pem")));
        let chain: Vec<_> = chain.unwrap().map(Result::unwrap).collect();
        let key = authority.file(&format!("{server}-key.pem"));
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_file(authority.file("ca.pem")).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = socket.to_owned();
        let serve = async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, socket) = (acceptor.clone(), socket.clone());
                connections.spawn(async move {
                    if let Ok(mut near) = acceptor.accept(stream).await
                        && let Ok(mut far) = UnixStream::connect(socket).await
                    {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        };
        Self {
            port,
            _task: AbortOnDropHandle::new(tokio::spawn(serve)),
        }
    }

    pub(crate) fn address(&self, files: TlsFiles) -> Address {
        Address::Tls {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            files,
        }
    }
}
