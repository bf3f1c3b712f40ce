"""JT/T 808: vehicle terminals over TCP. ``frame``, ``messages`` and ``reply`` know neither sockets nor the database."""
