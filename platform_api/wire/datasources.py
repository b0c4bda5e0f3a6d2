"""Where a dataset lies: one config per purpose, in the words of each provider; and what was tried there."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from platform_api.wire.base import Id, Wire

Purpose = Literal["INPUT", "LIGHTLY", "INPUT_OUTPUT"]
Region = Literal[
    "us-east-2", "us-east-1", "us-west-1", "us-west-2", "af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3",
    "ap-southeast-4", "ap-south-1", "ap-northeast-3", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2",
    "ap-northeast-1", "ca-central-1", "cn-northwest-1", "eu-central-1", "eu-west-1", "eu-west-2", "eu-south-1",
    "eu-west-3", "eu-north-1", "eu-south-2", "eu-central-2", "me-south-1", "me-central-1", "sa-east-1", "us-gov-east",
    "us-gov-west",
]  # fmt: skip
PLAIN = r"^[^\x00-\x1f\x7f]*$"
Path = Annotated[str, Field(max_length=1500, pattern=PLAIN)]
Word = Annotated[str, Field(min_length=1, max_length=2000, pattern=PLAIN)]
Url = Annotated[str, Field(max_length=500, pattern=r"^https?:\/\/[^\x00-\x20\x7f]+$")]
KmsKey = Annotated[str, Field(max_length=500, pattern=r"^arn:aws:kms:[a-zA-Z0-9-]*:[0-9]{12}:key[^\x00-\x20\x7f]+$")]


class Config(Wire):
    """thumb_suffix: none where the user wants no thumbnails."""

    id: Id | None = None
    purpose: Purpose
    full_path: Path
    thumb_suffix: Annotated[str, Field(max_length=500, pattern=PLAIN)] | None = None

    @field_validator("thumb_suffix")
    @classmethod
    def _below_the_place(cls, suffix: str | None) -> str | None:
        if suffix is not None and (suffix.startswith("/") or ".." in suffix.split("/")):
            raise ValueError("must be relative, without '..'")
        return suffix


class S3Config(Config):
    type: Literal["S3"]
    s3_region: Region = Field(alias="s3Region")
    s3_access_key_id: Word = Field(alias="s3AccessKeyId")
    s3_secret_access_key: Word = Field(alias="s3SecretAccessKey")
    s3_kms_key: KmsKey | None = Field(None, alias="s3ServerSideEncryptionKMSKey")


class S3DelegatedConfig(Config):
    type: Literal["S3DelegatedAccess"]
    s3_region: Region = Field(alias="s3Region")
    s3_arn: str = Field(
        alias="s3ARN", min_length=12, max_length=500, pattern=r"^arn:aws:iam::[0-9]{12}:role[^\x00-\x20\x7f]+$"
    )
    s3_external_id: str = Field(
        alias="s3ExternalId", min_length=10, max_length=1224, pattern=r"^[a-zA-Z0-9_+=,.@:\/-]+$"
    )
    s3_kms_key: KmsKey | None = Field(None, alias="s3ServerSideEncryptionKMSKey")


class GCSConfig(Config):
    type: Literal["GCS"]
    gcs_project_id: Word
    gcs_credentials: str = Field(max_length=20_000)


class AzureConfig(Config):
    """account_key: the SAS token."""

    type: Literal["AZURE"]
    account_name: Word
    account_key: Word


class LocalConfig(Config):
    """web_server_location: of the old product's file server. Winnow serves the files itself, and never asks there."""

    type: Literal["LOCAL"]
    web_server_location: Url | None = None


class OBSConfig(Config):
    type: Literal["OBS"]
    obs_endpoint: Url
    obs_access_key_id: Word
    obs_secret_access_key: Word


class LightlyConfig(Config):
    """The old platform's own bucket, which there is no more."""

    type: Literal["LIGHTLY"]


DatasourceConfig = Annotated[
    S3Config | S3DelegatedConfig | GCSConfig | AzureConfig | LocalConfig | OBSConfig | LightlyConfig,
    Field(discriminator="type"),
]


class VerifyErrors(Wire):
    can_read: str | None = None
    can_write: str | None = None
    can_list: str | None = None
    can_overwrite: str | None = None


class VerifyData(Wire):
    can_read: bool
    can_write: bool
    can_list: bool
    can_overwrite: bool
    errors: VerifyErrors | None = None


class Cursors(Wire):
    cursors: list[str]


class FileRow(Wire):
    file_name: str
    read_url: str


class FilePage(Wire):
    """cursor: empty at the end."""

    has_more: bool
    cursor: str
    data: list[FileRow]


class ProcessedUntil(Wire):
    """Seconds since 1970."""

    processed_until_timestamp: Annotated[int, Field(ge=0, le=1 << 53)]
