"""All workflows. A new one is a file here and a name in the list."""

from __future__ import annotations

from data.workflow.declaration import Workflow
from data.workflows.general_danger import GENERAL_DANGER
from data.workflows.hazard_filing import HAZARD_FILING
from data.workflows.major_danger import MAJOR_DANGER
from data.workflows.own_standard import OWN_STANDARD
from data.workflows.risk_object import RISK_OBJECT

WORKFLOWS: tuple[Workflow, ...] = (GENERAL_DANGER, MAJOR_DANGER, OWN_STANDARD, RISK_OBJECT, HAZARD_FILING)
