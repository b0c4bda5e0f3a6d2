"""How the vectors of a datapool were made, and whether a run makes its own in the same way.

Distances between vectors that were made in different ways mean nothing, so every difference is an error. A datapool
without settings (made by another program) cannot be checked.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from configs.errors import InputError
from configs.stages.embedding import Precision


class PoolModel(BaseModel):
    """The model: name as in `ModelChoice`; `weights` is the name of its weights in the id under which vectors are kept,
    `fingerprint` a hash of its tensors."""

    model_config = ConfigDict(frozen=True, strict=True)

    name: str
    weights: str
    fingerprint: str
    input_size: int
    transform: str
    precision: Precision = "32"


class PoolSettings(BaseModel):
    """Written when the datapool is made; later only `label_numbers` grows.

    model: None where the vectors came from an embeddings file.
    weak_labels: names of the one-hot columns at the end of each vector; None where there are none.
    label_numbers: the number in the CSV of every weak label by its name, so that later runs keep it; None where labels
        are numbers anyway, or in settings of an older version.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    version: Literal[1] = 1
    normalize_embeddings: bool
    weak_labels: list[str] | None = None
    label_numbers: dict[str, int] | None = None
    model: PoolModel | None = None

    @field_validator("label_numbers")
    @classmethod
    def _one_name_each(cls, numbers: dict[str, int] | None) -> dict[str, int] | None:
        values = list((numbers or {}).values())
        if len(set(values)) < len(values) or not all(-(2**63) <= value < 2**63 for value in values):
            raise ValueError("two names have one number, or a number has more than 64 bits")
        return numbers

    @property
    def labels_have_names(self) -> bool:
        """Whether the numbers in the CSV stand for names: not where they came from an embeddings file."""
        return self.model is not None or self.label_numbers is not None

    def same_way(self, other: "PoolSettings") -> bool:
        """Whether both make vectors in one way; the numbers of labels aside."""
        return self.model_copy(update={"label_numbers": None}) == other.model_copy(update={"label_numbers": None})

    def with_label_numbers(self, numbers: dict[str, int]) -> "PoolSettings":
        """The settings that remember these numbers; unchanged where labels are numbers anyway."""
        return self.model_copy(update={"label_numbers": numbers}) if self.labels_have_names else self


def read_settings(path: Path | None) -> PoolSettings | None:
    """The settings; None where there is no such file. Raises InputError for a file that holds anything else."""
    if path is None:
        return None
    try:
        return PoolSettings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{path}{', key ' + where if where else ''}: {first['msg'].splitlines()[0].lower()}; restore the file from "
            "a backup, or start a new datapool"
        ) from None


def check_settings(
    name: str,
    made: PoolSettings,
    *,
    normalize_embeddings: bool,
    append_weak_labels: bool,
    input_size: int | None = None,
    precision: str | None = None,
    transform: str | None = None,
    weights: str | None = None,
) -> None:
    """Raises InputError where the run (the keywords) differs from what the datapool `name` was made with.

    input_size, precision, transform, weights (their name or hash): of the run's model; None: unknown, as with an
    embeddings file.
    """
    options: list[tuple[str, bool | int | str, bool | int | str]] = [
        ("normalize_embeddings", made.normalize_embeddings, normalize_embeddings),
        ("append_weak_labels", made.weak_labels is not None, append_weak_labels),
    ]
    if made.model is not None and input_size is not None:
        options.append(("lightly.collate.input_size", made.model.input_size, input_size))
    if made.model is not None and precision is not None:
        options.append(("embedding_precision", made.model.precision, precision))
    for key, of_pool, of_run in options:
        if of_pool != of_run:
            raise InputError(
                f"datapool.name={name}: it was made with {key}={of_pool}, this run has {key}={of_run}, and vectors "
                f"made in two ways cannot be compared; set {key}={of_pool}, or start a new datapool"
            )
    if made.model is None:
        return
    if transform is not None and transform != made.model.transform:
        raise InputError(
            f"datapool.name={name}: its images were resized as {made.model.transform}, this version does {transform}; "
            "start a new datapool"
        )
    if weights is not None and weights not in (made.model.weights, made.model.fingerprint):
        raise InputError(
            f"datapool.name={name}: it was made with another model than this run's; leave checkpoint out, so that the "
            "model of the datapool embeds, or start a new datapool"
        )
