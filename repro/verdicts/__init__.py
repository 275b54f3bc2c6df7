"""What the facts mean. Pure functions: no I/O but to read the JSON files that lie here.

=================  ================================================================================
``judge``          which verdict do the facts make?
``facts``          what happened to the fault, and what did the caller get? (the judge asks)
``pace``           was it slow or stuck? (the judge asks it, and the watchdog for more time)
``explain``        why does it hang, by the evidence?
``scene``          who waits where? (``explain`` asks)
``stacks``         what do the stacks say of where it waits?
``names``          what are the processes, pipes and semaphores called?
``expectations``   what is known of each cell before it runs? ``expectations.json``
``notes``          why does it come to that, in a few words? ``notes.json``
``adapter_check``  what is wrong with an adapter?
=================  ================================================================================
"""
