"""What learners and the course service may ask of the hub's API."""

from __future__ import annotations

from typing import Any

from traitlets.config import Config

from .settings import Settings

ACCESS_COURSE = "access:services!service=course"
STAFF = "course-staff"
STAFF_SCOPE = "custom:course:staff"
OPERATOR = "operator"
"""The service as which the operator's command asks; it has no process, and a token of its own."""
_ENDS_SERVERS = ("read:servers", "delete:servers")


def configure_roles(c: Config, settings: Settings) -> None:
    """Narrow scopes: a session's token is in the hands of whoever runs code in that session."""
    c.JupyterHub.custom_scopes = {STAFF_SCOPE: {"description": "Extend and end any learner's session."}}
    c.JupyterHub.load_groups = {STAFF: {}}  # its members are named on the hub's admin page
    roles: list[dict[str, Any]] = [
        # A server's token holds no scope that its user lacks, so learners hold the course service's too.
        {"name": "user", "scopes": ["self", ACCESS_COURSE]},
        # Course staff are no admins of the hub: what they may do, they do through the course service.
        # Admins of the hub are staff too: else a teacher's first way would be to the group's page.
        {"name": STAFF, "groups": [STAFF], "users": list(settings.admins), "scopes": [STAFF_SCOPE]},
        # The session clock lists and ends servers, and sees by their state which wait for a place.
        {
            "name": "course",
            "services": ["course"],
            "scopes": ["list:users", "admin:server_state", *_ENDS_SERVERS],
        },
        # The idle culler looks at what they last did, and has the course service end them.
        {
            "name": "idle-culler",
            "services": ["idle-culler"],
            "scopes": ["list:users", "read:users:activity", *_ENDS_SERVERS, ACCESS_COURSE, STAFF_SCOPE],
        },
    ]
    if settings.operator_token:
        roles.append({"name": OPERATOR, "services": [OPERATOR], "scopes": [ACCESS_COURSE, STAFF_SCOPE]})
    c.JupyterHub.load_roles = roles
    c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", ACCESS_COURSE]
    # These tokens are handed to learner-owned code for every visitor of a server, admins included.
    c.Spawner.oauth_client_allowed_scopes = []
