"""The Dirac-GAN (Mescheder et al. 2018): the smallest game there is, two numbers, and what becomes of it under each method.

Real data are the point 0, the generator makes the point theta, the discriminator is D(x) = psi x. Needs numpy alone.
"""
