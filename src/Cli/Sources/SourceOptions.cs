using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.Contracts.Names;
using Dendrite.V1;
using Google.Protobuf;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Dendrite.Cli.Sources;

/// <summary>What <c>source create</c> and <c>source update</c> say of a source: options, or a file of JSON.</summary>
internal sealed class SourceOptions
{
    private readonly OriginOptions origin = new();

    private readonly Option<string?> definition = FieldOptions.Text(
        "--definition",
        "FILE",
        "A SyncSource as JSON, which the other options then change."
    );

    private readonly Option<string?> title = FieldOptions.Title();

    private readonly Option<string?> dataset = FieldOptions.Text(
        "--dataset",
        "DATASET",
        "The dataset that is written to."
    );

    private readonly Option<string> branch = StreamsCommand.BranchOption();

    private readonly Option<string[]> map = PairsOption.Create(
        "--map",
        "Field of an item to column of the dataset, where the names differ; may be given again."
    );

    private readonly Option<string?> changed = FieldOptions.Text(
        "--changed-field",
        "FIELD",
        "Field that grows with every change; without it all is fetched and compared."
    );

    private readonly Option<TimeSpan?> overlap = FieldOptions.Time(
        "--overlap",
        "How far before the last changed value to begin, such as 1h, for sources that publish late.",
        mayBeZero: true
    );

    private readonly Option<bool?> deleteMissing = new("--delete-missing")
    {
        Description = "Delete records that the source does not have any more.",
    };

    private readonly Option<int?> minBatch = Count("--min-batch", "Fewest items of a batch; 10 without it.");

    private readonly Option<int?> maxBatch = Count("--max-batch", "Most items of a batch; 1000 without it.");

    private readonly Option<double?> rate = new("--rate")
    {
        Description = "Requests a second at most; 0: no limit, as without it.",
        HelpName = "N",
    };

    private readonly Option<int?> months = Count("--months", "Months that a backfill fetches at once; 1 without it.");

    private readonly Option<int?> attempts = Count("--attempts", "How often an item is tried; 5 without it.");

    private readonly Option<TimeSpan?> timeout = FieldOptions.Time(
        "--timeout",
        "How long one request may take; 30s without it."
    );

    public Option[] All =>
        [
            definition,
            dataset,
            branch,
            .. origin.All,
            map,
            changed,
            overlap,
            deleteMissing,
            minBatch,
            maxBatch,
            rate,
            months,
            attempts,
            timeout,
            title,
        ];

    /// <summary>Puts onto a source what was said.</summary>
    /// <returns>The fields of the contract that were.</returns>
    /// <exception cref="CliException">A file that cannot be read; options that contradict each other.</exception>
    public IReadOnlyList<string> ApplyTo(Session session, SyncSource source)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        if (session.Arguments.GetValue(definition) is { } file)
        {
            Take(Read(file), source, paths);
        }

        if (session.Arguments.GetValue(title) is { } titled)
        {
            source.DisplayName = titled;
            paths.Add("display_name");
        }

        if (session.Arguments.GetValue(dataset) is { } written)
        {
            source.Dataset = session.Platform.DatasetName(BranchFor(session, source), written);
            session.RequireOneBranch(branch, source.Dataset, dataset.Name);
            paths.Add("dataset");
        }
        else if (session.Arguments.GetResult(branch) is { Implicit: false })
        {
            source.Dataset = OnBranch(session, source.Dataset);
            paths.Add("dataset");
        }

        origin.ApplyTo(session, source, paths);
        ApplyIncremental(session, source, paths);
        ApplyLimits(session.Arguments, source, paths);
        return [.. paths];
    }

    /// <summary>The branch that was given; else a source that is changed keeps its own.</summary>
    private string BranchFor(Session session, SyncSource source) =>
        session.Arguments.GetResult(branch) is not { Implicit: false } && source.Dataset.Length > 0
            ? DatasetName.Parse(source.Dataset, "dataset").Branch
            : session.Arguments.GetRequiredValue(branch);

    /// <summary>The dataset of a source, on the branch that was given.</summary>
    /// <exception cref="CliException">There is none.</exception>
    private string OnBranch(Session session, string dataset) =>
        dataset.Length > 0
            ? session.Platform.DatasetName(
                session.Arguments.GetRequiredValue(branch),
                DatasetName.Parse(dataset, "dataset").Dataset
            )
            : throw new CliException(
                ExitCode.Usage,
                "USAGE",
                "--branch is that of a dataset, and none is named: give it by --dataset, or in the definition."
            );

    private void ApplyIncremental(Session session, SyncSource source, HashSet<string> paths)
    {
        var incremental = source.Incremental?.Clone() ?? new IncrementalOptions();
        foreach (var (field, column) in PairsOption.Read(session, map))
        {
            incremental.ColumnNames[field] = column;
        }

        incremental.ChangedField = session.Arguments.GetValue(changed) ?? incremental.ChangedField;
        incremental.Overlap = ReadTime(session.Arguments, overlap) ?? incremental.Overlap;
        incremental.DeleteMissing = session.Arguments.GetValue(deleteMissing) ?? incremental.DeleteMissing;
        if (!incremental.Equals(source.Incremental ?? new()))
        {
            source.Incremental = incremental;
            paths.Add("incremental");
        }
    }

    private void ApplyLimits(ParseResult arguments, SyncSource source, HashSet<string> paths)
    {
        var limits = source.Limits?.Clone() ?? new SyncLimits();
        limits.MinBatchItems = arguments.GetValue(minBatch) ?? limits.MinBatchItems;
        limits.MaxBatchItems = arguments.GetValue(maxBatch) ?? limits.MaxBatchItems;
        limits.MaxRequestsPerSecond = arguments.GetValue(rate) ?? limits.MaxRequestsPerSecond;
        limits.MaxConcurrentMonths = arguments.GetValue(months) ?? limits.MaxConcurrentMonths;
        limits.MaxItemAttempts = arguments.GetValue(attempts) ?? limits.MaxItemAttempts;
        limits.RequestTimeout = ReadTime(arguments, timeout) ?? limits.RequestTimeout;
        if (!limits.Equals(source.Limits ?? new()))
        {
            source.Limits = limits;
            paths.Add("limits");
        }
    }

    private static void Take(SyncSource read, SyncSource source, HashSet<string> paths)
    {
        string[] settable = ["display_name", "dataset", "http", "postgres", "folder", "incremental", "limits"];
        foreach (var path in settable)
        {
            var accessor = SyncSource.Descriptor.FindFieldByName(path).Accessor;
            if (accessor.GetValue(read) is { } value and not "")
            {
                accessor.SetValue(source, value);
                paths.Add(path);
            }
        }
    }

    private static SyncSource Read(string file)
    {
        var text = DefinitionFile.ReadText(file);
        try
        {
            return JsonParser.Default.Parse<SyncSource>(text);
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new CliException(
                ExitCode.BadData,
                "FILE_REFUSED",
                $"{file} cannot be read as a source: {failure.Message} 'source show ID --json' writes one."
            );
        }
    }

    private static Duration? ReadTime(ParseResult arguments, Option<TimeSpan?> option) =>
        arguments.GetValue(option) is { } time ? Duration.FromTimeSpan(time) : null;

    private static Option<int?> Count(string name, string description) =>
        new Option<int?>(name) { Description = description, HelpName = "N" }.FromOne();
}
