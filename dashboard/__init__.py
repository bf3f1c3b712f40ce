"""The building blocks of every page: shell, router, guarded callbacks, charts, blocks."""
