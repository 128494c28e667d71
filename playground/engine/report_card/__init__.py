"""What runs are compared by: the same numbers for every family, each with what real items score where there is such a thing."""

from __future__ import annotations

from playground.engine.report_card.card import Card as Card
from playground.engine.report_card.card import measure as measure
from playground.engine.report_card.followed import QualityFound as QualityFound
from playground.engine.report_card.followed import quality as quality
from playground.engine.report_card.space import space_of as space_of
