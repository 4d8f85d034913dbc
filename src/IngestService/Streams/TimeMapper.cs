using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Streams;

/// <summary>Between the contract's time anchors and gaps and the store's.</summary>
internal static class TimeMapper
{
    private const int MaxNoteLength = 1_000;

    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    public static StreamTimeAnchor Read(V1.TimeAnchor anchor, string field)
    {
        if (anchor.Sample < 0)
        {
            throw DendriteException.Invalid($"{field}.sample", $"{anchor.Sample} is negative");
        }

        if (anchor.Instant is null)
        {
            throw DendriteException.Invalid($"{field}.instant", "is missing");
        }

        Timestamps.Read(anchor.Instant, $"{field}.instant");
        return new(anchor.Sample, anchor.Instant.ToNanoseconds())
        {
            DeviceSeconds = anchor.HasDeviceSeconds ? anchor.DeviceSeconds : null,
            ClockOffsetSeconds = anchor.HasClockOffsetSeconds ? anchor.ClockOffsetSeconds : null,
            UncertaintySeconds = anchor.HasUncertaintySeconds ? anchor.UncertaintySeconds : null,
        };
    }

    public static V1.TimeAnchor ToContract(StreamTimeAnchor anchor)
    {
        var mapped = new V1.TimeAnchor { Sample = anchor.Sample, Instant = Instants.ToTimestamp(anchor.InstantNs) };
        if (anchor.DeviceSeconds is { } device)
        {
            mapped.DeviceSeconds = device;
        }

        if (anchor.ClockOffsetSeconds is { } offset)
        {
            mapped.ClockOffsetSeconds = offset;
        }

        if (anchor.UncertaintySeconds is { } uncertainty)
        {
            mapped.UncertaintySeconds = uncertainty;
        }

        return mapped;
    }

    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    public static SampleGap Read(V1.Gap gap, int groupCount, string field)
    {
        if (gap.Range is null || gap.Range.StartSample < 0 || gap.Range.EndSample <= gap.Range.StartSample)
        {
            throw DendriteException.Invalid(
                $"{field}.range",
                "is not a range of at least one sample: start_sample < end_sample"
            );
        }

        if (gap.HasChannelGroup && (gap.ChannelGroup < 0 || gap.ChannelGroup >= groupCount))
        {
            throw DendriteException.Invalid(
                $"{field}.channel_group",
                $"{gap.ChannelGroup} is not a group of the stream, which has {groupCount}"
            );
        }

        RequestFields.Text(gap.Note, $"{field}.note", MaxNoteLength);
        var range = new SampleRange(gap.Range.StartSample, gap.Range.EndSample);
        return new(range, gap.HasChannelGroup ? gap.ChannelGroup : null, ReadCause(gap.Cause, field), gap.Note);
    }

    public static V1.Gap ToContract(SampleGap gap)
    {
        var mapped = new V1.Gap
        {
            Range = new() { StartSample = gap.Range.Start, EndSample = gap.Range.End },
            Cause = ToContract(gap.Cause),
            Note = gap.Note,
            Version = gap.Version.Value,
        };
        if (gap.ChannelGroup is { } group)
        {
            mapped.ChannelGroup = group;
        }

        return mapped;
    }

    private static GapCause ReadCause(V1.GapCause cause, string field) =>
        cause switch
        {
            V1.GapCause.Paused => GapCause.Paused,
            V1.GapCause.DeviceCounterJump => GapCause.DeviceCounterJump,
            V1.GapCause.SpoolOverflow => GapCause.SpoolOverflow,
            V1.GapCause.Declared => GapCause.Declared,
            _ => throw DendriteException.Invalid(
                $"{field}.cause",
                "is not said, or not one that a writer may give; DECLARED where nothing else fits"
            ),
        };

    private static V1.GapCause ToContract(GapCause cause) =>
        cause switch
        {
            GapCause.Paused => V1.GapCause.Paused,
            GapCause.DeviceCounterJump => V1.GapCause.DeviceCounterJump,
            GapCause.SpoolOverflow => V1.GapCause.SpoolOverflow,
            GapCause.Masked => V1.GapCause.Masked,
            _ => V1.GapCause.Declared,
        };
}
