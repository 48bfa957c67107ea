"""The course service: catalogue, judge and database, in a process of its own."""
