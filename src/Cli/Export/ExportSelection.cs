using Dendrite.V1;

namespace Dendrite.Cli.Export;

/// <summary>What is exported, as the command line says it.</summary>
/// <param name="Branch">Id or name of the branch.</param>
/// <param name="At">Null for the newest state.</param>
/// <param name="Streams">Ids, or the beginning that an import gave to all streams of a recording.</param>
/// <param name="Channels">Labels; empty for all.</param>
internal sealed record ExportSelection(
    string Branch,
    SnapshotPoint? At,
    IReadOnlyList<string> Streams,
    IReadOnlyList<string> Channels
);

/// <summary>A stream to export.</summary>
/// <param name="Stream">As the state has it.</param>
/// <param name="Channels">Those wanted, in the order wanted; at least one.</param>
/// <param name="Range">The samples wanted.</param>
internal sealed record SelectedStream(SignalStream Stream, IReadOnlyList<SignalChannel> Channels, SampleRange Range);
