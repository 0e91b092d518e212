namespace Shared;

/// <summary>Tests that measure memory run alone: after all others, one at a time.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
