"""What contexts accept, in memory: pins, CRLs, names, suites, and files that change."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from entente import credentials, server, tls
from entente.certificates import Authority, Subject, write_key
from entente.credentials import current, expiries, of_client, of_server
from entente.doorway import reason
from entente.settings import Http, Registry, Repository, Settings
from entente.tls import ClientFiles, ServerFiles, client_context, server_context


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pki")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    authority = Authority(folder)
    authority.issue("server", Subject("server", ("localhost",)))
    authority.issue("client", Subject("client"))
    authority.issue("other", Subject("other"))
    return authority


@pytest.fixture
def files(authority: Authority, folder: Path) -> ServerFiles:
    return ServerFiles(folder / "server.pem", folder / "server.key", folder / "ca.pem")


def client(folder: Path, name: str) -> ssl.SSLContext:
    return client_context(folder / "ca.pem", folder / f"{name}.pem", folder / f"{name}.key")


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str = "localhost") -> ssl.SSLObject:
    """Carry a handshake out in memory; return the server's end. Raises as either end does."""
    return shake_both(server, client, name=name)[1]


def shake_both(
    server: ssl.SSLContext,
    client: ssl.SSLContext,
    session: ssl.SSLSession | None = None,
    name: str = "localhost",
) -> list[ssl.SSLObject]:
    """The same; return the client's end and the server's."""
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(one, other, server_hostname=name, session=session),
        server.wrap_bio(other, one, server_side=True),
    ]
    for _ in range(6):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends


def test_a_pinned_certificate_alone_is_let_in(files: ServerFiles, folder: Path) -> None:
    pinned = replace(files, authorities=None, pinned=folder / "client.pem")
    assert shake(server_context(pinned), client(folder, "client")).version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(server_context(pinned), client(folder, "other"))


def test_a_pin_beside_an_authority_asks_for_both(files: ServerFiles, folder: Path) -> None:
    both = replace(files, pinned=folder / "client.pem")
    shake(server_context(both), client(folder, "client"))
    with pytest.raises(ssl.SSLCertVerificationError, match="none of those"):
        shake(server_context(both), client(folder, "other"))


def test_a_pin_beside_an_authority_is_no_authority(
    files: ServerFiles, folder: Path, tmp_path: Path
) -> None:
    Authority(tmp_path).issue("stranger", Subject("stranger"))
    own = tmp_path / "stranger.pem", tmp_path / "stranger.key"
    both = server_context(replace(files, pinned=own[0]))
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake(both, client_context(folder / "ca.pem", *own))


def test_who_shows_no_certificate_is_refused(files: ServerFiles, folder: Path) -> None:
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake(server_context(files), client_context(folder / "ca.pem", None, None))


def test_a_pinned_authority_lets_only_itself_in(files: ServerFiles, folder: Path) -> None:
    pinned = replace(files, authorities=None, pinned=folder / "ca.pem")
    with pytest.raises(ssl.SSLCertVerificationError, match="none of those"):
        shake(server_context(pinned), client(folder, "client"))


def test_an_expired_crl_lets_nobody_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    authority = Authority(tmp_path)
    for name in ("server", "client"):
        authority.issue(name, Subject(name, ("localhost",)))
    files = ServerFiles(
        tmp_path / "server.pem",
        tmp_path / "server.key",
        tmp_path / "ca.pem",
        None,
        (authority.crl,),
    )
    shake(server_context(files), client(tmp_path, "client"))
    authority.publish(days=-1)
    with pytest.raises(ssl.SSLCertVerificationError, match="CRL has expired"):
        shake(server_context(files), client(tmp_path, "client"))
    of_server(files)
    assert f"{authority.crl}: NOBODY OF ITS AUTHORITY IS TRUSTED" in caplog.text


def test_what_expires_is_told_before(files: ServerFiles) -> None:
    now = datetime.now(UTC)
    assert expiries(files.paths, files.crls, now) == []
    assert "expires soon" in expiries(files.paths, files.crls, now + timedelta(days=340))[0]


