"""Figures of speed, each beside the limit or the peer that it is measured against in the same run."""
