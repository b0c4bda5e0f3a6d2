"""The small model and pictures of the embedding tests."""

from tests.stages.embedding.conftest import one_thread, pictures, small_model

__all__ = ["one_thread", "pictures", "small_model"]
