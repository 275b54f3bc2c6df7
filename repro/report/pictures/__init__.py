"""Pictures of stored runs. First what is drawn, as data, pure functions of records; then one renderer for each output.

==================  ============================================================================
``timeline``        what happened in one cell, process by process, and what became of each task?
``timeline_svg``    how is that drawn, several cells on one time axis?
``timeline_text``   how is that written on a terminal?
``timeline_trace``  how do trace viewers read it?
``matrix``          what did each scenario come to in each pool, in which versions?
``matrix_svg``      how is that drawn?
``matrix_text``     how is that written on a terminal?
``latency``         how long after a death could the caller know of it?
``latency_svg``     how is that drawn?
``latency_text``    how is that written on a terminal?
``waits``           who waits for what in a hang, and who has the other end?
``waits_svg``       how is that drawn?
``bench``           how many times as good as Pool is each pool?
``bench_svg``       how is that drawn?
``bench_text``      how is that written on a terminal?
``png``             a drawing as pixels
``words``           in which words does a picture speak?
``svg``             the strokes, colours and letters of all drawings
==================  ============================================================================
"""
