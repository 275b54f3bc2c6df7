"""Reproduces the hang of process pools whose workers die, under a watchdog, and tables what each pool did."""
