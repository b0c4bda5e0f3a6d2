"""What happens to embeddings before selection: configs of the assets `dedup_sets` and `normalized_embeddings`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.field_types import Flag
from configs.option import Option
from configs.stages.base import StageConfig


class DedupConfig(StageConfig):
    """Exact duplicates are samples with equal embeddings."""

    title: ClassVar[str] = "Exact duplicates"

    remove_exact_duplicates: Annotated[Flag, Option("remove_exact_duplicates", worker=True)] = Field(
        default=True, description="Keep one sample of each set of exact duplicates."
    )


class NormalizationConfig(StageConfig):
    """Selection and report measure L2 distances; between unit vectors they lie in [0, 2]."""

    title: ClassVar[str] = "Normalisation"

    normalize_embeddings: Annotated[Flag, Option("normalize_embeddings", worker=True)] = Field(
        default=True, description="Scale every embedding to unit length before selection."
    )
