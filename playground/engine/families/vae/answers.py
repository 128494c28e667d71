"""What can be asked of a VAE: one short generator a question, on a snapshot of the weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine import messages as m
from playground.engine.answers import Answers, Asked, Handler, Likelihood, Measuring, answer, grid_points, working
from playground.engine.datasets.base import Dataset, to_float
from playground.engine.families.vae import evaluation
from playground.engine.families.vae.density import log_prob, log_prob_steps
from playground.engine.families.vae.model import VAE, binarise
from playground.engine.latent import principal_plane
from playground.engine.metrics.estimates import mean_and_error

FIELD_POINTS = 1000  # points for KL(data || model) on the field
FIELD_NODES = 160  # a side, for the picture of the density: finer than a screen shows
KL_NODES = 256  # a side, for the number beside it
BOUND_SAMPLES = 50  # K of the importance-weighted bound by which families are compared
MONITOR_ITEMS = 500
MONITOR_POINTS = 300  # of them, for the exact log p: a quadrature each


class VAEAnswers(Answers):
    """Requests about a VAE."""

    model: VAE

    def handlers(self) -> dict[type[m.Request], Handler]:
        return {
            m.DrawSamples: self.draw_samples, m.Decode: self.decode, m.Encode: self.encode,
            m.Reconstruct: self.reconstruct, m.DecodePlane: self.decode_plane, m.ModelField: self.model_field,
            m.WarpGrid: self.warp_grid, m.Interpolate: self.interpolate, m.Traverse: self.traverse,
            m.Anatomy: self.anatomy,
        }  # fmt: skip

    # ------------------------------------------------------------------ samples and decoding
    def draw_samples(self, asked: Asked, request: m.DrawSamples) -> Iterator[m.Event]:
        """z ~ N(0, I) -> the decoder's mean for images, a draw from p(x|z) for points."""
        noise = devices.generator(self.device, request.seed)
        z = torch.randn((request.n, self.model.latent_dim), generator=noise, device=self.device)
        x = self.pictures(z) if self.data.kind == "image" else self.model.sample_x(z, noise).cpu().numpy()
        yield answer(m.Samples, asked, x=x, z=z.cpu().numpy())

    def decode_plane(self, asked: Asked, request: m.DecodePlane) -> Iterator[m.Event]:
        origin, axes = self._plane(request.axes)
        line = torch.linspace(-request.extent, request.extent, request.resolution)
        u, v = torch.meshgrid(line, line.flip(0), indexing="xy")  # row-major, top row = largest v
        z = origin + u.reshape(-1, 1) * axes[0] + v.reshape(-1, 1) * axes[1]
        yield answer(
            m.Plane, asked, pictures=self.pictures(z.to(self.device)), resolution=request.resolution, extent=request.extent,
            origin=origin.numpy(), axis_u=axes[0].numpy(), axis_v=axes[1].numpy(),
        )

    def interpolate(self, asked: Asked, request: m.Interpolate) -> Iterator[m.Event]:
        """Between codes, or between encoded items of the data."""
        if request.pick:
            x = to_float(self.data.split(request.split)[0])
            first, second = (torch.tensor([pair[i] for pair in request.pick]) % len(x) for i in (0, 1))
            ends = x[first].to(self.device), x[second].to(self.device)
            yield from self.paths(asked, request, self.model.encode(ends[0]).mu, self.model.encode(ends[1]).mu, ends)
        else:
            assert request.a is not None and request.b is not None
            yield from self.paths(asked, request, self.latents(request.a), self.latents(request.b))

    def traverse(self, asked: Asked, request: m.Traverse) -> Iterator[m.Event]:
        _, kl, _ = self._terms(MONITOR_ITEMS)
        per_dim = kl.mean(0)
        dims = per_dim.argsort(descending=True)[: request.max_rows]
        values = torch.linspace(-request.span, request.span, request.steps, device=self.device)
        z = self.latents(request.z[None]).repeat(len(dims), request.steps, 1)  # (D, S, d)
        for row, dim in enumerate(dims):
            z[row, :, dim] = values
        rows = self.pictures(z.flatten(0, 1)).reshape(len(dims), request.steps, *self.shown_shape())
        yield answer(
            m.Traversal, asked, rows=rows, dims=dims.cpu().numpy(), kl=per_dim[dims].cpu().numpy(), values=values.cpu().numpy()
        )

    # ------------------------------------------------------------------ encoding
    def encode(self, asked: Asked, request: m.Encode) -> Iterator[m.Event]:
        items, labels = self.data.split(request.split)
        items = items[: request.n]
        q = self.model.encode(to_float(items).to(self.device))
        mu = q.mu.cpu()
        origin, axes = principal_plane(mu)
        yield answer(
            m.Encoded, asked, mu=mu.numpy(), sigma=(0.5 * q.logvar).exp().cpu().numpy(),
            labels={k: v[: len(items)] for k, v in labels.items()}, x=self.show(to_float(items)),
            pca_axes=axes.numpy(), pca_origin=origin.numpy(),
        )

    def reconstruct(self, asked: Asked, request: m.Reconstruct) -> Iterator[m.Event]:
        """x, the decoder's mean at the posterior mean, and -log p(x|z) there, in nats."""
        items = self.data.split(request.split)[0]
        index = torch.tensor(request.indices) % len(items)
        x = to_float(items[index]).to(self.device)
        mu = self.model.encode(x).mu
        x_hat = self.model.mean(mu)
        difference = ((x - x_hat).abs() - 1) if self.data.kind == "image" else x_hat - x  # 0 maps to black
        yield answer(
            m.Reconstructions, asked, indices=tuple(index.tolist()), x=self.show(x), x_hat=self.show(x_hat),
            difference=self.show(difference), error=(-self.model.log_likelihood(x, mu)).cpu().numpy(),
        )

    def anatomy(self, asked: Asked, request: m.Anatomy) -> Iterator[m.Event]:
        recon, kl, mu = self._terms(request.n)
        variance, active = evaluation.active_units(mu)
        items = self.data.split(request.split)[0]
        x = to_float(items[request.index % len(items)][None]).to(self.device)
        q = self.model.encode(x)
        noise = devices.generator(self.device, request.index)
        eps = torch.randn((request.draws, self.model.latent_dim), generator=noise, device=self.device)
        z = q.sample(eps[:, None])[:, 0]
        logvar = self.model.encode(self._held_out(request.n)).logvar
        aggregate = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=noise, device=self.device)
        total = kl.sum(1)
        parts = {"reconstruction": mean_and_error(recon), "kl": mean_and_error(total), "neg_elbo": mean_and_error(recon + total)}
        optimum = self._optimum
        if optimum is not None:
            parts["optimum"] = (optimum, 0.0)
        yield answer(
            m.AnatomyOf, asked, parts=parts, kl_per_dim=kl.mean(0).cpu().numpy(), active=active.cpu().numpy(),
            mu_variance=variance.cpu().numpy(), mu=q.mu[0].cpu().numpy(), sigma=(0.5 * q.logvar[0]).exp().cpu().numpy(),
            eps=eps.cpu().numpy(), z=z.cpu().numpy(), x=self.show(x), decoded=self.pictures(z[:16]),
            aggregate_mu=mu.cpu().numpy(), aggregate_z=aggregate.cpu().numpy(),
        )  # fmt: skip

    # ------------------------------------------------------------------ 2-D data
    def model_field(self, asked: Asked, request: m.ModelField) -> Iterator[m.Event]:
        """log p(model) and log p(data) on a lattice of pixel centres, and KL(data || model) from fixed held-out points."""
        if self.data.kind != "points" or self.model.latent_dim > 2:
            yield answer(m.Refused, asked, sentence="The model's density is drawn for points in the plane and at most two latents.")
            return
        x = grid_points(request.bounds, request.resolution)
        test = self._held_out(FIELD_POINTS)
        side = log_prob(self.model, test[:100], last=KL_NODES).side
        on_grid, log_q = torch.empty(0), torch.empty(0)
        for step in log_prob_steps(self.model, x.to(self.device), min(side, FIELD_NODES)):
            if isinstance(step, Tensor):
                on_grid = step
            else:
                yield working(asked, round(step * len(x)), len(x), "density of the model")
        for step in log_prob_steps(self.model, test, side):
            if isinstance(step, Tensor):
                log_q = step
        density = self.data.density
        shape = (request.resolution, request.resolution)
        kl, error = mean_and_error(density.log_prob(test.cpu()) - log_q.cpu()) if density else (float("nan"), float("nan"))
        yield answer(
            m.Field, asked, bounds=request.bounds, model=on_grid.reshape(shape).cpu().numpy(),
            data=density.log_prob(x).reshape(shape).numpy() if density else None, kl_data_model=kl, kl_standard_error=error,
        )

    def warp_grid(self, asked: Asked, request: m.WarpGrid) -> Iterator[m.Event]:
        line = torch.linspace(-request.extent, request.extent, request.resolution)
        u, v = torch.meshgrid(line, line, indexing="xy")
        flat = torch.stack([u, v], -1).reshape(-1, 2)
        z = torch.zeros(len(flat), self.model.latent_dim)
        z[:, : min(2, z.shape[1])] = flat[:, : min(2, z.shape[1])]
        x = self.model.mean(z.to(self.device)).cpu().reshape(request.resolution, request.resolution, -1)
        yield answer(m.Warp, asked, z=torch.stack([u, v], -1).numpy(), x=x.numpy())

    # ------------------------------------------------------------------ numbers
    def measured(self, data: Dataset, request: m.Evaluate) -> Iterator[Measuring]:
        n, samples, own = request.n, request.num_samples, data is self.data
        return evaluation.evaluate(self.model, data, self.config, self.device, n, samples, own)

    def monitor(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        recon, kl, mu = self._terms(MONITOR_ITEMS)
        scalars = {
            "test_reconstruction": float(recon.mean()), "test_kl": float(kl.sum(1).mean()),
            "test_neg_elbo": float((recon + kl.sum(1)).mean()), "active_units": float(evaluation.active_units(mu)[1].sum()),
        }  # fmt: skip
        if self._optimum is not None:
            scalars["optimum"] = self._optimum
        if self.data.density is not None and self.model.latent_dim <= 2:
            x = self._held_out(MONITOR_POINTS)
            log_q = log_prob(self.model, x, tolerance=3e-3, last=256).values.cpu()
            scalars["kl_data_model"] = float((self._log_p_data - log_q).mean())
            scalars["kl_zero"] = 0.0
        return scalars, {"kl_per_dim": kl.mean(0).cpu().numpy()}

    # ------------------------------------------------------------------ shared
    @property
    def _optimum(self) -> float | None:
        """-log p of the best possible model: pPCA for a linear VAE, the entropy where the density is known."""
        if self.model.network == "linear" and self.model.likelihood != "bernoulli":
            key = ("ppca", self.config.sigma if self.config.likelihood == "gaussian" else None)  # sigma may change live
            return self.once(key, lambda: -evaluation.linear_optimum(self.data, self.config).log_likelihood)
        density = self.data.density
        return self.once("entropy", density.entropy) if density else None

    @property
    def _log_p_data(self) -> Tensor:
        density = self.data.density
        assert density is not None
        return self.once("log_p_data", lambda: density.log_prob(self._held_out(MONITOR_POINTS).cpu()))

    def _held_out(self, n: int) -> Tensor:
        return self.once(("held out", n), lambda: evaluation.held_out(self.data, self.config, n, self.device))

    def _terms(self, n: int) -> tuple[Tensor, Tensor, Tensor]:
        """The bound's terms on ``n`` held-out items, always from the same noise, so that successive values compare."""
        return evaluation.elbo_terms(self.model, self._held_out(n), devices.generator(self.device, 1))

    def _plane(self, axes: tuple[int, int] | None) -> tuple[Tensor, Tensor]:
        """Origin (d,) and two directions (2, d) of a plane in latent space."""
        d = self.model.latent_dim
        if axes is None:
            return principal_plane(self.model.encode(self._held_out(2000)).mu.cpu())
        directions = torch.zeros(2, d)
        for row, axis in zip(directions, axes, strict=True):
            if axis < d:
                row[axis] = 1
        if d == 1:
            directions[1] = 0
        return torch.zeros(d), directions

    def items_of(self, z: Tensor) -> Tensor:
        """The decoder's mean."""
        return self.model.mean(z)

    # ------------------------------------------------------------------ beside other families
    def drawn(self, n: int, seed: int) -> Iterator[Tensor | tuple[int, int]]:
        """As :meth:`draw_samples`: means for images, draws from p(x|z) for points."""
        noise, done = devices.generator(self.device, seed), 0
        z = torch.randn((n, self.model.latent_dim), generator=noise, device=self.device)
        for part in z.split(self.at_once()):
            x = self.model.mean(part) if self.data.kind == "image" else self.model.sample_x(part, noise)
            yield x.cpu()
            done += len(part)
            yield done, n

    def codes_of(self, x: Tensor) -> Iterator[Tensor | tuple[int, int]] | None:
        """The means of q(z|x)."""
        return iter([torch.cat([self.model.encode(part).mu for part in x.split(self.at_once())])])

    def likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]] | None:
        """By quadrature over z where that has one or two numbers, else the importance-weighted bound."""
        return self._likelihoods(x)

    def _likelihoods(self, x: Tensor) -> Iterator[Likelihood | tuple[int, int, str]]:
        of_bits = self.config.likelihood == "bernoulli" and self.config.binarise == "dynamic"
        if of_bits:
            x = binarise(x, devices.generator(self.device, 20_131_220))
        what = " of pixels drawn black or white" if of_bits else ""
        noise, k = devices.generator(self.device, 20_160_107), BOUND_SAMPLES
        if self.model.latent_dim <= 2:
            coarse = 5e-2 if self.data.kind == "image" else 1e-3
            side = log_prob(self.model, x[:100], tolerance=coarse, last=256 if self.data.kind == "image" else 512).side
            for step in log_prob_steps(self.model, x, side):
                if isinstance(step, Tensor):
                    note = f"−log p(x){what}, integrated over z on {side} × {side} nodes"
                    yield Likelihood(-step, "exact", note if self.model.latent_dim == 2 else note.replace(f"{side} × ", ""))
                else:
                    yield round(step * len(x)), len(x), "exact log p(x) by quadrature"
            return
        done, at_once = 0, max(1, evaluation.at_once(self.model) // k)
        for bound in evaluation.iwae_steps(self.model, x, k, noise):
            if bound is None:
                done = min(len(x), done + at_once)
                yield done, len(x), f"importance-weighted bound, {k} samples"
            else:
                yield Likelihood(-bound, "bound", f"upper bound on −log p(x){what}, from {k} samples of z an item")
