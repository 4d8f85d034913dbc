namespace Dendrite.Client.Spools;

/// <summary>
/// Finds the gaps among messages that no record of the spool declares: each once, however often a call that breaks
/// makes it be sent again. For one caller at a time.
/// </summary>
internal sealed class FoundHoles
{
    /// <summary>For each channel group, up to where holes were found, by the gateway's count.</summary>
    private readonly Dictionary<int, long> found = [];

    /// <summary>The hole that a message declares, as far as it was not found before; null: there is none.</summary>
    /// <param name="message">It.</param>
    /// <param name="origin">The stream's index of the gateway's sample 0.</param>
    public FoundHole? TryFind(in PlacedMessage message, long origin)
    {
        if (message.Request.Gap is not { } gap)
        {
            return null;
        }

        var group = gap.HasChannelGroup ? gap.ChannelGroup : SpoolRecord.AllGroups;
        var end = gap.Range.EndSample - origin;
        var first = Math.Max(gap.Range.StartSample - origin, found.GetValueOrDefault(group, long.MinValue));
        if (first >= end)
        {
            return null;
        }

        found[group] = end;
        return new(group, first, end - first, gap, message.IsLoss);
    }
}

/// <summary>Samples that are missing though no record of the spool says so.</summary>
/// <param name="Group">Of which channel group; -1 for all.</param>
/// <param name="First">By the gateway's count.</param>
/// <param name="Count">Of each channel.</param>
/// <param name="Gap">As it is declared.</param>
/// <param name="IsLoss">Whether they were in the spool.</param>
internal readonly record struct FoundHole(int Group, long First, long Count, V1.Gap Gap, bool IsLoss);