def test_what_expires_is_told_once_for_each_reading(
    files: ServerFiles, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = of_server(files)
    assert caplog.text == ""
    monkeypatch.setattr(credentials, "_CERTIFICATE_NOTICE", timedelta(days=400))
    for _ in range(2):
        assert not server.refresh()
        assert caplog.text.count(f"{files.certificate}: expires soon") == 1
    assert server.refresh(always=True)
    assert caplog.text.count(f"{files.certificate}: expires soon") == 2
    of_server(files)
    assert caplog.text.count(f"{files.certificate}: expires soon") == 3


def test_a_client_asks_for_the_name_unless_told_not_to(files: ServerFiles, folder: Path) -> None:
    server = server_context(replace(files, authorities=None))
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake(server, client_context(folder / "ca.pem", None, None), "elsewhere")
    shake(server, client_context(folder / "ca.pem", None, None, host_name=False), "elsewhere")


def test_a_client_asks_for_crls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.revoke(authority.issue("server", Subject("server", ("localhost",))))
    authority.publish()
    server = server_context(ServerFiles(tmp_path / "server.pem", tmp_path / "server.key"))
    shake(server, client_context(authority.certificate, None, None))
    with pytest.raises(ssl.SSLCertVerificationError, match="revoked"):
        shake(server, client_context(authority.certificate, None, None, (authority.crl,)))


@pytest.mark.parametrize("suite", [suite for suite in tls.SUITES if "-RSA-" in suite])
def test_the_four_suites_of_iti_19(rsa_files: ServerFiles, suite: str) -> None:
    asking = client_context(rsa_files.certificate, None, None, host_name=False)
    asking.maximum_version = ssl.TLSVersion.TLSv1_2
    asking.set_ciphers(suite)
    assert shake(server_context(rsa_files), asking).cipher() == (suite, "TLSv1.2", _bits(suite))


def _bits(suite: str) -> int:
    return 256 if "AES256" in suite else 128


@pytest.fixture(scope="module")
def rsa_files(tmp_path_factory: pytest.TempPathFactory) -> ServerFiles:
    return _rsa(tmp_path_factory.mktemp("rsa"), 2048)


def test_a_short_rsa_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"own\.pem with .*own\.key: .*EE_KEY_TOO_SMALL"):
        server_context(_rsa(tmp_path, 1024))


def _rsa(folder: Path, bits: int) -> ServerFiles:
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "own.pem").write_bytes(made.public_bytes(Encoding.PEM))
    pem = serialization.PrivateFormat.PKCS8
    data = key.private_bytes(Encoding.PEM, pem, serialization.NoEncryption())
    (folder / "own.key").write_bytes(data)
    return ServerFiles(folder / "own.pem", folder / "own.key")


@pytest.mark.needs("openssl")
def test_the_group_is_that_of_rfc_7919() -> None:
    command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe3072"]
    made = subprocess.run(command, capture_output=True, check=True).stdout
    assert (resources.files("entente") / "ffdhe3072.pem").read_bytes() == made


def test_no_options_are_missing(files: ServerFiles) -> None:
    context = server_context(files)
    wanted = ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    assert context.options & wanted == wanted
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.num_tickets == 0
    names = {c["name"] for c in context.get_ciphers() if c["protocol"] == "TLSv1.2"}
    assert names == set(tls.SUITES)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("crls", "no certificate revocation lists in PEM"),
        ("pinned", "no certificates in PEM"),
        ("authorities", "no certificates of authorities"),
    ],
)
def test_a_file_that_does_not_do_is_named(
    files: ServerFiles, folder: Path, name: str, problem: str
) -> None:
    wrong = folder / "server.key"
    value = (wrong,) if name == "crls" else wrong
    with pytest.raises(OSError, match=f"{wrong}: {problem}"):
        server_context(replace(files, **{name: value}))


def test_a_certificate_is_no_crl(files: ServerFiles, folder: Path) -> None:
    with pytest.raises(OSError, match="no certificate revocation lists"):
        server_context(replace(files, crls=(folder / "ca.pem",)))


@pytest.mark.parametrize("name", ["certificate", "key", "authorities", "pinned"])
def test_a_file_that_is_not_there_is_named(files: ServerFiles, folder: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"No such file or directory: .*absent"):
        server_context(replace(files, **{name: folder / "absent.pem"}))


def test_nobody_is_asked_for_the_passphrase_of_a_key(
    files: ServerFiles, folder: Path, tmp_path: Path
) -> None:
    encryption = serialization.BestAvailableEncryption(b"wait for me")
    key = _key_of(folder / "server.key")
    pem = serialization.PrivateFormat.PKCS8
    (tmp_path / "locked.key").write_bytes(key.private_bytes(Encoding.PEM, pem, encryption))
    for make in (
        lambda: server_context(replace(files, key=tmp_path / "locked.key")),
        lambda: client_context(None, files.certificate, tmp_path / "locked.key"),
    ):
        with pytest.raises(OSError, match=r"locked\.key: the key is encrypted"):
            make()


