using System.CommandLine.Parsing;

namespace Dendrite.Cli.Hosting;

/// <summary>A list of an option: parts separated by commas, of all times that it was given.</summary>
internal static class ListArgument
{
    /// <summary>The parts in their order, none of them empty.</summary>
    public static string[] Parse(ArgumentResult result) => Split(result, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>As <see cref="Parse"/>, without the spaces around a part.</summary>
    public static string[] ParseTrimmed(ArgumentResult result) =>
        Split(result, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] Split(ArgumentResult result, StringSplitOptions how) =>
        [.. result.Tokens.SelectMany(token => token.Value.Split(',', how))];
}
