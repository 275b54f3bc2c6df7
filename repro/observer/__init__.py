"""Runs cells and watches them. In the user's environment: the process that every cell's tree hangs from.

=================  ================================================================================
``run``            how do cells become verdicts and records?
``scheduler``      which cell runs when?
``signals``        what do Ctrl-C and service managers stop, and when?
``watchdog``       what happens in one cell, and when is it over?
``launch``         how is a cell started, and what does it see of us?
``sweep``          what did earlier runs leave behind, and who ends it?
``cgroup``         how does a cell get a memory limit of its own?
=================  ================================================================================
"""