def test_a_session_is_resumed_for_as_long_as_its_context_lasts(
    files: ServerFiles,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, asking = of_server(files), client(folder, "client")
    asking.maximum_version = ssl.TLSVersion.TLSv1_2
    first = shake_both(server.context, asking)  # one that broke off would not be resumed
    met = first[0].session
    assert not server.refresh()
    assert shake_both(server.context, asking, met)[1].session_reused
    monkeypatch.setattr(credentials, "_LASTS", 0.0)
    with caplog.at_level(logging.WARNING):
        assert server.refresh()
    assert caplog.text == ""  # no file has changed
    assert not shake_both(server.context, asking, met)[1].session_reused


def test_a_changed_file_is_noticed_and_a_broken_one_changes_nothing(
    authority: Authority, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for file in ("server.pem", "server.key", "ca.pem"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    own = ServerFiles(tmp_path / "server.pem", tmp_path / "server.key", tmp_path / "ca.pem")
    server = of_server(own)
    first = server.context
    assert not server.refresh()
    (tmp_path / "server.pem").write_text("broken")
    with caplog.at_level(logging.ERROR):
        assert not server.refresh()
        assert not server.refresh()
    assert server.context is first
    assert caplog.text.count("TLS FILES DO NOT DO") == 1
    (tmp_path / "server.pem").write_bytes((folder / "server.pem").read_bytes())
    assert server.refresh()
    assert server.context is not first


def test_a_client_takes_new_files_for_new_connections(
    files: ServerFiles, folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.pem"
    key = tmp_path / "own.key"
    for path, name in ((own, "client.pem"), (key, "client.key")):
        path.write_bytes((folder / name).read_bytes())
    registry = of_client(ClientFiles(folder / "ca.pem", own, key), host_name=False)
    asking = current(registry)
    before = shake(server_context(files), asking).getpeercert(True)
    for path, name in ((own, "other.pem"), (key, "other.key")):
        path.write_bytes((folder / name).read_bytes())
        os.utime(path, ns=(1, 1))
    assert shake(server_context(files), asking).getpeercert(True) != before
    met = registry.context
    os.utime(own, ns=(2, 2))
    one, other = socket.socketpair()
    with one, other, asking.wrap_socket(one, do_handshake_on_connect=False) as secured:
        assert secured.context is not met


class Chain:
    """A root, an authority under it, and a client of that authority with any extensions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = Authority(folder)
        self.root.issue("server", Subject("server", ("localhost",)))
        top = x509.load_pem_x509_certificate(self.root.certificate.read_bytes())
        top_key = _key_of(folder / "ca.key")
        self._key = ec.generate_private_key(ec.SECP256R1())
        basic = (x509.BasicConstraints(ca=True, path_length=None), True)
        self._sign(top.subject, top_key, "ca", top_key, basic, name=top.subject)
        self.between = self._sign(top.subject, top_key, "between", self._key, basic)
        self.certificate = folder / "between.pem"

    def client(self, *extensions: tuple[x509.ExtensionType, bool]) -> ssl.SSLContext:
        """A client that shows its certificate with that of its authority."""
        own = ec.generate_private_key(ec.SECP256R1())
        self._sign(self.between.subject, self._key, "client", own, *extensions)
        shown = self.folder / "client.pem"
        shown.write_bytes(shown.read_bytes() + self.certificate.read_bytes())
        return client(self.folder, "client")

    def publish(self) -> Path:
        """The list of the authority between, which revokes nobody."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.between.subject)
        now = datetime.now(UTC)
        builder = builder.last_update(now).next_update(now + timedelta(days=1))
        path = self.folder / "between.crl"
        path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return path

    def _sign(
        self,
        issuer: x509.Name,
        by: ec.EllipticCurvePrivateKey,
        file: str,
        key: ec.EllipticCurvePrivateKey,
        *extensions: tuple[x509.ExtensionType, bool],
        name: x509.Name | None = None,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, file)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name or own)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        made = builder.sign(by, hashes.SHA256())
        (self.folder / f"{file}.pem").write_bytes(made.public_bytes(Encoding.PEM))
        (self.folder / f"{file}.key").unlink(missing_ok=True)
        write_key(self.folder / f"{file}.key", key)
        return made


def _key_of(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path)


def _let_in(chain: Chain, asking: ssl.SSLContext, check: str, *crls: Path) -> None:
    http = Http(
        tls_certificate=chain.folder / "server.pem",
        tls_key=chain.folder / "server.key",
        tls_client_ca=chain.root.certificate,
        tls_client_crl=crls,
        tls_crl_check=check,  # type: ignore[arg-type]
    )
    assert http.tls is not None
    shake(server_context(http.tls), asking)


def test_only_a_check_of_the_chain_asks_about_authorities_in_between(chain: Chain) -> None:
    asking, lists = chain.client(), (chain.publish(), chain.root.crl)
    _let_in(chain, asking, "chain", *lists)
    chain.root.revoke(chain.between)
    chain.root.publish()
    _let_in(chain, asking, "client", *lists)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate revoked"):
        _let_in(chain, asking, "chain", *lists)
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get certificate CRL"):
        _let_in(chain, asking, "chain", lists[0])


_FOR = ExtendedKeyUsageOID
_STRANGE = x509.ObjectIdentifier("1.2.250.1.999.1")
ACCEPTED: dict[str, tuple[x509.ExtensionType, bool]] = {
    "for clients": (x509.ExtendedKeyUsage([_FOR.CLIENT_AUTH]), True),
    "for both": (x509.ExtendedKeyUsage([_FOR.SERVER_AUTH, _FOR.CLIENT_AUTH]), False),
    "for something else too": (x509.ExtendedKeyUsage([_STRANGE, _FOR.CLIENT_AUTH]), False),
    "with an unknown attribute": (x509.UnrecognizedExtension(_STRANGE, b"\x05\x00"), False),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_no_attribute_is_demanded_and_no_unknown_one_refused(chain: Chain, name: str) -> None:
    """ITI TF-2 3.19.6.1.3."""
    _let_in(chain, chain.client(), "client")
    _let_in(chain, chain.client(ACCEPTED[name]), "client")


def test_a_certificate_that_is_for_servers_only_lets_no_client_in(chain: Chain) -> None:
    """It says so itself, and whoever relies on it must heed that (RFC 5280 4.2.1.12)."""
    asking = chain.client((x509.ExtendedKeyUsage([_FOR.SERVER_AUTH]), False))
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        _let_in(chain, asking, "client")
    assert reason(refused.value) in (
        "the certificate of the client: unsuitable certificate purpose",
        "the certificate of the client: unsupported certificate purpose",
    )


def test_settings_become_files(authority: Authority, folder: Path) -> None:
    http = Http(
        host="0.0.0.0",
        tls_certificate=folder / "server.pem",
        tls_key=folder / "server.key",
        tls_client_ca=folder / "ca.pem",
        tls_client_crl=(folder / "ca.crl",),
        tls_crl_check="chain",
    )
    assert http.tls is not None
    assert http.tls.whole_chain
    context = server_context(http.tls)
    assert context.verify_flags & ssl.VERIFY_CRL_CHECK_CHAIN == ssl.VERIFY_CRL_CHECK_CHAIN


def test_tls_that_asks_no_client_needs_a_word_outside_loopback(folder: Path) -> None:
    own = {"tls_certificate": folder / "server.pem", "tls_key": folder / "server.key"}
    with pytest.raises(ValueError, match="no mutual TLS"):
        Http(host="0.0.0.0", **own)
    assert Http(host="0.0.0.0", insecure=True, **own).exposed
    assert not Http(**own).exposed
    for name in ("tls_client_ca", "tls_client_certificates"):
        assert not Http(host="0.0.0.0", **own, **{name: folder / "ca.pem"}).exposed


def test_each_open_way_is_warned_of(files: ServerFiles, caplog: pytest.LogCaptureFixture) -> None:
    own = {"tls_certificate": files.certificate, "tls_key": files.key}
    server._warn(
        Settings(
            http=Http(host="0.0.0.0", insecure=True, **own),
            registry=Registry(mllp_host="192.0.2.7", mllp_port=2575),
            repository=Repository(registry_url="http://registry.example.org/registry"),
        )
    )
    assert [record.message for record in caplog.records] == [
        "NO CLIENT CERTIFICATES on 0.0.0.0: everybody is served",
        "NO CLIENT CERTIFICATES on 192.0.2.7: everybody is served",
        "NO TLS to http://registry.example.org/registry: everybody on the way can read and change",
    ]
    caplog.clear()
    server._warn(Settings(http=Http(host="0.0.0.0", tls_client_ca=files.authorities, **own)))
    assert caplog.records == []
