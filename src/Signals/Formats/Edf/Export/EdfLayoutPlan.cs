namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>Where the samples of a file come from.</summary>
/// <param name="Signals">In the order of the file.</param>
/// <param name="Runs">Of each stream; as many as the grid has, or none for a stream without samples.</param>
/// <param name="Grid">The records.</param>
/// <param name="Fill">Missing samples are written as a value for them.</param>
internal sealed record EdfLayoutPlan(
    IReadOnlyList<PlannedSignal> Signals,
    IReadOnlyList<StreamRuns> Runs,
    RecordGrid Grid,
    bool Fill
);
