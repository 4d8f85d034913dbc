using System.CommandLine;

namespace Dendrite.Cli.Hosting;

/// <summary>An option that is given once for each pair: <c>--label site=berlin --label night=2</c>.</summary>
internal static class PairsOption
{
    public static Option<string[]> Create(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "KEY=VALUE",
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = _ => [],
        };

    /// <exception cref="CliException">A pair has no <c>=</c>, or a key is given twice.</exception>
    public static Dictionary<string, string> Read(Session session, Option<string[]> option) =>
        Read(session.Arguments.GetValue(option) ?? [], option.Name);

    /// <param name="pairs">As they were given.</param>
    /// <param name="option">The name of the option that they were given by.</param>
    /// <exception cref="CliException">A pair has no <c>=</c>, or a key is given twice.</exception>
    public static Dictionary<string, string> Read(IEnumerable<string> pairs, string option)
    {
        var values = new Dictionary<string, string>();
        foreach (string pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } key, var value] || !values.TryAdd(key, value))
            {
                throw new CliException(
                    ExitCode.Usage,
                    "USAGE",
                    $"{option} '{pair}' is not a KEY=VALUE of its own; give each key once."
                );
            }
        }
        return values;
    }

    /// <summary>Changes what there is: <c>KEY=VALUE</c> sets, <c>KEY=</c> takes away, the others stay.</summary>
    /// <exception cref="CliException">A pair has no <c>=</c>.</exception>
    public static void Apply(IEnumerable<string> pairs, IDictionary<string, string> values)
    {
        foreach (string pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } key, var value])
            {
                throw new CliException(
                    ExitCode.Usage,
                    "USAGE",
                    $"'{pair}' is not KEY=VALUE, nor KEY= to take it away."
                );
            }

            if (value.Length == 0)
            {
                values.Remove(key);
            }
            else
            {
                values[key] = value;
            }
        }
    }
}
