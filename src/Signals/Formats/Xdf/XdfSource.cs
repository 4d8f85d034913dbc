using System.Text.Json.Nodes;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>A scanned stream with its clock and how its values are stored.</summary>
internal sealed class XdfSource
{
    /// <summary>
    /// Of measurements that metadata lists; long recordings have more, and their anchors say the same.
    /// </summary>
    private const int MaxListedOffsets = 2000;

    private readonly XdfStream stream;

    public XdfSource(XdfStream stream, RecordingWarnings warnings)
    {
        this.stream = stream;
        Clock = new(stream.ClockOffsets);
        Columns = XdfColumns.Of(stream, warnings);
        AnchorStride = XdfAnchors.StrideOf(stream, warnings);
        FirstSeconds = stream.First is var (seconds, offset)
            ? Clock.Correct(seconds, offset).Seconds
            : double.PositiveInfinity;
        if (Clock.ResetCount > 0)
        {
            warnings.Add(
                RecordingWarningKind.ClockReset,
                $"stream {Header.Id}: clock offsets",
                Header.Offset,
                $"The stream's clock was set {Clock.ResetCount} times; each part is corrected by its own measurements."
            );
        }
        WarnOfStepsBack(warnings);
    }

    public XdfHeader Header => stream.Header;

    public XdfClock Clock { get; }

    public IReadOnlyList<XdfColumn> Columns { get; }

    /// <summary>Every how many time stamps of a regular stream one becomes an anchor.</summary>
    public long AnchorStride { get; }

    /// <summary>Of the first sample, by the recorder's clock; infinite where there is none.</summary>
    public double FirstSeconds { get; }

    /// <summary>What the recorder's clock showed where the recording's seconds begin.</summary>
    public double Origin { get; set; }

    public long SampleCount => stream.SampleCount;

    /// <summary>Seconds of the recording at a time of the stream's own clock.</summary>
    public RecordedAnchor AnchorAt(long sample, double seconds, long fileOffset)
    {
        var (corrected, measured) = Clock.Correct(seconds, fileOffset);
        return new(sample, Exact(corrected - Origin))
        {
            DeviceSeconds = seconds,
            // The file has what to add to the stream's clock; the contract the clock less the reference.
            ClockOffsetSeconds = measured is { } value ? -value : null,
        };
    }

    public RecordedStream Describe()
    {
        bool isText = Header.IsText;
        decimal onset = double.IsFinite(FirstSeconds) ? Exact(FirstSeconds - Origin) : 0;
        return new()
        {
            Suffix = Header.Name.Length > 0 ? Header.Name : $"{Header.Type} {Header.Id}",
            Rate = isText ? new(1, 1) : Header.Rate,
            OnsetSeconds = onset,
            Channels = [.. Columns.Select(column => column.Channel)],
            SampleCount = isText ? 0 : stream.SampleCount,
            Annotations = [.. stream.Markers.Select(marker => Annotation(marker, onset))],
            Metadata = Metadata(),
        };
    }

    /// <summary>Markers may come in any order; samples go on, and so must their time.</summary>
    private void WarnOfStepsBack(RecordingWarnings warnings)
    {
        // Where the clock was set, only its own reading goes back.
        long explained = stream.StepsBack.LongCount(step =>
            Clock.Correct(step.After, step.AfterOffset).Seconds >= Clock.Correct(step.Before, step.BeforeOffset).Seconds
        );
        long count = stream.StepBackCount - explained;
        if (count > 0 && !Header.IsText)
        {
            warnings.Add(
                RecordingWarningKind.TimeGoesBack,
                $"stream {Header.Id}: time stamps",
                Header.Offset,
                $"{count} of {stream.StampCount} are before the one before them; instants stand still there, and "
                    + "device_seconds has them as they are."
            );
        }
    }

    private RecordedAnnotation Annotation(XdfMarker marker, decimal streamOnset)
    {
        var anchor = AnchorAt(0, marker.Seconds, marker.FileOffset);
        var metadata = new JsonObject { ["deviceSeconds"] = marker.Seconds };
        if (anchor.ClockOffsetSeconds is { } offset)
        {
            metadata["clockOffsetSeconds"] = offset;
        }
        if (Header.ChannelCount > 1)
        {
            metadata["channel"] = marker.Channel + 1;
        }
        return new(marker.Text)
        {
            StartSample = (long)Math.Floor(anchor.Seconds - streamOnset),
            OnsetSeconds = anchor.Seconds,
            Category = Header.Type,
            Metadata = metadata,
        };
    }

    private JsonObject Metadata()
    {
        var metadata = new JsonObject
        {
            ["streamId"] = Header.Id,
            ["name"] = Header.Name,
            ["type"] = Header.Type,
            ["channelFormat"] = Header.Format,
            ["nominalRate"] = XdfHeader.Value(Header.Xml, "nominal_srate"),
            ["sourceSampleCount"] = stream.SampleCount,
            ["clockOffsetCount"] = stream.ClockOffsets.Count,
            ["header"] = Header.Text,
            ["footer"] = stream.Footer,
        };
        if (stream.ClockOffsets.Count is > 0 and <= MaxListedOffsets)
        {
            metadata["clockOffsets"] = new JsonArray([
                .. stream.ClockOffsets.Select(offset => (JsonNode)new JsonArray(offset.Seconds, offset.Value)),
            ]);
        }
        return metadata;
    }

    /// <summary>
    /// Differences of times are small, so nothing of a nanosecond is lost; damage is kept out of the range.
    /// </summary>
    private static decimal Exact(double seconds) => decimal.Round((decimal)Math.Clamp(seconds, -3e9, 3e9), 9);
}
