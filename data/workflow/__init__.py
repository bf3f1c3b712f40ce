"""Approvals: a workflow is declared once (``declaration``), what runs is decided by the park (``rules``), and every step is
taken through ``steps``, which knows who may (``people``) and what they are offered (``offers``)."""
