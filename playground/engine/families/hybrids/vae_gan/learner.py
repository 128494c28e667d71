"""One training step of a VAE-GAN: encoder, decoder and discriminator learn from one pass. Larsen et al. 2016, algorithm 1."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from playground.engine import devices
from playground.engine.adversarial import cross_entropy_d, nonsaturating_g, squared_gradient
from playground.engine.datasets.base import to_float
from playground.engine.families.hybrids.vae_gan.answers import VAEGANAnswers
from playground.engine.families.hybrids.vae_gan.model import VAEGAN, Seen, feature_error
from playground.engine.families.vae.learner import VAELearner, check_fit
from playground.engine.learner import cosine

BETAS_D = (0.5, 0.99)  # in games a short memory swings less (Radford et al. 2016)


class VAEGANLearner(VAELearner):
    """Encoder: mixed error + KL. Decoder: mixed error + adversarial loss. Discriminator: cross-entropy with R1. All by Adam.

    With feature share and adversarial weight 0 encoder and decoder learn as a VAE does, to rounding, from the same seed.
    """

    scalars = (
        "loss", "reconstruction", "feature_error", "kl", "loss_g", "loss_d", "d_real", "d_fake", "pixel_weight", "learning_rate",
        "half",
    )  # type: ignore[assignment]  # fmt: skip
    answers = VAEGANAnswers
    model: VAEGAN

    def build(self) -> None:
        check_fit(self.config, self.data.kind, self.data.shape)
        with torch.random.fork_rng(devices=[]):
            # Layers initialise themselves from torch's global stream: seeded here, given back untouched.
            torch.manual_seed(self.seed)
            self.model = VAEGAN(self.data.shape, self.data.kind, self.config)
        self._start_at_data_mean()
        d = self.model.discriminator
        if self.data.kind == "points":
            x = to_float(self.data.train)
            d.centre.copy_(x.mean(0))
            d.scale.copy_(x.std(0).clamp_min(1e-6))
        self.model.to(self.device)
        judge = {id(p) for p in d.parameters()}
        self._of_d = [*d.parameters()]
        self._of_vae = [p for p in self.model.parameters() if p.requires_grad and id(p) not in judge]
        self._of_decoder = [*self.model.decoder.parameters()]
        self.optimizers = [self.adam(iter(self._of_vae)), self.adam(iter(self._of_d), BETAS_D)]

    def step(self, part: str = "both") -> Tensor:
        c = self.config
        x = self.batches(self.steps_done)
        factor = cosine(self.steps_done, c.steps) if c.decay == "cosine" else 1.0
        half = (len(x) + 1) // 2
        with devices.autocast(self.device, self.precision):
            q = self.model.encode(x)
            z = q.sample(self._eps(*q.mu.shape))
            # In three parts, so that no backward pass goes through items that it does not need.
            parts = [self.model.decode(codes) for codes in (z[:half], z[half:], self._from_prior(half, z.shape[1]))]
            first, second, sampled = (self.model.item(out) for out, _ in parts)
            leaf = x.detach().requires_grad_(c.penalty_weight > 0)
            seen: Seen = self.model.discriminator(torch.cat([leaf, first, sampled]))
            rebuilt = torch.cat([seen.features[len(x) : len(x) + half], self.model.discriminator.look(second)])
        score_real, score_decoded = seen.score.split([len(x), 2 * half])
        out, log_sigma = torch.cat([parts[0][0], parts[1][0]]), parts[0][1]
        pixels = self.model.pixel_error(x, out, log_sigma).mean()
        features = feature_error(seen.features[: len(x)], rebuilt).mean()
        kl = q.kl().sum(1).mean()
        bound = (1 - c.feature_weight) * pixels + c.feature_weight * features + c.kl_weight * kl
        loss_g = nonsaturating_g(score_real, score_decoded)
        self._collect(bound + self._of_sigma(x, out, log_sigma), loss_g)
        loss_d = self._collect_d(score_real, score_decoded, leaf)
        self._take(self.optimizers[0], c.learning_rate * factor)
        self._take(self.optimizers[1], c.learning_rate_d * factor)
        self.scaler.update()
        with torch.no_grad():
            known = torch.tensor([1 - c.feature_weight, c.learning_rate * factor, 0.5], device=x.device)
            verdicts = [s.sigmoid().mean() for s in (score_real, score_decoded)]
            loss = bound + c.adversarial_weight * loss_g
            return torch.cat([torch.stack([loss, pixels, features, kl, loss_g, loss_d, *verdicts]).float(), known])

    def _from_prior(self, *shape: int) -> Tensor:
        """z_p ~ N(0, I), from a stream of each step's own: the noise of the codes is then that of a VAE with the same seed."""
        word = int(np.random.SeedSequence((self.seed, self.steps_done, 1)).generate_state(1)[0])
        return torch.randn(shape, generator=devices.generator(self.device, word), device=self.device)

    def _of_sigma(self, x: Tensor, out: Tensor, log_sigma: Tensor) -> Tensor | float:
        """The learned noise follows the errors that are made, whatever their share in the loss; nothing else learns from this."""
        share = self.config.feature_weight
        if share == 0 or not self.model.log_sigma.requires_grad:
            return 0.0
        return share * self.model.pixel_error(x, out.detach(), log_sigma).mean()

    def _collect(self, bound: Tensor, loss_g: Tensor) -> None:
        """Gradients of encoder and decoder. The encoder learns nothing from the adversarial loss (section 2.3, algorithm 1)."""
        gradients = torch.autograd.grad(self.scaler.scale(bound), self._of_vae, retain_graph=True, allow_unused=True)
        for weight, gradient in zip(self._of_vae, gradients, strict=True):
            weight.grad = gradient
        if self.config.adversarial_weight > 0:
            fool = self.scaler.scale(self.config.adversarial_weight * loss_g)
            for weight, gradient in zip(
                self._of_decoder, torch.autograd.grad(fool, self._of_decoder, retain_graph=True), strict=True
            ):
                weight.grad = gradient if weight.grad is None else weight.grad + gradient

    def _collect_d(self, real: Tensor, decoded: Tensor, leaf: Tensor) -> Tensor:
        """Gradients of D; returns its loss without the penalty. Reconstructions and samples count half each, real items as much."""
        loss = cross_entropy_d(real, decoded)
        whole = loss
        if leaf.requires_grad:
            steep = squared_gradient(real, leaf, self.model.discriminator.scale).mean()
            whole = loss + 0.5 * self.config.penalty_weight * steep
        for weight, gradient in zip(self._of_d, torch.autograd.grad(self.scaler.scale(whole), self._of_d), strict=True):
            weight.grad = gradient
        return loss.detach()

    def _take(self, optimizer: torch.optim.Optimizer, rate: float) -> None:
        """One step of Adam on the collected gradients."""
        for group in optimizer.param_groups:
            group["lr"] = rate
        self.scaler.step(optimizer)
