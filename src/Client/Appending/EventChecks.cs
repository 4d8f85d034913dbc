using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Client.Appending;

/// <summary>
/// Whether annotations, anchors and gaps are such as a service takes: said when they are given, since what was spooled
/// is refused long after, when nobody can mend it. The limits are those of the contract.
/// </summary>
/// <param name="descriptor">Of the stream.</param>
internal sealed class EventChecks(V1.SignalStream descriptor)
{
    /// <summary>The last index that a sample may have.</summary>
    public const long MaxSample = 1L << 62;

    /// <summary>Time is kept in nanoseconds, so for 292 years either way.</summary>
    private const long LastSecond = (long.MaxValue / 1_000_000_000) - 1;

    private const int MaxTextLength = 4_000;
    private const int MaxCategoryLength = 200;
    private const int MaxNoteLength = 1_000;
    private const int MaxMetadataBytes = 16 << 10;

    /// <summary>Nobody's reader of protobuf goes deeper than 100 messages, of which an object takes three.</summary>
    private const int MaxMetadataDepth = 30;

    /// <summary>Of messages within each other, in what was spooled before that was asked.</summary>
    private const int MaxSpooledDepth = 500;

    private readonly HashSet<string> labels = [.. descriptor.Channels.Select(channel => channel.Label)];

    /// <exception cref="ArgumentException">One is at fault; the message names the field.</exception>
    public void Require(IReadOnlyList<V1.Annotation> annotations)
    {
        foreach (var (index, annotation) in annotations.Index())
        {
            Require(annotation, $"annotations[{index}]");
        }
    }

    /// <summary>Anchors of one call: by ascending sample, and time does not go back.</summary>
    /// <exception cref="ArgumentException">One is at fault; the message names the field.</exception>
    public static void Require(IReadOnlyList<V1.TimeAnchor> anchors)
    {
        foreach (var (index, anchor) in anchors.Index())
        {
            var field = $"anchors[{index}]";
            Require(anchor, field);
            if (index > 0 && anchors[index - 1] is var before && before.Sample >= anchor.Sample)
            {
                var fault = $"comes behind {before.Sample}; give anchors by ascending sample";
                Require(before.Sample == anchor.Sample, $"{field}.sample", fault);
            }
            else if (index > 0)
            {
                const string Fault = "is before that of the last; leave out the wrong one";
                Require(anchors[index - 1].Instant <= anchor.Instant, $"{field}.instant", Fault);
            }
        }
    }

