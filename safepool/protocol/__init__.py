"""What both sides agree on, the parent and its workers. Imports nothing of ours.

===============  ====================================================================================
``words``        which numbers stand for which messages, units, entries and stages?
``wire``         what is a frame on a pipe?
``codec``        how do calls and results become bytes?
``slots``        what do parent and worker tell each other in shared memory? (the journal)
``region``       which file do they share for that, and how is it made and mapped?
``control``      what do parent and template say to each other?
``descriptors``  how is a descriptor made and noted, with no signal handler in between?
``spin``         when does it pay to look for a message before sleeping?
``originals``    which are the system's own calls, where gevent or a mock replaced them?
``clock``        what time is it, whatever is patched?
``bell``         how does a thread of the parent sleep until another one wakes it?
``threads``      how is a thread of the parent made, and seen to be gone?
===============  ====================================================================================
"""
