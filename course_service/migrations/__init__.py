"""The database's history, one file a step; `database.upgrade_database` runs what is missing."""
