"""Credentials of a bucket, as a dataset of the catalog has them: typed, and never shown.

Names are those of the old platform's datasources, where it had them.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, model_validator

from configs.errors import InputError

Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[\x21-\x7e]*$")]
_OF_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "access_key",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
    "AWS_REGION": "region",
    "AWS_ENDPOINT_URL": "endpoint_url",
    "AWS_ALLOW_HTTP": "allow_http",
}
_OF_OTHERS = {
    "private_key": "a service account of Google Cloud",
    "sas_token": "a container of Azure",
    "account_name": "a container of Azure",
}


class S3Credentials(BaseModel):
    """A key pair, or a role to assume (with the key pair here, or the environment's), or both; and where the server is.

    endpoint_url: of another server than Amazon's. allow_http: let signed requests go there without encryption.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    access_key: Word = ""
    secret_access_key: SecretStr = SecretStr("")
    session_token: SecretStr = SecretStr("")
    region: Word = ""
    endpoint_url: Annotated[Word, Field(pattern=r"^(https?://.*)?$")] = ""
    allow_http: bool = False
    role_arn: Annotated[Word, Field(pattern=r"^(arn:.*)?$")] = ""
    external_id: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _whole(self) -> "S3Credentials":
        if bool(self.access_key) != bool(self.secret_access_key.get_secret_value()):
            raise ValueError("access_key and secret_access_key belong together")
        if not self.access_key and not self.role_arn:
            raise ValueError("give access_key and secret_access_key, or role_arn")
        if self.external_id.get_secret_value() and not self.role_arn:
            raise ValueError("external_id belongs to role_arn")
        if self.endpoint_url.startswith("http://") and not self.allow_http:
            raise ValueError("endpoint_url is not encrypted; use https://, or add allow_http: true")
        return self

    def revealed(self) -> bytes:
        """As JSON, with the secrets: for sealing only."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in values.items()}
        return json.dumps(plain).encode()

    @property
    def about(self) -> str:
        """For people: what they are, and nothing that helps anybody to use them."""
        who = f"role {self.role_arn}" if self.role_arn else f"access key …{self.access_key[-4:]}"
        return f"{who} at {self.endpoint_url}" if self.endpoint_url else who


def s3_credentials(given: bytes | dict[str, Any], where: str) -> S3Credentials:
    """From JSON that was sealed, or a dictionary; names of the usual environment variables are taken, too.

    where: what holds them, for messages, in which no value is repeated. Raises InputError.
    """
    values: dict[str, Any] = json.loads(given) if isinstance(given, bytes) else given
    for name, what in _OF_OTHERS.items():
        if name in values:
            raise InputError(f"{where}: these are credentials of {what}, and the place is in S3; give those of S3")
    named = {_OF_ENVIRONMENT.get(name, name): value for name, value in values.items()}
    try:
        return S3Credentials(**named)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in fault["loc"])
        reason = str(fault["msg"]).removeprefix("Value error, ")
        known = ", ".join(S3Credentials.model_fields)
        if fault["type"] == "extra_forbidden":
            raise InputError(f"{where}: {name[:40]!a} is unknown; known are {known}") from None
        raise InputError(f"{where}: {f'{name}: ' if name else ''}{reason}") from None


def from_environment(environment: Mapping[str, str], option: str = "--input-credentials") -> S3Credentials:
    """The usual variables, as they are. Raises InputError where there is no key pair."""
    named = {name: environment[name] for name in _OF_ENVIRONMENT if environment.get(name)}
    return s3_credentials(dict(named), f"{option} env")
