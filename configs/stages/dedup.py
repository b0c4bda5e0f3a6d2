"""What happens to embeddings before selection: configs of the assets `dedup_sets` and `normalized_embeddings`."""

from pydantic import Field

from configs.stages.base import StageConfig


class DedupConfig(StageConfig):
    """Exact duplicates are samples with equal embeddings."""

    remove_exact_duplicates: bool = Field(default=True, description="Keep one sample of each set of exact duplicates.")


class NormalizationConfig(StageConfig):
    """Selection and report measure L2 distances; between unit vectors they lie in [0, 2]."""

    normalize_embeddings: bool = Field(
        default=True, description="Scale every embedding to unit length before selection."
    )
