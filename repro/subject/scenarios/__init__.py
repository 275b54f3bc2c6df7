"""The scenarios, one file each. Each defines ``SCENARIO``, an instance of a subclass of ``Scenario``."""
