using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Findings;

/// <summary>What is concluded from counts: how streams, datasets and records differ.</summary>
internal static class DataConclusions
{
    public static IEnumerable<string> Of(DiffCounts counts)
    {
        yield return Say(
            "stream",
            counts.StreamsOnlyTo,
            counts.StreamsOnlyFrom,
            counts.StreamsChanged,
            counts.StreamsEqual
        );
        if (counts.DatasetsOnlyTo + counts.DatasetsOnlyFrom + counts.DatasetsChanged > 0)
        {
            yield return Say("dataset", counts.DatasetsOnlyTo, counts.DatasetsOnlyFrom, counts.DatasetsChanged, 0);
        }

        yield return Say("record", counts.RecordsOnlyTo, counts.RecordsOnlyFrom, counts.RecordsChanged, 0);
    }

    private static string Say(string noun, long added, long removed, long changed, long equal)
    {
        string[] parts =
        [
            .. Part(added, "only on the new side"),
            .. Part(removed, "only on the old side"),
            .. Part(changed, "on both sides and different"),
            .. Part(equal, "the same on both sides"),
        ];
        return parts.Length == 0 ? $"No {noun} differs." : $"{Capital(noun)}s: {string.Join(", ", parts)}.";
    }

    private static IEnumerable<string> Part(long count, string where) =>
        count > 0 ? [$"{Numbers.Count(count)} {where}"] : [];

    private static string Capital(string noun) => char.ToUpperInvariant(noun[0]) + noun[1..];
}
