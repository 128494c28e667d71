"""Generative Playground: see how VAE, GAN and diffusion models work, fail and compare."""

__version__ = "0.4.0"
