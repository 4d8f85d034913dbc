using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query;

/// <summary>Masks as the contract has them.</summary>
internal static class MaskMapper
{
    public static V1.SampleMask ToContract(SampleMask mask)
    {
        var mapped = new V1.SampleMask
        {
            MaskId = mask.Id.ToString(),
            Range = new() { StartSample = mask.Range.Start, EndSample = mask.Range.End },
            Reason = mask.Reason,
            Version = mask.Version.Value,
        };
        mapped.Channels.AddRange(mask.Channels);
        return mapped;
    }

    /// <summary>What a mask hides of a read: the gap that is shown in its place.</summary>
    public static V1.Gap ToGap(SampleMask mask, SampleRange range, SignalStreamDescriptor stream, int group)
    {
        var gap = new V1.Gap
        {
            Range = new() { StartSample = range.Start, EndSample = range.End },
            Cause = V1.GapCause.Masked,
            Note = mask.Reason,
            Version = mask.Version.Value,
        };
        if (stream.Groups.Count > 1)
        {
            gap.ChannelGroup = group;
        }

        gap.Channels.AddRange(mask.Channels);
        return gap;
    }
}
