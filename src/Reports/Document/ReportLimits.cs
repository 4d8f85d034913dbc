namespace Dendrite.Reports.Document;

/// <summary>
/// How much of a large comparison a page shows. With these the HTML of 1,024 channels stays below
/// <see cref="MaxHtmlBytes"/>; whatever is left out is said in its place, and is in the JSON as far as it was read.
/// </summary>
public static class ReportLimits
{
    /// <summary>Pairs that are drawn: each is three plots of some 12 KB together.</summary>
    public const int PlottedChannels = 12;

    /// <summary>Pairs whose figures and tests are tabled, and the most that a map names one by one.</summary>
    public const int TabledChannels = 64;

    /// <summary>Of each stream the channels without a counterpart that are named.</summary>
    public const int NamedChannels = 12;

    /// <summary>Streams with channels without a counterpart that are named.</summary>
    public const int NamedStreams = 40;

    /// <summary>Streams and datasets that are listed; also how many are read.</summary>
    public const int ListedItems = 200;

    /// <summary>Records that differ that are read.</summary>
    public const int Records = 1_000;

    /// <summary>Cells of records that are tabled.</summary>
    public const int TabledCells = 500;

    /// <summary>Characters of a cell, name or message that are shown.</summary>
    public const int TextLength = 120;

    /// <summary>Maps of tiles: after the one that exceeds this, no more are drawn.</summary>
    public const int TileBytes = 384 << 10;

    /// <summary>What a page never exceeds, whatever was compared: longer lists than fit are cut, and say so.</summary>
    public const int MaxHtmlBytes = 2 << 20;

    /// <summary>Runs of time in an envelope: one for each unit of the plot's width.</summary>
    public const int EnvelopeBuckets = 290;

    /// <summary>Points of a spectrum: logarithmic, so that each has as much of the plot.</summary>
    public const int SpectrumPoints = 180;
}
