"""Google Cloud Storage: the key of a service account, as Google gives it."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict, SecretStr, model_validator

from configs.credentials.base import Address, BucketCredentials, Word, encrypted
from configs.errors import InputError
from configs.spellings.config_files import read_config_file

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_HOW = "make one: gcloud iam service-accounts keys create key.json --iam-account=NAME@PROJECT.iam.gserviceaccount.com"


class GCSCredentials(BucketCredentials):
    """The JSON of the key, of which only what opens a bucket is kept.

    gcs_base_url: of another server than Google's. allow_http: let tokens go there without encryption.
    """

    # The file has more fields than are needed, and Google adds to them.
    model_config = ConfigDict(extra="ignore")

    variables: ClassVar[Mapping[str, str]] = {VARIABLE: VARIABLE}
    telling: ClassVar[tuple[str, ...]] = ("private_key", "private_key_id", "client_email", VARIABLE)
    asked: ClassVar[tuple[str, ...]] = (VARIABLE,)

    type: Literal["service_account"] = "service_account"
    client_email: Word = ""
    private_key_id: Word = ""
    private_key: SecretStr = SecretStr("")
    gcs_base_url: Address = ""
    allow_http: bool = False

    @classmethod
    def made(cls, values: Mapping[str, object], where: str) -> "GCSCredentials":
        """The JSON itself, or the name of its file under the usual variable."""
        if VARIABLE in values:
            if not isinstance(path := values[VARIABLE], str) or not path:
                raise InputError(f"{where}: {VARIABLE}: give the path of a file")
            values = read_config_file(Path(path).expanduser(), VARIABLE)
            where = f"{VARIABLE} {path}"
        kind = values.get("type")
        if isinstance(kind, str) and kind != "service_account":
            raise InputError(f"{where}: this is no key of a service account ({kind[:40]!a}); {_HOW}")
        return super().made(values, where)

    @model_validator(mode="after")
    def _whole(self) -> "GCSCredentials":
        key = self.private_key.get_secret_value()
        if not (key and self.client_email and self.private_key_id):
            raise ValueError(
                f"there is no key of a service account (client_email, private_key_id, private_key); {_HOW}"
            )
        if not _is_rsa(key):
            raise ValueError("private_key is no RSA key in PEM form; give the file as Google made it")
        encrypted(self.gcs_base_url, self.allow_http, "gcs_base_url")
        return self

    @property
    def about(self) -> str:
        who = f"service account {self.client_email}"
        return f"{who} at {self.gcs_base_url}" if self.gcs_base_url else who


def _is_rsa(key: str) -> bool:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return isinstance(load_pem_private_key(key.encode(), password=None), RSAPrivateKey)
    except (ValueError, TypeError):
        return False
