"""Walks through a latent space: straight lines, great circles and the plane of most variance."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.engine.latent import PATHS, lerp, principal_plane, slerp

T = torch.linspace(0, 1, 11)


def pair(seed: int, d: int, n: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(seed)
    return torch.randn((n, d), generator=stream), torch.randn((n, d), generator=stream)


@pytest.mark.parametrize("path", PATHS)
@given(seed=st.integers(0, 10_000), d=st.integers(1, 64))
def test_paths_start_and_end_at_their_endpoints(path: str, seed: int, d: int) -> None:
    a, b = pair(seed, d)
    z = PATHS[path](a, b, T)
    assert z.shape == (4, 11, d)
    assert torch.allclose(z[:, 0], a, atol=2e-5) and torch.allclose(z[:, -1], b, atol=2e-5)


def test_lerp_is_the_straight_line() -> None:
    a, b = pair(1, 3)
    assert torch.allclose(lerp(a, b, T)[:, 3], 0.7 * a + 0.3 * b)


@given(seed=st.integers(0, 10_000), d=st.integers(2, 64))
def test_slerp_turns_with_constant_speed_and_lengths_go_linearly(seed: int, d: int) -> None:
    a, b = (v.double() for v in pair(seed, d))
    z = slerp(a, b, T)
    lengths = (1 - T) * a.norm(dim=-1, keepdim=True) + T * b.norm(dim=-1, keepdim=True)
    assert torch.allclose(z.norm(dim=-1), lengths.double(), rtol=1e-6)
    u = z / z.norm(dim=-1, keepdim=True)
    angles = 2 * torch.asin((u[:, 1:] - u[:, :-1]).norm(dim=-1) / 2)
    whole = torch.acos(torch.nn.functional.cosine_similarity(a, b).clamp(-1, 1))
    assert torch.allclose(angles, (whole / 10)[:, None].expand_as(angles), atol=1e-7)


@given(st.floats(2e-4, math.pi - 2e-4), st.floats(0.01, 100), st.floats(0.01, 100))
def test_slerp_in_single_precision_keeps_the_length_at_any_angle(angle: float, length_a: float, length_b: float) -> None:
    a = torch.tensor([length_a, 0.0])
    b = torch.tensor([length_b * math.cos(angle), length_b * math.sin(angle)])
    expected = (1 - T) * length_a + T * length_b
    assert torch.allclose(slerp(a, b, T).norm(dim=-1), expected, rtol=2e-3)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0], [-1.0, -2.0]), ([1.0, 2.0], [3.0, 6.0]), ([0.0, 0.0], [1.0, 2.0]),
     ([1.0, 2.0], [0.0, 0.0]), ([0.0, 0.0], [0.0, 0.0]), ([1e-30, 0.0], [0.0, 1.0])],
)  # fmt: skip
def test_slerp_without_an_arc_takes_the_straight_line(a: list[float], b: list[float]) -> None:
    x, y = torch.tensor(a), torch.tensor(b)
    assert torch.allclose(slerp(x, y, T), lerp(x, y, T), atol=1e-5)


def test_slerp_treats_each_pair_by_itself() -> None:
    a, b = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[-1.0, 0.0], [0.0, 1.0]])
    z = slerp(a, b, torch.tensor([0.5]))[:, 0]
    assert torch.allclose(z, torch.tensor([[0.0, 0.0], [math.sqrt(0.5), math.sqrt(0.5)]]), atol=1e-6)


def test_one_latent_has_no_arc_between_signs() -> None:
    z = slerp(torch.tensor([-1.0]), torch.tensor([3.0]), T)
    assert torch.allclose(z, lerp(torch.tensor([-1.0]), torch.tensor([3.0]), T))


# ---------------------------------------------------------------- the plane of most variance
def test_principal_plane_finds_a_known_plane() -> None:
    stream = torch.Generator().manual_seed(0)
    basis, _ = torch.linalg.qr(torch.randn((6, 6), generator=stream))
    codes = torch.randn((4000, 6), generator=stream) * torch.tensor([5.0, 3.0, 0.1, 0.1, 0.1, 0.1]) @ basis.T + 7
    origin, axes = principal_plane(codes)
    assert torch.allclose(origin, codes.mean(0))
    assert torch.allclose(axes @ axes.T, torch.eye(2), atol=1e-5)
    assert abs(float(axes[0] @ basis[:, 0])) > 0.999 and abs(float(axes[1] @ basis[:, 1])) > 0.999
    assert (axes.gather(1, axes.abs().argmax(1, keepdim=True)) > 0).all()


def test_principal_plane_keeps_its_signs_when_codes_are_shuffled() -> None:
    codes = torch.randn((500, 3), generator=torch.Generator().manual_seed(1)) * torch.tensor([3.0, 2.0, 1.0])
    assert torch.allclose(principal_plane(codes)[1], principal_plane(codes.flip(0))[1], atol=1e-4)


@pytest.mark.parametrize("codes", [torch.randn(50, 1), torch.ones(1, 3), torch.ones(9, 3), torch.randn(2, 4)])
def test_principal_plane_of_little_is_still_a_plane(codes: torch.Tensor) -> None:
    origin, axes = principal_plane(codes)
    assert origin.shape == (codes.shape[1],) and axes.shape == (2, codes.shape[1])
    assert torch.isfinite(axes).all()
    if codes.shape[1] == 1:
        assert axes.tolist() == [[1.0], [0.0]]
