using System.Security.Cryptography;
using System.Text;
using Dendrite.Cli.Hosting;
using Dendrite.Client.Appending;
using Dendrite.Signals.Formats;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Import;

/// <summary>Turns the annotations of a recording into those of a stream.</summary>
internal static class StreamAnnotations
{
    // Of the contract; the file may hold more.
    private const int MaxTextLength = 4000;
    private const int MaxCategoryLength = 200;

    /// <param name="source">The recording.</param>
    /// <param name="stream">One of its streams.</param>
    /// <param name="index">The stream's place in the recording.</param>
    public static IReadOnlyList<Annotation> Of(RecordingSource source, RecordedStream stream, int index)
    {
        // The first stream's have always been made without it, and an import that is repeated must find them again.
        string prefix = index == 0 ? source.Sha256 : $"{source.Sha256}/{index}";
        return [.. stream.Annotations.Select((annotation, place) => Map(annotation, stream, $"{prefix}/{place}"))];
    }

    /// <summary>A stream that has begun is ended by an annotation that it does not take.</summary>
    /// <exception cref="CliException">FILE_REFUSED: one is such as no stream takes.</exception>
    public static void Require(RecordingSource source, StreamPlan plan)
    {
        var checks = new EventChecks(plan.Descriptor);
        foreach (var (place, annotation) in plan.Annotations.Index())
        {
            try
            {
                checks.Require(annotation, "annotation");
            }
            catch (ArgumentException refused)
            {
                throw DefinitionFile.Refused(
                    $"{source.Path} is not imported: its annotation {place + 1}, at sample {annotation.StartSample}, "
                        + $"is such as no stream takes ({refused.Message.TrimEnd('.')})."
                );
            }
        }
    }

    private static Annotation Map(RecordedAnnotation annotation, RecordedStream stream, string identity)
    {
        var mapped = new Annotation
        {
            AnnotationId = IdOf(identity),
            // The file knows its pauses; the server would place the onset as if there were none.
            StartSample = annotation.StartSample,
            Duration = annotation.DurationSeconds is { } seconds ? ExactTime.Seconds(seconds) : null,
            Text = RecordingText.Clean(annotation.Text, MaxTextLength),
            Category = RecordingText.Clean(annotation.Category, MaxCategoryLength),
            Metadata = annotation.Metadata is { } metadata
                ? Struct.Parser.ParseJson(RecordingMetadata.Clean(metadata).ToJsonString())
                : null,
        };
        if (annotation.OnsetSeconds is { } onset)
        {
            mapped.Onset = ExactTime.Seconds(onset - stream.OnsetSeconds);
        }
        mapped.Channels.Add(annotation.Channels.Select(StreamDescriptor.Label));
        return mapped;
    }

    /// <summary>
    /// A UUID (version 8) made from the file and the annotation's place in it: an import that is repeated writes the
    /// same annotations again instead of new ones beside them.
    /// </summary>
    private static string IdOf(string identity)
    {
        byte[] hash = SHA256.HashData(Encoding.ASCII.GetBytes(identity));
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}
