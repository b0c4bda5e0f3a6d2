import pytest
import torch

from selection_assets.stages.models.bfloat16 import warn_where_slow


@pytest.mark.parametrize(
    ("capabilities", "warns"),
    [
        ({"avx512_f": True, "avx512_bf16": True}, False),
        ({"amx_bf16": True, "avx512_bf16": False, "cpu_name": "x"}, False),
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, True),
        ({"cpu_name": "x"}, True),
    ],
)
def test_only_where_the_processor_has_no_arithmetic_for_it(
    capabilities: dict[str, object], warns: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    warn_where_slow("embedding_precision=bf16")
    assert ["embedding_precision=bf16: this processor has no" in line for line in caplog.messages] == [True] * warns
