"""Makes a process compute as the shipped runs were computed: one thread, no denormal numbers, MKL's kernels for Intel CPUs.

Asked whether the CPU is Intel's, MKL takes other AVX-512 kernels where it is not, which add in another order: the last bit of a
product differs, and a long run at a high rate parts from its shipped curve. MKL keeps the answer in one integer; here it is set.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import torch

LOAD_INTEGER = b"\x8b\x05"  # how the function begins, mov eax, [rip + offset]; the offset counts from the next instruction


def compute_as_shipped() -> bool:
    """True where sums have the order of the shipped runs. To be called before the first product: MKL chooses once."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    return _answer_as_intel() and torch.backends.cpu.get_cpu_capability() == "AVX512"


def _answer_as_intel() -> bool:
    """Whether MKL now holds the CPU to be Intel's; False where this PyTorch has no MKL, or another one."""
    path = Path(torch.__file__).with_name("lib") / "libtorch_cpu.so"
    if not path.exists() or not hasattr(library := ctypes.CDLL(str(path)), "mkl_serv_intel_cpu_true"):
        return False
    is_intel = library.mkl_serv_intel_cpu_true
    start = ctypes.cast(is_intel, ctypes.c_void_p).value
    code = ctypes.string_at(start, 6)
    if is_intel() or not code.startswith(LOAD_INTEGER):
        return bool(is_intel())
    offset = int.from_bytes(code[2:], "little", signed=True)
    ctypes.c_int.from_address(start + len(code) + offset).value = 1
    return bool(is_intel())
