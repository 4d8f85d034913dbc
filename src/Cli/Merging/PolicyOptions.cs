using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Merging;

/// <summary>The options that say how conflicts are settled without a person.</summary>
internal sealed class PolicyOptions
{
    private static readonly Dictionary<string, MergeStrategy> Strategies = new(StringComparer.Ordinal)
    {
        ["fail"] = MergeStrategy.Fail,
        ["source"] = MergeStrategy.TakeSource,
        ["target"] = MergeStrategy.TakeTarget,
    };

    private static readonly Dictionary<string, ColumnMergeStrategy> Columns = new(StringComparer.Ordinal)
    {
        ["max"] = ColumnMergeStrategy.Maximum,
        ["min"] = ColumnMergeStrategy.Minimum,
        ["sum"] = ColumnMergeStrategy.SumOfDeltas,
        ["union"] = ColumnMergeStrategy.SetUnion,
        ["last"] = ColumnMergeStrategy.LastWriter,
        ["source"] = ColumnMergeStrategy.TakeSource,
        ["target"] = ColumnMergeStrategy.TakeTarget,
    };

    private readonly Option<string> strategy = new("--strategy")
    {
        HelpName = "fail|source|target",
        Description = "What to take where both sides changed a cell: fail (the default), source or target.",
    };

    private readonly Option<string[]> columns = new("--column")
    {
        HelpName = "DATASET.COLUMN=STRATEGY",
        Description = "DATASET.COLUMN=max|min|sum|union|last|source|target; may be given several times.",
    };

    private readonly Option<string[]> resolutions = ResolutionOption.Create();

    public void AddTo(Command command)
    {
        command.Add(strategy);
        command.Add(columns);
        command.Add(resolutions);
    }

    public MergePolicy Read(ParseResult arguments)
    {
        var chosen = arguments.GetValue(strategy) ?? "fail";
        var policy = new MergePolicy { Strategy = Find(Strategies, chosen, "--strategy") };
        policy.Columns.AddRange((arguments.GetValue(columns) ?? []).Select(ReadColumn));
        policy.Resolutions.AddRange(ResolutionOption.Read(arguments, resolutions));
        return policy;
    }

    private static ColumnMerge ReadColumn(string text)
    {
        var (equals, dot) = (text.LastIndexOf('='), text.IndexOf('.', StringComparison.Ordinal));
        if (dot <= 0 || equals <= dot + 1)
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"--column '{text}' has not the form DATASET.COLUMN=STRATEGY, such as vs.WEIGHT=max."
            );
        }

        return new()
        {
            DatasetId = text[..dot],
            Column = text[(dot + 1)..equals],
            Strategy = Find(Columns, text[(equals + 1)..], "--column"),
        };
    }

    private static T Find<T>(Dictionary<string, T> known, string text, string option) =>
        known.TryGetValue(text, out var value)
            ? value
            : throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"{option}: '{text}' is no strategy; one of {string.Join(", ", known.Keys)}."
            );
}
