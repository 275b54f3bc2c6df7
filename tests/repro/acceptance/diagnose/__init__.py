"""Whether ``repro diagnose`` is right: programs that really hang, and programs that are only slow, diagnosed from outside.

These commands take minutes, and are no part of CI; what they found is committed in ``reports/diagnose/``, and tests rebuild the
tables from that:

===================  ==================================================================================
``matrix``           hangs each program of ``repro script`` that can hang, and asks what is wrong with it
``healthy``          starts programs that are slow, or wait, or idle, and asks the same
``again``            judges snapshots that were kept again, by the rules of today
``slow``             one such program, for any Python from 3.8 up
``asking``           asks, in each of three modes: with py-spy, without, as another user
``right``            which diagnoses are right for which scenario: by its prose, whatever was said
``tables``           the tables of the report: a pure function of the records
``remedies``         does with programs that hang what their diagnosis says is to be done
``followed``         what followed: what the texts say, and the table
===================  ==================================================================================
"""
