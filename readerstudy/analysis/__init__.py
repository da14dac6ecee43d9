"""The statistics of a reader study: pure functions on arrays and tidy tables. No Django, no torch.

`readings.read_answers` reads the export, `summary.analyse` answers the study's questions from it; `agreement`,
`detection` and `obuchowski_rockette` hold one function for each statistic. Every result is an
`estimate.Estimate` or carries one.
"""
