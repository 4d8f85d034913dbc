using System.Security.Cryptography;
using System.Text;

namespace Dendrite.Cli.Import;

/// <summary>Makes stream ids (<c>[a-z]([a-z0-9-]{0,61}[a-z0-9])?</c>) from names of files and streams.</summary>
internal static class StreamIds
{
    private const int MaxLength = 63;

    /// <summary>
    /// The file's name without its ending, in lower case, everything else than letters and digits a hyphen.
    /// </summary>
    public static string OfFile(string path) => OfText(Path.GetFileNameWithoutExtension(path));

    /// <summary>
    /// Ids of several files of a folder, in their order: from the path below the folder, so that files of one name in
    /// several folders differ; with the ending where that alone tells two apart; with a hash where nothing else does.
    /// </summary>
    /// <param name="paths">Relative to the folder that was named.</param>
    public static IReadOnlyList<string> OfFiles(IReadOnlyList<string> paths)
    {
        string[] ids = [.. paths.Select(path => Unfitted(Path.ChangeExtension(path, null)))];
        ids = Distinguish(ids, index => $"{ids[index]}-{Plain(Path.GetExtension(paths[index]))}".TrimEnd('-'));
        return Distinguish(
            [.. ids.Select(id => Fit(id, ""))],
            index =>
                Fit(
                    ids[index],
                    $"-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(paths[index])))[..8]}"
                )
        );
    }

    /// <summary>Ids of the streams of one file; where there is one, that of the file.</summary>
    /// <param name="id">That of the file.</param>
    /// <param name="suffixes">What tells the streams apart; repeated ones are numbered.</param>
    public static IReadOnlyList<string> OfStreams(string id, IReadOnlyList<string> suffixes)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. suffixes.Select(Unique)];

        string Unique(string suffix)
        {
            string wanted = suffixes.Count == 1 ? id : WithSuffix(id, suffix);
            string unique = wanted;
            for (int number = 2; !taken.Add(unique); number++)
            {
                unique = Fit(wanted, $"-{number}");
            }
            return unique;
        }
    }

    /// <summary>The id of one of several streams of a file: <c>12.8hz</c> is appended as <c>12-8hz</c>.</summary>
    public static string WithSuffix(string id, string suffix)
    {
        // Half of the id at most, so that the file's name stays legible.
        string plain = Plain(suffix);
        plain = plain[..Math.Min(plain.Length, MaxLength / 2)].TrimEnd('-');
        return plain.Length == 0 ? id : Fit(id, $"-{plain}");
    }

    private static string OfText(string text) => Fit(Unfitted(text), "");

    private static string Unfitted(string text)
    {
        string plain = Plain(text);
        return plain.Length > 0 && char.IsAsciiLetterLower(plain[0]) ? plain : $"rec-{plain}".TrimEnd('-');
    }

    private static string Plain(string text)
    {
        var id = new StringBuilder();
        foreach (char c in text.ToLowerInvariant())
        {
            bool plain = char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
            if (plain || (id.Length > 0 && id[^1] != '-'))
            {
                id.Append(plain ? c : '-');
            }
        }
        return id.ToString().TrimEnd('-');
    }

    private static string[] Distinguish(string[] ids, Func<int, string> other)
    {
        var counts = ids.CountBy(id => id).ToDictionary(StringComparer.Ordinal);
        return [.. ids.Select((id, index) => counts[id] == 1 ? id : other(index))];
    }

    private static string Fit(string id, string suffix) =>
        id[..Math.Min(id.Length, MaxLength - suffix.Length)].TrimEnd('-') + suffix;
}
