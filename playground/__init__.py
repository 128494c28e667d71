"""Generative Playground: see how VAE, GAN and diffusion models work, fail and compare."""

__version__ = "0.5.0"
