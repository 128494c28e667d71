"""What crosses from the window to the engine and back: frozen dataclasses of numpy arrays and plain values.

No tensor and no Qt object is ever in a message. Pictures are uint8 arrays (N, H, W) or (N, H, W, 3), ready to paint;
points are float32 (N, 2). Requests of one ``(type, channel)`` replace each other: the latest wins, so that a
mouse that moves faster than the network decodes never builds a queue.
"""

from __future__ import annotations

from playground.engine.messages.base import (
    Answer,
    Array,
    Event,
    Refused,
    Request,
    Working,
)
from playground.engine.messages.compare import (
    ASPECTS,
    Cell,
    Column,
    Comparing,
    ComparisonState,
    Figure,
    Measure,
    Measured,
    MeasuredOf,
    Quality,
    QualityAt,
    UnifiedView,
)
from playground.engine.messages.diffusion import (
    Bound,
    BoundOf,
    ChainFrame,
    Diffuse,
    Diffused,
    Guidance,
    GuidanceOf,
    LogProb,
    LogProbOf,
    LossByTime,
    LossByTimeOf,
    QualityBySteps,
    QualityOf,
    RunChain,
    ScoreField,
    ScoreFieldOf,
)
from playground.engine.messages.gan import (
    FindLatent,
    FoundLatent,
    Game,
    GameOf,
    Judge,
    JudgeOf,
    Optimising,
    Scores,
    ScoresOf,
    TrainToOptimum,
)
from playground.engine.messages.hybrids import (
    Cost,
    LargeStep,
    LargeStepOf,
    LayerBound,
    LayerBoundOf,
    SpaceScore,
    SpaceSpeed,
    SpaceSpeedOf,
    Spectrum,
    SpectrumOf,
    TeacherStudent,
    TeacherStudentOf,
    TwoSpaces,
    TwoSpacesOf,
)
from playground.engine.messages.run import (
    Adopted,
    Failed,
    Finding,
    Finished,
    Health,
    LiveApplied,
    Monitored,
    Preparing,
    Progress,
    Remedy,
    Saved,
    Started,
    StateChanged,
)
from playground.engine.messages.shared import (
    DataField,
    DataFieldOf,
    DataItems,
    Decode,
    Decoded,
    DrawSamples,
    Evaluate,
    Evaluated,
    Field,
    Interpolate,
    Interpolation,
    Items,
    ModelField,
    Modes,
    ModesOf,
    Nearest,
    NearestOf,
    SamplerChoice,
    Samples,
    Warp,
    WarpGrid,
)
from playground.engine.messages.vae import (
    Anatomy,
    AnatomyOf,
    DecodePlane,
    Encode,
    Encoded,
    Plane,
    Reconstruct,
    Reconstructions,
    Traversal,
    Traverse,
)

__all__ = [
    "ASPECTS", "Adopted", "Anatomy", "AnatomyOf", "Answer", "Array", "Bound", "BoundOf", "Cell", "ChainFrame", "Column",
    "Comparing", "ComparisonState", "Cost", "DataField", "DataFieldOf", "DataItems", "Decode", "DecodePlane", "Decoded",
    "Diffuse", "Diffused", "DrawSamples", "Encode", "Encoded", "Evaluate", "Evaluated", "Event", "Failed", "Field",
    "Figure", "FindLatent", "Finding", "Finished", "FoundLatent", "Game", "GameOf", "Guidance", "GuidanceOf", "Health",
    "Interpolate", "Interpolation", "Items", "Judge", "JudgeOf", "LargeStep", "LargeStepOf", "LayerBound", "LayerBoundOf",
    "LiveApplied", "LogProb", "LogProbOf", "LossByTime", "LossByTimeOf", "Measure", "Measured", "MeasuredOf", "ModelField",
    "Modes", "ModesOf", "Monitored", "Nearest", "NearestOf", "Optimising", "Plane", "Preparing", "Progress", "Quality",
    "QualityAt", "QualityBySteps", "QualityOf", "Reconstruct", "Reconstructions", "Refused", "Remedy", "Request",
    "RunChain", "SamplerChoice", "Samples", "Saved", "ScoreField", "ScoreFieldOf", "Scores", "ScoresOf", "SpaceScore",
    "SpaceSpeed", "SpaceSpeedOf", "Spectrum", "SpectrumOf", "Started", "StateChanged", "TeacherStudent", "TeacherStudentOf",
    "TrainToOptimum", "Traversal", "Traverse", "TwoSpaces", "TwoSpacesOf", "UnifiedView", "Warp", "WarpGrid", "Working",
]  # fmt: skip
