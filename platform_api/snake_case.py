"""The configs of jobs, from the spelling of the wire (`numWorkers`) to that of scripts (`num_workers`)."""

from typing import Any

from pydantic.alias_generators import to_snake

_OF_USERS = frozenset({"target"})  # its keys are names of classes


def in_snake_case(value: Any) -> Any:
    """The keys of all dictionaries in it. What is in snake case already stays, as old clients send it."""
    if isinstance(value, dict):
        return {to_snake(key): each if key in _OF_USERS else in_snake_case(each) for key, each in value.items()}
    return [in_snake_case(each) for each in value] if isinstance(value, list) else value
