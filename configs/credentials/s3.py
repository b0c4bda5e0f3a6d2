"""S3, at Amazon or elsewhere: a key pair, or a role."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, model_validator

from configs.credentials.base import Address, BucketCredentials, Word, encrypted


class S3Credentials(BucketCredentials):
    """A key pair, or a role to assume (with the key pair here, or the environment's), or both; and where the server is.

    endpoint_url: of another server than Amazon's. allow_http: let signed requests go there without encryption.
    kms_key: with which the server is to encrypt what is put.
    """

    variables: ClassVar[Mapping[str, str]] = {
        "AWS_ACCESS_KEY_ID": "access_key",
        "AWS_SECRET_ACCESS_KEY": "secret_access_key",
        "AWS_SESSION_TOKEN": "session_token",
        "AWS_REGION": "region",
        "AWS_ENDPOINT_URL": "endpoint_url",
        "AWS_ALLOW_HTTP": "allow_http",
    }
    # Those of dagster_aws.s3.S3Resource.
    spellings: ClassVar[Mapping[str, str]] = {
        "aws_access_key_id": "access_key",
        "aws_secret_access_key": "secret_access_key",
        "aws_session_token": "session_token",
        "region_name": "region",
    }
    telling: ClassVar[tuple[str, ...]] = ("access_key", "secret_access_key", "role_arn")
    asked: ClassVar[tuple[str, ...]] = (
        "access_key", "secret_access_key", "region", "endpoint_url", "role_arn", "external_id",
    )  # fmt: skip

    access_key: Word = ""
    secret_access_key: SecretStr = SecretStr("")
    session_token: SecretStr = SecretStr("")
    region: Word = ""
    endpoint_url: Address = ""
    allow_http: bool = False
    role_arn: Annotated[Word, Field(pattern=r"^(arn:.*)?$")] = ""
    external_id: SecretStr = SecretStr("")
    kms_key: Annotated[Word, Field(pattern=r"^(arn:aws[a-z-]*:kms:.*)?$")] = ""

    @model_validator(mode="after")
    def _whole(self) -> "S3Credentials":
        if bool(self.access_key) != bool(self.secret_access_key.get_secret_value()):
            raise ValueError("access_key and secret_access_key belong together")
        if not self.access_key and not self.role_arn:
            raise ValueError("give access_key and secret_access_key, or role_arn")
        if self.external_id.get_secret_value() and not self.role_arn:
            raise ValueError("external_id belongs to role_arn")
        encrypted(self.endpoint_url, self.allow_http, "endpoint_url")
        return self

    @property
    def about(self) -> str:
        who = f"role {self.role_arn}" if self.role_arn else f"access key …{self.access_key[-4:]}"
        return f"{who} at {self.endpoint_url}" if self.endpoint_url else who
