using System.CommandLine;
using Dendrite.Cli.Branches;

namespace Dendrite.Cli.Resources;

/// <summary>Options that are fields: null where they are not given.</summary>
internal static class FieldOptions
{
    public static Option<string?> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };

    /// <summary><c>--title TEXT</c>.</summary>
    public static Option<string?> Title() => Text("--title", "TEXT", "A title for people.");

    /// <summary><c>--etag ETAG</c>: the guard of a change.</summary>
    public static Option<string?> Etag() => Text("--etag", "ETAG", "Change it only where it still has this etag.");

    public static Option<double?> Number(string name, string description) =>
        new(name) { Description = description, HelpName = "N" };

    /// <summary>A length of time, such as 90s, 30m, 12h or 7d.</summary>
    /// <param name="mayBeZero">Whether 0s means something: at once, no wait.</param>
    public static Option<TimeSpan?> Time(string name, string description, bool mayBeZero = false) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = mayBeZero ? DurationArgument.ParseOrZero : DurationArgument.Parse,
        };

    /// <summary>
    /// A count that is given is at least 1: on the wire 0 is what was not given, and would be taken for the default.
    /// </summary>
    public static Option<T> FromOne<T>(this Option<T> option)
    {
        option.Validators.Add(given =>
        {
            if (!given.Implicit && given.GetValueOrDefault<T>() is int and < 1 or long and < 1)
                given.AddError($"{option.Name} must be at least 1.");
        });
        return option;
    }

    /// <summary>Given without a value it is true; <c>false</c> takes it back in an update.</summary>
    public static Option<bool?> YesOrNo(string name, string description) =>
        new(name)
        {
            Description = $"{description} Given alone: true.",
            HelpName = "true|false",
            Arity = ArgumentArity.ZeroOrOne,
        };
}
