"""What a lab's notebook shows: `from judge_extension.widgets import LabPanel; LabPanel("lab1")`."""

from judge_extension.widgets.lab_panel import LabPanel

__all__ = ["LabPanel"]
