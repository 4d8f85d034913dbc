using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Streams;

/// <summary>Between the contract's time anchors and gaps and the store's.</summary>
internal static class TimeMapper
{
    private const int MaxNoteLength = 1_000;

    /// <summary>
    /// The last index that a sample may have: a device of 1 MHz reaches it after 142,000 years, and sums of two still
    /// fit.
    /// </summary>
    public const long MaxSample = 1L << 62;

    /// <summary>
    /// Anchors of one message, by ascending sample: as samples go on, so does time. What is sent later may correct both
    /// ways.
    /// </summary>
    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    public static StreamTimeAnchor[] ReadAll(IReadOnlyList<V1.TimeAnchor> anchors, string field)
    {
        var read = anchors.Select((anchor, i) => Read(anchor, $"{field}[{i}]")).ToArray();
        for (var i = 1; i < read.Length; i++)
        {
            var (before, after) = (read[i - 1], read[i]);
            if (after.Sample < before.Sample)
            {
                throw DendriteException.Invalid(
                    $"{field}[{i}].sample",
                    $"{after.Sample} comes behind {before.Sample}; send anchors by ascending sample"
                );
            }

            if (after.Sample > before.Sample && after.InstantNs < before.InstantNs)
            {
                throw DendriteException.Invalid(
                    $"{field}[{i}].instant",
                    $"is before that of sample {before.Sample}, which comes first: time does not go back. Leave out "
                        + "the wrong one, and keep the device's own reading in device_seconds"
                );
            }
        }

        return read;
    }

    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    private static StreamTimeAnchor Read(V1.TimeAnchor anchor, string field)
    {
        if (anchor.Sample is < 0 or > MaxSample)
        {
            throw DendriteException.Invalid($"{field}.sample", $"{anchor.Sample} is not within 0 and {MaxSample}");
        }

        if (anchor.Instant is null)
        {
            throw DendriteException.Invalid($"{field}.instant", "is missing");
        }

        Instants.Check(anchor.Instant, $"{field}.instant");
        RequireFinite(anchor.DeviceSeconds, $"{field}.device_seconds");
        RequireFinite(anchor.ClockOffsetSeconds, $"{field}.clock_offset_seconds");
        RequireFinite(anchor.UncertaintySeconds, $"{field}.uncertainty_seconds");
        if (anchor.UncertaintySeconds < 0)
        {
            throw DendriteException.Invalid($"{field}.uncertainty_seconds", $"{anchor.UncertaintySeconds} is negative");
        }

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
        // What is missing is counted over all groups, and that number fits as well.
        var range = ReadRange(gap.Range, $"{field}.range", MaxSample / groupCount);
        if (gap.HasChannelGroup && (gap.ChannelGroup < 0 || gap.ChannelGroup >= groupCount))
        {
            throw DendriteException.Invalid(
                $"{field}.channel_group",
                $"{gap.ChannelGroup} is not a group of the stream, which has {groupCount}"
            );
        }

        RequestFields.DeviceText(gap.Note, $"{field}.note", MaxNoteLength);
        return new(range, gap.HasChannelGroup ? gap.ChannelGroup : null, ReadCause(gap.Cause, field), gap.Note);
    }

    /// <summary>A range of at least one sample, which ends at the last one that there may be.</summary>
    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    public static SampleRange ReadRange(V1.SampleRange? range, string field, long last = MaxSample) =>
        range is { StartSample: >= 0 and var start, EndSample: var end } && start < end && end <= last
            ? new(start, end)
            : throw DendriteException.Invalid(
                field,
                $"is not a range of at least one sample: 0 <= start_sample < end_sample <= {last}"
            );

    private static void RequireFinite(double value, string field)
    {
        if (!double.IsFinite(value))
        {
            throw DendriteException.Invalid(
                field,
                $"{value} is not a finite number; leave it out where it is not known"
            );
        }
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
