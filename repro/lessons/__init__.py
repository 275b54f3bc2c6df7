"""Lessons that are run, not read: one source, several forms, in more than one language.

==================  ==================================================================================
``model``           what is a lesson? the document that every form is made of
``parse``           how is it made of its files?
``library``         which lessons are there, in which languages, and which misconceptions?
``runner``          how is a program of a lesson run, and watched?
``recording``       what is kept of that beside the lesson?
``pictures``        what does a reader see of that?
``terminal``        how is a lesson walked through in a terminal?
``forms``           which other forms does it have? one file each
``doctor``          what of it works on this machine?
``templates``       how is a text with values said in other words?
``words``           what do drawings and records say, in each language?
``columns``         where may a line of a terminal be broken, and how wide is it?
``phrases``         the words around a lesson's text, in each language
``exercise``        does what a reader wrote do what the task asks for, and if not, what is wrong?
``notebook``        what do the cells of a notebook call?
``pages``           what do the forms for browsers share?
``drill``           what does the program of some cell come to, and which belief does an answer show?
``rules``           what must a complete lesson hold, and what does a translation lack?
``japanese``        is it said in Japanese as it should be?
==================  ==================================================================================

**A lesson is a folder** ``NN_name``. Adding a lesson, or a language, is adding files::

    lesson.toml         what is the same in every language: the runs, the cells, the goal of each section
    en.md  ja.md        the text, in each language
    programs/           the programs, in the grammar of 3.8; standard library and safepool only
    exercise/           en.md, ja.md: the task, with its hints; skeleton/, solution/, check.py (repro.lessons.exercise)
    recorded/           what the runs gave; written by one command, never by hand

**The text** begins with a head (``title``, and ``for``: whom it helps, a line each), then come sections ``## Title {#key}``; the
key is the same in every language, and ``lesson.toml`` has its goal. A translation's heading says of which section it was made:
``## Titel {#key of=FINGERPRINT}``. It is Markdown (CommonMark, with tables), and between the paragraphs stand directives::

    ::: program RUN                  list the program of a run; what was changed in it is marked
    ::: run RUN                      run it before the reader's eyes
    ::: show KIND RUN|CELL caption   a picture: of a run processes, waits, output, counts; of a cell timeline, waits, evidence
    ::: exercise                     the task, from exercise/
    ::: check NAME Title             (exercise/ only) what is looked at

    ::: ask NAME of=RUN              a prediction, before that run
    ::: ask NAME kind=KIND           a question: predict, which-cause, what-evidence, counterexample
    What happens?
    - (x) the right choice
    - (misconception) a wrong choice, which carries a misconception by its name in misconceptions.toml
      > what is said to who chose it (else: that misconception's truth)
    ::: answer
    what is told after the choice; of a question without choices, the answer
    :::

    ::: reveal Title                 folded, until the reader wants it
    ::: surprise Title               the same; the one surprise of the lesson
    ::: note                         for the speaker alone
    ::: slide Title                  what slides show in place of the prose
    ::: quote FILE since=3.9         lines of CPython's Lib/FILE, each of which a test finds there
    ::: stepper NAME                 text, and choices ``- (CELL) when``: the reader chooses the moment of the death
    ::: hint                         (exercise/ only) one more hint
    ::: finding KEY hint=N           (exercise/ only) what is said of a wrong answer, and which hint helps first
    ::: seen                         (exercise/ of a translation only) a line ``it printed {text}``, as check.py says it, and
                                     below that a line ``> ``: how that is said, with the same values

those of the second group each end with a line ``:::``. ``lesson.toml``::

    complete = true                  it holds all that a lesson must (repro.lessons.rules); false for a draft
    minutes = { read = 12, do = 30 } read: and run (repro.lessons.rules has what that takes); do: the task

    [runs.NAME]                      repro.lessons.model.Run has all of it
    program = "hang.py"
    change = ["sys.exit(1)", "sys.exit(0)"]    ONE name, value or expression
    ends = "hang"                    or "busy", "exit N", "killed by SIGKILL"; a list where it is a matter of chance
    deadline = 4.0                   seconds
    shows = ["input 3"]              what the output holds

    [cells.NAME]                     a cell of the suite: scenario, pool, operation, start_method, python
    [exercise]
    file = "mine.py"                 what the reader writes
    checks = ["empty", "large"]      the names that check.py knows, in this order
    deadline = 10.0                  seconds for each

    [sections.KEY]
    goal = "..."                     what a reader can do after it
"""
