"""What learners and the course service may ask of the hub's API."""

from __future__ import annotations

from traitlets.config import Config

ACCESS_COURSE = "access:services!service=course"
STAFF = "course-staff"
STAFF_SCOPE = "custom:course:staff"
_ENDS_SERVERS = ("read:servers", "delete:servers")


def configure_roles(c: Config) -> None:
    """Narrow scopes: a session's token is in the hands of whoever runs code in that session."""
    c.JupyterHub.custom_scopes = {STAFF_SCOPE: {"description": "Extend and end any learner's session."}}
    c.JupyterHub.load_groups = {STAFF: {}}  # its members are named on the hub's admin page
    c.JupyterHub.load_roles = [
        # A server's token holds no scope that its user lacks, so learners hold the course service's too.
        {"name": "user", "scopes": ["self", ACCESS_COURSE]},
        # Course staff are no admins of the hub: what they may do, they do through the course service.
        {"name": STAFF, "groups": [STAFF], "scopes": [STAFF_SCOPE]},
        # The session clock lists and ends servers; the idle culler looks at what they last did as well.
        {"name": "course", "services": ["course"], "scopes": ["list:users", *_ENDS_SERVERS]},
        {
            "name": "idle-culler",
            "services": ["idle-culler"],
            "scopes": ["list:users", "read:users:activity", *_ENDS_SERVERS],
        },
    ]
    c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", ACCESS_COURSE]
    # These tokens are handed to learner-owned code for every visitor of a server, admins included.
    c.Spawner.oauth_client_allowed_scopes = []
