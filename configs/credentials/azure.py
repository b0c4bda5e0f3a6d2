"""Azure Blob Storage: a shared access signature (SAS) of an account."""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from urllib.parse import parse_qs

from pydantic import Field, SecretStr, field_validator, model_validator

from configs.credentials.base import Address, BucketCredentials, Word, encrypted


class AzureCredentials(BucketCredentials):
    """A SAS token of the account, or of the container alone.

    endpoint_url: of the account on another server than Azure's. allow_http: let the token go there without encryption.
    """

    variables: ClassVar[Mapping[str, str]] = {
        "AZURE_STORAGE_ACCOUNT_NAME": "account_name",
        "AZURE_STORAGE_SAS_TOKEN": "sas_token",
        "AZURE_STORAGE_ENDPOINT": "endpoint_url",
        "AZURE_ALLOW_HTTP": "allow_http",
    }
    telling: ClassVar[tuple[str, ...]] = ("account_name", "sas_token")
    asked: ClassVar[tuple[str, ...]] = ("account_name", "sas_token", "endpoint_url")

    account_name: Annotated[Word, Field(pattern=r"^([a-z0-9]{3,24})?$")] = ""
    sas_token: SecretStr = SecretStr("")
    endpoint_url: Address = ""
    allow_http: bool = False

    @field_validator("sas_token")
    @classmethod
    def _without_question_mark(cls, token: SecretStr) -> SecretStr:
        """Portals show it as the end of a URL."""
        return SecretStr(token.get_secret_value().strip().removeprefix("?"))

    @model_validator(mode="after")
    def _whole(self) -> "AzureCredentials":
        token = self.sas_token.get_secret_value()
        if not self.account_name or not token:
            raise ValueError("give account_name and sas_token")
        if not token.isascii() or any(not name or not text for name, _, text in map(_pair, token.split("&"))):
            raise ValueError("sas_token is no shared access signature; give what follows the '?' of its URL")
        if not parse_qs(token).get("sig"):
            raise ValueError("sas_token has no signature (sig=…); give all that follows the '?' of its URL")
        encrypted(self.endpoint_url, self.allow_http, "endpoint_url")
        return self

    @property
    def about(self) -> str:
        who = f"SAS token of account {self.account_name}"
        return f"{who} at {self.endpoint_url}" if self.endpoint_url else who


def _pair(text: str) -> tuple[str, str, str]:
    return text.partition("=")
