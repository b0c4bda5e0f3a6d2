"""What all bodies have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

from resources.platform.ids import PATTERN


class Wire(BaseModel):
    """Strict types, as the client has them; nothing that is not named is taken or given."""

    @model_serializer(mode="wrap")
    def _without_none(self, serialized: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        """The client takes a field that is absent for none."""
        return {name: value for name, value in serialized(self).items() if value is not None}

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, frozen=True)


Id = Annotated[str, Field(pattern=PATTERN)]


class Created(Wire):
    id: Id
