"""What a course needs of its machine, looked at one check a file; `operator_cli.doctor` shows it."""

from .all_checks import ALL_CHECKS
from .check import Check, Finding, Result, Status
from .look import look_at_machine
from .machine import Machine

__all__ = ["ALL_CHECKS", "Check", "Finding", "Machine", "Result", "Status", "look_at_machine"]