    /// <summary>A gap of all channel groups.</summary>
    /// <param name="sampleCount">How long it is.</param>
    /// <param name="next">For each group, the index of its next sample.</param>
    /// <param name="cause">Why.</param>
    /// <param name="note">More of that.</param>
    /// <returns>The gap, without its range.</returns>
    /// <exception cref="ArgumentException">It is at fault; the message names the field.</exception>
    /// <exception cref="InvalidOperationException">The groups stand at different samples.</exception>
    public static V1.Gap RequireGap(long sampleCount, IReadOnlyList<long> next, V1.GapCause cause, string note)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleCount, 1);
        // What is missing is counted over all groups, and that number fits as well.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sampleCount, (MaxSample / next.Count) - next.Max());
        Require(
            IsOfWriter(cause),
            "cause",
            $"{cause} is not one that a writer may give; Declared fits where none does"
        );
        RequireText(note, "note", MaxNoteLength);
        return next.All(one => one == next[0])
            ? new() { Cause = cause, Note = note }
            : throw new InvalidOperationException(
                "The channel groups stand at different samples: write them even first."
            );
    }

    /// <summary>
    /// Makes a gap such as a service takes: the samples are missing whatever was noted about them.
    /// </summary>
    public static void Mend(V1.Gap gap)
    {
        gap.Cause = IsOfWriter(gap.Cause) ? gap.Cause : V1.GapCause.Declared;
        var note = string.Concat(gap.Note.EnumerateRunes().Where(rune => !IsControl(rune)));
        gap.Note = note.Length <= MaxNoteLength ? note : note[..(MaxNoteLength - 1)];
    }

    /// <summary>
    /// Reads annotations that were spooled, without metadata that nests deeper than a service reads: they were noted,
    /// whatever was noted about them, and what cannot be sent would keep back the samples behind it.
    /// </summary>
    public static V1.AppendAnnotations ReadSpooled(ReadOnlyMemory<byte> payload)
    {
        var read = new V1.AppendAnnotations();
        try
        {
            using var bytes = new MemoryStream(payload.ToArray());
            using var input = CodedInputStream.CreateWithLimits(bytes, int.MaxValue, MaxSpooledDepth);
            read.MergeFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            // Those before it are read.
        }

        foreach (var annotation in read.Annotations.Where(note => note.Metadata is not null))
        {
            annotation.Metadata = IsTooDeep(Value.ForStruct(annotation.Metadata), 0) ? null : annotation.Metadata;
        }

        return read;
    }

    private static bool IsTooDeep(Value value, int depth) =>
        depth > MaxMetadataDepth
        || value.KindCase switch
        {
            Value.KindOneofCase.StructValue => value.StructValue.Fields.Values.Any(one => IsTooDeep(one, depth + 1)),
            Value.KindOneofCase.ListValue => value.ListValue.Values.Any(one => IsTooDeep(one, depth + 1)),
            _ => false,
        };

    /// <param name="annotation">It.</param>
    /// <param name="field">What the message calls it.</param>
    /// <exception cref="ArgumentException">It is at fault; the message names the field.</exception>
    public void Require(V1.Annotation annotation, string field)
    {
        Require(annotation.Text.Length > 0, $"{field}.text", "is empty");
        RequireText(annotation.Text, $"{field}.text", MaxTextLength);
        RequireText(annotation.Category, $"{field}.category", MaxCategoryLength);
        foreach (var label in annotation.Channels)
        {
            Require(labels.Contains(label), $"{field}.channels", $"'{label}' is not a channel of the stream");
        }

        var id = annotation.AnnotationId;
        Require(id.Length == 0 || Guid.TryParseExact(id, "D", out _), $"{field}.annotation_id", $"'{id}' is no UUID");
        RequireKept(annotation.Onset?.Seconds, $"{field}.onset");
        RequireKept(annotation.Duration?.Seconds, $"{field}.duration");
        var isBackward = annotation.Duration is { } duration && (duration.Seconds < 0 || duration.Nanos < 0);
        Require(!isBackward, $"{field}.duration", "is negative; leave it out where there is none");
        if (annotation.Metadata is { } metadata)
        {
            RequireJson(metadata, $"{field}.metadata");
        }

        Require(annotation.CalculateSize() <= EventBatches.MaxBytes, field, "is too large for a message");
    }

    private static void Require(V1.TimeAnchor anchor, string field)
    {
        Require(anchor.Sample is >= 0 and <= MaxSample, $"{field}.sample", $"{anchor.Sample} is no index of a sample");
        Require(anchor.Instant is not null, $"{field}.instant", "is missing");
        try
        {
            _ = anchor.Instant!.ToDateTimeOffset();
        }
        catch (InvalidOperationException malformed)
        {
            throw new ArgumentException($"{field}.instant is not an instant of the years 1 to 9999.", malformed);
        }

        RequireKept(anchor.Instant.Seconds, $"{field}.instant");
        Require(double.IsFinite(anchor.DeviceSeconds), $"{field}.device_seconds", "is not a finite number");
        Require(double.IsFinite(anchor.ClockOffsetSeconds), $"{field}.clock_offset_seconds", "is not a finite number");
        var uncertainty = anchor.UncertaintySeconds;
        Require(
            double.IsFinite(uncertainty) && uncertainty >= 0,
            $"{field}.uncertainty_seconds",
            "is not a finite number of at least 0"
        );
    }

    /// <param name="seconds">From 1970, or of a span; null where there is none.</param>
    /// <param name="field">What the message calls it.</param>
    /// <exception cref="ArgumentException">They are more than is kept.</exception>
    public static void RequireKept(long? seconds, string field) =>
        Require(
            seconds is not (< -LastSecond or > LastSecond),
            field,
            $"is not within {-LastSecond} and {LastSecond} s, which are kept"
        );

    private static void RequireJson(Struct metadata, string field)
    {
        // The depth first, since all else goes down it; then the size: to write a huge one as JSON costs the most.
        RequireValue(Value.ForStruct(metadata), field, 0);
        Require(metadata.CalculateSize() <= MaxMetadataBytes, field, $"is larger than {MaxMetadataBytes} bytes");
        var size = Encoding.UTF8.GetByteCount(JsonFormatter.Default.Format(metadata));
        Require(size <= MaxMetadataBytes, field, $"is larger than {MaxMetadataBytes} bytes as JSON");
    }

    private static void RequireValue(Value value, string field, int depth)
    {
        Require(depth <= MaxMetadataDepth, field, $"nests objects and lists more than {MaxMetadataDepth} deep");
        switch (value.KindCase)
        {
            case Value.KindOneofCase.None:
                Require(false, field, "holds a value that is not set");
                break;
            case Value.KindOneofCase.NumberValue:
                Require(double.IsFinite(value.NumberValue), field, $"holds {value.NumberValue}, which JSON cannot");
                break;
            case Value.KindOneofCase.StringValue:
                RequireJsonText(value.StringValue, field);
                break;
            case Value.KindOneofCase.StructValue:
                foreach (var (key, inner) in value.StructValue.Fields)
                {
                    RequireJsonText(key, field);
                    RequireValue(inner, field, depth + 1);
                }

                break;
            case Value.KindOneofCase.ListValue:
                foreach (var inner in value.ListValue.Values)
                {
                    RequireValue(inner, field, depth + 1);
                }

                break;
        }
    }

    private static void RequireText(string text, string field, int maxLength)
    {
        Require(text.Length <= maxLength, field, $"has {text.Length} characters; at most {maxLength} are allowed");
        Require(!text.EnumerateRunes().Any(IsControl), field, "holds a control character");
    }

    private static void RequireJsonText(string text, string field) =>
        Require(
            text.All(character => !char.IsControl(character) || character is '\n' or '\r' or '\t'),
            field,
            "holds a control character"
        );

    private static void Require(bool holds, string field, string fault)
    {
        if (!holds)
        {
            throw new ArgumentException($"{field}: {fault}.");
        }
    }

    private static bool IsOfWriter(V1.GapCause cause) =>
        cause
            is V1.GapCause.Paused
                or V1.GapCause.DeviceCounterJump
                or V1.GapCause.SpoolOverflow
                or V1.GapCause.Declared;

    /// <summary>Those of Latin-1 are what devices make of other encodings, and are taken.</summary>
    private static bool IsControl(Rune rune) =>
        rune.IsAscii && Rune.IsControl(rune) && rune.Value is not ('\n' or '\r' or '\t');
}
