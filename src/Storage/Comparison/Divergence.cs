using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Comparison;

/// <summary>
/// What one side of a diff sees beyond the merge base, timeline by timeline: rows in <c>(base, top]</c>.
/// </summary>
internal sealed record Divergence(long[] Timelines, long[] Bases, long[] Tops)
{
    public static Divergence Of(Snapshot side, Snapshot mergeBase)
    {
        var beyond = side.Entries.Where(entry => entry.Through > mergeBase[entry.Timeline]).ToArray();
        return new(
            [.. beyond.Select(entry => entry.Timeline.Value)],
            [.. beyond.Select(entry => mergeBase[entry.Timeline].Value)],
            [.. beyond.Select(entry => entry.Through.Value)]
        );
    }

    /// <summary>
    /// Everything that either side sees beyond the base: the sides diverge on different rows, so they add up.
    /// </summary>
    public Divergence And(Divergence other) =>
        new([.. Timelines, .. other.Timelines], [.. Bases, .. other.Bases], [.. Tops, .. other.Tops]);

    /// <summary>
    /// Binds @diverged, @bases and @tops: three arrays for <c>branching.diverged</c>, which adds what was absorbed in
    /// between.
    /// </summary>
    public void AddTo(NpgsqlBatchCommand command)
    {
        command.Parameters.Add(new("diverged", Timelines));
        command.Parameters.Add(new("bases", Bases));
        command.Parameters.Add(new("tops", Tops));
    }
}
