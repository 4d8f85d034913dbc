using System.CommandLine;
using Dendrite.Cli.Hosting;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Resources;

/// <summary>
/// Sets the fields whose options were given, and keeps their paths: an update changes these and no others.
/// </summary>
internal sealed class GivenFields(ParseResult arguments)
{
    private readonly FieldMask mask = new();

    /// <summary>The paths of what was given.</summary>
    /// <exception cref="CliException">Nothing was.</exception>
    public FieldMask Mask =>
        mask.Paths.Count > 0
            ? mask
            : throw new CliException(ExitCode.Usage, "USAGE", "Nothing to change: give at least one option.");

    /// <remarks>An option of several values that was not given is an empty array, not null.</remarks>
    public void Take<T>(Option<T?> option, string path, Action<T> set)
        where T : class
    {
        if (arguments.GetResult(option) is { Implicit: false } && arguments.GetValue(option) is { } value)
        {
            set(value);
            mask.Paths.Add(path);
        }
    }

    public void Take<T>(Option<T?> option, string path, Action<T> set)
        where T : struct
    {
        if (arguments.GetValue(option) is { } value)
        {
            set(value);
            mask.Paths.Add(path);
        }
    }

    /// <summary>Times of the contract are durations.</summary>
    public void Take(Option<TimeSpan?> option, string path, Action<Duration> set) =>
        Take(option, path, (TimeSpan length) => set(Duration.FromTimeSpan(length)));

    /// <summary>Of a field that no single option is.</summary>
    public void Add(string path) => mask.Paths.Add(path);
}
