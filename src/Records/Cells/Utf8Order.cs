namespace Dendrite.Records.Cells;

/// <summary>
/// The order of texts by their UTF-8 bytes, which is that of their code points and of PostgreSQL's <c>COLLATE "C"</c>.
/// Ordinal order of UTF-16 differs: it puts U+1F9E0 (a surrogate pair) before U+FF21.
/// </summary>
internal static class Utf8Order
{
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        var (a, b) = (left[common], right[common]);
        // Surrogates stand for code points above all that one unit can hold.
        return char.IsSurrogate(a) == char.IsSurrogate(b)
            ? a.CompareTo(b)
            : char.IsSurrogate(a).CompareTo(char.IsSurrogate(b));
    }
}
