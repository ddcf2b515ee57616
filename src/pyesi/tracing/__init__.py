"""Spans of OpenTelemetry for what a client asks: see `instrument`."""

from __future__ import annotations

from ._instrument import instrument, uninstrument

__all__ = ["instrument", "uninstrument"]
