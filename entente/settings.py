"""Every setting of a server: one class per section, one field per key.

A key comes from the TOML file or from the environment variable `ENTENTE_SECTION__KEY`, which wins.
Keys exist here only when something reads them.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar, get_type_hints
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    FilePath,
    create_model,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from entente.actors import Actor
from entente.settings_audit import Audit
from entente.settings_http import Http, Management, is_loopback
from entente.settings_policy import Policy
from entente.settings_signatures import Signatures
from entente.settings_types import Count, DatabaseUrl, Port, Seconds, WebAddress
from entente.settings_types import Section as Section
from entente.settings_xua import Xua
from ihe_profiles.hl7.limits import FeedLimits
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds.datatypes import oid_problem, oid_urn_problem
from ihe_profiles.xds.domain.judge import NAMES as RULE_NAMES
from ihe_profiles.xds.domain.judge import override_problem
from ihe_profiles.xds.domain.strictness import PROFILES, Level
from registry.limits import RegistryLimits
from repository.limits import RepositoryLimits
from repository.media import MediaCheck
from repository.store import s3_address

PREFIX = "ENTENTE_"
DELIMITER = "__"
Part = TypeVar("Part", SoapLimits, RepositoryLimits, RegistryLimits, FeedLimits)


def _blobs(value: str) -> str:
    if value.startswith("s3:"):
        s3_address.parse(value)
        return value
    if not value.startswith("file:") or not value.removeprefix("file:").strip("/"):
        raise ValueError("allowed are file:path, a folder, and s3://bucket/prefix?endpoint=url")
    return value


def _key_source(value: str) -> str:
    if not re.fullmatch(r"(file|env):.+", value):
        raise ValueError(
            "allowed are file:path and env:NAME, where a key of 32 octets is in base64"
        )
    return value


def _oid(value: str) -> str:
    return _well_formed(value, oid_problem(value))


def _profile(value: str) -> str:
    if value not in PROFILES:
        raise ValueError(f"allowed are {', '.join(PROFILES)}")
    return value


def _rule(value: str) -> str:
    if problem := override_problem(value):
        near = [] if value in RULE_NAMES else difflib.get_close_matches(value, RULE_NAMES, 1)
        raise ValueError(f"{problem}. Did you mean `{near[0]}`?" if near else problem)
    return value


def _home(value: str) -> str:
    return _well_formed(value, oid_urn_problem(value))


def _well_formed(value: str, problem: str | None) -> str:
    if problem:
        raise ValueError(f"the value {problem}")
    return value


KeySource = Annotated[str, AfterValidator(_key_source)]
Oid = Annotated[str, AfterValidator(_oid)]
_MEASURES = {int: Count, float: Seconds}


class Registry(Section):
    """The Document Registry."""

    database_url: DatabaseUrl = "sqlite:///var/registry.sqlite"
    """sqlite:///path, or postgresql://user:password@host/database."""
    retry_by_content: bool = False
    """Answer a submission that comes again unchanged, under a new MessageID, as the first time."""
    mllp_host: str = "127.0.0.1"
    """The address at which patient identity feeds are taken."""
    mllp_port: Port | None = None
    """Where patient identity feeds (ITI-8) are taken, under the certificates of [http]; or not."""


class Repository(Section):
    """The Document Repository."""

    database_url: DatabaseUrl = "sqlite:///var/repository.sqlite"
    """sqlite:///path, or postgresql://user:password@host/database."""
    blob_url: Annotated[str, AfterValidator(_blobs)] = "file:var/blobs"
    """Where documents are: file:path, a folder, or s3://bucket/prefix?endpoint=url."""
    encryption_key: KeySource | None = Field(default=None, repr=False)
    """Where the key is that wraps each new document's own; without one nothing is encrypted."""
    former_encryption_keys: tuple[KeySource, ...] = Field(default=(), repr=False)
    """Where earlier ones are, until `entente repository rotate-key` has replaced them."""
    unique_id: Oid | None = None
    """repositoryUniqueId (ITI TF-3 4.2.3.2.18); a repository does not start without it."""
    media_check: MediaCheck = MediaCheck.WARN
    """What becomes of a document whose first octets are not of its mimeType: off, warn, refuse."""
    registry_url: WebAddress | None = None
    """The registry's ITI-42 and ITI-18 endpoint; without one the registry is in this process."""
    registry_tls_ca: FilePath | None = None
    """Who signs registries' certificates (PEM); without one the system's authorities."""
    registry_tls_certificate: FilePath | None = None
    """What the registry is shown (PEM)."""
    registry_tls_key: FilePath | None = None
    """Its private key (PEM), without a passphrase."""
    registry_tls_crl: tuple[FilePath, ...] = ()
    """CRLs of the authorities of registries; an expired one lets none be asked."""
    registry_tls_host_name: bool = True
    """Whether the registry's certificate must have the name in registry_url (RFC 6125)."""

    @model_validator(mode="after")
    def _certificates(self) -> Self:
        if (self.registry_tls_certificate is None) != (self.registry_tls_key is None):
            raise ValueError("registry_tls_certificate and registry_tls_key go together")
        return self

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if self.former_encryption_keys and self.encryption_key is None:
            raise ValueError("former_encryption_keys need an encryption_key that replaces them")
        return self


