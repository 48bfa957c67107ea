"""The database's history, one file a step; `store.upgrade_database` runs what is missing."""
