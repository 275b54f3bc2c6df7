"""Programs that stand in no lesson: a reader of the lessons derives what they do; the records say whether he was right."""
