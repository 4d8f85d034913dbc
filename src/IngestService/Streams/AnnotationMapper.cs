using System.Security.Cryptography;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Streams;

/// <summary>Between the contract's annotations, anchors and gaps and the store's.</summary>
internal static class AnnotationMapper
{
    private const int MaxTextLength = 4_000;
    private const int MaxCategoryLength = 200;
    private const int MaxMetadataBytes = 16 << 10;

    /// <exception cref="DendriteException">InvalidArgument or ChannelNotFound, with the field.</exception>
    public static StreamAnnotation Read(V1.Annotation annotation, SignalStream stream, string field)
    {
        Check(annotation, stream.Descriptor, field);
        return new(ReadId(annotation, stream), StartSample(annotation, stream), annotation.Text)
        {
            OnsetNs = annotation.Onset?.ToNanoseconds(),
            DurationNs = annotation.Duration?.ToNanoseconds(),
            Category = annotation.Category,
            Channels = [.. annotation.Channels],
            MetadataJson = annotation.Metadata is { } metadata ? Json.Format(metadata) : "{}",
        };
    }

    /// <summary>Whether an annotation is one of such a stream.</summary>
    /// <exception cref="DendriteException">InvalidArgument or ChannelNotFound, with the field.</exception>
    public static void Check(V1.Annotation annotation, SignalStreamDescriptor stream, string field)
    {
        if (annotation.Text.Length is 0 or > MaxTextLength)
        {
            throw DendriteException.Invalid($"{field}.text", $"has not 1 to {MaxTextLength} characters");
        }

        RequestFields.DeviceText(annotation.Text, $"{field}.text", MaxTextLength);
        CheckChannels(annotation, stream, field);
        RequestFields.DeviceText(annotation.Category, $"{field}.category", MaxCategoryLength);
        if (annotation.Metadata is { } metadata)
        {
            JsonFields.Read(metadata, $"{field}.metadata", MaxMetadataBytes);
        }

        Instants.Check(annotation.Onset, $"{field}.onset");
        Instants.Check(annotation.Duration, $"{field}.duration");
        if (annotation.Duration?.ToNanoseconds() < 0)
        {
            throw DendriteException.Invalid($"{field}.duration", "is negative; leave it out where there is none");
        }

        if (annotation.AnnotationId.Length > 0 && !Guid.TryParseExact(annotation.AnnotationId, "D", out _))
        {
            throw DendriteException.Invalid(
                $"{field}.annotation_id",
                $"'{RequestFields.Excerpt(annotation.AnnotationId)}' is not a UUID"
            );
        }
    }

    public static V1.Annotation ToContract(StreamAnnotation annotation)
    {
        var mapped = new V1.Annotation
        {
            AnnotationId = annotation.Id.ToString(),
            StartSample = annotation.StartSample,
            Onset = annotation.OnsetNs is { } onset ? Instants.ToDuration(onset) : null,
            Duration = annotation.DurationNs is { } duration ? Instants.ToDuration(duration) : null,
            Text = annotation.Text,
            Category = annotation.Category,
            Metadata = Json.Parse<Struct>(annotation.MetadataJson),
            Version = annotation.Version.Value,
        };
        mapped.Channels.AddRange(annotation.Channels);
        return mapped;
    }

    private static long StartSample(V1.Annotation annotation, SignalStream stream)
    {
        if (annotation.HasStartSample || annotation.Onset is not { } onset)
        {
            return annotation.StartSample;
        }

        var rate = stream.Descriptor.Rate;
        var sample = rate.SampleAtOrAfter(onset.ToNanoseconds());
        return rate.ToNanoseconds(sample) > onset.ToNanoseconds() ? sample - 1 : sample;
    }

    private static void CheckChannels(V1.Annotation annotation, SignalStreamDescriptor stream, string field)
    {
        var unknown = annotation.Channels.FirstOrDefault(label =>
            stream.Channels.All(channel => channel.Label != label)
        );
        if (unknown is not null)
        {
            var labels = stream.Channels.Select(channel => channel.Label).ToList();
            throw ChannelErrors.NoSuch($"{field}.channels", unknown, stream.Name, labels);
        }
    }

    /// <summary>
    /// The caller's id, or one made from the content: the same annotation sent again after a lost connection gets the
    /// same id and is stored once.
    /// </summary>
    private static Guid ReadId(V1.Annotation annotation, SignalStream stream)
    {
        if (annotation.AnnotationId.Length > 0)
        {
            return Guid.ParseExact(annotation.AnnotationId, "D");
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. stream.Uid.ToByteArray(bigEndian: true), .. annotation.ToByteArray()], digest);
        // Version 8: a UUID whose bits mean what its maker says.
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new(digest[..16], bigEndian: true);
    }
}
