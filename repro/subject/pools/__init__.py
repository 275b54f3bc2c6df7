"""The pools under test, one adapter file each. Each defines ``POOL``, an instance of a subclass of ``Adapter``."""
