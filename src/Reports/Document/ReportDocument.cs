using Dendrite.V1;

namespace Dendrite.Reports.Document;

/// <summary>
/// All that a report says, before it has a form. Equal documents give equal bytes in every form: there is no clock
/// here, no locale, and lists are written in the order that they have.
/// </summary>
public sealed record ReportDocument
{
    /// <summary>A title for people; never empty.</summary>
    public required string Title { get; init; }

    /// <summary>Who compared: the label of an API key.</summary>
    public required string Creator { get; init; }

    /// <summary>What was compared, settled to versions.</summary>
    public required ResolvedComparand Comparand { get; init; }

    /// <summary>Against what.</summary>
    public DiffMode Mode { get; init; } = DiffMode.TwoPoint;

    /// <summary>The newest commit that the old side sees; null before the first.</summary>
    public SideCommit? FromCommit { get; init; }

    /// <summary>The newest commit that the new side sees; null before the first.</summary>
    public SideCommit? ToCommit { get; init; }

    /// <summary>How much differs in all.</summary>
    public DiffCounts Counts { get; init; } = new();

    /// <summary>Streams that differ, by id; the first of them where <see cref="Counts"/> says more.</summary>
    public IReadOnlyList<StreamDifference> Streams { get; init; } = [];

    /// <summary>Datasets that differ, by id.</summary>
    public IReadOnlyList<DatasetDifference> Datasets { get; init; } = [];

    /// <summary>
    /// Records that differ, by dataset, then by key; the first of them where <see cref="Counts"/> says more.
    /// </summary>
    public IReadOnlyList<RecordDifference> Records { get; init; } = [];

    /// <summary>Channels side by side, with every test.</summary>
    public ExperimentComparison Comparison { get; init; } = new();

    /// <summary>What is drawn: one for each pair of <see cref="ChannelSelection.Plotted"/>, in its order.</summary>
    public IReadOnlyList<ChannelPlot> Plots { get; init; } = [];

    /// <summary>One for each pair of <see cref="ChannelSelection.Tabled"/>, in its order.</summary>
    public IReadOnlyList<ChannelUnits> Units { get; init; } = [];
}

/// <summary>The units of a pair of channels, such as <c>uV</c>; empty where a channel has none.</summary>
public sealed record ChannelUnits(string From, string To);

/// <summary>The commit that a side ends with.</summary>
/// <param name="Author">Label of the API key that made it.</param>
/// <param name="Message">As it was given.</param>
/// <param name="Time">When it was made: a fact of the snapshot, not of the report.</param>
public sealed record SideCommit(string Author, string Message, DateTimeOffset Time);
