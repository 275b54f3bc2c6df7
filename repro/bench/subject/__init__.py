"""The measured program of `repro bench`: standard library and the pools only, Python 3.8 syntax."""
