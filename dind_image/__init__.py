"""The session image's recipe, as data: nothing here is imported by the hub's side but as package data."""
