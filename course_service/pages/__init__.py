"""The course's pages in the browser: a learner's home, and the staff's table."""
