// Two cores, and timing asserted on them: one test at a time.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
