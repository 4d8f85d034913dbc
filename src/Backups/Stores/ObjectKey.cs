using System.Buffers;

namespace Dendrite.Backups.Stores;

/// <summary>
/// The name of an object in a store: <c>lab/objects/ab/abcd…</c>. Segments of lower-case letters, digits, hyphens and
/// dots that begin with a letter or digit: so no key leads out of a folder, hides a file, or means two things in two
/// stores.
/// </summary>
public readonly record struct ObjectKey
{
    /// <summary>S3 allows 1,024 bytes, with the prefix of the store.</summary>
    public const int MaxLength = 512;

    private const int MaxSegment = 128;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-");

    private readonly string? text;

    private ObjectKey(string text) => this.text = text;

    /// <exception cref="FormatException">It is no key.</exception>
    public static ObjectKey Parse(string text) =>
        TryParse(text, out var key) ? key : throw new FormatException("It is no name of an object in a store.");

    public static bool TryParse(string? text, out ObjectKey key)
    {
        var isKey = text is { Length: > 0 and <= MaxLength } && Array.TrueForAll(text.Split('/'), IsSegment);
        key = isKey ? new(text!) : default;
        return isKey;
    }

    public override string ToString() => text ?? "";

    private static bool IsSegment(string segment) =>
        segment.Length is > 0 and <= MaxSegment
        && segment[0] is not ('.' or '-')
        && !segment.AsSpan().ContainsAnyExcept(Allowed);
}
