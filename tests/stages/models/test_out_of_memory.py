import pytest
import torch

from selection_assets.stages.models.out_of_memory import is_out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("process 0 terminated: torch.OutOfMemoryError: …"),
    ],
)
def test_too_little_memory(error: BaseException) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [RuntimeError("memory format"), ValueError(""), OSError(28, "No space left")])
def test_other_errors(error: BaseException) -> None:
    assert not is_out_of_memory(error)
