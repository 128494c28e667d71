"""Questions about the hybrids, each followed by its answer."""

from __future__ import annotations

from dataclasses import dataclass

from playground.engine.messages.base import Answer, Array, Request


@dataclass(frozen=True)
class LayerBound(Request):
    """The variational bound of a hierarchical VAE on ``n`` held-out items, layer by layer, from ``draws`` draws of the codes of
    each -> several :class:`Working`, then :class:`LayerBoundOf`.
    """

    n: int = 1000
    draws: int = 1


@dataclass(frozen=True)
class LayerBoundOf(Answer):
    """-log p(x) <= ``total`` = ``reconstruction`` + the sum of ``layers`` (L,), what the codes z_1 .. z_L cost, the deepest last;
    in nats per item, each with a standard error. ``nats`` is the sum of the layers. With learned encoders a layer may cost less
    than 0.

    ``per_dim``: bits/dim for images, else NaN. Where the density of the data is known, ``entropy`` is the least there is, and
    ``gap`` ± ``gap_se`` the mean of bound + log p(x) over these items: how far above it, without the chance of which items they
    are.
    """

    layers: Array
    layers_se: Array
    nats: float
    nats_se: float
    reconstruction: float
    reconstruction_se: float
    total: float
    total_se: float
    per_dim: float
    entropy: float | None
    gap: float
    gap_se: float
    n: int


@dataclass(frozen=True)
class Spectrum(Request):
    """How sharp are ``n`` samples, and what comes back of held-out items, by their power at every spatial frequency? Any family
    answers, of pictures -> several :class:`Working`, then :class:`SpectrumOf`.
    """

    n: int = 256
    seed: int = 0


@dataclass(frozen=True)
class SpectrumOf(Answer):
    """Radial power spectra of pictures in [-1, 1]: ``frequency`` (K,) in cycles/pixel, rising, the first is 0; ``real``, ``model``
    (samples) and ``rebuilt`` (reconstructions; None without an encoder) (K,) in intensity^2. ``real_sd`` (K,): standard deviation
    of ``real`` from one set of ``n`` real pictures to another.

    ``sharpness``: share of the power above 0.25 cycles/pixel over that share in real pictures, of the ``n`` samples, and
    ``sharpness_rebuilt`` of the reconstructions (NaN without). Real pictures score ``floor`` ± ``floor_sd``. ``rmse`` ±
    ``rmse_se``: error of the reconstructions per pixel, root mean square, where black is -1 and white 1 (NaN without).
    ``x``, ``items``, ``x_rebuilt``: some samples, some held-out items and what comes back of them, as pictures.
    ``dial``, ``dial_value``: name and value of the live parameter that moves the family along its bridge; "" and NaN: none.
    """

    frequency: Array
    real: Array
    real_sd: Array
    model: Array
    rebuilt: Array | None
    sharpness: float
    sharpness_rebuilt: float
    floor: float
    floor_sd: float
    rmse: float
    rmse_se: float
    n: int
    x: Array
    items: Array | None
    x_rebuilt: Array | None
    dial: str
    dial_value: float


@dataclass(frozen=True)
class LargeStep(Request):
    """What may lie behind one x_t of a denoising diffusion GAN: ``n`` draws with as many z -> :class:`LargeStepOf`.

    ``t`` counts as chains do: 0 is the step to clean data. ``what`` is "x0", the clean item, or "before", x_{t-1}. Points: x_t is
    ``x`` (2,), in the units in which frames show points, and the truth is given over ``bounds``. Pictures: x_t is item ``index``
    of ``split`` with the noise of ``seed``. ``bounds`` should hold all of the data.
    """

    t: int
    what: str = "x0"
    x: Array | None = None
    bounds: tuple[float, float, float, float] = (-1.0, 1.0, -1.0, 1.0)
    resolution: int = 128
    index: int = 0
    split: str = "test"
    n: int = 300
    seed: int = 0


@dataclass(frozen=True)
class LargeStepOf(Answer):
    """``draws`` (n, ...) of the model, and ``mean``, their average (1, ...), pictures or points; ``x_t`` (1, ...), and the item
    ``x0`` (1, ...) from which a picture's x_t was made (None for points). ``noise_dim`` numbers of z; ``num_timesteps`` T;
    ``sigma``: noise over signal at t, in standard deviations of the data (pictures: of the range -1 to 1).

    ``spread`` ± ``spread_se``: standard deviation of the draws per coordinate, in units of x (pictures: per pixel, black is -1 and
    white 1). Of points whose density is known: ``exact`` (R, R) over ``bounds``, the log density of what lies behind x_t in nats,
    row 0 = smallest y; the best single round Gaussian for it, which an ordinary diffusion step draws from, has ``gaussian_mean``
    (2,) and the standard deviation ``gaussian_sd``, that of the truth. The smallest region with 95 % of the truth holds the share
    ``inside`` ± ``inside_se`` of the model's draws and ``inside_gaussian`` of the Gaussian. Elsewhere None and NaN.
    """

    t: int
    what: str
    num_timesteps: int
    noise_dim: int
    sigma: float
    x_t: Array
    x0: Array | None
    draws: Array
    mean: Array
    spread: float
    spread_se: float
    bounds: tuple[float, float, float, float]
    exact: Array | None
    gaussian_mean: Array | None
    gaussian_sd: float
    inside: float
    inside_se: float
    inside_gaussian: float