class Domain(Section):
    """The affinity domain that both actors belong to."""

    home_community_id: Annotated[str, AfterValidator(_home)] | None = None
    """homeCommunityId (urn:oid:...) of the objects that are registered without one."""
    language: Literal["en", "fr"] = "en"
    """In which errors are explained to whoever asks for no language by xml:lang."""
    codes: str = "ihe"
    """A preset (ihe, france, quebec), or the path of a codes.xml or of a TOML that names files."""
    patient_assigning_authorities: tuple[Oid, ...] = ()
    """OIDs of the only authorities of patientId; without any those of `codes`."""
    patients: Literal["known", "open"] = "known"
    """Whether only patients of a feed (known), or all (open), may have documents."""
    patient_namespaces: dict[str, Annotated[str, AfterValidator(_oid)]] = Field(
        default_factory=dict
    )
    """OIDs of authorities that feeds (ITI-8) call by a namespace id only."""
    hidden_authorities: tuple[Oid, ...] = ()
    """OIDs of authorities whose identifiers no log and no error may show, beside the NIU's."""
    strictness: Annotated[str, AfterValidator(_profile)] | None = None
    """Which rules refuse, warn or are off; without one the profile that fits `codes`."""
    rules: dict[Annotated[str, AfterValidator(_rule)], Level] = Field(default_factory=dict)
    """Levels of single rules, which win over the profile's."""


if TYPE_CHECKING:
    _LimitsBelow = Section
else:
    _LimitsBelow = create_model(
        "_LimitsBelow",
        __base__=Section,
        **{
            field.name: (_MEASURES[get_type_hints(kind)[field.name]], field.default)
            for kind in (SoapLimits, RepositoryLimits, RegistryLimits, FeedLimits)
            for field in fields(kind)
            if field.name != "soap"
        },
    )


class Limits(_LimitsBelow):
    """Every limit of the lower floors under its own name, and those of this one.

    Sizes in octets, times in seconds, rates in octets a second.
    """

    recovery_seconds: Seconds = 30.0
    """Between two looks at the documents whose registration has no known outcome."""
    database_seconds: Seconds = 10.0
    """How long a lock or a connection of a database is waited for, until the answer is Busy."""
    stop_seconds: Seconds = 60.0
    """How long a stopping server waits for the exchanges in flight."""
    tls_handshakes: Count = 512
    """TLS handshakes at once on each process; further ones take the place of the oldest."""
    tls_handshake_seconds: Seconds = 10.0
    """How long a handshake may take."""
    tls_watch_seconds: Seconds = 10.0
    """Between two looks at certificates, keys and CRLs for changes."""
    audit_waiting: Count = 1_000_000
    """Undelivered audit records at which reads spill; at twice as many work is refused."""
    audit_spill: Count = 256 * 1024 * 1024
    """The spill file's most octets; when it is full, work is refused."""
    answered_days: Annotated[float, Field(ge=1)] = 30.0
    """How long a message that was carried out is recognised when it comes again."""

    @property
    def answered_seconds(self) -> float:
        """The same in seconds."""
        return self.answered_days * 24 * 3600

    def soap(self) -> SoapLimits:
        """The part that the SOAP layer uses."""
        return self._part(SoapLimits)

    def repository(self) -> RepositoryLimits:
        """The part that the repository uses."""
        return self._part(RepositoryLimits, soap=self.soap())

    def registry(self) -> RegistryLimits:
        """The part that the registry uses."""
        return self._part(RegistryLimits)

    def feed(self) -> FeedLimits:
        """The part that patient identity feeds use."""
        return self._part(FeedLimits)

    def _part(self, kind: type[Part], **made: Any) -> Part:
        own = {f.name: getattr(self, f.name) for f in fields(kind) if f.name not in made}
        return kind(**own, **made)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        repository = self.repository()
        if self.answered_seconds < repository.stale_staging + repository.longest_backoff:
            raise ValueError(
                "answered_days must be longer than stale_staging and longest_backoff together: "
                "a submission may be tried again as long as its outcome is open"
            )
        return self


class Settings(BaseSettings):
    """All sections. Made by `entente.configuration.load`, which names what is wrong."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    http: Http = Http()
    management: Management = Management()
    registry: Registry = Registry()
    repository: Repository = Repository()
    domain: Domain = Domain()
    audit: Audit = Audit()
    signatures: Signatures = Signatures()
    xua: Xua = Xua()
    policy: Policy = Policy()
    limits: Limits = Limits()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over what the file says (`init_settings`)."""
        return EnvSettingsSource(settings_cls), init_settings

    @model_validator(mode="after")
    def _plain_feed_only_on_loopback(self) -> Self:
        if self.feed_exposed and not self.http.insecure:
            raise ValueError(
                f"[registry] mllp_host = {self.registry.mllp_host}: it is reached from outside and "
                "there is no mutual TLS: set tls_certificate, tls_key and tls_client_ca in [http], "
                "or insecure = true"
            )
        return self

    @model_validator(mode="after")
    def _plain_registry_only_on_loopback(self) -> Self:
        if self.registry_exposed and not self.http.insecure:
            raise ValueError(
                f"[repository] registry_url = {self.repository.registry_url}: the way to another "
                "machine needs TLS: https://, or insecure = true in [http]"
            )
        return self

    @property
    def registry_exposed(self) -> bool:
        """True when others than this machine can read what the repository tells its registry."""
        parts = urlsplit(self.repository.registry_url or "")
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")

    @property
    def feed_exposed(self) -> bool:
        """True when others than this machine can feed patients without proving who they are."""
        plain = self.registry.mllp_port is not None and not self.http.mutual
        return plain and not is_loopback(self.registry.mllp_host)


def blob_folder(settings: Settings) -> Path:
    """The folder that `repository.blob_url` names."""
    return Path(settings.repository.blob_url.removeprefix("file:").replace("///", "/", 1))


def database_url(settings: Settings, actor: Actor) -> str:
    """The URL of an actor's database."""
    return {
        Actor.REGISTRY: settings.registry.database_url,
        Actor.REPOSITORY: settings.repository.database_url,
    }[actor]
