"""Where Google Cloud Storage is, and with which key: that of a dataset, or of the environment."""

import base64
import json
import os
import time
from dataclasses import dataclass

from configs.credentials.gcs import VARIABLE, GCSCredentials
from configs.errors import InputError
from resources.stores.gcs_faults import OF_DATASET, OF_ENVIRONMENT, Names
from resources.stores.location import BucketLocation

GOOGLE = "https://storage.googleapis.com"
_CLASHING = ("GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH", "GOOGLE_BEARER_TOKEN")  # obstore reads them, too
READING = "https://www.googleapis.com/auth/devstorage.read_only"


@dataclass(frozen=True)
class GCSAccess:
    """endpoint: without '/' at its end. names: for errors."""

    endpoint: str
    credentials: GCSCredentials
    names: Names

    @property
    def service_account(self) -> str:
        """As obstore takes it."""
        return json.dumps(
            {
                "client_email": self.credentials.client_email,
                "private_key_id": self.credentials.private_key_id,
                "private_key": self.credentials.private_key.get_secret_value(),
                "gcs_base_url": self.endpoint,
            }
        )

    def bearer_token(self) -> str:
        """Signed by the account itself, for an hour of reading.

        Source: developers.google.com/identity/protocols/oauth2/service-account#jwt-auth.
        """
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(self.credentials.private_key.get_secret_value().encode(), password=None)
        assert isinstance(key, RSAPrivateKey)  # `GCSCredentials` takes no other
        now, who = int(time.time()), self.credentials.client_email
        head = {"alg": "RS256", "typ": "JWT", "kid": self.credentials.private_key_id}
        claims = {"iss": who, "sub": who, "scope": READING, "iat": now, "exp": now + 3600}
        signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
        return b".".join((signed, _base64(key.sign(signed, PKCS1v15(), SHA256())))).decode()


def gcs_access(location: BucketLocation, credentials: GCSCredentials | None) -> GCSAccess:
    """With credentials of the dataset, nothing of the environment counts.

    Without: the file that GOOGLE_APPLICATION_CREDENTIALS names. Raises InputError where there is none, or where other
    variables would replace them.
    """
    if clashing := next((name for name in _CLASHING if os.environ.get(name)), ""):
        raise InputError(
            f"{location}: {clashing} is set, which would go before the key of the service account; unset it"
        )
    names = OF_DATASET if credentials else OF_ENVIRONMENT
    if credentials is None:
        if not os.environ.get(VARIABLE):
            raise InputError(f"{location}: there are no credentials; set {VARIABLE} to the file of a service account")
        credentials = GCSCredentials.of_environment(os.environ, str(location))
    return GCSAccess((credentials.gcs_base_url or GOOGLE).rstrip("/"), credentials, names)


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
