"""Both views of a batch through the model at once on a CPU: each on half of the threads, forward and backward.

Threads of one pass wait for each other at every layer; two passes do not. The result is that of one pass after the
other: gradients are summed, and batch norm has seen the first view before the second.

Not in channels-last: one thread gains nothing by it, and oneDNN's backward pass of 1x1 convolutions with stride 2 and
fewer than 16 channels writes beyond its memory there (torch 2.15).

This module imports torch: import it inside the functions that use it.
"""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor, nn

Norms = nn.modules.batchnorm._BatchNorm


class SideBySide:
    """Calls `model` on two batches at once; gradients flow to its parameters. Use it as a context manager: on leaving,
    the number of torch's threads is what it was."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        # Shares the parameters, but not what batch norm counts: both passes would write there at the same time.
        self._twin = copy.deepcopy(model, {id(parameter): parameter for parameter in model.parameters()})
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._threads = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(2, "view", torch.set_num_threads, (max(1, self._threads // 2),))

    def __enter__(self) -> "SideBySide":
        torch.set_num_threads(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        torch.set_num_threads(self._threads)

    def __call__(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """(B, …) each -> what `model(first)` and then `model(second)` give."""
        projections: tuple[Tensor, Tensor] = _Passes.apply(self, first, second, *self._parameters)
        return projections

    def forward(self, first: Tensor, second: Tensor) -> list[Tensor]:
        """Both outputs, each with the graph that leads to it."""
        for norm in _norms(self._twin):
            norm.running_mean.zero_()
            norm.running_var.zero_()
        # What is set for a thread, the pool's threads do not know.
        kind, lower = torch.get_autocast_dtype("cpu"), torch.is_autocast_enabled("cpu")

        def one(model: nn.Module, images: Tensor) -> Tensor:
            with torch.enable_grad(), torch.autocast("cpu", kind, lower, cache_enabled=False):
                output: Tensor = model(images)
                return output

        outputs = self._both(one, (self.model, first), (self._twin, second))
        for norm, other in zip(_norms(self.model), _norms(self._twin), strict=True):
            # running = (1 - momentum) * running + momentum * statistic; the twin started from 0. `data`, because the
            # graph remembers these tensors, of which its backward pass has no use.
            norm.running_mean.data.mul_(1 - norm.momentum).add_(other.running_mean)
            norm.running_var.data.mul_(1 - norm.momentum).add_(other.running_var)
            norm.num_batches_tracked.add_(1)
        return outputs

    def backward(self, outputs: list[Tensor], gradients: tuple[Tensor, ...]) -> list[Tensor]:
        """Gradients of the parameters, summed over both outputs."""

        def one(output: Tensor, gradient: Tensor) -> tuple[Tensor, ...]:
            return torch.autograd.grad(output, self._parameters, gradient)

        first, second = self._both(one, *zip(outputs, gradients, strict=True))
        return [a.add_(b) for a, b in zip(first, second, strict=True)]

    def _both(self, function: Callable[..., Any], *arguments: tuple[Any, ...]) -> list[Any]:
        return [made.result() for made in [self._pool.submit(function, *given) for given in arguments]]


class _Passes(torch.autograd.Function):
    """Ties the graphs of both passes into the caller's."""

    @staticmethod
    def forward(ctx: Any, passes: SideBySide, first: Tensor, second: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
        ctx.passes, ctx.outputs = passes, passes.forward(first, second)
        return tuple(output.detach() for output in ctx.outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, None, *ctx.passes.backward(ctx.outputs, gradients)


def _norms(model: nn.Module) -> list[Any]:
    return [part for part in model.modules() if isinstance(part, Norms)]
