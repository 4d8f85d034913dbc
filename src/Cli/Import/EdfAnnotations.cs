using System.Security.Cryptography;
using System.Text;
using Dendrite.Signals.Edf;
using Dendrite.V1;

namespace Dendrite.Cli.Import;

/// <summary>Turns the annotations of a file into those of a stream.</summary>
internal static class EdfAnnotations
{
    /// <summary>Of the contract; the file may hold more.</summary>
    private const int MaxTextLength = 4000;

    /// <param name="group">The signals of the stream, or null when it has no samples.</param>
    /// <param name="firstOnset">Seconds from the file's start time to the stream's sample 0.</param>
    public static IReadOnlyList<Annotation> Of(EdfSource source, EdfRateGroup? group, decimal firstOnset) =>
        [
            .. source.Recording.Annotations.Select(
                (annotation, index) =>
                    new Annotation
                    {
                        AnnotationId = IdOf(source.Sha256, index),
                        StartSample = group is null
                            ? 0
                            : source.Recording.SampleIndexAt(group, annotation.OnsetSeconds),
                        Onset = ExactRate.Seconds(annotation.OnsetSeconds - firstOnset),
                        Duration = annotation.DurationSeconds is { } seconds ? ExactRate.Seconds(seconds) : null,
                        Text = Shorten(EdfText.Clean(annotation.Text)),
                    }
            ),
        ];

    /// <summary>What fits, without half of a character that takes two places.</summary>
    private static string Shorten(string text)
    {
        if (text.Length <= MaxTextLength)
        {
            return text;
        }
        return text[..(char.IsHighSurrogate(text[MaxTextLength - 1]) ? MaxTextLength - 1 : MaxTextLength)];
    }

    /// <summary>
    /// A UUID (version 8) made from the file and the annotation's place in it: an import that is repeated writes the
    /// same annotations again instead of new ones beside them.
    /// </summary>
    private static string IdOf(string sha256, int index)
    {
        byte[] hash = SHA256.HashData(Encoding.ASCII.GetBytes($"{sha256}/{index}"));
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString();
    }
}
