"""The table of model families. Adding one is one new package beside this file and one line here."""

from __future__ import annotations

from playground.engine.families import diffusion, gan, vae
from playground.engine.families.hybrids import ddgan, distilled, hvae, latent_diffusion, vae_gan
from playground.engine.families.spec import Family

FAMILIES: dict[str, Family] = {
    f.name: f
    for f in (
        vae.FAMILY, gan.FAMILY, diffusion.FAMILY,
        vae_gan.FAMILY, latent_diffusion.FAMILY, ddgan.FAMILY, distilled.FAMILY, hvae.FAMILY,
    )
}
