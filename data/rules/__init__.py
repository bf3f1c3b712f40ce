"""Rules as pure functions: no clock, no database; each names its source."""
