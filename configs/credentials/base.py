"""What credentials of every kind of bucket have in common."""

import json
import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError

from configs.errors import InputError

Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[\x21-\x7e]*$")]


def _address(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^@?#]+", text):
        raise ValueError("it is no address of a server; write https://host:port, without user, password and query")
    return text


Address = Annotated[Word, AfterValidator(_address)]


class BucketCredentials(BaseModel):
    """variables: the usual ones of the environment, and the field that each of them gives. spellings: what others call
    the fields.
    telling: fields that no other kind has. asked: what a person is asked for, one by one."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    variables: ClassVar[Mapping[str, str]] = {}
    spellings: ClassVar[Mapping[str, str]] = {}
    telling: ClassVar[tuple[str, ...]] = ()
    asked: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def made(cls, values: Mapping[str, Any], where: str) -> Self:
        """Names of variables, and other spellings, are taken like those of fields. where: what holds them, for
        messages, in which no value is repeated. Raises InputError."""
        named = {cls.field_of(name): value for name, value in values.items()}
        try:
            return cls(**named)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            name = ".".join(str(part) for part in fault["loc"])
            reason = str(fault["msg"]).removeprefix("Value error, ")
            if fault["type"] == "string_pattern_mismatch":
                reason = "it is not spelled as such a value is, or holds a space"
            known = ", ".join(cls.model_fields)
            if fault["type"] == "extra_forbidden":
                raise InputError(f"{where}: {name[:40]!a} is unknown; known are {known}") from None
            raise InputError(f"{where}: {f'{name}: ' if name else ''}{reason}") from None

    @classmethod
    def field_of(cls, name: str) -> str:
        """The field that a variable, or another spelling, gives; of any other name that name."""
        return cls.variables.get(name) or cls.spellings.get(name, name)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str], where: str) -> Self:
        """The usual variables, as they are. Raises InputError where they give no credentials."""
        try:
            return cls.made({name: environment[name] for name in cls.variables if environment.get(name)}, where)
        except InputError as error:
            text = str(error)
            for variable, field in cls.variables.items():
                text = re.sub(rf"\b{field}\b", variable, text.replace(f"add {field}: true", f"set {variable}=true"))
            raise InputError(text) from None

    def revealed(self) -> bytes:
        """As JSON, with the secrets: for sealing only."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in values.items()}
        return json.dumps(plain).encode()

    @property
    @abstractmethod
    def about(self) -> str:
        """For people: what they are, and nothing that helps anybody to use them."""


def encrypted(address: str, allow_http: bool, name: str) -> None:
    """Raises ValueError where secrets would go through the network as they are, and nobody said that they may."""
    if address.startswith("http://") and not allow_http:
        raise ValueError(f"{name} is not encrypted; use https://, or add allow_http: true")
