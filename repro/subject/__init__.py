"""What runs inside the interpreter under test: standard library only, Python 3.8 syntax; never imports the observer.

=========================  ===========================================================================
``scenarios``              which ways are there for a worker to fail? one file each
``pools``                  which pools are there? one file each: their adapters
``checks``                 has a pool what its adapter says? scenarios without a fault, for ``repro check-adapter``
``scenario``               what is a scenario?
``adapter``                what is a pool, to the suite?
``script``                 what are the programs of ``repro script`` made of?
``loading``                how is a scenario or an adapter loaded from its file?
``program``                what does the program of a cell do? it opens the pool, calls, uses it again, closes it
``program_of_command``     the same as ``python -c`` runs one
``program_without_guard``  the same without ``if __name__ == "__main__"``
``task``                   what do the workers run?
``cell``                   which cell does this process belong to?
``rendezvous``             how do the processes of a cell wait for each other?
``events``                 how does every process of a cell say what it did?
``exits``                  with which status did each process end?
``witness``                the same, of workers that something else than Python reaps
``sitecustomize``          how does every interpreter in a cell get these eyes?
``stacks``                 how can a hung process be asked where it waits?
``autopsy``                what can still be done with a pool whose caller hangs?
``procfs``                 what does the kernel say of another process?
``event_loop``             how is a pool called that is awaited?
``full``                   how does a file system get full, for one cell alone?
``heavy``                  how does a number weigh many bytes on its way?
``probe``                  what can an interpreter do? asked before anything is run in it
=========================  ===========================================================================
"""
