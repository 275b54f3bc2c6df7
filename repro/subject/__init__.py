"""What runs inside the interpreter under test: standard library only, Python 3.8 syntax.

``scenarios/``   one file for each way in which a worker can fail
``pools/``       one file for each pool under test: its adapter
``program``      the program of one cell: open the pool, make the call, use the pool again, close it
``task``         what the workers run
``events``       how every process of the subject says what it did
``exits``        how the subject learns with which status each of its processes ended
``stacks``       how a hung process can be asked where it waits
``autopsy``      what can still be done with a pool whose caller hangs
``probe``        what the observer asks an interpreter before it runs anything in it
"""
