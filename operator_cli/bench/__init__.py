"""`containrlab bench`: how fast and how small a course is, against the plain way of doing it."""
