"""The statistics of a reader study: pure functions on arrays and tidy tables. No Django, no torch.

`readings.read_answers` reads the export, `summary.analyse` answers the study's questions from it; `agreement`,
`detection`, `obuchowski_rockette` and their neighbours hold one function for each statistic, `outcomes` has the
verdicts. Every result is an `estimate.Estimate` or carries one.
"""
