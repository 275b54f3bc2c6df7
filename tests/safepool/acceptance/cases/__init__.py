"""Small programs, one for each kind of fault on the parent's side; `table` lists them, `runner` runs them by hand."""
