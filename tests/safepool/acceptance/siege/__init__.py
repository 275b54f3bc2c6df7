"""Attacks at random moments on the parent's side of a pool: one file for each kind of attack, one campaign for all.

``runner`` runs them by hand or in CI; ``strace_points`` lets single system calls fail at chosen points. strace(1) must be
installed for the attack ``calls`` and for the points; without it they are skipped, and say so.
"""
