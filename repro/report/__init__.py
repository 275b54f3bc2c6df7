"""From records to what a reader sees: ``tables`` makes them (pure), ``formats/`` has one file for each way to write them."""
