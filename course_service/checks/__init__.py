"""The kinds of checks that a lab is made of, one a file; `registry` names them."""
