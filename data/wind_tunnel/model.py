"""A small decoder-only transformer: pre-norm, tied embeddings, learned positions, no biases, token shift.

Token shift: half of the channels that attention reads are those of the token before (as in RWKV). Without it tiny models
wait at the bigram loss for some 300 steps until a previous-token head has formed, and no power law holds across that plateau.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def squared_relu(x: Tensor) -> Tensor:
    """max(0, x)²; a function with a name, because a checkpoint holds the model."""
    return F.relu(x).square()


ACTIVATIONS = {"gelu": F.gelu, "relu2": squared_relu}


def shift(x: Tensor) -> Tensor:
    """The first half of the channels as they are, the second half from the position before."""
    half = x.shape[-1] // 2
    return torch.cat([x[..., :half], F.pad(x[..., half:], (0, 0, 1, -1))], dim=-1)


class Block(nn.Module):
    """Attention, then a feed-forward layer of four times the width."""

    def __init__(self, width: int, heads: int, activation: str) -> None:
        super().__init__()
        self.heads, self.activation = heads, ACTIVATIONS[activation]
        self.norm1, self.norm2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        q, k, v = self.qkv(shift(self.norm1(x))).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, time, width))
        return x + self.down(self.activation(self.up(self.norm2(x))))


class Transformer(nn.Module):
    """Logits of the next token at every position."""

    def __init__(self, vocabulary: int, context: int, width: int, layers: int, heads: int, activation: str) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.zeros(context, width))
        self.blocks = nn.ModuleList(Block(width, heads, activation) for _ in range(layers))
        self.norm = nn.LayerNorm(width, bias=False)
        self.apply(lambda module: initialise(module, layers))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.positions
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokens.weight)

    def counts(self) -> tuple[int, int]:
        """Parameters with and without the embeddings."""
        total = sum(p.numel() for p in self.parameters())
        return total, total - self.tokens.weight.numel() - self.positions.numel()

    def stack(self) -> None:
        """Doubles the depth by a copy of all blocks on top (G_stack)."""
        self.blocks.extend([copy.deepcopy(block) for block in self.blocks])


def initialise(module: nn.Module, layers: int) -> None:
    """Normal, by fan-in; what writes into the residual stream is made smaller with depth; embeddings are small."""
    if isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)
    if isinstance(module, Block):
        for linear in (module.out, module.down):
            linear.weight.data.div_((2 * layers) ** 0.5)
