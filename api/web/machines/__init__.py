"""Machines that call, as their page shows them."""
