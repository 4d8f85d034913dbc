using System.Globalization;
using System.Text.RegularExpressions;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

/// <summary>What docs/block-format.md promises: its test vectors and its C.</summary>
internal static partial class DocumentedFormat
{
    private static readonly string Document = File.ReadAllText(FindDocument());

    /// <summary>The rows of the table of vectors.</summary>
    public static IReadOnlyList<DocumentedVector> Vectors { get; } =
    [
        .. VectorRow()
            .Matches(Document)
            .Select(row => new DocumentedVector(
                (ChannelEncoding)int.Parse(row.Groups["encoding"].Value, CultureInfo.InvariantCulture),
                Enum.Parse<SampleType>(row.Groups["type"].Value, ignoreCase: true),
                [.. row.Groups["samples"].Value.Split(", ").SelectMany(ParseRun)],
                Convert.FromHexString(NotHex().Replace(row.Groups["block"].Value, ""))
            )),
    ];

    /// <summary>All C of the document, in its order.</summary>
    public static string C { get; } =
        string.Join('\n', CBlock().Matches(Document).Select(block => block.Groups["code"].Value));

    /// <summary>One sample, or <c>300 x 7</c> for so many of it.</summary>
    private static IEnumerable<double> ParseRun(string text)
    {
        string[] parts = text.Split(" x ");
        int count = parts.Length == 1 ? 1 : int.Parse(parts[0], CultureInfo.InvariantCulture);
        return Enumerable.Repeat(Parse(parts[^1]), count);
    }

    private static double Parse(string text) =>
        text switch
        {
            "NaN" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.Parse(text, CultureInfo.InvariantCulture),
        };

    private static string FindDocument()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }
        return Path.Combine(folder!.FullName, "docs", "block-format.md");
    }

    [GeneratedRegex(
        @"^\| (?<encoding>\d+) \| (?<type>\w+) \| (?<samples>[^|`]+) \| (?<block>`[^|]+`) \|$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture
    )]
    private static partial Regex VectorRow();

    [GeneratedRegex("[` ]")]
    private static partial Regex NotHex();

    [GeneratedRegex("```c\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex CBlock();
}

/// <summary>One channel and the block that it makes.</summary>
internal sealed record DocumentedVector(ChannelEncoding Encoding, SampleType Type, double[] Samples, byte[] Block)
{
    /// <summary>The samples as they lie in memory.</summary>
    public byte[] Planar => [.. Samples.SelectMany(Bytes)];

    private byte[] Bytes(double sample)
    {
        switch (Type)
        {
            case SampleType.Float32:
                return BitConverter.GetBytes((float)sample);
            case SampleType.Float64:
                return BitConverter.GetBytes(sample);
            default:
                return BitConverter.GetBytes((int)sample)[..Type.SizeBytes()];
        }
    }
}
