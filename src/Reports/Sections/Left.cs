using Dendrite.Reports.Content;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Sections;

/// <summary>Says what a page leaves out: nothing is cut in silence.</summary>
internal static class Left
{
    /// <summary>A paragraph where there are more than are shown; else nothing.</summary>
    public static IEnumerable<Block> Out(long all, long shown, string noun) =>
        all > shown ? [new Paragraph($"The first {Numbers.Count(shown)} of {Words.Count(all, noun)} are listed.")] : [];

    /// <summary>The first names, and how many more there are.</summary>
    public static string Names(IReadOnlyCollection<string> names, int shown) =>
        string.Join(", ", names.Take(shown).Select(name => Words.Short(name)))
        + (names.Count > shown ? $" and {Numbers.Count(names.Count - shown)} more" : "");
}