@dataclass(frozen=True)
class TwoSpaces(Request):
    """Where the codes of data lie, those that the diffusion makes, and the prior of the VAE; and what becomes of either, from ``n``
    items each -> several :class:`Working`, then :class:`TwoSpacesOf`.
    """

    n: int = 1000
    seed: int = 0


@dataclass(frozen=True)
class SpaceScore:
    """One quality of items made in four ways: ``vae`` from codes of the prior N(0, I), ``diffusion`` from its codes, ``rebuilt``
    from the codes of training items, which is as good as this decoder can be. Real items score ``real`` +- ``real_sd`` (from one
    set of as many to the next). ``better``: "high", "low" or "near" (to that).
    """

    name: str
    help: str
    unit: str
    better: str
    vae: float
    diffusion: float
    rebuilt: float
    real: float
    real_sd: float


@dataclass(frozen=True)
class TwoSpacesOf(Answer):
    """``codes`` of held-out items, ``samples`` of the diffusion (n, 2): on the first two principal axes of the codes' means, in the
    units of z. There N(0, I) is a circle of standard deviation 1 round ``prior`` (2,). ``share``: of the variance of the means that
    these two axes hold.

    -log p(x) <= ``bound_vae`` with the prior, <= ``bound`` with the diffusion's density of codes, in nats per held-out item with
    standard errors: it has ``gained`` +- ``gained_se``, from the same codes. ``bound_n`` items.
    ``x_vae``, ``x_diffusion``: what is decoded (k, ...), pictures or points; ``scores`` compare such items, ``n`` of each.
    """

    codes: Array
    samples: Array
    prior: Array
    share: float
    x_vae: Array
    x_diffusion: Array
    scores: tuple[SpaceScore, ...]
    bound: float
    bound_se: float
    bound_vae: float
    bound_vae_se: float
    gained: float
    gained_se: float
    bound_n: int
    n: int
    note: str


@dataclass(frozen=True)
class SpaceSpeed(Request):
    """What an item costs in the latent space and in that of the data, measured on this machine, ``n`` items at once -> several
    :class:`Working`, then :class:`SpaceSpeedOf`.
    """

    n: int = 64


@dataclass(frozen=True)
class Cost:
    """Of one network: ``ms`` of one evaluation per item, the median of several measurements, and ``ms_spread``, half the distance
    between their quartiles; ``multiply_adds`` of one evaluation for one item; ``parameters``; ``nfe`` evaluations for one sample.
    """

    ms: float
    ms_spread: float
    multiply_adds: int
    parameters: int
    nfe: int

    @property
    def total_ms(self) -> float:
        """Of one sample."""
        return self.ms * self.nfe


@dataclass(frozen=True)
class SpaceSpeedOf(Answer):
    """Of the denoiser of codes, of the decoder that turns a code into an item (once), and of the network that the diffusion family
    uses for such data: ``title`` of its recipe. ``n`` items at once on ``device`` with ``threads`` threads.
    """

    latent: Cost
    decoder: Cost
    pixels: Cost
    title: str
    n: int
    device: str
    threads: int


@dataclass(frozen=True)
class TeacherStudent(Request):
    """``n`` items of the teacher in ``teacher_steps`` and of its student in 1, 2 and 4 steps, all from the noise of ``seed``, and
    how near ``judged`` items of each come to the data -> several :class:`Working`, then :class:`TeacherStudentOf`.
    """

    n: int = 12
    seed: int = 0
    teacher_steps: int = 50
    judged: int = 500


@dataclass(frozen=True)
class TeacherStudentOf(Answer):
    """Rows (R): the teacher first, then the student in rising numbers of ``steps`` (R,). ``x`` (R, n, ...): pictures or points,
    each column from the same noise. ``nfe`` (R,): evaluations of the network for one item; ``ms`` (R,): milliseconds an item,
    measured while ``at_once`` items were made together on this device, whatever else it was doing.

    ``distance`` (R,) of ``judged`` items from as many real ones, by ``metric``, in ``unit`` ("" none); ``floor`` ± ``floor_sd``:
    that of two sets of real items. ``confidence`` (R,): how sure a classifier is of the class of an item, on average, and
    ``confidence_real`` on real ones; NaN without classes.
    """

    steps: Array
    x: Array
    nfe: Array
    ms: Array
    distance: Array
    floor: float
    floor_sd: float
    metric: str
    unit: str
    confidence: Array
    confidence_real: float
    judged: int
    at_once: int
