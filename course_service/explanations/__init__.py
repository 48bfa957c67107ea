"""What is recognised in a log, a file for each program; `all_families` names them."""
