using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Dendrite.Cli.Quality;

/// <summary><c>dendrite check create ID</c> with one rule.</summary>
internal sealed class CheckCreateCommand
{
    private readonly Option<double?> missing = Ratio("--max-missing", "At most this part of the samples is missing.");

    private readonly Option<TimeSpan?> flat = FieldOptions.Time(
        "--max-flat",
        "No channel stands still for this long, such as 1s."
    );

    private readonly Option<double?> clipped = Ratio(
        "--max-clipped",
        "At most this part of a channel's samples lies at its digital limits."
    );

    private readonly Option<double?> noise = Ratio(
        "--max-line-noise",
        "At most this part of the power from 1 to 100 Hz is that of the mains."
    );

    private readonly Option<double> line = new("--line")
    {
        Description = "Frequency of the mains, in hertz; 50 without it.",
        DefaultValueFactory = _ => 50,
        HelpName = "HZ",
    };

    private readonly Option<double?> rate = Ratio(
        "--max-rate-deviation",
        "The measured rate differs from the nominal one by at most this part."
    );

    private readonly Option<string?> each = new("--each")
    {
        Description = "Dataset whose records need counterparts, such as the subjects; with --has and --by.",
        HelpName = "DATASET",
    };

    private readonly Option<string?> has = new("--has")
    {
        Description = "Dataset that should have them, such as the visits.",
        HelpName = "DATASET",
    };

    private readonly Option<string[]?> by = Names("--by", "Columns, in both, by which records belong together.");

    private readonly Option<string?> column = new("--column")
    {
        Description = "Column of the second dataset that must have all of --values.",
        HelpName = "COLUMN",
    };

    private readonly Option<string[]?> values = Names("--values", "Values that must all be there.");

    private readonly Option<string?> sql = new("--sql")
    {
        Description = "A SELECT over the datasets that must return no row.",
        HelpName = "QUERY",
    };

    private readonly Option<string?> against = new("--against")
    {
        Description = "Whose datasets the SQL must fit: a branch, a branch at a point, or a tag; main without it.",
        HelpName = "SOURCE",
    };

    private readonly Option<bool> required = new("--required")
    {
        Description = "Merges into protected branches need it to hold.",
    };

    private readonly Option<string?> streams = new("--streams")
    {
        Description = "Which streams, as a filter; all without it.",
        HelpName = "FILTER",
    };

    private readonly Option<string?> title = FieldOptions.Title();

    private CheckCreateCommand() { }

    public static Command Build(ResourceCommands checks)
    {
        var options = new CheckCreateCommand();
        return checks.Create(
            "Register one thing that data should meet.",
            options.All,
            async (session, id, token) =>
            {
                var request = new CreateQualityCheckRequest
                {
                    Parent = session.Platform.ProjectName,
                    QualityCheckId = id,
                    QualityCheck = options.Read(session.Arguments),
                    SchemaSource = options.ReadSource(session),
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Quality.CreateQualityCheckAsync(request, cancellationToken: token);
            },
            (output, made) => CheckView.Write(output, made.QualityCheck)
        );
    }

    private Option[] OfStreams => [missing, flat, clipped, noise, line, rate, streams];

    private Option[] OfRecords => [each, has, by, column, values, sql, against];

    private Option[] All => [.. OfStreams, .. OfRecords, required, title];

    private QualityCheck Read(ParseResult arguments)
    {
        Option[] rules = [missing, flat, clipped, noise, rate, each, sql];
        if (rules.Count(rule => arguments.GetResult(rule) is { Implicit: false }) != 1)
        {
            var names = string.Join(", ", rules.Select(rule => rule.Name));
            throw new CliException(ExitCode.Usage, "USAGE", $"A check has one rule: give one of {names}.");
        }

        var check = new QualityCheck
        {
            DisplayName = arguments.GetValue(title) ?? "",
            StreamFilter = arguments.GetValue(streams) ?? "",
            RequiredForMerge = arguments.GetValue(required),
        };
        if (arguments.GetValue(missing) is { } mostMissing)
        {
            check.MaxMissingRatio = mostMissing;
        }
        else if (arguments.GetValue(flat) is { } longest)
        {
            check.MaxFlatDuration = Duration.FromTimeSpan(longest);
        }
        else if (arguments.GetValue(clipped) is { } mostClipped)
        {
            check.MaxClippedRatio = mostClipped;
        }
        else if (arguments.GetValue(noise) is { } loudest)
        {
            check.LineNoise = new() { FrequencyHz = arguments.GetValue(line), MaxPowerRatio = loudest };
        }
        else if (arguments.GetValue(rate) is { } farthest)
        {
            check.MaxRateDeviationRatio = farthest;
        }
        else if (arguments.GetValue(sql) is { } query)
        {
            check.AssertionSql = query;
        }
        else
        {
            check.RequiredRecords = ReadRecords(arguments);
        }

        return check;
    }

    private SnapshotReference? ReadSource(Session session) =>
        session.Arguments.GetValue(against) is { } source
            ? SnapshotArgument.ReadReference(session.Platform, source)
            : null;

    private RequiredRecordsRule ReadRecords(ParseResult arguments)
    {
        var rule = new RequiredRecordsRule
        {
            DatasetId = arguments.GetValue(each) ?? "",
            RequiredDatasetId = arguments.GetValue(has) ?? "",
            ValueColumn = arguments.GetValue(column) ?? "",
        };
        rule.Columns.AddRange(arguments.GetValue(by) ?? []);
        rule.RequiredValues.AddRange(arguments.GetValue(values) ?? []);
        return rule;
    }

    private static Option<double?> Ratio(string name, string description) =>
        new(name) { Description = $"{description} 0 to 1.", HelpName = "RATIO" };

    private static Option<string[]?> Names(string name, string description) =>
        new(name)
        {
            Description = $"{description} Separated by commas.",
            HelpName = "A,B",
            CustomParser = ListArgument.Parse,
        };
}
