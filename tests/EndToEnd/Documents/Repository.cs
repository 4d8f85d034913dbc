using System.Text.RegularExpressions;

namespace Dendrite.EndToEnd.Documents;

/// <summary>The files that a reader of the repository sees.</summary>
internal static class Repository
{
    // Tests run in artifacts/bin/EndToEnd/<configuration>/.
    public static string Root { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../"));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file)).ReplaceLineEndings("\n");

    /// <summary>The one block of code of that language in a document.</summary>
    public static string Block(string document, string language)
    {
        var block = new Regex($"```{language}\n(.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        return Assert.Single(block.Matches(Read(document))).Groups[1].Value;
    }
}
